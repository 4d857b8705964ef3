"""The marking form of a rubric (templates/components/rubric.html): what it sends, what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from qa.exact import NotANumber, parsed, plain
from qa.marks import so_far
from qa.rubric import NA, Item, Rubric
from qa.score import Result, worth

PREFIX = "answer."
"""Before the key of the item in the name of its fields."""

NOTHING = ""
"""The value of “都没有” of an item with several options: answered, and none of them."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Answers as they stand: the score of what is answered, and {visible item: what is missing}."""

    answers: Mapping[str, Any]
    result: Result
    missing: Mapping[str, str]
    hidden: frozenset[str] = field(default_factory=frozenset)

    @property
    def whole(self) -> bool:
        """Every visible item has a valid answer: the score is the score."""
        return not self.missing


def marked(rubric: Rubric, answers: Mapping[str, Any]) -> Marked:
    """A form as far as it is filled in."""
    marks, missing = so_far(rubric, answers)
    return Marked(answers, worth(rubric, marks), missing, frozenset(marks.hidden))


def answers(rubric: Rubric, form: MultiDict[str, str]) -> dict[str, Any]:
    """The answers a form was sent with; what was left open is left out, nonsense kept to be told.

    Answers to hidden items are kept too: they show again when the condition holds again.
    """
    found = {item.key: _answer(item, form.getlist(PREFIX + item.key)) for item in rubric.items()}
    return {key: answer for key, answer in found.items() if answer is not None}


def _answer(item: Item, sent: list[str]) -> Any:
    if item.na and NA in sent:
        return NA
    if item.measured:
        return _number(next((text for text in sent if text.strip()), ""))
    chosen = list(dict.fromkeys(text for text in sent if text))
    if item.kind == "multi":
        return chosen or ([] if NOTHING in sent else None)
    return chosen[-1] if chosen else None


def _number(text: str) -> int | float | str | None:
    if not text.strip():
        return None
    try:
        return plain(parsed(text))
    except NotANumber:
        return text.strip()[:60]
