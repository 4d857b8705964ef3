"""What people wrote into the blanks of a question, by how often: wrong answers speak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .answers import normal
from .grade import ONE, empty
from .questions import Question
from .tables import Attempt, AttemptQuestion
from .totals import graded

LONGEST = 200
"""Characters of an answer that could be a form of the key; longer ones are not listed."""

MOST = 30


@dataclass(frozen=True, slots=True)
class Written:
    """One answer: as most people wrote it, how many wrote it, and whether it is taken now."""

    text: str
    n: int
    right: bool


@dataclass(frozen=True, slots=True)
class Blank:
    """A blank: ``n`` people had the question, ``none`` left it empty."""

    n: int
    none: int
    written: tuple[Written, ...]


def written(session: Session, question: Question, version_id: int) -> list[Blank]:
    """What was written into each blank (or for the number), the most frequent first.

    ``question`` says what is right now. Answers that compare alike are one. Other kinds: [].
    """
    if question.kind not in ("blank", "number"):
        return []
    query = (
        select(AttemptQuestion.response)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .where(AttemptQuestion.version_id == version_id, Attempt.state == "submitted")
    )
    rows = [_parts(question, response) for response in session.scalars(query)]
    count = len(question.answer) if question.kind == "blank" else 1
    return [_blank(question, n, [row[n] for row in rows]) for n in range(count)]


def _parts(question: Question, response: Any) -> list[str]:
    count = len(question.answer) if question.kind == "blank" else 1
    given = response if isinstance(response, list) else [response]
    said = ["" if empty(part) else str(part).strip() for part in given[:count]]
    return said + [""] * (count - len(said))


def _blank(question: Question, n: int, said: Sequence[str]) -> Blank:
    spelled: dict[str, Counter[str]] = {}
    for text in said:
        if text and len(text) <= LONGEST:
            key = text if question.strict else normal(text)
            spelled.setdefault(key, Counter())[text] += 1
    found = [
        Written(text := forms.most_common(1)[0][0], forms.total(), _right(question, n, text))
        for forms in spelled.values()
    ]
    found.sort(key=lambda one: (-one.n, one.text))
    return Blank(len(said), sum(1 for text in said if not text), tuple(found[:MOST]))


def _right(question: Question, n: int, text: str) -> bool:
    if question.kind == "number":
        return graded(question, text).fraction == ONE
    answers = [""] * len(question.answer)
    answers[n] = text
    found = graded(question, answers).per_part
    return isinstance(found, tuple) and found[n] == ONE
