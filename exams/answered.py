"""The answers of an exam as the tables have them, for figures of people and of questions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .exact import exact
from .kept import parts
from .questions import Question
from .reading import read
from .tables import (
    Attempt,
    AttemptQuestion,
    BankQuestion,
    Correction,
    Exam,
    Grading,
    QuestionTopic,
    QuestionVersion,
)
from .totals import exactly

PLACES = 6
"""Decimals to which a mark is known in figures, and in the files they can be checked from."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of an attempt: its ``mark`` of up to ``worth``; None = it counts for nobody
    or waits for a marker. ``fraction``: the mark as a share of the points, 0–1."""

    position: int
    version_id: int
    worth: Fraction
    mark: Fraction | None
    fraction: float | None
    response: Any = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A submitted attempt with its answers; ``percent`` is None where nothing counts."""

    attempt_id: int
    person_id: int
    number: int
    team_id: int | None
    grade: str
    submitted_at: datetime | None
    points: float
    possible: float
    complete: bool
    answers: tuple[Answer, ...]

    @property
    def percent(self) -> float | None:
        return 100 * self.points / self.possible if self.possible else None


@dataclass(frozen=True, slots=True)
class About:
    """A version of a question as figures name it; ``question`` has the corrected key, if any.

    ``mode``: that of its newest correction, '' = none.
    """

    version_id: int
    number: int
    question_id: int
    key: str
    question: Question
    difficulty: str
    audiences: tuple[str, ...]
    topics: tuple[str, ...]
    mode: str


def taken(
    session: Session,
    exam: Exam,
    *,
    first: bool = False,
    attempts: Collection[int] | None = None,
    responses: bool = False,
) -> list[Taken]:
    """Submitted and graded attempts in the order of people and numbers.

    ``first``: of each person only the first. ``attempts``: only those. ``responses``: with
    what was answered, which takes longer.
    """
    rows = _attempts(session, exam)
    if first:
        seen: dict[int, Any] = {}
        for row in rows:
            seen.setdefault(row.person_id, row)
        rows = list(seen.values())
    if attempts is not None:
        wanted = frozenset(attempts)
        rows = [row for row in rows if row.id in wanted]
    answers = _answers(session, [row.id for row in rows], responses)
    return [
        Taken(
            row.id,
            row.person_id,
            row.number,
            row.team_id,
            row.grade,
            row.submitted_at,
            row.points,
            row.possible,
            row.complete,
            tuple(_answer(asked, row.details) for asked in answers.get(row.id, ())),
        )
        for row in rows
    ]


def _attempts(session: Session, exam: Exam) -> Sequence[Any]:
    query = (
        select(
            Attempt.id,
            Attempt.person_id,
            Attempt.number,
            Attempt.team_id,
            Attempt.grade,
            Attempt.submitted_at,
            Grading.points,
            Grading.possible,
            Grading.complete,
            Grading.details,
        )
        .join(Grading, (Grading.attempt_id == Attempt.id) & (Grading.number == Attempt.graded))
        .where(Attempt.exam_id == exam.id, Attempt.state == "submitted")
        .order_by(Attempt.person_id, Attempt.number)
    )
    return session.execute(query).all()


def _answers(
    session: Session, attempt_ids: Sequence[int], responses: bool
) -> Mapping[int, list[Any]]:
    columns = [
        AttemptQuestion.attempt_id,
        AttemptQuestion.position,
        AttemptQuestion.version_id,
        AttemptQuestion.points,
        *([AttemptQuestion.response] if responses else []),
    ]
    found: dict[int, list[Any]] = {}
    for part in parts(attempt_ids):
        query = select(*columns).where(AttemptQuestion.attempt_id.in_(part))
        for row in session.execute(query.order_by(AttemptQuestion.position)):
            found.setdefault(row[0], []).append(row)
    return found


def _answer(row: Any, details: Mapping[str, Any]) -> Answer:
    found = details.get(str(row[1]), {})
    points = found.get("points")
    mark = None if points is None else rounded(points)
    response = row[4] if len(row) > 4 else None
    return Answer(row[1], row[2], _worth(row[3]), mark, found.get("fraction"), response)


@lru_cache(maxsize=4_096)
def rounded(points: float) -> Fraction:
    """A mark to ``PLACES`` decimals, so that a file can hold exactly what was reckoned with."""
    return Fraction(round(exactly(points) * 10**PLACES), 10**PLACES)


@lru_cache(maxsize=1_024)
def _worth(points: float) -> Fraction:
    return exact(points) or Fraction(0)


def about(session: Session, version_ids: Iterable[int]) -> dict[int, About]:
    """{id of a version: what it is called and asks}."""
    ids = sorted(set(version_ids))
    topics, corrected = _topics(session, ids), _corrections(session, ids)
    found: dict[int, About] = {}
    for part in parts(ids):
        query = (
            select(
                QuestionVersion.id,
                QuestionVersion.number,
                QuestionVersion.content,
                BankQuestion.id,
                BankQuestion.key,
                BankQuestion.audiences,
            )
            .join(BankQuestion, BankQuestion.id == QuestionVersion.question_id)
            .where(QuestionVersion.id.in_(part))
        )
        for id, number, content, question_id, key, audiences in session.execute(query):
            mode, other = corrected.get(id, ("", None))
            question = read(other or content)
            found[id] = About(
                id,
                number,
                question_id,
                key,
                question,
                question.difficulty,
                tuple(audiences),
                topics.get(question_id, ()),
                mode,
            )
    return found


def _corrections(
    session: Session, version_ids: Sequence[int]
) -> Mapping[int, tuple[str, dict[str, Any] | None]]:
    found: dict[int, tuple[str, dict[str, Any] | None]] = {}
    for part in parts(version_ids):
        query = select(Correction.version_id, Correction.mode, Correction.content)
        query = query.where(Correction.version_id.in_(part)).order_by(Correction.id)
        for id, mode, content in session.execute(query):
            found[id] = (mode, content)
    return found


def _topics(session: Session, version_ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for part in parts(version_ids):
        query = (
            select(QuestionTopic.question_id, QuestionTopic.topic)
            .join(QuestionVersion, QuestionVersion.question_id == QuestionTopic.question_id)
            .where(QuestionVersion.id.in_(part))
            .distinct()
            .order_by(QuestionTopic.topic)
        )
        for id, topic in session.execute(query):
            found[id] = (*found.get(id, ()), topic)
    return found
