"""What each kind of source becomes: the rules as cases, conflicts, folders, and that nothing is ever claimed."""

from __future__ import annotations

import hashlib
import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import catalog, ladder
from conftest import ROOT, Program
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aisafe_cli.analysis.new_plan import scaffold
from aisafe_cli.cli.planning.import_sources import find_sources, make_plan_name
from aisafe_cli.domain.plan import Plan
from aisafe_cli.errors import AisafeError, InputError
from aisafe_cli.importing.answers import build_answers, describe_import
from aisafe_cli.importing.card import SECTION_MARKER
from aisafe_cli.importing.combine import Import, combine
from aisafe_cli.importing.facts import CONFIDENCES, QUESTION, QUOTE, WARNING, Reading
from aisafe_cli.importing.files import count_parameters, read_gguf
from aisafe_cli.importing.read import read_content, read_given, read_model_folder
from aisafe_cli.io.folder import ModelFolder
from aisafe_cli.loading.license_classes import LicenseClasses
from aisafe_cli.loading.plan import parse_plan

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
TABLE = LicenseClasses()
many = settings(max_examples=150, deadline=None, derandomize=True, database=None)
CARD = "---\nlicense: mit\nbase_model: a/b\ntags: [x]\nextra_gated_prompt: agree\n---\n# M\n\n## Safety\n"
PAYLOADS = (
    "x\ny: z",
    '"]} #',
    "safeguards: {AB-01: implemented}",
    "\u202e\u2028\x00\x1b[31m",
    "::error::x ##[group] section_start:1:x",
    "<script>alert(1)</script>",
    "*alias",
    "!!python/object:os.system",
    "9" * 5000,
    "\ud800",
    "模型 🦙\ufeff",
    "${HOME} $(id) {{ x }}",
)


def read(content: str | bytes, name: str = "README.md", kind: str | None = None, own_id: str = "") -> Reading:
    data = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    return read_content(name, data, kind, own_id, TABLE)


def plan_text(imported: Import) -> str:
    return scaffold(build_answers(imported), catalog(), ladder())


def loaded(imported: Import) -> Plan:
    """The plan, of which no claim, capability, size, waiver or alternative may ever come from a source."""
    plan = parse_plan(plan_text(imported).encode(), "imported.plan.yaml", catalog())
    answers = [claim for claims in plan.claims.values() for claim in claims]
    assert {claim.status.value for claim in answers} <= {"unanswered"}
    assert not any(claim.evidence for claim in answers)
    assert (plan.model.capability, plan.organization.size) == ("unknown", "large")
    assert not plan.waivers
    assert not plan.adoptions
    assert not any(channel.opens or channel.closes for channel in plan.channels)
    return plan


def source_of(case: dict[str, Any]) -> str:
    if "hub" in case:
        return json.dumps(case["hub"], indent=1)
    if "mot" in case:
        return yaml.safe_dump({"framework": {"name": "Model Openness Framework"}, "release": case["mot"]})
    return str(case["card"])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_rule(case: dict[str, Any]) -> None:
    reading = read(source_of(case))
    assert reading.kind == next(kind for kind in ("card", "hub", "mot") if kind in case)
    assert reading.found
    imported = combine([reading])
    data = describe_import(imported)
    for field, value in case.get("facts", {}).items():
        found = data["facts"][field]["value"]
        if isinstance(found, dict):
            found = {key: text for key, text in found.items() if text}
        assert found == value, field
    for field, line in case.get("lines", {}).items():
        assert data["facts"][field]["source"] == f"README.md:{line}"
    assert not set(case.get("absent", ())) & data["facts"].keys()
    for key, told in (("warns", "warnings"), ("asks", "questions"), ("evidence", "evidence"), ("quotes", "quotes")):
        for words in case.get(key, ()):
            assert any(words in note["text"] for note in data[told]), (told, data[told])
    if "warns" not in case:
        assert not data["warnings"]
    assert all(fact["confidence"] in CONFIDENCES for fact in data["facts"].values())
    plan = loaded(imported)
    assert plan.channels[0].access == case.get("facts", {}).get("access", plan.channels[0].access)


