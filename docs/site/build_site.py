"""Make a static site of the pages in Markdown and of the explorer.

    python docs/site/build_site.py [FOLDER]    write it, into build/site where no folder is given

The pages stay as they are in the repository; links between them are led to the pages of the site. Nothing is fetched.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby, pairwise
from pathlib import Path, PurePosixPath
from posixpath import normpath

import explorer
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token

from aisafe_cli.domain.catalog import EFFORTS, Alternative, Safeguard
from aisafe_cli.loading.catalog import load_catalog, load_ladder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ASSETS = ("site.css", "explorer.js", "find.js", "icon.svg")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Homepage"]


Heading = tuple[int, str, str]
"""Level, id and text."""


@dataclass(frozen=True)
class Page:
    """A page of the site. `source` is its Markdown, as a path in the repository, and `target` its file in the site."""

    source: str
    label: str
    group: str
    target: str


@cache
def list_pages() -> tuple[Page, ...]:
    """Return the pages in Markdown, in the order of the navigation."""
    groups = yaml.safe_load((HERE / "navigation.yaml").read_text(encoding="utf-8"))
    named = {source for group in groups for source in group["pages"]}
    found = sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
    groups.append({"group": "More", "pages": {one: _read_title(one) for one in found if one not in named}})
    return tuple(
        Page(source=source, label=label, group=group["group"], target=name_target(source))
        for group in groups
        for source, label in group["pages"].items()
    )


def _read_title(source: str) -> str:
    return (ROOT / source).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def name_target(source: str) -> str:
    """Return the file of the site that a page of the repository becomes."""
    return "index.html" if source == "README.md" else f"{PurePosixPath(source).stem.lower()}.html"


def build_site(folder: Path) -> None:
    """Write the site into a folder. What others put there, such as the playground, stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in list_pages():
        (folder / page.target).write_bytes(render_page(page).encode())
    (folder / "explorer.html").write_bytes(render_explorer().encode())
    (folder / "find.html").write_bytes(render_finder().encode())
    for name in ASSETS:
        shutil.copyfile(HERE / name, folder / name)
    shutil.copytree(ROOT / "docs" / "images", folder / "images", dirs_exist_ok=True)


# --- Markdown -------------------------------------------------------------------------------------------------------


def render_page(page: Page) -> str:
    """Return a page in Markdown as a page of the site."""
    tokens, headings = _parse(page)
    pages = list_pages()
    at = pages.index(page)
    intro, mark, body = _reader().renderer.render(tokens, _reader().options, {}).partition("<h2")
    return _fill(
        "page.html.j2",
        page=page,
        title=headings[0][2],
        contents=[heading for heading in headings[1:] if heading[0] == 2],
        intro=intro,
        body=mark + body,
        before=pages[at - 1] if at else None,
        after=pages[at + 1] if at + 1 < len(pages) else None,
    )


def _parse(page: Page) -> tuple[list[Token], list[Heading]]:
    """Return the page with its links led to the site, and its headings."""
    tokens = _reader().parse((ROOT / page.source).read_text(encoding="utf-8"))
    headings = _name_headings(tokens)
    for token in _walk(tokens):
        _lead(token, page)
    return tokens, headings


def render_finder() -> str:
    """Return the page that lists every heading."""
    found = [(page, [heading for heading in _parse(page)[1] if heading[0] > 1]) for page in list_pages()]
    return _fill(
        "find.html.j2",
        page=Page(source="", label="Find", group="", target="find.html"),
        title="Find",
        found=found,
        number=sum(len(headings) for _, headings in found),
    )


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("gfm-like", {"xhtmlOut": False})
    assert reader.linkify is not None
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": False})  # else README.md is taken for a host in Moldova
    reader.add_render_rule("html_block", lambda *_: "")  # comments for those who write the page
    reader.add_render_rule("table_open", _open_table)
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    reader.add_render_rule("fence", _render_code)
    reader.add_render_rule("code_block", _render_code)
    return reader


