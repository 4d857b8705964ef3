"""Web pages: the title, and the main content as Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement

from . import compose, fields
from .encoding import decode
from .source import Context, Item, Unreadable, reader

MAX_DEPTH = 150
"""Nesting of elements."""

MAX_SPAN = 100
"""Cells that one cell may stand for."""

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_DROPPED = re.compile(
    r"script|style|noscript|template|iframe|object|embed|svg|canvas|audio|video|button"
    r"|input|select|textarea|nav|footer|aside|dialog|head|title"
)
_BLOCKS = re.compile(
    r"address|article|blockquote|center|dd|details|div|dl|dt|fieldset|figcaption|figure"
    r"|header|hr|li|main|ol|p|pre|section|summary|table|tbody|ul|h[1-6]"
)
_XML = re.compile(r"\A\s*<\?xml[^>]*>")
_MARKS = {"b": "**", "strong": "**", "s": "~~", "del": "~~", "strike": "~~"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The file's one article. The title is the only h1, else <title>, else the file's name."""
    data = path.read_bytes()
    declared = _CHARSET.search(data[:4096])
    title, body = convert(decode(data, declared[1].decode("ascii") if declared else ""))
    if not body:
        raise Unreadable("网页里没有正文。")
    values = {"key": context.key, "title": title or context.title, "body": body}
    yield fields.article(values, context)


def convert(page: str) -> tuple[str, str]:
    """Title ('' = none) and the main content in Markdown. Raises Unreadable."""
    soup = BeautifulSoup(_XML.sub("", page), "lxml")
    _check_depth(soup)
    named = _plain(soup.title) if soup.title else ""
    _drop(soup)
    main = _main(soup)
    headings = main.find_all("h1")
    if len(headings) == 1:
        named = _plain(headings[0]) or named
        headings[0].decompose()
    return named, compose.document(_Converter(main).blocks(main))


def _check_depth(soup: BeautifulSoup) -> None:
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depth = depths[id(tag.parent)] + 1
        if depth > MAX_DEPTH:
            raise Unreadable("网页嵌套太深，无法读取。")
        depths[id(tag)] = depth


def _drop(soup: BeautifulSoup) -> None:
    unseen = [tag for tag in soup.find_all(True) if _DROPPED.fullmatch(tag.name) or _is_hidden(tag)]
    for tag in unseen:
        if not tag.decomposed:
            tag.decompose()


def _is_hidden(tag: Tag) -> bool:
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(str(tag.get("style") or "")))
    )


def _main(soup: BeautifulSoup) -> Tag:
    """The one element that says it is the content, else the page without its header."""
    for choice in ("main", "[role=main]", "article"):
        found = soup.select(choice)
        if len(found) == 1 and found[0].get_text(strip=True):
            return found[0]
    for header in soup.select("body > header"):
        if not header.find("h1"):
            header.decompose()
    return soup.body or soup


def _plain(tag: Tag) -> str:
    return " ".join(compose.without_controls(compose.join_wide(tag.get_text())).split())


