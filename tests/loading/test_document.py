"""Copies of a guidance document as pages: text, PDF, and what is neither."""

from __future__ import annotations

import sys
import zlib

import pytest

from aisafe_cli.errors import FileError, RequestError
from aisafe_cli.loading import document as documents
from aisafe_cli.loading.document import read_pages

PAGE = (
    "<</Type/Page/Parent 2 0 R/Contents {} 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>>>"
)
WITHOUT_THE_EXTRA = "to read PDF, pip install 'aisafe-cli[pdf]', or make it text first, as pdftotext does"


def pdf(*pages):
    """A small PDF with a line of text on each page; the library rebuilds the table of objects that it lacks."""
    streams = [f"BT/F 9 Tf 9 9 Td({text})Tj ET" for text in pages]
    numbers = range(3, 3 + 2 * len(pages), 2)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}/MediaBox[0 0 99 99]>>"]
    for number, stream in zip(numbers, streams, strict=True):
        objects += [PAGE.format(number + 1), f"<</Length {len(stream)}>>stream\n{stream}\nendstream"]
    numbered = "".join(f"{number} 0 obj{content}endobj\n" for number, content in enumerate(objects, 1))
    return f"%PDF-1.4\n{numbered}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n0\n%%EOF\n".encode()


def pages_of(folder, content):
    path = folder / "document"
    path.write_bytes(content)
    return read_pages(str(path))


def refused(folder, content):
    """What is said of content that cannot be read, without the name of the file."""
    with pytest.raises((FileError, RequestError)) as raised:
        pages_of(folder, content)
    return str(raised.value).removeprefix(f"{folder / 'document'}: ")


@pytest.mark.parametrize(
    ("content", "pages"),
    [
        ("one\ntwo\f3 é\n".encode(), ["one\ntwo", "3 é\n"]),
        (b"\xef\xbb\xbfone\f", ["one", ""]),
        (b"about %PDF-1.4", ["about %PDF-1.4"]),
        (b"", [""]),
    ],
)
def test_form_feeds_end_the_pages_of_a_text(tmp_path, content, pages):
    assert pages_of(tmp_path, content) == pages


def test_what_is_no_text_is_refused(tmp_path):
    assert refused(tmp_path, b"caf\xe9") == "neither PDF nor UTF-8 text"


def test_a_document_has_a_bound(tmp_path, monkeypatch):
    assert documents._MAX_BYTES == 32 * 1024 * 1024
    monkeypatch.setattr(documents, "_MAX_BYTES", 4)
    assert pages_of(tmp_path, b"four") == ["four"]
    assert refused(tmp_path, b"five.") == "is larger than 4 bytes"


def test_the_pages_of_a_pdf(tmp_path):
    assert pages_of(tmp_path, pdf("one", "two")) == ["one", "two"]


@pytest.mark.parametrize("content", [b"%PDF-", b"%PDF-1.7\nnot really", pdf("one")[:100]])
def test_what_only_begins_like_a_pdf_is_refused(tmp_path, content):
    assert refused(tmp_path, content).startswith("this PDF cannot be read: ")


def test_whatever_the_library_raises_is_said(tmp_path, monkeypatch):
    import pypdf

    def fail(_):
        raise zlib.error("incorrect header")

    monkeypatch.setattr(pypdf, "PdfReader", fail)
    assert refused(tmp_path, pdf("one")) == "this PDF cannot be read: incorrect header"


def test_without_the_library_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdf", None)
    assert pages_of(tmp_path, b"a text") == ["a text"]
    assert refused(tmp_path, pdf("one")) == WITHOUT_THE_EXTRA
