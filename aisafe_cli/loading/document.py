"""Read a copy of a guidance document as pages of text: plain text, or PDF with the optional extra."""

from __future__ import annotations

import io
import struct
import zlib

from aisafe_cli.errors import FileError, RequestError
from aisafe_cli.io.paths import show_path
from aisafe_cli.io.read import read_bytes

_MAX_BYTES = 32 << 20
_PDF_MARK = b"%PDF-"
# What the library raises on a file that only begins like a PDF.
_PDF_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def read_pages(path: str) -> list[str]:
    """Return the pages of a document. Raises FileError, and RequestError where PDF needs the optional extra."""
    content = read_bytes(path, _MAX_BYTES)
    if content.startswith(_PDF_MARK):
        return _pdf_pages(content, show_path(path))
    try:
        return content.decode("utf-8-sig").split("\f")
    except UnicodeDecodeError as error:
        raise FileError(f"{show_path(path)}: neither PDF nor UTF-8 text") from error


def _pdf_pages(content: bytes, shown: str) -> list[str]:
    try:
        import pypdf  # an extra
    except ImportError as error:
        raise RequestError(
            f"{shown}: to read PDF, pip install 'aisafe-cli[pdf]', or make it text first, as pdftotext does"
        ) from error
    try:
        return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    except (pypdf.errors.PyPdfError, *_PDF_ERRORS) as error:
        raise FileError(f"{shown}: this PDF cannot be read: {error}") from error
