"""License identifiers and expressions to classes."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest
from conftest import ROOT

from aisafe_cli.errors import InputError
from aisafe_cli.io.resources import find_data_file
from aisafe_cli.loading import license_classes as licenses
from aisafe_cli.loading.license_classes import UNKNOWN, LicenseClasses
from aisafe_cli.parsing.schema import check
from aisafe_cli.parsing.yaml import load_document


@cache
def classes():
    return LicenseClasses()


@cache
def listed():
    return check(load_document(find_data_file("licenses.yaml")), "licenses")["classes"]


# `OpenRAIL++` is not among these: it is read as `OpenRAIL+`, which is unknown.
IDENTIFIERS = [(name, group["id"]) for group in listed() for name in group["ids"] if not name.endswith("+")]


@pytest.mark.parametrize("change", [str, str.lower, str.upper])
def test_every_identifier_of_the_data_has_its_class_in_any_case(change):
    assert {name: classes().of_expression(change(name)) for name, _ in IDENTIFIERS} == dict(IDENTIFIERS)


def test_no_identifier_or_prefix_stands_in_two_classes():
    for key in ("ids", "prefixes"):
        names = [name.lower() for group in listed() for name in group[key]]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("expression", "group"),
    [
        # Identifiers of the Hub and of SPDX, by the prefix of their family.
        ("apache-2.0", "permissive"),
        ("bsd-3-clause-clear", "permissive"),
        ("cc-by-4.0", "permissive"),
        ("openmdw-1.0", "permissive"),
        ("gpl-3.0", "copyleft"),
        ("GPL-2.0-or-later", "copyleft"),
        ("GPL-2.0+", "copyleft"),
        ("Apache-2.0+", "permissive"),
        ("LGPL-2.1-only", "copyleft"),
        ("agpl-3.0", "copyleft"),
        ("MPL-2.0", "copyleft"),
        ("cc-by-sa-4.0", "copyleft"),
        ("llama3.1", "use_restricted"),
        ("gemma", "use_restricted"),
        ("creativeml-openrail-m", "use_restricted"),
        ("bigscience-bloom-rail-1.0", "use_restricted"),
        ("cc-by-nd-4.0", "use_restricted"),
        ("cc-by-nc-4.0", "noncommercial"),
        ("cc-by-nc-sa-4.0", "noncommercial"),
        ("CC-BY-NC-ND-4.0", "noncommercial"),
        ("fair-noncommercial-research-license", "noncommercial"),
        ("intel-research", "research_only"),
        ("LicenseRef-MIT", "permissive"),
        ("LicenseRef-ours", UNKNOWN),
        # Expressions: the freer of a choice, the less free of a combination.
        ("MIT OR GPL-3.0-only", "permissive"),
        ("GPL-3.0-only OR MIT", "permissive"),
        ("MIT AND GPL-3.0-only", "copyleft"),
        ("GPL-3.0-only AND MIT", "copyleft"),
        ("MIT AND ISC", "permissive"),
        ("mit or cc-by-nc-4.0", "permissive"),
        ("gemma AND cc-by-nc-4.0 AND intel-research", "research_only"),
        # AND binds closer than OR.
        ("MIT OR ISC AND GPL-3.0-only", "permissive"),
        ("GPL-3.0-only AND ISC OR MIT", "permissive"),
        ("gemma OR MIT AND GPL-3.0-only", "copyleft"),
        ("(gemma OR MIT) AND GPL-3.0-only", "copyleft"),
        ("(MIT OR ISC) AND gemma", "use_restricted"),
        ("MIT OR (ISC AND gemma)", "permissive"),
        ("gemma AND (MIT OR (ISC AND GPL-3.0-only))", "use_restricted"),
        ("((MIT))", "permissive"),
        ("(GPL-3.0-only)OR(MIT)", "permissive"),
        # An exception only adds permissions.
        ("GPL-2.0-only WITH Classpath-exception-2.0", "copyleft"),
        ("Apache-2.0 WITH LLVM-exception AND GPL-3.0-only", "copyleft"),
        ("GPL-2.0-only with Classpath-exception-2.0 or MIT", "permissive"),
        ("MIT WITH or", UNKNOWN),
        # What is unknown is the least free.
        ("MIT OR Unheard-Of-1.0", "permissive"),
        ("MIT AND Unheard-Of-1.0", UNKNOWN),
        ("  MIT  ", "permissive"),
    ],
)
def test_the_class_of_an_expression(expression, group):
    assert classes().of_expression(expression) == group


@pytest.mark.parametrize(
    ("expression", "group"),
    [
        ("BSD-3-Clause", "permissive"),
        ("BSD-Protection", "copyleft"),
        ("BSD-3-Clause-No-Nuclear-License", "use_restricted"),
        ("BSD-3-Clause-No-Military-License", "use_restricted"),
        ("CC", UNKNOWN),
        ("SSPL-1.0", "use_restricted"),
        ("EUPL-1.2+", "copyleft"),
        ("deepfloyd-if-license", "research_only"),
        ("PolyForm-Noncommercial-1.0.0", "noncommercial"),
    ],
)
def test_an_identifier_that_only_its_family_makes_free_is_not(expression, group):
    assert classes().of_expression(expression) == group


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("Apache License, Version 2.0", "permissive"),
        ("MIT License", "permissive"),
        ("Modified MIT License", "permissive"),
        ("MIT for code, weights for research only", "research_only"),
        ("Apache 2.0 with our terms", UNKNOWN),
        ("GNU General Public License v3.0", "copyleft"),
        ("Llama 3.1 Community License Agreement", "use_restricted"),
        ("llama-2-community-license", "use_restricted"),
        ("Gemma Terms of Use", "use_restricted"),
        ("stabilityai-nc-research-community", "noncommercial"),
        ("flux-1-dev-non-commercial-license", "noncommercial"),
        ("Creative Commons Attribution-NonCommercial 4.0", "noncommercial"),
        ("qwen-research", "research_only"),
        ("Proprietary", "proprietary"),
        ("Our own terms", UNKNOWN),
        ("", UNKNOWN),
        ("x " * 100_000, UNKNOWN),
    ],
)
def test_the_class_of_a_name(name, group):
    assert classes().of_text(name) == group
    assert classes().of_text(name.upper()) == group


@pytest.mark.parametrize(
    ("url", "group"),
    [
        ("https://www.apache.org/licenses/LICENSE-2.0", "permissive"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "noncommercial"),
        ("https://huggingface.co/black-forest-labs/FLUX.1-dev/blob/main/LICENSE.md", "noncommercial"),
        ("https://example.org/?apache.org/licenses/license-2.0", UNKNOWN),
        ("apache.org/licenses/license-2.0", "permissive"),
        ("", UNKNOWN),
    ],
)
def test_the_class_of_a_link(url, group):
    assert classes().of_url(url) == group


@pytest.mark.parametrize(
    ("model", "group"),
    [
        ("meta-llama/Llama-2-7b-hf", "use_restricted"),
        ("TinyLlama/TinyLlama-1.1B", UNKNOWN),
        ("google/gemma-2b", "use_restricted"),
        ("google/gemma-4-E4B-it", UNKNOWN),
        ("black-forest-labs/FLUX.1-dev", "noncommercial"),
    ],
)
def test_the_class_of_a_base_model(model, group):
    assert classes().of_base(model) == group


def test_a_plan_derives_the_freest_class_of_identifier_name_and_link():
    derive = classes().derive
    assert derive("other", "Llama 2 Community License", None) == "use_restricted"
    assert derive(None, None, "https://opensource.org/licenses/MIT") == "permissive"
    assert derive("cc-by-nc-4.0", "MIT License", None) == "permissive"
    assert derive(None, None, "opensource.org/license/bsd-3-clause/") == "permissive"
    assert derive(None, None, "https://spdx.org/licenses/GPL-3.0-or-later.html?a#b") == "copyleft"
    assert derive(None, None, "https://spdx.org/licenses/") == UNKNOWN
    assert derive(None, None, None) == UNKNOWN


def test_names_and_links_stand_in_one_class_each():
    for key in ("names", "links", "bases"):
        names = [
            licenses.fold_license_name(name) if key != "links" else name
            for group in listed()
            for name in group.get(key, ())
        ]
        assert len(set(names)) == len(names)
    assert all(link == link.lower() for group in listed() for link in group.get("links", ()))


def test_the_classes_of_spdx_identifiers_are_those_of_the_kept_source():
    done = subprocess.run([sys.executable, ROOT / "docs" / "spdx_classes.py", "--check"], check=False, timeout=60)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "other",
        "Unheard-Of-1.0",
        "LicenseRef-ours",
        "DocumentRef-a:LicenseRef-b",
        "MIT License",
        "Llama 3.1 Community License",
        "MIT, ISC",
        "MIT ISC",
        "MIT OR",
        "OR MIT",
        "AND",
        "MIT AND OR ISC",
        "MIT AND WITH x ISC",
        "MIT WITH",
        "()",
        "(MIT",
        "MIT)",
        ")MIT(",
        "(MIT OR ISC",
        "+",
        "光",
        "(" * 2000,
        "MIT OR " * 300,
    ],
)
def test_what_is_no_known_expression_is_unknown(text):
    assert classes().of_expression(text) == UNKNOWN


def test_long_expressions_are_read():
    assert classes().of_expression(" AND ".join(["MIT"] * 300)) == "permissive"
    assert classes().of_expression("(" * 900 + "MIT" + ")" * 900) == "permissive"


@pytest.mark.parametrize(
    "expression",
    ["WITH x MIT", "MIT MIT AND", "MIT WITH )", "MIT WITH (x)", "MIT (", "(MIT", "AND MIT", "MIT OR", "MIT WITH"],
)
def test_what_is_no_expression_has_no_class(expression):
    assert LicenseClasses().of_expression(expression) == "unknown"


@pytest.mark.parametrize("name", ["openrail++", "OpenRAIL++", "GPL-2.0+"])
def test_a_plus_belongs_to_some_names(name):
    assert LicenseClasses().of_expression(name) != "unknown"


def test_compiled_classes_are_not_checked_again(monkeypatch):
    monkeypatch.setattr(licenses, "check_licenses", lambda _: pytest.fail("they are checked again"))
    assert LicenseClasses().of_expression("MIT") == "permissive"


def test_without_compiled_classes_the_file_is_read(monkeypatch):
    monkeypatch.setattr(licenses, "read_compiled", lambda *_: None)
    assert LicenseClasses().of_expression("MIT AND gemma") == "use_restricted"


def test_a_faulty_file_is_refused():
    with pytest.raises(InputError) as refused:
        licenses.check_licenses(b"schema_version: 2\nclasses: []\n")
    (fault, *_) = refused.value.faults
    assert (fault.path, fault.line, fault.column) == (find_data_file("licenses.yaml"), 1, 17)
    assert fault.message == "the value must be 1"


@pytest.mark.parametrize(
    "name", ["ＭＩＴ", "M\u200bI\u2060T", "mit\u00ad", "Ａｐａｃｈｅ－２．０", "Apache\u200b 2.0", "𝗠𝗜𝗧 License"]
)
def test_a_name_is_read_as_it_looks(name):
    assert LicenseClasses().derive(name, None, None) == "permissive"
    assert LicenseClasses().derive(None, name, None) == "permissive"