class _Converter:
    """Elements below ``root`` as Markdown, each visited once."""

    def __init__(self, root: Tag) -> None:
        self._holding = _holding_blocks(root)
        self._render: Mapping[str, Callable[[Tag], list[str]]] = {
            **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), self._heading),
            **dict.fromkeys(("ul", "ol"), self._list),
            **dict.fromkeys(("dt", "summary"), self._term),
            "table": self._table,
            "pre": self._pre,
            "blockquote": self._quote,
            "hr": self._rule,
        }

    def blocks(self, parent: Tag) -> list[str]:
        """The blocks within ``parent``, in order."""
        blocks: list[str] = []
        run: list[str] = []
        for child in parent.children:
            if isinstance(child, Tag) and id(child) in self._holding:
                blocks.append(compose.paragraph("".join(run)))
                run.clear()
                blocks.extend(self._render.get(child.name, self.blocks)(child))
            else:
                run.append(self._inline(child))
        blocks.append(compose.paragraph("".join(run)))
        return [block for block in blocks if block]

    def _inline(self, node: PageElement, within: tuple[str, ...] = ()) -> str:
        """Inline Markdown; white space is settled later, where the paragraph is whole.

        ``within`` holds the marks around the node: bold within bold is bold.
        """
        if not isinstance(node, Tag):
            # Comments and the like are subclasses of text.
            return compose.text(node) if type(node) is NavigableString else ""
        if node.name == "br":
            return compose.BREAK
        if node.name == "img":
            return compose.text(str(node.get("alt") or ""))
        if node.name in ("code", "kbd", "samp"):
            return compose.code(node.get_text())
        mark = _MARKS.get(node.name)
        if mark and mark not in within:
            return compose.wrapped(self._inside(node, (*within, mark)), mark)
        inner = self._inside(node, within)
        if node.name in ("td", "th"):
            return f"{inner} "
        if _BLOCKS.fullmatch(node.name):
            return f"{compose.BREAK}{inner}{compose.BREAK}"
        return compose.link(inner, str(node.get("href") or "")) if node.name == "a" else inner

    def _inside(self, tag: Tag, within: tuple[str, ...] = ()) -> str:
        return "".join(self._inline(child, within) for child in tag.children)

    def _heading(self, tag: Tag) -> list[str]:
        return [compose.heading(int(tag.name[1]), self._inside(tag, ("**",)))]

    def _term(self, tag: Tag) -> list[str]:
        return [compose.paragraph(compose.wrapped(self._inside(tag, ("**",)), "**"))]

    def _list(self, tag: Tag) -> list[str]:
        return [compose.listing(self._items(tag, 0))]

    def _items(self, tag: Tag, level: int) -> Iterator[tuple[int, bool, str]]:
        for item in tag.find_all(["li", "ul", "ol"], recursive=False):
            if item.name != "li":
                yield from self._items(item, level + 1)
                continue
            nested = list(_lists_below(item))
            for each in nested:
                each.extract()
            yield level, tag.name == "ol", self._inside(item)
            for each in nested:
                yield from self._items(each, level + 1)

    def _table(self, tag: Tag) -> list[str]:
        sections = ["thead", "tbody", "tfoot"]
        parts = [tag, *tag.find_all(sections, recursive=False)]
        rows = [row for part in parts for row in part.find_all("tr", recursive=False)]
        cells = [row.find_all(["td", "th"], recursive=False) for row in rows]
        if max((len(row) for row in cells), default=0) < 2:
            # One column is layout, not a table.
            return [block for row in cells for cell in row for block in self.blocks(cell)]
        caption = tag.find("caption", recursive=False)
        above = self.blocks(caption) if caption else []
        return [*above, compose.table(self._grid(cells))]

    def _grid(self, rows: Sequence[Sequence[Tag]]) -> list[list[str]]:
        """Cell texts; a cell over several rows is repeated, one over several columns is not."""
        grid: list[list[str]] = []
        falling: dict[int, tuple[int, str]] = {}
        for row in rows:
            texts: list[str] = []
            for cell in row:
                _fall(falling, texts)
                text = self._inside(cell)
                down = _span(cell, "rowspan")
                for offset in range(_span(cell, "colspan")):
                    if down > 1:
                        falling[len(texts)] = (down - 1, "" if offset else text)
                    texts.append("" if offset else text)
            _fall(falling, texts)
            grid.append(texts)
        return grid

    def _pre(self, tag: Tag) -> list[str]:
        raw = tag.get_text()
        return [compose.fenced(raw)] if raw.strip() else []

    def _quote(self, tag: Tag) -> list[str]:
        return [compose.quoted(self.blocks(tag))]

    def _rule(self, tag: Tag) -> list[str]:
        return ["---"]


def _holding_blocks(root: Tag) -> set[int]:
    """Identities of the elements that are blocks or hold one."""
    holding: set[int] = set()
    for tag in root.find_all(True):
        if _BLOCKS.fullmatch(tag.name):
            above: Tag | None = tag
            while above is not None and id(above) not in holding:
                holding.add(id(above))
                above = above.parent
    return holding


def _lists_below(item: Tag) -> Iterator[Tag]:
    """The lists in an item that are in no list of its own."""
    for child in item.find_all(True, recursive=False):
        if child.name in ("ul", "ol"):
            yield child
        else:
            yield from _lists_below(child)


def _fall(falling: dict[int, tuple[int, str]], texts: list[str]) -> None:
    """Put what cells above reach down to this row."""
    while len(texts) in falling:
        column = len(texts)
        left, text = falling.pop(column)
        if left > 1:
            falling[column] = (left - 1, text)
        texts.append(text)


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "1")
    return min(max(int(value), 1), MAX_SPAN) if value.isascii() and value.isdigit() else 1
