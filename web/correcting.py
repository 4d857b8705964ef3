"""The form that corrects the key of a question: what it shows, and what it says as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from exams.questions import Question
from exams.reading import read
from kb.errors import InvalidContent

from . import question_form

ANSWERS = ("verdict", "blanks", "value", "tolerance", "steps", "pairs")
"""Fields of the bank's editor that hold the key of a kind without options."""


def fields(question: Question) -> dict[str, Any]:
    """The form as it stands for a question."""
    return question_form.fields(question)


def typed(form: MultiDict[str, str], question: Question) -> dict[str, Any]:
    """The form as it was sent, with what it does not ask taken from the question."""
    found = question_form.fields(question)
    found |= {
        name: form[name].replace("\r\n", "\n").replace("\0", "") for name in ANSWERS if name in form
    }
    chosen = set(form.getlist("right"))
    rows = found["options"]
    for row, option in zip(rows, question.options, strict=False):
        row["right"] = option.key in chosen
    if question.kind == "blank":
        found["strict"] = "strict" in form
    return found


def content(found: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The question as it was asked (JSON) with the key of the form. Raises BadQuestion."""
    question = read(asked)
    if question.policy == "fractions" and question.kind in ("single", "multiple"):
        raise InvalidContent(
            "answer", "这道题按选项分值计分：请先在题库里改好分值，再在这里选那一版的答案。"
        )
    made = question_form.value(dict(found), question.key, question)
    corrected = dict(asked) | {"answer": made["answer"]}
    if question.kind == "blank":
        corrected["strict"] = made["strict"]
    return read(corrected).as_dict()