def test_each_line_that_a_source_gives_says_where_from() -> None:
    text = plan_text(combine([read(CARD)]))
    assert 'base_model: ["a/b"]  # README.md:3; base_model as stated; high' in text
    assert "    access: gated_weights_clickthrough  # README.md:5; gate texts; medium" in text
    assert '    license: {id: "mit", class: permissive}  # README.md:2; license as stated; high' in text
    assert hashlib.sha256(CARD.encode()).hexdigest() in " ".join(text.split("\n")[:3])


def test_an_unknown_access_is_a_placeholder_with_a_question() -> None:
    text = plan_text(combine([read("# M\n")]))
    assert "access: open_weights  # not known; see the question above" in text
    assert "How do people reach the model?" in " ".join(text.replace("#", "").split())


# --- several sources ------------------------------------------------------------------------------------------------

HUB = json.dumps({"id": "lab/Real-7B", "gated": False, "tags": [], "cardData": {"license": "llama3"}})


def texts_of(imported: Import) -> str:
    return "\n".join(note.text for note in imported.list_notes(WARNING))


def test_the_better_informed_wins_and_the_other_is_told() -> None:
    imported = combine([read(CARD), read(HUB, "hub.json")])
    assert imported.facts["access"].value == "open_weights"
    assert imported.facts["name"].value == "Real-7B"
    assert "access is gated_weights_clickthrough here, open_weights in hub.json:1" in texts_of(imported)
    assert "license is mit here, llama3 in hub.json:1" in texts_of(imported)
    assert not any(question.field == "gated" for question in imported.list_notes(QUESTION))


def test_the_order_in_which_sources_are_named_does_not_matter() -> None:
    one, other = read(CARD), read(HUB, "hub.json")
    assert plan_text(combine([one, other])) == plan_text(combine([other, one]))


def test_what_the_call_says_wins_and_a_different_name_is_told() -> None:
    imported = combine([read_given({"role": "distributor"}, "lab/Other", TABLE), read(CARD)])
    assert (imported.facts["name"].value, imported.facts["developer"].value) == ("Other", "lab")
    assert imported.facts["role"].value == "distributor"
    assert "name is M here, Other in your options" in texts_of(imported)
    assert "role is fine_tuner here" in texts_of(imported)


# --- folders --------------------------------------------------------------------------------------------------------


def tensors(**shapes: list[int]) -> bytes:
    header = {name: {"dtype": "BF16", "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(64)


def gguf(**texts: str) -> bytes:
    body = b""
    for key, value in texts.items():
        name, data = f"general.{key.replace('__', '.')}".encode(), value.encode()
        body += struct.pack("<Q", len(name)) + name + struct.pack("<IQ", 8, len(data)) + data
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(texts)) + body


def import_folder(path: Path) -> Import:
    return combine([*read_model_folder("model", ModelFolder(str(path)), "", TABLE)])


def test_a_folder_is_read_as_a_whole_and_its_conflicts_are_told(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# M\n", encoding="utf-8")
    (tmp_path / "LICENSE").write_text("   LLAMA 2 COMMUNITY LICENSE AGREEMENT\n\nText\n", encoding="utf-8")
    (tmp_path / "config.json").write_text('{"_name_or_path": "meta-llama/Llama-2-7b"}', encoding="utf-8")
    for number in (1, 2):
        (tmp_path / f"model-0000{number}-of-00002.safetensors").write_bytes(tensors(w=[1000, 30], b=[7]))
    imported = import_folder(tmp_path)
    assert imported.facts["parameters"].value == 2 * 30_007
    assert imported.facts["access"].value == "open_weights"
    assert "license is LLAMA 2 COMMUNITY LICENSE AGREEMENT Text here, mit in model/README.md:2" in texts_of(imported)
    assert "config.json names meta-llama/Llama-2-7b" in texts_of(imported)
    assert "base_model" not in imported.facts
    loaded(imported)


def test_a_folder_alone_opens_the_model_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "google/gemma-2b"}', encoding="utf-8")
    (tmp_path / "adapter_model.safetensors").write_bytes(tensors(w=[3]))
    imported = import_folder(tmp_path)
    assert imported.facts["base_model"].value == ("google/gemma-2b",)
    assert imported.facts["base_model_relation"].value == "adapter"
    assert not {"access", "parameters", "license"} & imported.facts.keys()
    assert any("does not say how it will be released" in question.text for question in imported.list_notes(QUESTION))


def test_a_set_of_weights_that_is_not_whole_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "model-00001-of-00003.safetensors").write_bytes(tensors(w=[5]))
    imported = import_folder(tmp_path)
    assert "parameters" not in imported.facts
    assert "1 of 3 weight files are here" in texts_of(imported)


