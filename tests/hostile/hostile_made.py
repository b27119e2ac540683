"""Hostile inputs that are too large for a repository, or that none can hold: pipes, devices, links, odd names."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

PLAN = b"schema_version: 1\nmodel: {name: Aurora}\nchannels: [{id: api, access: hosted_api}]\n"
FAULTY = b"nonsense: 1\n"
_MEGABYTE = 1 << 20
_MARKS = "\u0323\u0301"  # in this order two marks have to be swapped, in that of a long run by an insertion sort


def _lines(*numbers: int, of: str) -> bytes:
    return "".join(of.format(number) for number in range(*numbers)).encode()


def _filled(unit: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """A file of as many units as fit into the bound on bytes."""
    return before + unit * ((_MEGABYTE - len(before) - len(after)) // len(unit)) + after


def _channels(names: Iterable[str]) -> bytes:
    listed = "".join(f'  - {{id: "{name}", access: hosted_api}}\n' for name in names)
    return f"schema_version: 1\nmodel: {{name: Aurora}}\nchannels:\n{listed}".encode()


def _near_names() -> bytes:
    """Claims on channels that are nearly those of the plan: finding the nearest compares each with each."""
    known = [f"{'channel-name-' * 7}{number:03}" for number in range(250)]
    named = ", ".join(f'"{"channel-naem-" * 7}x{number:03}"' for number in range(450))
    return _channels(known) + f"safeguards:\n  AB-01:\n    status: planned\n    channels: [{named}]\n".encode()


def _in_many_marks() -> bytes:
    """Keys of the greatest length that is allowed, in the order that takes longest to bring into the normal one."""
    return b"".join(f'"{number:03}{_MARKS * 120}": 1\n'.encode() for number in range(2000))


MADE: dict[str, Callable[[], bytes]] = {
    "aliases-by-the-thousand": lambda: _filled(b"- *a\n", b"- &a x\n"),
    "anchors-by-the-thousand": lambda: _lines(70_000, of="- &a{} x\n"),
    "name-of-an-anchor-of-a-megabyte": lambda: _filled(b"a", b"- &", b" x\n"),
    "brackets-by-the-megabyte": lambda: _filled(b"["),
    "braces-by-the-megabyte": lambda: _filled(b"{a: "),
    "dashes-by-the-megabyte": lambda: _filled(b"- "),
    "question-marks-by-the-megabyte": lambda: _filled(b"? "),
    "indents-by-the-thousand": lambda: b"".join(b" " * depth + b"a:\n" for depth in range(1400)),
    "keys-of-marks": lambda: b"".join(f'? "{n}{_MARKS * 32_000}"\n: 1\n'.encode() for n in range(7)),
    "keys-in-many-marks": _in_many_marks,
    "keys-by-the-thousand": lambda: _filled(b"model: 1\n", PLAN),
    "directives-by-the-thousand": lambda: _lines(50_000, of="%TAG !a{}! tag:x\n") + b"---\na: 1\n",
    "directives-by-the-thousand-after-a-document": lambda: PLAN + b"...\n" + _lines(50_000, of="%TAG !a{}! tag:x\n"),
    "tags-by-the-thousand": lambda: _filled(b"- !t x\n"),
    "tag-of-a-megabyte": lambda: _filled(b"%41", b"a: !<", b"> x\n"),
    "digits-by-the-megabyte": lambda: _filled(b"9", PLAN + b"policy: {fail_under: ", b"}\n"),
    "channels-251": lambda: _channels(f"c{number}" for number in range(251)),
    "near-names-by-the-hundred": _near_names,
    "near-safeguards-by-the-hundred": lambda: (
        PLAN + b"safeguards:\n" + _lines(450, of="  AB-{}" + "0" * 90 + ": planned\n")
    ),
    "documents-by-the-thousand": lambda: _filled(b"---\n", PLAN),
    "quotes-by-the-megabyte": lambda: _filled(b"'"),
    "colons-by-the-megabyte": lambda: _filled(b":"),
    "commas-by-the-megabyte": lambda: _filled(b",", b"[", b"]"),
    "exclamation-marks-by-the-megabyte": lambda: _filled(b"!"),
    "pipes-by-the-megabyte": lambda: _filled(b"|"),
    "percent-signs-by-the-megabyte": lambda: _filled(b"%"),
    "tabs-by-the-megabyte": lambda: _filled(b"\t"),
    "one-byte-too-many": lambda: _filled(b"#") + b"\n",
    "two-megabytes": lambda: PLAN + b"#" * (2 * _MEGABYTE),
    "a-megabyte-of-spaces": lambda: _filled(b" "),
    "a-megabyte-of-line-feeds": lambda: _filled(b"\n"),
    "a-megabyte-of-comments": lambda: _filled("#é\n".encode()),
    "a-megabyte-of-wide-letters": lambda: _filled("\U0001f600".encode(), b"# ab"),
    "a-text-of-a-megabyte": lambda: _filled(b"x", b"a: "),
    "a-text-of-65537": lambda: PLAN + b"policy: " + b"x" * 65_537,
    "an-escaped-text-of-a-megabyte": lambda: _filled(b"\\x41", b'a: "', b'"\n'),
    "a-folded-text-of-a-megabyte": lambda: _filled(b" x\n\n", b"a: >\n"),
    "50001-values": lambda: _filled(b"- a\n"),
    "values-in-brackets": lambda: _filled(b"a,", b"[", b"]"),
    "keys-in-braces": lambda: b"{" + _lines(70_000, of="? a{},") + b"}",
    "empty-mappings": lambda: _filled(b"{},", b"[", b"]"),
    "unknown-keys": lambda: _lines(80_000, of="k{}: 1\n"),
    "faults-by-the-thousand": lambda: PLAN + b"safeguards:\n" + _lines(15_000, of="  x{}: x\n"),
    "faults-on-one-line": lambda: PLAN + b"safeguards: {" + _lines(15_000, of="x{}: x, ") + b"}\n",
    "quoted-keys-on-one-line": lambda: b"{" + _lines(20_000, of='"{}": a, ') + b"}",
    "a-megabyte-of-control-characters": lambda: _filled(b"\x01"),
    "a-megabyte-of-next-lines": lambda: _filled("\u0085".encode()),
    "a-bad-byte-after-a-megabyte": lambda: _filled(b"a\n", after=b"\xff"),
    "a-megabyte-of-byte-order-marks": lambda: _filled("\ufeff".encode()),
}


def _file(folder: Path, name: str | bytes, content: bytes = FAULTY) -> str:
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    with open(path, "wb") as stream:
        stream.write(content)
    return os.fsdecode(name)


def _sparse(folder: Path) -> str:
    with open(folder / "x.plan.yaml", "wb") as stream:
        stream.truncate(100 * _MEGABYTE)
    return "x.plan.yaml"


def _link(folder: Path, to: str, name: str = "x.plan.yaml") -> str:
    (folder / name).symlink_to(to)
    return name


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return "pipe"


def _socket(folder: Path) -> str:
    here = Path.cwd()
    os.chdir(folder)  # a socket's path has to be short
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("s")
    finally:
        os.chdir(here)
    return "s"


def _chain(folder: Path) -> str:
    for number in range(60):
        _link(folder, f"l{number + 1}", f"l{number}")
    return "l0"


def _folder(folder: Path, fill: Callable[[Path], object] = lambda _: None) -> str:
    inner = folder / "plans"
    inner.mkdir()
    fill(inner)
    return "plans"


def _deep(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(600):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)


def _under_a_file(folder: Path) -> str:
    _file(folder, "f")
    return "f/x.plan.yaml"


# What each place makes in an empty folder, and the path by which the program is told of it.
PLACES: dict[str, Callable[[Path], str]] = {
    "hundred-megabytes": _sparse,
    "pipe": _pipe,
    "link-to-a-pipe": lambda folder: _link(folder, _pipe(folder)),
    "socket": _socket,
    "device-zero": lambda _: "/dev/zero",
    "device-random": lambda _: "/dev/urandom",
    "device-null": lambda _: "/dev/null",
    "device-full": lambda _: "/dev/full",
    "terminal": lambda _: "/dev/tty",
    "link-to-a-device": lambda folder: _link(folder, "/dev/zero"),
    "kernel-messages": lambda _: "/proc/kmsg",
    "own-memory": lambda _: "/proc/self/mem",
    "own-environment": lambda _: "/proc/self/environ",
    "link-to-own-environment": lambda folder: _link(folder, "/proc/self/environ"),
    "kernel-memory": lambda _: "/proc/kcore",
    "link-to-itself": lambda folder: _link(folder, "x.plan.yaml"),
    "link-that-dangles": lambda folder: _link(folder, "nowhere"),
    "links-in-a-circle": lambda folder: _link(folder, _link(folder, "x.plan.yaml", "y")),
    "chain-of-links": _chain,
    "link-to-a-folder-without-plans": lambda folder: _link(folder, _folder(folder)),
    "nothing": lambda _: "nothing.plan.yaml",
    "no-name": lambda _: "",
    "name-too-long": lambda _: "n" * 500,
    "path-too-long": lambda _: "n/" * 5_000,
    "file-as-a-folder": _under_a_file,
    "slash-after-a-file": lambda folder: _file(folder, "x.plan.yaml") + "/",
    "home": lambda _: "~",
    "address": lambda _: "https://example.org/x.plan.yaml",
    "file-address": lambda folder: f"file://{folder}/{_file(folder, 'x.plan.yaml')}",
    "empty-folder": _folder,
    "folder-of-other-files": lambda folder: _folder(folder, lambda inner: _file(inner, "plan.yaml")),
    "folder-with-a-pipe": lambda folder: _folder(folder, lambda inner: os.mkfifo(inner / "x.plan.yaml")),
    "folder-with-a-dangling-link": lambda folder: _folder(folder, lambda inner: _link(inner, "nowhere")),
    "folder-with-a-link-to-itself": lambda folder: _folder(folder, lambda inner: _link(inner, ".", "again")),
    "folder-with-a-folder-named-like-a-plan": lambda folder: _folder(
        folder, lambda inner: (inner / "x.plan.yaml").mkdir()
    ),
    "folder-with-a-device-link": lambda folder: _folder(folder, lambda inner: _link(inner, "/dev/zero")),
    "folders-by-the-thousand": lambda folder: _folder(folder, _deep),
    "standard-input-closed-as-a-file": lambda _: "/proc/self/fd/0",
    "descriptor-of-nothing": lambda _: "/proc/self/fd/99",
    "name-with-a-line-feed": lambda folder: _file(folder, "a\n::error::b.plan.yaml"),
    "name-with-a-command": lambda folder: _file(folder, "::error file=a::b.plan.yaml"),
    "name-with-a-command-inside": lambda folder: _file(folder, "a ##[add-mask]b.plan.yaml"),
    "name-of-azure": lambda folder: _file(folder, "##vso[task.complete result=Succeeded]x.plan.yaml"),
    "name-with-an-escape": lambda folder: _file(folder, "\x1b[2J\x1b]0;owned\x07.plan.yaml"),
    "name-with-an-override": lambda folder: _file(folder, "a\u202elmay.plan.yaml"),
    "name-that-is-not-utf-8": lambda folder: _file(folder, b"a\xff.plan.yaml"),
    "name-of-colons": lambda folder: _file(folder, ":"),
    "name-of-a-section": lambda folder: _file(folder, "section_start:1:x.plan.yaml"),
    "name-with-a-carriage-return": lambda folder: _file(folder, "a\r::error::b.plan.yaml"),
    "name-with-a-line-separator": lambda folder: _file(folder, "a\u2028::error::b.plan.yaml"),
    "name-with-percent-signs": lambda folder: _file(folder, "%0A::error::b.plan.yaml"),
    "name-of-markup": lambda folder: _file(folder, "<script>alert(1)<|script>.plan.yaml"),
}
