"""Reports as PDF: set in a Chinese face every reader of PDF brings along, A4, pages numbered."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer

from qa.intervals import Estimate

from .sheets import Table

FACE = "STSong-Light"
"""Not in the file: readers have it, or show another Chinese face in its place."""
MARGIN = 16 * mm
INK, SOFT, LINE = colors.HexColor("#22201c"), colors.HexColor("#6b655c"), colors.HexColor("#d8d2c6")

registerFont(UnicodeCIDFont(FACE))

_BODY = ParagraphStyle("body", fontName=FACE, fontSize=9, leading=14, textColor=INK, wordWrap="CJK")
_NUMBER = ParagraphStyle("number", _BODY, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", _BODY, textColor=SOFT)
_NUMBER_HEAD = ParagraphStyle("number head", _HEAD, alignment=TA_RIGHT)
_TITLE = ParagraphStyle("title", _BODY, fontSize=17, leading=24, spaceAfter=2 * mm)
_LEAD = ParagraphStyle("lead", _BODY, textColor=SOFT)
_SECTION = ParagraphStyle("section", _BODY, fontSize=12, leading=18, spaceBefore=6 * mm)


def report(title: str, lines: Iterable[str], tables: Iterable[Table], foot: str) -> bytes:
    """A document of tables; ``lines`` say what it is about, ``foot`` stands on every page."""
    parts: list[Flowable] = [_words(title, _TITLE)]
    parts += [_words(line, _LEAD) for line in lines]
    for table in tables:
        parts += [_words(table.name, _SECTION), Spacer(0, 2 * mm), _table(table)]
    return built(parts, title, foot, landscape(A4))


def built(parts: list[Flowable], title: str, foot: str, size: tuple[float, float] = A4) -> bytes:
    """The file: ``foot`` and the number stand on every page; the same parts make the same file."""
    made = io.BytesIO()
    document = SimpleDocTemplate(
        made,
        pagesize=size,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 4 * mm,
        title=title,
        author="知席",
        invariant=True,
    )

    def footed(canvas: Canvas, document: Any) -> None:
        canvas.setFont(FACE, 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN, MARGIN - 4 * mm, foot)
        canvas.drawRightString(size[0] - MARGIN, MARGIN - 4 * mm, f"第 {document.page} 页")

    document.build(parts, onFirstPage=footed, onLaterPages=footed)
    return made.getvalue()


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _table(table: Table) -> Flowable:
    if not table.rows:
        return _words("没有。", _LEAD)
    numbers = [_is_number(table, n) for n in range(len(table.columns))]
    head = [
        _words(name, _NUMBER_HEAD if number else _HEAD)
        for name, number in zip(table.columns, numbers, strict=True)
    ]
    rows = [
        [
            _words(cell(value), _NUMBER if number else _BODY)
            for value, number in zip(row, numbers, strict=True)
        ]
        for row in table.rows
    ]
    made = LongTable([head, *rows], colWidths=_widths(table), repeatRows=1)
    made.setStyle(
        [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, SOFT),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return made


def _is_number(table: Table, column: int) -> bool:
    return all(isinstance(row[column], int | float | Estimate | None) for row in table.rows)


def _widths(table: Table) -> Sequence[float]:
    """In proportion to the longest text of each column, none very narrow."""
    longest = [
        max(_length(name), *(_length(cell(row[n])) for row in table.rows))
        for n, name in enumerate(table.columns)
    ]
    held = [min(max(length, 5), 36) for length in longest]
    whole = landscape(A4)[0] - 2 * MARGIN
    return [whole * length / sum(held) for length in held]


def _length(text: str) -> float:
    return sum(1.0 if ord(c) > 0x2E7F else 0.55 for c in text)


def cell(value: Any) -> str:
    """A cell as people read it: one decimal, an estimate with its interval and n."""
    if value is None:
        return "—"
    if isinstance(value, Estimate):
        bounds = "" if value.low is None else f"（{value.low:.1f}–{value.high:.1f}）"
        return f"{value.value:.1f}{bounds} n={value.n}"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
