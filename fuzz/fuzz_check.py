"""Fuzz the whole of `aisafe check`, in this process: exit codes, both streams and every format.

Run it with `fuzz/run SECONDS`, or by hand: python fuzz/fuzz_check.py -max_total_time=60 -dict=fuzz/yaml.dict CORPUS
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["aisafe_cli"]):
    from aisafe_cli.domain.formats import REPORTERS
    from aisafe_cli.errors import describe
    from aisafe_cli.parsing.schema import parse_date
    from aisafe_cli.reporters import View, render
    from aisafe_cli.session.session import Session
    from aisafe_cli.session.settings import Options

from oracle import assert_harmless, assert_sound

_COMMANDS = ("github",)  # its lines are meant to be obeyed
_FOLDER = Path(tempfile.mkdtemp())
_DAY = parse_date("2026-06-01")


def check(data: bytes) -> None:
    """Check a plan of these bytes, and look at all that is said of it."""
    assert _DAY is not None
    path = _FOLDER / "x.plan.yaml"
    path.write_bytes(data)
    checked = Session(Options(strict=len(data) % 5 == 0, search_config=False), _DAY).run([str(path)])
    assert checked.exit_code in (0, 1, 2, 3)
    for error in checked.errors:
        assert_harmless(describe(error))
    if not checked.results:
        assert checked.exit_code in (2, 3)
        return
    run = checked.as_run(checked.exit_code)
    assert_sound(json.loads(render("json", run, View())), checked.exit_code)
    # All formats at each input would leave time for few inputs.
    names = list(REPORTERS)
    name = names[sum(data) % len(names)]
    text = render(name, run, View())
    text.encode()
    if name not in _COMMANDS:
        assert_harmless(text.replace("\r\n", "\n"))


if __name__ == "__main__":
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    check(b"")
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