def test_the_header_of_a_gguf_file(tmp_path: Path) -> None:
    content = gguf(
        name="Q", license="apache-2.0", base_model__count="1", base_model__0__repo_url="https://huggingface.co/x/y"
    )
    (tmp_path / "m.gguf").write_bytes(content)
    facts = import_folder(tmp_path).facts
    assert {field: facts[field].value for field in ("name", "base_model", "base_model_relation")} == {
        "name": "Q",
        "base_model": ("x/y",),
        "base_model_relation": "quantized",
    }
    for length in range(len(content)):
        read_gguf(content[:length])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        bytes(9),
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        tensors(w=[-1]),
        struct.pack("<Q", 45) + b'{"w": {"dtype": "U8", "shape": [4000, 4000]}}',
        struct.pack("<Q", 11) + b'{"w": null}',
    ],
)
def test_what_is_no_header_counts_nothing(head: bytes) -> None:
    assert count_parameters(head) is None


def test_links_out_of_a_folder_are_not_followed_but_into_a_cache(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("---\nlicense: mit\n---\n# Secret\n", encoding="utf-8")
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "aa").write_text("---\nlicense: mit\n---\n# Cached\n", encoding="utf-8")
    for name, target in (("out", "../secret.md"), ("in", "../blobs/aa")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").symlink_to(target)
    assert ModelFolder(str(tmp_path / "out")).list_names() == ()
    assert import_folder(tmp_path / "in").facts["name"].value == "Cached"


# --- whatever is read -----------------------------------------------------------------------------------------------


def import_any(content: bytes, name: str = "README.md", kind: str | None = None) -> None:
    """Any bytes are refused, say nothing of a model, or become a plan that loads and claims nothing."""
    try:
        reading = read_content(name, content, kind, "", TABLE)
    except InputError:
        return
    imported = combine([reading])
    json.dumps(describe_import(imported)).encode()
    if reading.found:
        loaded(imported)


@many
@given(st.binary(max_size=400), st.sampled_from([None, "card", "hub", "mot"]))
@example(b"---\n---", None)
@example(b"{" * 100_000, None)
@example(b"[" * 100_000, "hub")
@example(b'{"id": "a/b", "tags": ' + b"9" * 5000 + b"}", "hub")
def test_any_bytes(content: bytes, kind: str | None) -> None:
    import_any(content, kind=kind)


@many
@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_in_metadata_and_body(metadata: str, body: str) -> None:
    import_any(f"---\nlicense: mit\n{metadata}\n---\n# {body}\n".encode(errors="surrogatepass"))


@pytest.mark.parametrize("seed", range(10))
def test_mutated_cards(seed: int) -> None:
    chance = random.Random(seed)
    alphabet = [*"\n\t:-#'\"[]{}&*!|>%@`\\ ", "---\n", "\r\n", "é", "\ufeff", "\0", "extra_gated_prompt:"]
    sources = [source_of(case) for case in CASES]
    for _ in range(100):
        text = chance.choice(sources)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(text) + 1)
            text = text[:place] + chance.choice(["", *alphabet]) + text[place + chance.randint(0, 3) :]
        import_any(text.encode(errors="surrogatepass"))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_in_every_field(payload: str) -> None:
    keys = ("license", "license_name", "license_link", "base_model", "base_model_relation", "model_name", "tags")
    for key in (*keys, "extra_gated_prompt", "quantized_by", "model_link", "library_name"):
        import_any(
            f"---\nlicense: mit\n{key}: {json.dumps(payload)}\n---\n# {payload}\n## Safety {payload}\n".encode(
                errors="replace"
            )
        )
        card = {"license": "mit", key: payload}
        answer = {
            "id": f"lab/{payload}",
            "gated": payload,
            "tags": [payload],
            "cardData": card,
            "siblings": [{"rfilename": payload}],
        }
        import_any(json.dumps({**answer, "inference": payload, "author": payload}).encode(), "hub.json", "hub")
        component = {"name": "Model parameters (Final)", "license": payload, "component_path": payload}
        release = {"name": payload, "producer": payload, "components": [component], "license": {payload: payload}}
        import_any(json.dumps({"release": release}).encode(), payload.replace("\0", ""), "mot")


# --- the program ----------------------------------------------------------------------------------------------------


