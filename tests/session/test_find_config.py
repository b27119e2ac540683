"""Which configuration decides, and which is refused because it would be passed over."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from aisafe_cli.errors import FileError
from aisafe_cli.session.folder_settings import SettingsReader
from aisafe_cli.session.provenance import Provenance
from aisafe_cli.session.settings import Options

# --- configurations that are there and are not used -----------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("aisafe.yml", "fail_under: 100\n", "aisafe.yaml"),
        ("real/aisafe.toml", "fail_under = 100\n", "plans/aisafe.yaml"),
        (".config/aisafe.yaml", "fail_under: 100\n", "aisafe.yaml"),
        ("real/.aisafe/config.yml", "fail_under: 100\n", "plans/aisafe.yaml"),
        ("aisafe.json", '{"fail_under": 100}', "aisafe.yaml"),
        ("setup.cfg", "[aisafe]\nfail_under = 100\n", "aisafe.yaml"),
    ],
)
def test_a_configuration_under_a_near_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, right: str
) -> None:
    """The folder of the plans is a link, which is followed in a revision too."""
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.plan.yaml").touch()
    (tmp_path / "plans").symlink_to("real")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "x")
    shown = name.replace("real", "plans")
    for options in (Options(), Options(trusted_ref="HEAD")):
        with pytest.raises(
            FileError, match=rf"{re.escape(shown)}: no configuration is read under this name; call it {right}$"
        ):
            SettingsReader(options, Provenance()).read("plans")
    (tmp_path / name).unlink()
    with pytest.raises(FileError, match=f"HEAD:{re.escape(shown)}"):
        SettingsReader(Options(trusted_ref="HEAD"), Provenance()).read("plans")
    assert SettingsReader(Options(), Provenance()).read("plans").configuration is None


def test_the_configuration_around_a_nested_repository_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path / ".git", tmp_path / "inner" / ".git", tmp_path / "inner" / "plans"):
        folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert SettingsReader(Options(), Provenance()).read("inner/plans").configuration is None
    (tmp_path / "aisafe.yaml").write_text("fail_under: 100\n", encoding="utf-8")
    with pytest.raises(FileError, match="does not hold in inner, a repository of its own"):
        SettingsReader(Options(), Provenance()).read("inner/plans")
    (tmp_path / "inner" / "aisafe.yaml").write_text("fail_under: 50\n", encoding="utf-8")
    assert SettingsReader(Options(), Provenance()).read("inner/plans").policy.fail_under == 50
