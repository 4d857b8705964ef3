"""Questions as rows of the template; see :mod:`exams.formats.table` for what a cell says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from kb.formats.table import disarm

from ..errors import CannotWrite
from ..exact import decimal
from ..questions import DIFFICULTIES, KINDS, POLICIES, Question
from .extras import carried
from .report import Report, Written
from .table import AFTER, BEFORE, LETTERS, MOST_OPTIONS, OPTIONS, read


def write(questions: list[Question]) -> tuple[list[list[str]], Written]:
    """The headings and a row for each question that the template can hold."""
    rows, written = [], Written()
    for question in questions:
        try:
            text = carried(question, _line, _read_line)
        except CannotWrite as error:
            written.without(question, str(error))
            continue
        rows.append(_parse(text))
    width = max([OPTIONS, *(len(row) - len(BEFORE) - len(AFTER) for row in rows)])
    heads = [*BEFORE, *(f"选项{letter}" for letter in LETTERS[:width]), *AFTER]
    written.count = len(rows)
    return [heads, *([disarm(cell) for cell in _widened(row, width)] for row in rows)], written


_CELL = "\x1f"


def _line(question: Question, extra: str) -> str:
    """The row as one text: its cells between separators."""
    cells = _row(question)
    cells[-1] = extra
    return _CELL.join(cells)


def _parse(text: str) -> list[str]:
    return text.split(_CELL)


def _widened(row: list[str], width: int) -> list[str]:
    options = row[len(BEFORE) : len(row) - len(AFTER)]
    blank = [""] * (width - len(options))
    return [*row[: len(BEFORE)], *options, *blank, *row[len(row) - len(AFTER) :]]


def _read_line(text: str) -> Report:
    row = _parse(text)
    size = len(row) - len(BEFORE) - len(AFTER)
    heads = [*BEFORE, *LETTERS[:size], *AFTER]
    return read([(1, heads), (2, [disarm(cell) for cell in row])])


def _row(question: Question) -> list[str]:
    options = [option.text for option in question.options]
    if question.kind == "match":
        options = []
    if len(options) > MOST_OPTIONS:
        raise CannotWrite(f"表格最多 {MOST_OPTIONS} 个选项。")
    number = question.answer if question.kind == "number" else None
    topics = "；".join(_guarded(topic) for topic in question.topics)
    tolerance = decimal(number.tolerance) if number and number.tolerance else ""
    after = {
        "答案": _WRITERS[question.kind](question),
        "分值": decimal(question.points),
        "难度": DIFFICULTIES.get(question.difficulty, ""),
        "知识点": topics,
        # By fractions only where they are told: in the extras, which then name the policy too.
        "评分规则": POLICIES.get(question.policy.replace("fractions", ""), ""),
        "误差": tolerance,
        "单位": number.unit if number else "",
        "解析": question.explanation,
        "编号": question.key,
        "附加信息": "",
    }
    return [KINDS[question.kind], question.stem, *options, *(after[name] for name in AFTER)]


def _guarded(text: str) -> str:
    return re.sub(r"[；;｜|=＝\\]", lambda m: "\\" + m[0], text)


def _write_keys(question: Question) -> str:
    keys = [option.key for option in question.options]
    answer = (question.answer,) if question.kind == "single" else question.answer
    return "".join(LETTERS[keys.index(key)] for key in answer)


def _write_pairs(question: Question) -> str:
    pairs = [*question.answer, *(("", option.text) for option in question.options)]
    return "；".join(f"{_guarded(left)}={_guarded(right)}" for left, right in pairs)


def _write_blanks(question: Question) -> str:
    return "｜".join("；".join(map(_guarded, forms)) for forms in question.answer)


def _write_points(question: Question) -> str:
    return "；".join(
        "｜".join(map(_guarded, point.words)) + f"={decimal(point.points)}"
        for point in question.answer
    )


_WRITERS: Mapping[str, Callable[[Question], str]] = MappingProxyType(
    {
        "single": _write_keys,
        "multiple": _write_keys,
        "order": _write_keys,
        "judge": lambda question: "对" if question.answer else "错",
        "blank": _write_blanks,
        "number": lambda question: decimal(question.answer.value),
        "match": _write_pairs,
        "essay": _write_points,
    }
)
