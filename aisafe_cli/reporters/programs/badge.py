"""The verdict as an SVG badge: a fixed vocabulary and numbers, never a word of a plan.

The word carries the verdict, the colour only repeats it. Widths come from a table, so the picture is the same on every
machine, whatever fonts it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aisafe_cli.domain.verdict import Result, Run, Tally
from aisafe_cli.reporters import View
from aisafe_cli.reporters.entries import describe_coverage, describe_with_waivers
from aisafe_cli.text.wording import count

_LABEL = "aisafe"
_LABEL_COLOUR = "#484848"
_NO_VERDICT = "not evaluated"
_COLOURS = {"pass": "#2b6e2f", "fail": "#b3261e", _NO_VERDICT: "#6b5200"}
_STAGE_ONLY = ["stage only"]  # a verdict that leaves later channels out must not look like that on the release
_PADDING = 6
# Widths of the characters that occur, in tenths of a pixel, as Verdana has them at 11 pixels.
_WIDTHS = dict.fromkeys("0123456789hnu", 70)
_WIDTHS |= dict.fromkeys("il", 30) | dict.fromkeys(" .·f", 39) | dict.fromkeys("t", 43) | dict.fromkeys("r", 47)
_WIDTHS |= dict.fromkeys("cs", 57) | dict.fromkeys("aekovxy", 66) | dict.fromkeys("bdgp", 69) | {"w": 90}

_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{width}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<rect width="{width}" height="20" rx="3" fill="{colour}"/>
<path d="M{left} 0H3a3 3 0 0 0-3 3v14a3 3 0 0 0 3 3H{left}z" fill="{label_colour}"/>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">
<text x="{label_middle}" y="14" textLength="{label_length}" lengthAdjust="spacingAndGlyphs">{label}</text>
<text x="{message_middle}" y="14" textLength="{message_length}" lengthAdjust="spacingAndGlyphs">{message}</text>
</g>
</svg>
"""


def render(run: Run, view: View) -> Iterable[str]:  # noqa: ARG001
    """Yield the badge, complete in itself: no script, no style sheet, no reference to anything outside."""
    verdict, in_sight, in_full = _describe_run(run)
    message = " · ".join(in_sight)
    label_length, message_length = _measure_length(_LABEL), _measure_length(message)
    left = label_length + 2 * _PADDING
    yield _SVG.format(
        width=left + message_length + 2 * _PADDING,
        left=left,
        colour=_COLOURS[verdict],
        label_colour=_LABEL_COLOUR,
        title=f"{_LABEL}: {', '.join([verdict, *in_full])}",
        label=_LABEL,
        label_middle=_halve(left),
        label_length=label_length,
        message=message,
        message_middle=_halve(2 * left + message_length + 2 * _PADDING),
        message_length=message_length,
    )


def _describe_run(run: Run) -> tuple[str, list[str], list[str]]:
    """Return the verdict, what is in sight, and what else screen readers and pointers get.

    A run that is not complete, or of no plan, shows no verdict, so that it never looks like one that passed.
    """
    if not run.complete or not run.results:
        return _NO_VERDICT, [_NO_VERDICT], [f"{len(run.unreadable)} left out"] if run.unreadable else []
    if len(run.results) == 1:
        return _describe_one_plan(run.results[0])
    plans = run.plans
    passed = sum(plan.passed for plan in plans)
    verdict = "pass" if passed == len(plans) else "fail"
    counted = f"{passed} of {len(plans)} plans pass"
    if len(plans) == 1:
        judged = [one.passed for one in run.judgments]
        counted = f"passes by {sum(judged)} of {len(judged)} catalogs"
    facts = [(result.verdict.tally, _is_stage(result)) for result in run.results]
    tallies = [tally for tally, _ in facts]
    lifted = _count_lifted(tallies)
    stage = _STAGE_ONLY if any(is_stage for _, is_stage in facts) else []
    return verdict, [verdict, counted, *lifted, *stage], [*stage, counted, *lifted, *_count_expired(tallies)]


def _describe_one_plan(result: Result) -> tuple[str, list[str], list[str]]:
    scores = result.report.scores
    verdict = "pass" if result.verdict.passed else "fail"
    coverage, possible = describe_coverage(scores.coverage), scores.possible
    shown = coverage if scores.coverage.applicable else f"· coverage {coverage}"
    second = [describe_with_waivers(result)] if result.verdict.waived else []
    lifted = _count_lifted([result.verdict.tally])
    stage = _STAGE_ONLY if _is_stage(result) else []
    in_full = [
        *stage,
        f"declared coverage {coverage}",
        *second,
        f"possible in this release mode {possible.numerator} of {possible.denominator}",
        *lifted,
        *_count_expired([result.verdict.tally]),
    ]
    return verdict, [f"{verdict} {shown}", f"{possible.numerator} possible", *lifted, *stage], in_full


def _count_lifted(tallies: Sequence[Tally]) -> list[str]:
    """What lifts blocks belongs in sight: a pass with waivers is not one without."""
    counts = {"waived": sum(one.waived for one in tallies), "carried over": sum(one.carried for one in tallies)}
    return [f"{number} {words}" for words, number in counts.items() if number]


def _count_expired(tallies: Iterable[Tally]) -> list[str]:
    number = sum(one.expired for one in tallies)
    return [f"{count(number, 'waiver')} expired"] if number else []


def _is_stage(result: Result) -> bool:
    cut = result.report.cut
    return cut is not None and bool(cut.left_out)


def _measure_length(text: str) -> int:
    """The width of a text in whole pixels, rounded up."""
    return -(-sum(_WIDTHS[character] for character in text) // 10)


def _halve(width: int) -> str:
    return f"{width / 2:g}"
