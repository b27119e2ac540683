"""Build the playground in `build/site/playground/`: `python docs/playground/build.py`. Needs node and npm.

Everything comes from packages with a hash: Pyodide by package-lock.json, what the program depends on by
requirements.lock. The program is the wheel of this checkout.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aisafe_cli import __version__
from aisafe_cli.api import Checker
from aisafe_cli.loading.catalog import BUILT_IN, load_catalog, load_ladder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "playground"
SITE = ROOT / "build" / "site"
TARGET = SITE / "playground"
PAGE = ("playground.js", "checker.js", "style.css")
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
# What the program imports of other packages. Their compiled parts are left out: each works without, in Python.
PACKAGES = ("annotated_doc", "jinja2", "markupsafe", "shellingham", "tabulate", "typer", "yaml")


def main() -> None:
    """Build everything anew, and say how much a browser has to load."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.rmtree(TARGET, ignore_errors=True)
    install_pyodide()
    install_packages()
    subprocess.run(["node", HERE / "compile.mjs", WORK], check=True)
    folder = lay_out_runtime()
    megabytes = measure(folder) / 1e6
    for name in PAGE:
        shutil.copyfile(HERE / name, TARGET / name)
    (TARGET / "index.html").write_text(write_page(folder.name, megabytes), encoding="utf-8")
    (TARGET / "licenses.txt").write_text(collect_licenses(), encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {megabytes:.1f} MB to load, compressed as a server does")


def install_pyodide() -> None:
    """Install Pyodide from npm, without the scripts of packages, and unpack its standard library."""
    WORK.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(HERE / name, WORK / name)
    npm = shutil.which("npm") or "npm"
    subprocess.run([npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=WORK, check=True)
    with zipfile.ZipFile(WORK / "node_modules" / "pyodide" / "python_stdlib.zip") as archive:
        archive.extractall(WORK / "library")


def install_packages() -> None:
    """Lay out the program and what it imports as one folder of pure Python."""
    installed, wheels, packages = WORK / "installed", WORK / "wheels", WORK / "packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", "--target", installed]
    subprocess.run([*pip, "--requirement", ROOT / "requirements.lock"], check=True)
    for name in PACKAGES:
        leave = shutil.ignore_patterns("*.so", "*.pyd", ".*", "*.pyi", "*.c", "*.pyx")
        shutil.copytree(installed / name, packages / name, ignore=leave)
    hatchling = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", wheels]
    subprocess.run(hatchling, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    shutil.copyfile(HERE / "run.py", packages / "run.py")


def lay_out_runtime() -> Path:
    """Copy what the worker loads into a folder that is named by its content, so that no two builds are ever mixed."""
    pyodide, parts = WORK / "node_modules" / "pyodide", WORK / "runtime"
    parts.mkdir()
    files = [
        *(pyodide / name for name in RUNTIME),
        WORK / "python_stdlib.zip",
        WORK / "packages.zip",
        HERE / "worker.js",
    ]
    for file in files:
        shutil.copyfile(file, parts / file.name)
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    lock["packages"] = {}  # none is ever fetched from elsewhere
    (parts / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    content = b"".join(path.read_bytes() for path in sorted(parts.iterdir()))
    folder = TARGET / f"runtime-{hashlib.sha256(content).hexdigest()[:12]}"
    shutil.copytree(parts, folder)
    return folder


def collect_licenses() -> str:
    """Return the licenses of what is passed on here, each under the name and the version of its package."""
    texts = [(HERE / "licenses.txt").read_text(encoding="utf-8")]
    for package in PACKAGES:
        (folder,) = (WORK / "installed").glob(f"*{package}-*.dist-info")
        (file,) = folder.rglob("LICENSE*")
        texts.append(f"{folder.stem}\n\n{file.read_text(encoding='utf-8')}")
    return f"\n{'-' * 80}\n\n".join(texts)


def measure(folder: Path) -> int:
    """Return how many bytes the files of a folder have when a server compresses them."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in folder.iterdir())


def write_page(runtime: str, megabytes: float) -> str:
    """Return the page, with the examples and catalogs of the package, and the way to the site where that is built."""
    examples = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.plan.yaml"))}
    ladder = load_ladder()
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("index.html").render(
        runtime=runtime,
        megabytes=f"{megabytes:.0f}",
        version=__version__,
        examples=examples,
        first="staged-hybrid.plan.yaml",
        catalogs={name: load_catalog(name, ladder).title for name in BUILT_IN},
        style_hash=find_style_hash(),
        site=(SITE / "index.html").is_file(),
    )


def find_style_hash() -> str:
    """Return the hash by which the policy of the page lets in the style of a report, and no other."""
    report = Checker(date(2026, 1, 1)).check(ROOT / "examples" / "solo-project.plan.yaml").render("html")
    style = re.search(r"<style>(.*?)</style>", report, re.DOTALL)
    if style is None:
        raise SystemExit("the report has no style")
    return f"sha256-{base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()}"


if __name__ == "__main__":
    main()