def test_one_card_and_the_first_check_fails_honestly(aisafe: Program, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD, encoding="utf-8")
    done = aisafe("init", "--from", "README.md", "--id", "lab/M-1B", "-o", "m.plan.yaml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "README.md: gated_weights_clickthrough; license mit (permissive)" in done.stderr
    assert aisafe("check", "m.plan.yaml", cwd=tmp_path).returncode == 1
    again = aisafe("init", "--from", "README.md", "-o", "m.plan.yaml", cwd=tmp_path)
    assert again.returncode == 2
    assert "already exists" in again.stderr


@pytest.mark.parametrize(
    ("content", "arguments", "code", "words"),
    [
        (CARD, [], 0, "next: put this into a file"),
        (HUB, ["--facts"], 0, ""),
        ("\0\1\2", [], 2, "is not text"),
        ("{", ["--as", "hub"], 2, "<stdin>:1:2: not valid JSON"),
        ("- a\n", ["--as", "mot"], 2, "keys with values are expected"),
        (CARD, ["--as", "hug"], 2, "did you mean `hub`"),
        ("hello", [], 3, "no facts about a model were found"),
        ("---\nsize_categories: [x]\ntask_categories: [y]\n---\n# D\n", [], 3, "the card of a dataset"),
    ],
)
def test_standard_input_and_exit_codes(
    aisafe: Program, content: str, arguments: list[str], code: int, words: str
) -> None:
    done = aisafe("init", "--from", "-", *arguments, stdin=content)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert bool(done.stdout) == (code == 0)
    assert "Traceback" not in done.stderr


def test_options_of_an_import_need_one(aisafe: Program) -> None:
    done = aisafe("init", "--facts", "--name", "x", "--channel", "a=open_weights")
    assert (done.returncode, "go with --from" in done.stderr) == (2, True)


def test_a_folder_of_cards(aisafe: Program, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "cards" / name).mkdir(parents=True)
        (tmp_path / "cards" / name / "README.md").write_text(CARD, encoding="utf-8")
    (tmp_path / "cards" / "c.json").write_text(HUB, encoding="utf-8")
    (tmp_path / "cards" / "d.md").write_text("nothing", encoding="utf-8")
    done = aisafe("init", "--from", "cards", "--out", "plans", cwd=tmp_path)
    assert done.returncode == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "cards/a/README.md",
        "cards/b/README.md",
        "cards/c.json",
    ]
    assert "cards/d.md: no facts about a model were found" in done.stderr
    assert sorted(path.name for path in (tmp_path / "plans").iterdir()) == ["a.plan.yaml", "b.plan.yaml", "c.plan.yaml"]
    lines = aisafe("init", "--from", "cards", "--facts", cwd=tmp_path).stdout.splitlines()
    assert [json.loads(line)["facts"]["license"]["value"]["id"] for line in lines] == ["mit", "mit", "llama3"]
    (tmp_path / "cards" / "e.json").write_text("{", encoding="utf-8")
    assert aisafe("init", "--from", "cards", "--facts", cwd=tmp_path).returncode == 2
    assert aisafe("init", "--from", "cards", cwd=tmp_path).returncode == 2


def test_a_folder_without_sources_says_so(aisafe: Program, tmp_path: Path) -> None:
    assert aisafe("init", "--from", tmp_path).returncode == 3
    assert list(find_sources(str(tmp_path))) == []


def test_plans_are_named_after_their_sources() -> None:
    assert make_plan_name("cards/org__x/README.md") == "org__x.plan.yaml"
    assert make_plan_name("cards/x.md") == "x.plan.yaml"
    assert make_plan_name("cards/v1.5") == "v1.5.plan.yaml"


def test_the_section_that_a_report_writes_is_recognized(aisafe: Program) -> None:
    plan = ROOT / "examples" / "open-weights.plan.yaml"
    report = aisafe("report", plan, "--format", "markdown", "--kind", "model-card").stdout
    assert SECTION_MARKER in report
    imported = combine([read(f"---\nlicense: mit\n---\n# M\n\n{report}\n## Citation\n")])
    assert len(imported.list_notes(QUOTE)) >= 10
    assert not any("Citation" in quote.text for quote in imported.list_notes(QUOTE))
    loaded(imported)


def test_errors_are_ours() -> None:
    with pytest.raises(AisafeError):
        read(b"\0")
