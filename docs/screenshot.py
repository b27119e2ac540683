"""Take the README's picture of the HTML report: `python docs/screenshot.py`. Needs chromium, and writes one PNG."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "report.png"
PLAN = "examples/staged-hybrid.plan.yaml"
AS_OF = "2026-11-22"
SIZE = "1200,1830"  # down to the end of the timeline
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
CALM = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


def main() -> int:
    """Make the report of an example and photograph its upper part."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no chromium is installed; on Debian: apt-get install chromium", file=sys.stderr)
        return 2
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        report = [sys.executable, "-m", "aisafe_cli", "report", PLAN, "--as-of", AS_OF, "-f", f"html={page}"]
        subprocess.run(report, cwd=ROOT, check=True)
        root = ["--no-sandbox"] if os.getuid() == 0 else []  # chromium's sandbox does not start for root
        profile = f"--user-data-dir={folder}/profile"
        shot = [browser, *CALM, *root, profile, f"--window-size={SIZE}", f"--screenshot={PICTURE}", page.as_uri()]
        subprocess.run(shot, check=True, capture_output=True, timeout=120)
    PICTURE.write_bytes(with_palette(PICTURE.read_bytes()))
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} KiB")
    return 0


def with_palette(png: bytes) -> bytes:
    """Return the picture with its 256 most frequent colours: a third of the bytes, and nobody sees a difference."""
    chunks = list(chunks_of(png))
    header = next(content for kind, content in chunks if kind == b"IHDR")
    width, height, depth, colours = struct.unpack(">IIBB", header[:10])
    if (depth, colours) != (8, 2):
        raise ValueError("not a picture of 8 bits for each of red, green and blue")
    rows = unfiltered(zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT")), width * 3)
    pixels = [list(zip(row[::3], row[1::3], row[2::3], strict=True)) for row in rows]
    frequent = Counter(pixel for row in pixels for pixel in row).most_common()
    palette = [colour for colour, _ in frequent[:256]]
    index = {colour: min(range(len(palette)), key=partial(distance, palette, colour)) for colour, _ in frequent}
    packed = zlib.compress(b"".join(b"\0" + bytes(index[pixel] for pixel in row) for row in pixels), 9)
    header = struct.pack(">IIBB", width, height, 8, 3) + header[10:]
    table = b"".join(map(bytes, palette))
    new = [(b"IHDR", header), (b"PLTE", table), (b"IDAT", packed), (b"IEND", b"")]
    return png[:8] + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in new
    )


def chunks_of(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of each part of a PNG file."""
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def unfiltered(data: bytes, stride: int) -> Iterator[bytes]:
    """Yield the rows as they were before PNG replaced bytes by differences from bytes on the left and above."""
    above = bytes(stride)
    for start in range(0, len(data), stride + 1):
        row, kind = bytearray(data[start + 1 : start + 1 + stride]), data[start]
        for place in range(stride):
            left, corner = (row[place - 3], above[place - 3]) if place > 2 else (0, 0)
            guesses = (0, left, above[place], (left + above[place]) // 2, nearest(left, above[place], corner))
            row[place] = (row[place] + guesses[kind]) & 255
        above = bytes(row)
        yield above


def nearest(left: int, above: int, corner: int) -> int:
    """Return whichever neighbour is nearest to left + above - corner, as PNG's Paeth filter does."""
    return min((left, above, corner), key=lambda value: abs(left + above - corner - value))


def distance(palette: list[tuple[int, int, int]], colour: tuple[int, int, int], place: int) -> int:
    """Return how far a colour is from one of the palette."""
    return sum((one - other) ** 2 for one, other in zip(colour, palette[place], strict=True))


if __name__ == "__main__":
    sys.exit(main())
