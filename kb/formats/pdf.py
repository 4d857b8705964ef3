"""PDF: the text page by page, its lines joined into paragraphs."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pypdf
from pypdf.generic import DictionaryObject

from ..articles import newlines
from . import compose, fields
from .source import Context, Item, Unreadable, reader
from .txt import first_line_as_title

MAX_PAGES = 2000

_PAGE_NUMBER = re.compile(
    r"[-–—·\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／,，]?\s*(?:共\s*)?\d{1,4}\s*页?)?[-–—·\s]*"
)
_SPACED = re.compile(r"(?<=[\u2e80-\u9fff]) (?=[\u2e80-\u9fff])")
_WIDE_PAIR = re.compile(r"[\u2e80-\u9fff](?=[\u2e80-\u9fff])")
_ENDS = tuple("。！？；：.!?;:”」』）")
_STARTS = re.compile(
    r"第[一二三四五六七八九十百千零〇\d]+[章节条款部分]|[（(]?[一二三四五六七八九十]{1,3}[）)、.．]"
    r"|[（(]?\d{1,3}(?:[）)、．]|\.(?!\d))|[•●■◆▪·○\-–—*]\s|[①-⑳]|附[件录]|注[：:]"
)
_JUNK_TITLE = re.compile(r"untitled|microsoft|无标题|\.(docx?|wps|pdf|xlsx?|indd)$", re.IGNORECASE)
_RUN_OF_PAGES = 3
"""Pages on which a line at the edge must stand to be a running head."""

# pypdf logs every oddity of every file; what matters is told as a Fault.
logging.getLogger("pypdf").setLevel(logging.ERROR)


@reader()
def read(path: Path, context: Context) -> Iterator[Item]:
    """The file's one article. The title is the document's property, else a short first line.

    Pages that are only pictures are named in a Fault; without any text nothing is imported.
    """
    title, pages, pictures = _guarded(path)
    body = paragraphs([page.split("\n") for page in pages])
    if not body:
        raise Unreadable("没有文字，可能是扫描件；请先做文字识别（OCR）再导入。")
    if not title:
        title, body = first_line_as_title(body)
    values = {"key": context.key, "title": title or context.title, "body": body}
    yield fields.article(values, context)
    if pictures:
        named = "、".join(map(str, pictures))
        yield context.fault(f"第 {named} 页只有图片，没有导入；请先做文字识别（OCR）。")


def paragraphs(pages: Sequence[Sequence[str]]) -> str:
    """The lines of all pages as paragraphs; page numbers and running heads are left out."""
    edges = Counter(line for page in pages for line in set(_edges(page)))
    running = {
        line for line, count in edges.items() if count >= max(_RUN_OF_PAGES, len(pages) // 2)
    }
    lines = [line for page in pages for line in _content(page, running)]
    widest = max(map(_width, lines), default=0)
    parts: list[list[str]] = []
    previous = ""
    for line in lines:
        if parts and line and previous and not _breaks(previous, line, widest):
            _join(parts[-1], line)
        elif line:
            parts.append([line])
        previous = line
    return compose.document("".join(part) for part in parts)


def _guarded(path: Path) -> tuple[str, list[str], list[int]]:
    try:
        return _extracted(path)
    except Unreadable:
        raise
    # A broken file makes the library raise almost anything.
    except Exception as error:
        raise Unreadable("PDF 已损坏，请重新生成或另存后再导入。") from error


def _extracted(path: Path) -> tuple[str, list[str], list[int]]:
    """Title ('' = none), the text of each page, the numbers of pages that are only pictures."""
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise Unreadable("文件内容不是 PDF。")
        document = pypdf.PdfReader(file)
        if document.is_encrypted:
            raise Unreadable("文件有密码或限制复制，请另存为不加密的 PDF。")
        if len(document.pages) > MAX_PAGES:
            raise Unreadable(f"文件有 {len(document.pages)} 页，超过 {MAX_PAGES} 页，请拆开。")
        pages = [_tidy(page.extract_text()) for page in document.pages]
        pictures = [
            number
            for number, (page, text) in enumerate(zip(document.pages, pages, strict=True), 1)
            if not text.strip() and _has_picture(page)
        ]
        return _title(document), pages, pictures


def _title(document: pypdf.PdfReader) -> str:
    title = document.metadata.title if document.metadata else None
    text = compose.without_controls(fields.one_line(title.replace("\0", ""))) if title else ""
    return "" if _JUNK_TITLE.search(text) else text


def _has_picture(page: Any) -> bool:
    resources: Any = page.get("/Resources", DictionaryObject()).get_object()
    objects: Any = resources.get("/XObject", DictionaryObject()).get_object()
    found = (objects[name].get_object() for name in objects)
    return any(each.get("/Subtype") == "/Image" for each in found)


def _tidy(text: str) -> str:
    text = compose.unify(newlines(text)).replace("\u00a0", " ")
    text = "".join(char for char in text if not "\ud800" <= char <= "\udfff")
    if len(_SPACED.findall(text)) > len(_WIDE_PAIR.findall(text)):
        # Some programs set each character apart; the spaces mean nothing.
        text = _SPACED.sub("", text)
    return compose.without_controls(text)


def _edges(page: Sequence[str]) -> list[str]:
    lines = [line.strip() for line in page if line.strip()]
    return [*lines[:1], *lines[-1:]] if len(lines) > 1 else []


def _content(page: Sequence[str], running: set[str]) -> Iterator[str]:
    lines = [line.strip() for line in page]
    filled = [number for number, line in enumerate(lines) if line]
    for number, line in enumerate(lines):
        at_edge = bool(filled) and number in (filled[0], filled[-1])
        if not (at_edge and line and (line in running or _PAGE_NUMBER.fullmatch(line))):
            yield line


def _breaks(line: str, following: str, widest: int) -> bool:
    """Whether a paragraph ends between the two lines."""
    if _STARTS.match(following):
        return True
    width = _width(line)
    return width < widest * (0.9 if line.endswith(_ENDS) else 0.7)


def _join(pieces: list[str], line: str) -> None:
    """Add a line to a paragraph's pieces: no space beside Chinese, no hyphen within a word."""
    last = pieces[-1]
    if last.endswith("-") and last[-2:-1].isalpha() and line[0].islower():
        pieces[-1] = last[:-1]
    elif not _is_wide(last[-1]) and not _is_wide(line[0]):
        line = f" {line}"
    pieces.append(line)


def _width(line: str) -> int:
    return sum(2 if _is_wide(char) else 1 for char in line)


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
