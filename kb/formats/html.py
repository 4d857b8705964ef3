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
_DROPPED = [
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "embed",
    "svg",
    "canvas",
    "audio",
    "video",
    "form",
    "button",
    "input",
    "select",
    "textarea",
    "nav",
    "footer",
    "aside",
    "dialog",
    "head",
]
_BLOCKS = [
    "address",
    "article",
    "blockquote",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "ul",
]
_XML = re.compile(r"\A\s*<\?xml[^>]*>")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The file's one article. The title is the only h1, else <title>, else the file's name."""
    data = path.read_bytes()
    declared = _CHARSET.search(data[:4096])
    page = decode(data, declared[1].decode("ascii") if declared else "")
    try:
        title, body = convert(page)
    except RecursionError:
        raise Unreadable("网页嵌套太深，无法读取。") from None
    if not body:
        raise Unreadable("网页里没有正文。")
    values = {"key": context.key, "title": title or context.title, "body": body}
    yield fields.article(values, context)


def convert(page: str) -> tuple[str, str]:
    """Title ('' = none) and the main content in Markdown. Raises Unreadable, RecursionError."""
    soup = BeautifulSoup(_XML.sub("", page), "html.parser")
    named = _plain(soup.title) if soup.title else ""
    _drop(soup)
    main = _main(soup)
    headings = main.find_all("h1")
    if len(headings) == 1:
        named = _plain(headings[0]) or named
        headings[0].decompose()
    return named, compose.document(_blocks(main, 0))


def _drop(soup: BeautifulSoup) -> None:
    unseen = [tag for tag in soup.find_all(True) if tag.name in _DROPPED or _is_hidden(tag)]
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


def _blocks(parent: Tag, depth: int) -> list[str]:
    """The blocks within ``parent``, in order."""
    if depth > MAX_DEPTH:
        raise Unreadable("网页嵌套太深，无法读取。")
    blocks: list[str] = []
    run: list[str] = []
    for child in parent.children:
        if isinstance(child, Tag) and _holds_blocks(child):
            blocks.append(compose.paragraph("".join(run)))
            run.clear()
            blocks.extend(_RENDER.get(child.name, _blocks)(child, depth + 1))
        else:
            run.append(_inline(child, depth + 1))
    blocks.append(compose.paragraph("".join(run)))
    return [block for block in blocks if block]


def _holds_blocks(tag: Tag) -> bool:
    return tag.name in _BLOCKS or tag.find(_BLOCKS) is not None


def _inline(node: PageElement, depth: int) -> str:
    """Inline Markdown; white space is settled later, where the paragraph is whole."""
    if not isinstance(node, Tag):
        # Comments and the like are subclasses of text.
        return compose.text(node) if type(node) is NavigableString else ""
    if depth > MAX_DEPTH:
        raise Unreadable("网页嵌套太深，无法读取。")
    if node.name == "br":
        return compose.BREAK
    if node.name == "img":
        return compose.text(str(node.get("alt") or ""))
    if node.name in ("code", "kbd", "samp"):
        return compose.code(node.get_text())
    inner = "".join(_inline(child, depth + 1) for child in node.children)
    if node.name in _BLOCKS:
        return f"{compose.BREAK}{inner}{compose.BREAK}"
    if node.name == "a":
        return compose.link(inner, str(node.get("href") or ""))
    wrap = _WRAP.get(node.name)
    return wrap(inner) if wrap and node.find_parent(_SAME[node.name]) is None else inner


def _heading(tag: Tag, depth: int) -> list[str]:
    inner = "".join(_inline(child, depth) for child in tag.children)
    return [compose.heading(int(tag.name[1]), inner.replace("**", ""))]


def _list(tag: Tag, depth: int) -> list[str]:
    return [compose.listing(_items(tag, 0, depth))]


def _items(tag: Tag, level: int, depth: int) -> Iterator[tuple[int, bool, str]]:
    if depth > MAX_DEPTH:
        raise Unreadable("网页嵌套太深，无法读取。")
    for item in tag.find_all(["li", "ul", "ol"], recursive=False):
        if item.name != "li":
            yield from _items(item, level + 1, depth + 1)
            continue
        nested = [each for each in item.find_all(["ul", "ol"]) if _owner(each) is item]
        for each in nested:
            each.extract()
        yield level, tag.name == "ol", "".join(_inline(c, depth + 1) for c in item.children)
        for each in nested:
            yield from _items(each, level + 1, depth + 1)


def _owner(tag: Tag) -> Tag | None:
    """The list item that ``tag`` stands in."""
    return tag.find_parent("li")


def _table(tag: Tag, depth: int) -> list[str]:
    rows = [row for row in tag.find_all("tr") if row.find_parent("table") is tag]
    cells = [row.find_all(["td", "th"], recursive=False) for row in rows]
    if max((len(row) for row in cells), default=0) < 2:
        # One column is layout, not a table.
        return [block for row in cells for cell in row for block in _blocks(cell, depth + 1)]
    blocks = [compose.table(_grid(cells, depth))]
    caption = tag.find("caption", recursive=False)
    return [*(_blocks(caption, depth + 1) if caption else []), *blocks]


def _grid(rows: Sequence[Sequence[Tag]], depth: int) -> list[list[str]]:
    """Cell texts; a cell over several rows is repeated, one over several columns is not."""
    grid: list[list[str]] = []
    falling: dict[int, tuple[int, str]] = {}
    for row in rows:
        texts: list[str] = []
        cells = iter(row)
        cell = next(cells, None)
        while cell is not None or len(texts) in falling:
            column = len(texts)
            if column in falling:
                left, text = falling.pop(column)
                if left > 1:
                    falling[column] = (left - 1, text)
                texts.append(text)
                continue
            assert cell is not None
            text = "".join(_inline(child, depth + 1) for child in cell.children)
            down = _span(cell, "rowspan")
            for offset in range(_span(cell, "colspan")):
                shown = "" if offset else text
                texts.append(shown)
                if down > 1:
                    falling[column + offset] = (down - 1, shown)
            cell = next(cells, None)
        grid.append(texts)
    return grid


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "1")
    return min(max(int(value), 1), MAX_SPAN) if value.isascii() and value.isdigit() else 1


def _pre(tag: Tag, depth: int) -> list[str]:
    raw = tag.get_text()
    return [compose.fenced(raw)] if raw.strip() else []


def _quote(tag: Tag, depth: int) -> list[str]:
    return [compose.quoted(_blocks(tag, depth))]


def _term(tag: Tag, depth: int) -> list[str]:
    inner = "".join(_inline(child, depth + 1) for child in tag.children)
    return [compose.paragraph(compose.strong(inner.replace("**", "")))]


def _rule(tag: Tag, depth: int) -> list[str]:
    return ["---"]


_RENDER: Mapping[str, Callable[[Tag, int], list[str]]] = {
    "h1": _heading,
    "h2": _heading,
    "h3": _heading,
    "h4": _heading,
    "h5": _heading,
    "h6": _heading,
    "ul": _list,
    "ol": _list,
    "table": _table,
    "pre": _pre,
    "blockquote": _quote,
    "dt": _term,
    "summary": _term,
    "hr": _rule,
}

_BOLD, _STRUCK = ["b", "strong"], ["s", "del", "strike"]
_WRAP: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(_BOLD, compose.strong),
    **dict.fromkeys(_STRUCK, compose.struck),
}
_SAME = {**dict.fromkeys(_BOLD, _BOLD), **dict.fromkeys(_STRUCK, _STRUCK)}
