"""A certificate on paper: one sheet A4 lying, set in the face the reports are set in."""

from __future__ import annotations

import io
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from .pdf import FACE, INK, LINE, SOFT

WIDTH, HEIGHT = landscape(A4)
EDGE = 14 * mm
MOST = WIDTH - 2 * EDGE - 40 * mm
"""Points that a line may be wide."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What stands on it, ready to be read."""

    name: str
    number: str
    exam: str
    kind: str
    day: str
    issued: str
    place: str = "客服中心"


def certificate(words: Wording) -> bytes:
    """The PDF; the same words make the same file."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=(WIDTH, HEIGHT), invariant=1)
    canvas.setTitle(f"{words.exam}合格证书")
    canvas.setAuthor("知席")
    _frame(canvas)
    _middle(canvas, "合　格　证　书", 34, HEIGHT - 58 * mm)
    _middle(canvas, words.name, 24, HEIGHT - 86 * mm)
    _middle(canvas, f"于 {words.day} 参加{words.kind}", 14, HEIGHT - 104 * mm)
    _middle(canvas, f"《{words.exam}》", 17, HEIGHT - 117 * mm)
    _middle(canvas, "成绩合格，特发此证。", 14, HEIGHT - 131 * mm)
    canvas.setFillColor(SOFT)
    canvas.setFont(FACE, 10)
    canvas.drawString(EDGE + 14 * mm, EDGE + 14 * mm, f"编号 {words.number}")
    canvas.drawRightString(WIDTH - EDGE - 14 * mm, EDGE + 20 * mm, words.place)
    canvas.drawRightString(WIDTH - EDGE - 14 * mm, EDGE + 14 * mm, words.issued)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def _frame(canvas: Canvas) -> None:
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(1.2)
    canvas.rect(EDGE, EDGE, WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    inner = EDGE + 3 * mm
    canvas.rect(inner, inner, WIDTH - 2 * inner, HEIGHT - 2 * inner)


def _middle(canvas: Canvas, text: str, size: float, y: float) -> None:
    """A line in the middle, set smaller until it fits."""
    wide = stringWidth(text, FACE, size)
    fitting = size * min(1.0, MOST / wide) if wide else size
    canvas.setFillColor(INK)
    canvas.setFont(FACE, fitting)
    canvas.drawCentredString(WIDTH / 2, y, text)
