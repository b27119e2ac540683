"""Scores: whole numbers and fractions."""

from __future__ import annotations

from aisafe_cli.domain._record import record


@record
class Score:
    """A count out of a total, in whole numbers; `denominator` 0 means that nothing was there to count."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> int | None:
        """The whole percentage, rounded down; None where nothing was there to count."""
        return self.numerator * 100 // self.denominator if self.denominator else None


@record
class Coverage:
    """Declared coverage: the satisfied and half of the partial, of what can be carried out or is claimed."""

    satisfied: int
    partial: int
    applicable: int

    @property
    def score(self) -> Score:
        """The coverage as a fraction in whole numbers, doubled where a half would be left."""
        factor = 1 + self.partial % 2
        return Score(
            numerator=(2 * self.satisfied + self.partial) * factor // 2,
            denominator=self.applicable * factor,
        )


@record
class Scores:
    """The four scores of a channel or of the release."""

    possible: Score
    coverage: Coverage
    addressed: Score
    evidenced: Score
