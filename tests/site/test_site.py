"""The site: every page of the repository is in it, every link leads somewhere, and nothing comes from elsewhere."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urldefrag

import build_site as builder
import pytest
from build_site import REPOSITORY, ROOT, Page, build_site, lead, list_pages, make_slug
from test_html import Node, Reader


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Node]:
    """The pages by name, read with a parser that is not ours; it insists that every element is closed."""
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return {path.name: read(path) for path in folder.glob("*.html")} | {
        path.relative_to(folder).as_posix(): Node("") for path in folder.rglob("*.*") if path.suffix != ".html"
    }


def read(path: Path) -> Node:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    assert reader.open == [reader.root]
    return reader.root


def test_every_page_of_the_repository_is_in_the_site_once() -> None:
    sources = [page.source for page in list_pages()]
    written = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    assert sorted(sources) == sorted(path.relative_to(ROOT).as_posix() for path in written)
    assert len({page.target for page in list_pages()}) == len(sources)


def test_a_page_that_no_group_names_is_in_the_site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "new.md").write_text("# What is new\n")
    monkeypatch.setattr(builder, "ROOT", tmp_path)
    assert list_pages.__wrapped__()[-1] == Page("docs/new.md", "What is new", "More", "new.html")


def test_every_link_of_the_site_leads_somewhere(site: dict[str, Node]) -> None:
    ids = {name: {node.attributes.get("id") for node in page.every()} for name, page in site.items()}
    lost = []
    for name, page in site.items():
        for node in page.every():
            address = node.attributes.get("href") or node.attributes.get("src") or ""
            if not address or address.startswith(("https://", "playground/")):
                continue
            file, anchor = urldefrag(address)
            if (file or name) not in site or (anchor and unquote(anchor) not in ids[file or name]):
                lost.append(f"{name}: {address}")
    assert lost == []


def test_links_into_the_repository_name_what_is_there(site: dict[str, Node]) -> None:
    for name, page in site.items():
        for node in page.every("a"):
            path = node.attributes["href"].removeprefix(f"{REPOSITORY}/")
            if path.startswith(("blob/main/", "tree/main/")):
                assert (ROOT / path.partition("/main/")[2].partition("#")[0]).exists(), f"{name}: {path}"


def test_nothing_of_a_page_comes_from_elsewhere(site: dict[str, Node]) -> None:
    for page in site.values():
        loaded = [node for node in page.every() if node.tag in ("link", "script", "img")]
        assert not [one for one in loaded if ":" in (one.attributes.get("src") or one.attributes.get("href") or "")]
        for node in page.every():
            assert not [name for name in node.attributes if name == "style" or name.startswith("on")]


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build_site(tmp_path / name)
    for path in (tmp_path / "one").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_what_others_put_into_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "playground").mkdir()
    (tmp_path / "playground" / "index.html").write_text("theirs")
    build_site(tmp_path)
    assert (tmp_path / "playground" / "index.html").read_text() == "theirs"


@pytest.mark.parametrize(
    ("address", "source", "leads"),
    [
        ("docs/tutorial.md", "README.md", "tutorial.html"),
        ("../README.md#commands", "docs/api.md", "index.html#commands"),
        ("plan-format.md#a-claim", "docs/api.md", "plan-format.html#a-claim"),
        ("images/report.png", "docs/api.md", "images/report.png"),
        ("examples/", "README.md", f"{REPOSITORY}/tree/main/examples"),
        ("../pyproject.toml", "docs/api.md", f"{REPOSITORY}/blob/main/pyproject.toml"),
    ],
)
def test_links_of_the_repository_lead_to_the_site(address: str, source: str, leads: str) -> None:
    assert lead(address, source) == leads


def test_headings_have_the_ids_that_github_gives_them() -> None:
    assert make_slug("`model`: a “name”, 14 of them") == "model-a-name-14-of-them"
