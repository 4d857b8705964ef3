"""A drawn paper as PDF: A4 upright, a seat for the name, parts by kind; with or without answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Paragraph, Spacer

from exams.exact import decimal
from exams.printing import Part, Printed
from exams.questions import Question

from .bank_sight import key_words
from .pdf import FACE, INK, SOFT, built
from .question_answers import right_sides

_BODY = ParagraphStyle("q", fontName=FACE, fontSize=10.5, leading=17, textColor=INK, wordWrap="CJK")
_STEM = ParagraphStyle("stem", _BODY, leftIndent=7 * mm, firstLineIndent=-7 * mm)
_OPTION = ParagraphStyle("option", _BODY, leftIndent=7 * mm)
_ANSWER = ParagraphStyle("answer", _OPTION, textColor=SOFT)
_PART = ParagraphStyle(
    "part", _BODY, fontSize=11.5, spaceBefore=5 * mm, spaceAfter=1 * mm, keepWithNext=1
)
_TITLE = ParagraphStyle("title", _BODY, fontSize=16, leading=24, alignment=TA_CENTER)
_SEAT = ParagraphStyle("seat", _BODY, alignment=TA_CENTER, spaceBefore=2 * mm)
_LINE = "_" * 14
_SPACE = 35 * mm
"""Left to write an essay in."""


def paper(title: str, mark: str, parts: Sequence[Part], answers: bool) -> bytes:
    """``mark`` finds the same paper again, and stands on every page."""
    whole = sum((each.points for part in parts for each in part.questions), Fraction(0))
    count = sum(len(part.questions) for part in parts)
    flow: list[Flowable] = [
        _words(title + ("（含答案）" if answers else ""), _TITLE),
        _words(f"共 {count} 题，满分 {decimal(whole)} 分", _SEAT),
    ]
    if not answers:
        seat = "　".join(f"{name}{_LINE}" for name in ("姓名", "工号", "班组", "得分"))
        flow.append(_words(seat, _SEAT))
    for part in parts:
        flow.append(_words(part.heading, _PART))
        flow += [KeepTogether([*_question(each, answers)]) for each in part.questions]
    return built(flow, title, f"卷号 {mark}")


def _question(each: Printed, answers: bool) -> Iterator[Flowable]:
    question = each.question
    stem = f"{each.number}. {question.stem}{each.worth}"
    if not answers and question.kind in ("single", "multiple", "judge"):
        stem += "（　　）"
    yield _words(stem, _STEM)
    for line in _lines(question, answers):
        yield _words(line, _OPTION)
    if answers:
        yield _words(f"答案：{key_words(question)}", _ANSWER)
        if question.explanation:
            yield _words(f"解析：{question.explanation}", _ANSWER)
    yield Spacer(0, _SPACE if question.kind == "essay" and not answers else 2 * mm)


def _lines(question: Question, answers: bool) -> Iterator[str]:
    """What stands below the stem: options, sides, or where to write."""
    if question.kind == "match":
        for n, (left, _) in enumerate(question.answer, 1):
            yield f"{n}. {left}" + ("" if answers else f"　{_LINE}")
        yield "　".join(f"〔{side}〕" for side in right_sides(question))
        return
    if question.kind in ("single", "multiple", "order"):
        for option in question.options:
            yield f"{option.key}. {option.text}"
    if answers:
        return
    if question.kind == "order":
        yield f"顺序：{_LINE}"
    elif question.kind == "number":
        yield f"答：{_LINE}{question.answer.unit}"
    elif question.kind == "blank":
        yield "　".join(f"{n}. {_LINE}" for n in range(1, len(question.answer) + 1))


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text).replace("\n", "<br/>"), style)
