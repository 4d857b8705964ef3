"""Calls written down line by line, and items that check them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from kb.vocabulary import Vocabulary
from qa.checks import Finding, Heard, Standard, check_of
from qa.figures import ROLES, Conversation, characters, figures
from qa.rubric import Item
from qa.rubric_read import parse
from qa.spans import Span
from qa.transcripts import Utterance
from qa.transcripts.utterance import said_by

from .rubrics import form, section

BEGAN = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
OPTIONS = [
    {"key": "yes", "points": 10},
    {"key": "half", "points": 5},
    {"key": "no", "points": 0, "fails": True},
]


def item(check: Mapping[str, Any], **fields: Any) -> Item:
    """A choice of yes, half and no (which fails) with a check."""
    made = {"key": "x", "title": "一项", "kind": "check", "options": OPTIONS, **fields}
    found = parse(form("points", section("s", {**made, "check": dict(check)}))).item("x")
    assert found is not None
    return found


def measured(check: Mapping[str, Any]) -> Item:
    """An item with ranges: 0–10, 10–100."""
    ranges = [{"from": 0, "to": 10, "points": 5}, {"from": 10, "to": 100, "points": 0}]
    return item(check, options=[], ranges=ranges)


def said(*lines: str) -> tuple[Utterance, ...]:
    """``"0-3 座席：您好"``: seconds, perhaps who, and what."""
    made = []
    for line in lines:
        times, _, text = line.partition(" ")
        start, end = times.split("-")
        role, words = said_by(text)
        made.append(Utterance(Fraction(start), Fraction(end), words, role))
    return tuple(made)


def heard(*lines: str, duration: int | None = None, **more: Any) -> Heard:
    length = None if duration is None else Fraction(duration)
    return Heard(said(*lines), length, began=BEGAN, **more)


def measured_call(*lines: str, duration: int, **more: Any) -> Heard:
    """With the figures of what was said."""
    utterances = said(*lines)
    speech = {r: [Span(u.start, u.end) for u in utterances if u.role == r] for r in ROLES}
    call = Conversation(Fraction(duration), speech, characters(utterances))
    return Heard(utterances, Fraction(duration), figures(call), BEGAN, **more)


def find(check: Mapping[str, Any], call: Heard, **fields: Any) -> Finding:
    made = check_of(item(check, **fields))
    assert made is not None
    return made.find(call)


class Base:
    """A knowledge base of few sentences: (words of the question, from when, title, sentence)."""

    def __init__(
        self, *rules: tuple[str, datetime, str], synonyms: tuple[frozenset[str], ...] = ()
    ) -> None:
        self.rules = rules
        self.vocabulary = Vocabulary(synonyms=synonyms)

    def in_force(self, question: str, at: datetime, article: str | None = None) -> Standard | None:
        held = [
            (number, text)
            for number, (words, since, text) in enumerate(self.rules, 1)
            if words in question and since <= at
        ]
        if not held:
            return None
        number, text = held[-1]
        return Standard(article or "fee", "退票费", number, text, 0, len(text))
