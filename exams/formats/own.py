"""Our own JSON: a list of questions, {"questions": […]}, or one question a line."""

from __future__ import annotations

import json
from typing import Any

from ..errors import BadQuestion
from ..questions import Question
from ..reading import loads
from ..reading import read as read_question
from .report import Place, Report, Written


def read(text: str) -> Report:
    """The questions of a JSON or JSON Lines text."""
    report = Report()
    try:
        value = loads(text)
    except BadQuestion as error:
        if "\n" in text.strip():
            return _lines(text)
        report.wrong(1, str(error))
        return report
    if isinstance(value, dict) and "questions" in value:
        value = value["questions"]
    for number, item in enumerate(value if isinstance(value, list) else [value], 1):
        _take(report, item, f"第{number}题" if isinstance(value, list) else 1)
    return report


def _lines(text: str) -> Report:
    report = Report()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = loads(line)
        except BadQuestion as error:
            report.wrong(number, str(error))
        else:
            _take(report, value, number)
    return report


def _take(report: Report, value: Any, place: Place) -> None:
    """A key that is there already is a mistake here: these keys are the identity."""
    try:
        question = read_question(value)
    except BadQuestion as error:
        report.wrong(place, str(error))
        return
    if report.has(question.key):
        report.wrong(place, f"编号 {question.key} 在这个文件里已经有了。")
        return
    report.take(value, place)


def write(questions: list[Question]) -> Written:
    """One question a line."""
    lines = (json.dumps(question.as_dict(), ensure_ascii=False) + "\n" for question in questions)
    return Written("".join(lines).encode(), len(questions))
