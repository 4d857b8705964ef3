"""Word documents: headings, paragraphs, lists and tables as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn

from . import compose, fields
from .archive import check
from .source import Context, Item, Unreadable, reader

_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)
_LIST = re.compile(r"list (bullet|number)\s*(\d?)", re.IGNORECASE)
_CONTENTS = re.compile(r"toc( \d| heading)", re.IGNORECASE)
_TITLES = ("title", "标题")
_BODY_LEVEL = 9
"""The outline level of ordinary text."""

_INSIDE = {qn(name) for name in ("w:ins", "w:smartTag", "w:fldSimple", "w:moveTo")}
_TEXTS = {qn("w:tab"): " ", qn("w:noBreakHyphen"): "-", qn("w:cr"): compose.BREAK}


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The file's one article. The title is in style Title, else the first heading, else the
    document's property, else the file's name."""
    check(path, "wordprocessingml.document.main", ".docx")
    try:
        title, body = _Document(docx.Document(str(path))).convert()
    # A broken document makes the library raise almost anything.
    except Exception as error:
        raise Unreadable("文档已损坏，请用办公软件打开后另存为 .docx。") from error
    if not body:
        raise Unreadable("文档里没有文字。")
    values = {"key": context.key, "title": title or context.title, "body": body}
    yield fields.article(values, context)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Inline Markdown and what the paragraph is; ``level`` counts from 1 (headings) or 0."""

    inner: str
    role: str
    level: int = 0
    ordered: bool = False


class _Document:
    """One document on its way to Markdown; its elements are walked as XML, so that text in
    tracked insertions and content controls is not lost."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._styles = {style.style_id: style for style in document.styles}
        self._formats = _number_formats(document)

    def convert(self) -> tuple[str, str]:
        """Title ('' = none) and body."""
        title = ""
        blocks: list[str] = []
        items: list[tuple[int, bool, str]] = []
        for block in self._blocks(self._document.element.body):
            if isinstance(block, _Paragraph) and block.role == "list":
                items.append((block.level, block.ordered, block.inner))
                continue
            blocks.append(compose.listing(items))
            items.clear()
            if isinstance(block, str):
                blocks.append(block)
            elif block.role == "heading":
                if not title and not any(blocks):
                    title = _plain(block.inner)
                else:
                    blocks.append(compose.heading(block.level, block.inner))
            elif block.role == "title" and not title:
                title = _plain(block.inner)
            else:
                blocks.append(compose.paragraph(block.inner))
        blocks.append(compose.listing(items))
        return title or self._property(), compose.document(blocks)

    def _property(self) -> str:
        return fields.one_line(compose.without_controls(self._document.core_properties.title or ""))

    def _blocks(self, parent: Any) -> Iterator[_Paragraph | str]:
        for element in parent:
            if element.tag == qn("w:p"):
                paragraph = self._paragraph(element)
                if paragraph.inner.strip() and paragraph.role != "contents":
                    yield paragraph
            elif element.tag == qn("w:tbl"):
                yield self._table(element)
            elif element.tag == qn("w:sdt") and not _is_contents(element):
                for content in element.findall(qn("w:sdtContent")):
                    yield from self._blocks(content)
            elif element.tag in _INSIDE:
                yield from self._blocks(element)

    def _paragraph(self, element: Any) -> _Paragraph:
        names = list(self._style_names(element))
        inner = "".join(self._runs(element))
        if any(_CONTENTS.match(name) for name in names):
            return _Paragraph(inner, "contents")
        if any(name.lower() in _TITLES for name in names):
            return _Paragraph(inner.replace("**", ""), "title")
        level = self._heading_level(element, names)
        if level:
            return _Paragraph(inner.replace("**", ""), "heading", level)
        return self._list_item(element, names, inner) or _Paragraph(inner, "text")

    def _style_names(self, element: Any) -> Iterator[str]:
        """The paragraph's style and those it is based on."""
        found = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style = self._styles.get(found.get(qn("w:val"))) if found is not None else None
        met: set[str] = set()
        while style is not None and style.style_id not in met:
            met.add(style.style_id)
            yield style.name or ""
            style = style.base_style

    def _heading_level(self, element: Any, names: list[str]) -> int:
        outline = element.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        if outline is not None:
            level = int(outline.get(qn("w:val"), _BODY_LEVEL))
            return level + 1 if level < _BODY_LEVEL else 0
        found = next((match for name in names if (match := _HEADING.match(name))), None)
        return int(found[1]) if found else 0

    def _list_item(self, element: Any, names: list[str], inner: str) -> _Paragraph | None:
        numbering = self._numbering(element)
        if numbering is not None:
            number, level = numbering
            if number == "0":
                return None
            ordered = self._formats.get((number, level), "bullet") not in ("bullet", "none")
            return _Paragraph(inner, "list", level, ordered)
        found = next((match for name in names if (match := _LIST.match(name))), None)
        if found is None:
            return None
        level = int(found[2] or 1) - 1
        return _Paragraph(inner, "list", level, found[1].lower() == "number")

    def _numbering(self, element: Any) -> tuple[str, int] | None:
        number = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}")
        level = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}")
        if number is None:
            return None
        return number.get(qn("w:val")), int(level.get(qn("w:val"))) if level is not None else 0

    def _runs(self, parent: Any) -> Iterator[str]:
        """Inline Markdown of the runs; neighbours of the same look are one."""
        look, text = (False, False), ""
        for piece in self._pieces(parent):
            if isinstance(piece, str):
                yield _styled(text, *look)
                text = ""
                yield piece
            elif piece[0] != look and piece[1].strip():
                yield _styled(text, *look)
                look, text = piece
            else:
                text += piece[1]
        yield _styled(text, *look)

    def _pieces(self, parent: Any) -> Iterator[str | tuple[tuple[bool, bool], str]]:
        """Links as finished text, runs as ``((bold, struck), text)``."""
        for element in parent:
            if element.tag == qn("w:r"):
                yield _look(element), _run_text(element)
            elif element.tag == qn("w:hyperlink"):
                yield compose.link("".join(self._runs(element)), self._address(element))
            elif element.tag == qn("w:sdt"):
                for content in element.findall(qn("w:sdtContent")):
                    yield from self._pieces(content)
            elif element.tag in _INSIDE:
                yield from self._pieces(element)

    def _address(self, element: Any) -> str:
        relation = self._document.part.rels.get(element.get(qn("r:id"), ""))
        return str(relation.target_ref) if relation is not None and relation.is_external else ""

    def _table(self, element: Any) -> str:
        rows: list[list[str]] = []
        for row in element.findall(qn("w:tr")):
            rows.append(self._row(row, rows[-1] if rows else []))
        if max((len(row) for row in rows), default=0) < 2:
            # One column is layout, not a table.
            return compose.document(compose.paragraph(cell) for row in rows for cell in row)
        return compose.table(rows)

    def _row(self, row: Any, above: list[str]) -> list[str]:
        """Cell texts; a cell over several rows is repeated, one over several columns is not."""
        texts: list[str] = []
        for cell in row.findall(qn("w:tc")):
            merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            width = min(int(span.get(qn("w:val"))), 100) if span is not None else 1
            follows = merge is not None and merge.get(qn("w:val")) != "restart"
            column = len(texts)
            text = above[column] if follows and column < len(above) else self._cell(cell)
            texts += [text, *[""] * (width - 1)]
        return texts

    def _cell(self, cell: Any) -> str:
        found = (self._cell_block(block) for block in self._blocks(cell))
        return compose.BREAK.join(text for text in found if text)

    def _cell_block(self, block: _Paragraph | str) -> str:
        return block.replace("\n", compose.BREAK) if isinstance(block, str) else block.inner


