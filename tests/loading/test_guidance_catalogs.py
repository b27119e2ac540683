"""The catalogs of the draft's practices and of the EU Code, held against their counts and their documents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
import yaml
from conftest import ROOT, find_document

from aisafe_cli.analysis.matrix import ABSENT, UNTIL, build_matrix
from aisafe_cli.analysis.verify import Match, verify
from aisafe_cli.domain.catalog import Flag
from aisafe_cli.loading.catalog import load_catalog, load_ladder
from aisafe_cli.loading.document import read_pages

DRAFT = find_document("nist-ai-800-1-ipd.txt")
CODE = find_document("eu-gpai-code-safety-security.txt")
MODES = ("closed_api", "local_download", "open_weights")
FLAGS = {"compatible", "conditional", "cautionary", "incompatible"}

Entry = dict[str, Any]


def load_data(name: str) -> Entry:
    data: Entry = yaml.safe_load((ROOT / "safeguards" / f"{name}.yaml").read_text(encoding="utf-8"))
    return data


APPENDIX = load_data("nist-ai-800-1-ipd")
PRACTICES = load_data("nist-ai-800-1-ipd-practices")
EU_CODE = load_data("eu-gpai-code-safety-security")
LEVELS = load_data("access-levels")
CATALOGS = {data["catalog"]["id"]: data for data in (APPENDIX, PRACTICES, EU_CODE)}
GUIDANCES = [pytest.param(data, id=data["catalog"]["id"]) for data in (PRACTICES, EU_CODE)]


def list_parts(data: Entry) -> list[Entry]:
    return [part for entry in data["safeguards"] for part in entry.get("parts", [])]


def list_entries(data: Entry) -> list[Entry]:
    return [*data["safeguards"], *list_parts(data)]


def list_judgements(entry: Entry) -> list[Entry]:
    applicability = entry["applicability"]
    named = [applicability[key] for key in (*MODES, "every_mode") if key in applicability]
    return [*named, *applicability.get("exceptions", [])]


def tell_flag(entry: Entry, mode: str) -> str:
    """Return the flag of an entry in a mode: until where it ends at publication, absent where it does not arise."""
    if mode == "open_weights" and "until_weights_public" in entry:
        return "until"
    applicability = entry["applicability"]
    judgement = applicability.get("every_mode") or applicability.get(mode)
    return judgement["flag"] if judgement else "absent"


def count_flags(entries: list[Entry], mode: str) -> dict[str, int]:
    return dict(Counter(tell_flag(entry, mode) for entry in entries))


def read_letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))


def read_page(text: str, heads: list[str]) -> str:
    """Return the letters of a page without the running heads at its top, in whatever order they stand there."""
    letters = read_letters(text)
    known = [read_letters(head) for head in heads]
    while head := next((head for head in known if letters.startswith(head)), ""):
        letters = letters.removeprefix(head)
    return letters


def find_hashes(text: str, locator: Entry) -> Iterator[str]:
    """Yield the hash of each passage from the opening words to the first closing words after them."""
    opens, ends = read_letters(locator["opens_with"]), read_letters(locator["ends_with"])
    for found in re.finditer(f"(?={re.escape(opens)})", text):
        end = text.find(ends, found.start() + max(0, len(opens) - len(ends)))
        if end >= 0:
            yield sha256(text[found.start() : end + len(ends)].encode()).hexdigest()


def is_on_its_pages(locator: Entry, pages: dict[int, str], heads: list[str]) -> bool:
    first, last = locator["page"], locator.get("ends_on_page", locator["page"])
    texts = [read_page(pages[number], heads) for number in range(first, last + 1)]
    begins_here = read_letters(locator["opens_with"]) in texts[0]
    return begins_here and locator["sha256_of_letters"] in find_hashes("".join(texts), locator)


def list_faults(data: Entry, pages: dict[int, str]) -> list[str]:
    """Return the entries whose passage is not on their page with their hash; pages by printed number."""
    heads = data["document"].get("running_heads", [])
    return [entry["id"] for entry in list_entries(data) if not is_on_its_pages(entry["locator"], pages, heads)]


def read_printed_pages(text: str) -> dict[int, str]:
    """Return the pages of a document by the number that stands alone at their end, the last of that number."""
    pages = {}
    for page in text.split("\f"):
        lines = [line for line in page.splitlines() if line.strip()]
        if lines and re.fullmatch(r"\s{20,}\d+\s*", lines[-1]):
            pages[int(lines[-1])] = page
    return pages


def test_objectives_practices_and_recommendations_are_those_of_the_draft() -> None:
    by_objective = Counter(entry["id"][1] for entry in PRACTICES["safeguards"])
    parts = Counter(part["id"][1] for part in list_parts(PRACTICES))
    assert [group["row"] for group in PRACTICES["groups"]] == [1, 2, 3, 4, 5, 6, 7]
    assert list(by_objective.values()) == [3, 2, 3, 2, 3, 5, 3]
    assert list(parts.values()) == [10, 9, 13, 16, 7, 16, 12]
    assert (len(PRACTICES["safeguards"]), len(list_parts(PRACTICES))) == (21, 83)


def test_ids_and_locators_of_the_practices_agree() -> None:
    rows = {group["id"]: group["row"] for group in PRACTICES["groups"]}
    for entry in PRACTICES["safeguards"]:
        number = entry["locator"]["practice"]
        assert entry["id"] == f"P{number}"
        assert number.startswith(f"{rows[entry['group']]}.")
        expected = [f"P{number}.{place}" for place in range(1, len(entry["parts"]) + 1)]
        assert [part["id"] for part in entry["parts"]] == expected
        for part in entry["parts"]:
            locator = part["locator"]
            assert part["id"] == f"P{locator['practice']}.{locator['recommendation']}"


def test_the_documentation_items_count_as_evidence() -> None:
    items = {
        entry["id"]: [line["item"] for line in entry["evidence"]["counts"] if isinstance(line, dict)]
        for entry in PRACTICES["safeguards"]
    }
    assert sum(map(len, items.values())) == 32
    assert [name for name, letters in items.items() if not letters] == ["P7.1"]
    assert all(letters == list("abcd"[: len(letters)]) for letters in items.values())
    assert "".join(str(len(letters)) for letters in items.values()) == "313111114412111121011"


def test_the_flags_of_the_recommendations_by_mode() -> None:
    parts = list_parts(PRACTICES)
    assert count_flags(parts, "closed_api") == {"compatible": 81, "absent": 2}
    assert count_flags(parts, "local_download") == {
        "compatible": 55,
        "conditional": 23,
        "cautionary": 1,
        "incompatible": 4,
    }
    assert count_flags(parts, "open_weights") == {
        "compatible": 54,
        "conditional": 11,
        "cautionary": 2,
        "incompatible": 4,
        "until": 12,
    }
    assert Counter(part["by_mode"] for part in parts) == {"differs": 40, "content": 12, "same": 31}


def test_what_an_open_release_cannot_do_is_to_watch_traffic() -> None:
    found = [part["id"] for part in list_parts(PRACTICES) if tell_flag(part, "open_weights") == "incompatible"]
    assert found == ["P6.1.1", "P6.1.2", "P6.1.3", "P6.1.5"]


def test_two_recommendations_do_not_arise_for_a_closed_service() -> None:
    found = [part for part in list_parts(PRACTICES) if tell_flag(part, "closed_api") == "absent"]
    assert [part["id"] for part in found] == ["P6.1.6", "P6.2.3"]
    assert all(part["applies_when"]["some_channel_in"] == ["local_download", "open_weights"] for part in found)


def test_security_against_theft_ends_when_the_weights_are_public() -> None:
    """Objective 3 after publication: what Ball objects to falls away, and three recommendations stay."""
    until = [part["id"] for part in list_parts(PRACTICES) if "until_weights_public" in part]
    third = [part["id"] for part in list_parts(PRACTICES) if part["id"].startswith("P3.")]
    assert [name for name in until if name not in third] == ["P2.2.2", "P2.2.4"]
    assert [name for name in third if name not in until] == ["P3.2.1", "P3.2.3", "P3.3.3"]
    assert [entry["id"] for entry in PRACTICES["safeguards"] if "until_weights_public" in entry] == ["P3.1", "P3.3"]


def test_the_weights_are_public_where_anybody_gets_a_readable_copy() -> None:
    readable = [level["id"] for level in LEVELS["rungs"] if "readable_weights" in level.get("properties", [])]
    for data in (PRACTICES, EU_CODE):
        assert data["weights_public"]["at"] == [name for name in readable if name != "gated_weights_vetted"]


def test_the_code_has_8_mitigations_and_25_objectives() -> None:
    by_group = Counter(entry["group"] for entry in EU_CODE["safeguards"])
    assert list(by_group.values()) == [8, 4, 6, 4, 4, 7]
    for entry in EU_CODE["safeguards"]:
        locator = entry["locator"]
        kind, number = ("M", locator["measure"]) if "measure" in locator else ("A", locator["appendix"])
        assert entry["id"] == f"{kind}{number}-{locator['point']}"
    pages = [entry["locator"]["page"] for entry in EU_CODE["safeguards"]]
    assert Counter(pages) == {17: 8, 41: 8, 42: 10, 43: 7}


def test_the_flags_of_the_code() -> None:
    mitigations, security = EU_CODE["safeguards"][:8], EU_CODE["safeguards"][8:]
    assert [[tell_flag(entry, mode)[0:5] for mode in MODES] for entry in mitigations] == [
        ["compa", "compa", "compa"],
        ["compa", "incom", "incom"],
        ["compa", "compa", "compa"],
        ["compa", "condi", "incom"],
        ["compa", "compa", "compa"],
        ["compa", "condi", "condi"],
        ["compa", "condi", "condi"],
        ["compa", "compa", "compa"],
    ]
    flags = {entry["id"]: tuple(tell_flag(entry, mode) for mode in MODES) for entry in security}
    assert flags.pop("A4.4-4") == ("compatible", "compatible", "until")  # a check that is over before a copy leaves
    assert set(flags.values()) == {("compatible", "conditional", "until")}
    exempt = EU_CODE["exemptions"][0]["groups"]
    assert {entry["group"] for entry in security} == set(exempt)
    assert EU_CODE["requirements"]["profiles"][0]["requires"] == [entry["id"] for entry in security]
    assert EU_CODE["requirements"]["at_least_one"][0]["of"] == [entry["id"] for entry in mitigations]


@pytest.mark.parametrize("data", GUIDANCES)
def test_each_flag_has_its_reason_and_each_condition_its_flag(data: Entry) -> None:
    for entry in list_entries(data):
        applicability = entry["applicability"]
        modes = [mode for mode in MODES if mode in applicability]
        shared = "every_mode" in applicability
        assert shared != bool(modes), entry["id"]
        assert shared == (entry["by_mode"] == "same"), entry["id"]
        assert shared or modes == list(MODES) or "some_channel_in" in entry["applies_when"], entry["id"]
        for judgement in list_judgements(entry):
            assert judgement["flag"] in FLAGS
            assert (judgement["flag"] == "conditional") == ("condition" in judgement), entry["id"]


@pytest.mark.parametrize("data", GUIDANCES)
def test_no_text_stands_twice(data: Entry) -> None:
    texts = [judgement["reason"] for entry in list_entries(data) for judgement in list_judgements(entry)]
    for key in ("statement", "question", "title", "id", "slug"):
        texts += [entry[key] for entry in list_entries(data)]
    assert [text for text, times in Counter(texts).items() if times > 1] == []


@pytest.mark.parametrize("data", GUIDANCES)
def test_titles_are_short_and_questions_are_questions(data: Entry) -> None:
    for entry in list_entries(data):
        assert len(entry["title"].split()) <= 9, entry["id"]
        assert entry["question"].endswith("?"), entry["id"]


@pytest.mark.parametrize("data", GUIDANCES)
def test_what_is_named_is_defined(data: Entry) -> None:
    alternatives = {alternative["id"] for alternative in CATALOGS[data["builds_on"]]["alternatives"]}
    levels = {level["id"] for level in LEVELS["rungs"]}
    groups = {group["id"] for group in data["groups"]}
    tops = {entry["id"] for entry in data["safeguards"]}
    for entry in list_entries(data):
        assert set(entry.get("alternatives", [])) <= alternatives, entry["id"]
        assert {exception["access"] for exception in entry["applicability"].get("exceptions", [])} <= levels
        assert set(entry.get("references", [])) <= set(data["references"]), entry["id"]
    assert {entry["group"] for entry in data["safeguards"]} == groups
    asked = [profile["requires"] for profile in data["requirements"]["profiles"]]
    assert {name for names in asked if isinstance(names, list) for name in names} <= tops


@pytest.mark.parametrize("data", GUIDANCES)
def test_what_covers_what_names_entries_that_exist(data: Entry) -> None:
    for entry in list_entries(data):
        seen = []
        for key in ("covers", "covered_by"):
            for link in entry.get(key, []):
                other = CATALOGS[link["catalog"]]
                assert other is not data
                assert set(link["ids"]) <= {each["id"] for each in list_entries(other)}, entry["id"]
                assert link["how"] in ("same", "part", "related")
                seen += [(key, link["catalog"], name) for name in link["ids"]]
        assert len(seen) == len(set(seen)), entry["id"]


def test_what_is_called_the_same() -> None:
    """One answer stands for another in these cases only; each was read twice."""
    found = [
        (entry["id"], key, link["ids"])
        for data in (PRACTICES, EU_CODE)
        for entry in list_entries(data)
        for key in ("covers", "covered_by")
        for link in entry.get(key, [])
        if link["how"] == "same"
    ]
    assert found == [
        ("M5.1-1", "covered_by", ["AB-01"]),
        ("M5.1-3", "covered_by", ["AB-02"]),
        ("M5.1-4", "covered_by", ["AB-06"]),
    ]


def test_every_appendix_b_safeguard_is_linked_with_both_guidances_or_has_no_counterpart() -> None:
    linked = {
        data["catalog"]["id"]: {
            name
            for entry in list_entries(data)
            for key in ("covers", "covered_by")
            for link in entry.get(key, [])
            if link["catalog"] == "nist-ai-800-1-ipd"
            for name in link["ids"]
        }
        for data in (PRACTICES, EU_CODE)
    }
    every = {entry["id"] for entry in APPENDIX["safeguards"]}
    assert every - linked["nist-ai-800-1-ipd-practices"] == set()
    # No mitigation of the Code limits features, keeps a model inside, decides on tuning, or stops development.
    assert every - linked["eu-gpai-code-safety-security"] == {"AB-09", "AB-10", "AB-12", "AB-14"}


if DRAFT:

    def test_the_practices_are_found_in_the_draft() -> None:
        pages = read_printed_pages(DRAFT.read_text(encoding="utf-8"))
        assert list_faults(PRACTICES, pages) == []


if CODE:

    def test_the_entries_are_found_in_the_code() -> None:
        pages = {}
        for page in re.split(r"(?<=\n)(?=\d{1,2}\n\n)", CODE.read_text(encoding="utf-8")):
            pages[len(pages) + 1] = page
        assert list_faults(EU_CODE, pages) == []


def test_a_changed_passage_is_found_out() -> None:
    sample = {"document": {"running_heads": ["Head 1"]}, "safeguards": [{"id": "X", "locator": {}}]}
    locator = {"page": 1, "ends_on_page": 2, "opens_with": "Keep the bees", "ends_with": "the box"}
    locator["sha256_of_letters"] = sha256(read_letters("Keep the bees in the box").encode()).hexdigest()
    sample["safeguards"][0]["locator"] = locator
    pages = {1: "Keep the bees 1", 2: "   Head 1\nin the box.2"}
    assert list_faults(sample, pages) == []
    assert list_faults(sample, {1: pages[2], 2: pages[1]}) == ["X"]
    assert list_faults(sample, {**pages, 2: "Head 1\nnot in the box"}) == ["X"]
    assert list_faults({**sample, "document": {}}, pages) == ["X"]


def count_possible(entries: list[Entry]) -> list[str]:
    return [str(sum(tell_flag(entry, mode) in FLAGS - {"incompatible"} for entry in entries)) for mode in MODES]


def count_told(entries: list[Entry], flag: str) -> list[str]:
    return [str(count_flags(entries, mode).get(flag, 0)) for mode in MODES]


def test_the_numbers_of_the_page_are_those_of_the_catalogs() -> None:
    page = (ROOT / "docs" / "guidances.md").read_text(encoding="utf-8")
    block = page.split("<!-- numbers")[1].split("<!-- end of numbers")[0]
    rows = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("| ")][1:]
    parts = list_parts(PRACTICES)
    mitigations, security = EU_CODE["safeguards"][:8], EU_CODE["safeguards"][8:]
    assert [row[1:] for row in rows] == [
        count_possible(APPENDIX["safeguards"]),
        count_possible(parts),
        count_told(parts, "until"),
        count_told(parts, "incompatible"),
        count_told(parts, "absent"),
        count_possible(mitigations),
        count_told(mitigations, "incompatible"),
        count_possible(security),
        count_told(security, "until"),
    ]


def test_the_matrix_counts_what_the_page_says() -> None:
    """The numbers of the tool are those of the page: what open weights leave possible, and what ends with them."""
    matrix = build_matrix(load_catalog("nist-ai-800-1-ipd-practices", load_ladder()), load_ladder(), (), None)
    assert [matrix.count_possible(mode) for mode in MODES] == [(81, 83), (79, 83), (67, 83)]
    assert (matrix.counts("open_weights")[UNTIL], matrix.counts("closed_api")[ABSENT]) == (12, 2)
    assert [matrix.counts(mode)[Flag.INCOMPATIBLE] for mode in MODES] == [0, 4, 4]
    code = build_matrix(load_catalog("eu-code", load_ladder()), load_ladder(), ("gated_weights_vetted",), None)
    assert [matrix.counts("open_weights")[UNTIL] for matrix in (code,)] == [25]
    assert UNTIL not in code.counts("gated_weights_vetted")


if DRAFT:

    def test_the_program_finds_the_practices_in_the_draft() -> None:
        pages = read_pages(str(DRAFT))
        assert {one.match for one in verify(load_catalog("practices", load_ladder()), pages)} == {Match.FOUND}
        changed = [page.replace("digital tools", "digital fools") for page in pages]
        lost = [one.safeguard.id for one in verify(load_catalog("practices", load_ladder()), changed) if one.detail]
        assert lost == ["P1.2.1"]  # it runs from page 5 to page 6
