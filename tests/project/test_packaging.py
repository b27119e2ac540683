"""The distribution: wheel and sdist carry the data, and installed copies work from another folder."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, TODAY

from aisafe_cli.io.find import is_plan_name

PLAN = ROOT / "examples" / "staged-hybrid.plan.yaml"
DATA = {
    "aisafe_cli/safeguards/nist-ai-800-1-ipd.yaml",
    "aisafe_cli/safeguards/access-levels.yaml",
    "aisafe_cli/safeguards/licenses.yaml",
    "aisafe_cli/safeguards/compiled/nist-ai-800-1-ipd.yaml.json",
    "aisafe_cli/safeguards/compiled/licenses.yaml.json",
    "aisafe_cli/safeguards/compiled/report_md_j2.py",
    "aisafe_cli/schemas/plan.schema.json",
    "aisafe_cli/templates/report.md.j2",
    "aisafe_cli/py.typed",
    "aisafe_cli/examples/staged-hybrid.yaml",
    "aisafe_cli/examples/aurora/weights-decision.md",
}


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), cwd=cwd, capture_output=True, encoding="utf-8", timeout=300, check=False
    )


def build(kind: str, source: Path, target: Path) -> Path:
    done = run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target, cwd=source)
    assert done.returncode == 0, done.stderr
    (made,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A virtual environment that has the dependencies of this one, but not the package itself."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    (folder,) = home.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched, but .pth files in it, by which editable packages work, are not read.
    (folder / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    assert run(python, "-c", "import yaml, typer", cwd=tmp_path).returncode == 0
    return python


def install(python: Path, *what: object) -> None:
    done = run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"),
        *("--no-build-isolation", "--ignore-installed", *what),
        cwd=python.parent,
    )
    assert done.returncode == 0, done.stderr


def test_the_wheel_carries_the_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= DATA
    assert not [name for name in names if name.startswith(("safeguards/", "tests/", "examples/"))]
    assert not [name for name in names if is_plan_name(name)]  # where git cannot tell, environments are searched


def test_a_wheel_from_the_sdist_is_the_same(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    again = build("wheel", source, tmp_path / "out")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("editable", [False, True], ids=["wheel", "editable"])
def test_an_installed_copy_works_from_another_folder(fresh: Path, wheel: Path, tmp_path: Path, editable: bool) -> None:
    install(fresh, *(("--editable", ROOT) if editable else (wheel,)))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = run(fresh, "-c", "import aisafe_cli; print(aisafe_cli.__file__)", cwd=elsewhere).stdout
    assert Path(place.strip()).is_relative_to(ROOT if editable else fresh.parents[1])
    for program in ("aisafe", "aisafe-cli"):
        done = run(fresh.parent / program, "check", PLAN, "--as-of", TODAY, cwd=elsewhere)
        assert (done.returncode, done.stderr) == (0, "")
    assert run(fresh.parent / "aisafe", "report", PLAN, "-o", "report.md", cwd=elsewhere).returncode == 0
    assert run(fresh, "-m", "aisafe_cli", "matrix", cwd=elsewhere).returncode == 0
    assert (
        '"path": "examples/staged-hybrid.plan.yaml"'
        in run(fresh, "-m", "aisafe_cli", "demo", "-f", "json", cwd=elsewhere).stdout
    )


def test_an_incomplete_installation_says_so(fresh: Path, wheel: Path, tmp_path: Path) -> None:
    install(fresh, wheel)
    (catalog,) = fresh.parents[1].glob("lib/python*/site-packages/aisafe_cli/safeguards/nist-ai-800-1-ipd.yaml")
    catalog.unlink()
    done = run(fresh.parent / "aisafe", "check", PLAN, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the installation is incomplete" in done.stderr