def _plain(inner: str) -> str:
    """Inline Markdown of a heading as the text it shows."""
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", compose.one_line(inner))


def _look(run: Any) -> tuple[bool, bool]:
    return _is_on(run, "w:b"), _is_on(run, "w:strike") or _is_on(run, "w:dstrike")


def _is_on(run: Any, name: str) -> bool:
    found = run.find(f"{qn('w:rPr')}/{qn(name)}")
    return found is not None and found.get(qn("w:val"), "1") not in ("0", "false", "off")


def _run_text(run: Any) -> str:
    hidden = _is_on(run, "w:vanish")
    return "" if hidden else "".join(_run_parts(run))


def _run_parts(run: Any) -> Iterator[str]:
    for element in run:
        if element.tag == qn("w:t"):
            yield compose.text(element.text or "")
        elif element.tag == qn("w:br") and element.get(qn("w:type"), "") in ("", "textWrapping"):
            yield compose.BREAK
        elif element.tag in _TEXTS:
            yield _TEXTS[element.tag]


def _styled(text: str, bold: bool, is_struck: bool) -> str:
    if is_struck:
        text = compose.wrapped(text, "~~")
    return compose.wrapped(text, "**") if bold else text


def _is_contents(element: Any) -> bool:
    """A content control that holds the table of contents."""
    gallery = element.find(f".//{qn('w:sdtPr')}//{qn('w:docPartGallery')}")
    return gallery is not None and "Contents" in gallery.get(qn("w:val"), "")


def _number_formats(document: Any) -> dict[tuple[str, int], str]:
    """The number format at each level of each list, by list id."""
    if not any(rel.reltype.endswith("/numbering") for rel in document.part.rels.values()):
        return {}
    root = document.part.numbering_part.element
    abstract = {
        each.get(qn("w:abstractNumId")): {
            int(level.get(qn("w:ilvl"))): level.find(qn("w:numFmt")).get(qn("w:val"))
            for level in each.findall(qn("w:lvl"))
            if level.find(qn("w:numFmt")) is not None
        }
        for each in root.findall(qn("w:abstractNum"))
    }
    formats: dict[tuple[str, int], str] = {}
    for number in root.findall(qn("w:num")):
        link = number.find(qn("w:abstractNumId"))
        levels = abstract.get(link.get(qn("w:val")), {}) if link is not None else {}
        formats |= {(number.get(qn("w:numId")), level): name for level, name in levels.items()}
    return formats