def _open_table(_: object, tokens: list[Token], at: int, *__: object) -> str:
    """Return the start of a table that scrolls where it is too wide, by keyboard too."""
    name = escape(tokens[at].meta["name"])
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table>\n'


def _render_code(_: object, tokens: list[Token], at: int, *__: object) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'


def _name_headings(tokens: list[Token]) -> list[Heading]:
    """Give each heading the id that GitHub gives it, and each table a name; return level, id and text of headings."""
    headings: list[Heading] = []
    seen, tables = Counter[str](), 0
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            text = "".join(part.content for part in inline.children or () if part.type in ("text", "code_inline"))
            slug = make_slug(text)
            token.attrSet("id", f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
            headings.append((int(token.tag[1]), str(token.attrGet("id")), text))
        elif token.type == "table_open":
            tables += 1
            token.meta["name"] = f"Table {tables}: {headings[-1][2]}"
    return headings


def make_slug(heading: str) -> str:
    """Return the id that GitHub gives a heading, but for a number where several are alike."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _walk(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or [])


def _lead(token: Token, page: Page) -> None:
    """Lead a link or a picture to where it is in the site, or to the repository."""
    for name in ("href", "src"):
        address = token.attrGet(name)
        if isinstance(address, str) and not re.match(r"[a-z]+:|#", address):
            token.attrSet(name, lead(address, page.source))


def lead(address: str, source: str) -> str:
    """Return where a relative address on a page of the repository leads in the site."""
    path, mark, anchor = address.partition("#")
    path = normpath(PurePosixPath(source).parent / path)
    if path.startswith("docs/images/"):
        return path.removeprefix("docs/")
    if path in {page.source for page in list_pages()}:
        return f"{name_target(path)}{mark}{anchor}"
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{REPOSITORY}/{kind}/main/{path}{mark}{anchor}"


# --- templates ------------------------------------------------------------------------------------------------------


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    groups = [{"name": name, "pages": list(pages)} for name, pages in groupby(list_pages(), lambda page: page.group)]
    environment.globals |= {"groups": groups, "repository": REPOSITORY}
    environment.filters |= {
        "words": lambda name: str(name).replace("_", " "),
        "prose": lambda text: re.split(r"`([^`]+)`", text),
        "anchor": _find_anchor,
        "effort": EFFORTS.__getitem__,
    }
    return environment


def _fill(template: str, **values: object) -> str:
    return _templates().get_template(template).render(values)


def _find_anchor(entry: Safeguard | Alternative) -> str:
    """Return the id of an entry's heading on the page of safeguards."""
    mark = ":" if isinstance(entry, Alternative) else ""
    return make_slug(f"{entry.id}{mark} {entry.title}")


@cache
def collect_answers() -> explorer.Answers:
    """Return the answers by the default catalog."""
    ladder = load_ladder()
    return explorer.collect_answers(load_catalog(None, ladder), ladder)


def render_explorer() -> str:
    """Return the page on which a reader picks access level, role, size and capability."""
    answers = collect_answers()
    return _fill(
        "explorer.html.j2",
        answers=answers,
        page=Page(source="", label="Explorer", group="", target="explorer.html"),
        title="Explorer",
        catalog=answers.catalog,
        ladder=answers.ladder,
        safeguards={safeguard.id: safeguard for safeguard in answers.catalog.safeguards},
        start=explorer.DEFAULT,
        marks=explorer.MARKS,
        changes=explorer.CHANGES,
        about=explorer.describe_choices(answers.catalog, answers.ladder),
        summarize=explorer.summarize,
        counts=explorer.count_changes,
        change_of=answers.tell_change,
        data=_embed(answers.to_data()),
    )


def _embed(data: Mapping[str, object]) -> str:
    """Return data as JSON that nothing in it can end early."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def main() -> int:
    """Write the site, and say where."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"
    build_site(folder)
    print(folder / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
