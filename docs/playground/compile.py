"""Make the archives of the standard library and of the packages. Runs in Pyodide, from compile.mjs.

What a check loads is compiled, since a browser would take seconds for it; the rest stays source, which is smaller.
"""

from __future__ import annotations

import encodings.cp437  # noqa: F401 # of names in archives, which the worker unpacks
import py_compile
import shutil  # noqa: F401 # what unpacks them
import sys
from importlib.util import cache_from_source
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

WORK = Path("/work")
LIBRARY, PACKAGES = WORK / "library", WORK / "packages"
# What nothing in the playground imports, of the standard library: old encodings, tests, debuggers, servers, mail.
LEFT_OUT = (
    *("_pyio.py", "_pyrepl/*", "_sysconfigdata_*", "argparse.py", "bdb.py", "cProfile.py", "cmd.py", "code.py"),
    *("compileall.py", "concurrent/*", "ctypes/*", "doctest.py", "email/*", "encodings/[!aiu]*", "encodings/iso*"),
    *(
        "ensurepip/*",
        "ftplib.py",
        "html/*",
        "http/*",
        "idlelib/*",
        "imaplib.py",
        "lib2to3/*",
        "logging/*",
        "mailbox.py",
    ),
    *("modulefinder.py", "multiprocessing/*", "optparse.py", "pdb.py", "pickletools.py", "plistlib.py", "poplib.py"),
    *("profile.py", "pstats.py", "pyclbr.py", "pydoc.py", "pydoc_data/*", "smtplib.py", "socketserver.py", "sqlite3/*"),
    *("statistics.py", "tarfile.py", "test/*", "timeit.py", "tkinter/*", "trace.py", "turtle.py", "unittest/*"),
    *("urllib/request.py", "venv/*", "wave.py", "wsgiref/*", "xml/dom/*", "xml/sax/*", "xmlrpc/*"),
)


def main() -> None:
    """Check the examples to see what is loaded, then write the archives."""
    sys.path.insert(0, str(PACKAGES))
    import run

    run.lay_out()
    for plan in sorted(run.PLANS.glob("*.plan.yaml")):
        run.check(plan.name, plan.read_bytes(), '["--strict"]')
    run.check("faulty.plan.yaml", b"schema_version: 2\nmodel: {nam: x}\n", "[]")
    loaded = {str(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)}
    write_archive(WORK / "python_stdlib.zip", LIBRARY, {name.rpartition(".zip/")[2] for name in loaded})
    write_archive(WORK / "packages.zip", PACKAGES, {name.removeprefix(f"{PACKAGES}/") for name in loaded})


def write_archive(target: Path, folder: Path, loaded: set[str]) -> None:
    """Write what is in a folder, with what is loaded compiled; the same bytes for the same files."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder)
            if name.as_posix() in loaded:
                archive.writestr(ZipInfo(f"{name.as_posix()}c"), read_compiled(path, name), ZIP_DEFLATED, 9)
            elif "__pycache__" not in name.parts and not any(map(name.full_match, LEFT_OUT)):
                archive.writestr(ZipInfo(name.as_posix()), path.read_bytes(), ZIP_DEFLATED, 9)


def read_compiled(path: Path, name: Path) -> bytes:
    """Return the compiled form of a module, which is imported without a look for its source."""
    target = cache_from_source(f"/tmp/{name.name}")
    py_compile.compile(
        str(path),
        target,
        name.as_posix(),
        doraise=True,
        optimize=2,  # without docstrings, a fifth of the size
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return Path(target).read_bytes()


if __name__ == "__main__":
    main()
