"""Piles of essays: the answers to one question of an exam, as one marker sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from kb.errors import NotFound

from . import gradings
from .exact import share
from .grade import ZERO
from .kept import parts
from .tables import (
    Attempt,
    AttemptQuestion,
    EssayClaim,
    EssayMark,
    Exam,
    Grading,
    QuestionVersion,
)
from .totals import Mark, mean_of


@dataclass(frozen=True, slots=True)
class Given:
    """A mark as the pile keeps it."""

    marker_id: int
    mark: Mark


@dataclass(slots=True)
class Answer:
    """An answer that is not decided yet. ``held``: who has it before them."""

    id: int
    exam_id: int
    version_id: int
    person_id: int
    double: bool
    marks: list[Given] = field(default_factory=list)
    held: set[int] = field(default_factory=set)

    @property
    def decided(self) -> bool:
        return mean_of([given.mark for given in self.marks], self.double) is not None

    @property
    def to_settle(self) -> bool:
        """Its markers are too far apart."""
        return not self.decided and len(self.marks) >= self._wanted

    @property
    def _wanted(self) -> int:
        return 2 if self.double else 1

    def open_to(self, marker_id: int) -> bool:
        """This marker may be given it now, to mark or to settle."""
        if self.person_id == marker_id or self.decided or self.marked_by(marker_id):
            return False
        others = len(self.held - {marker_id})
        return others == 0 if self.to_settle else len(self.marks) + others < self._wanted

    def marked_by(self, marker_id: int) -> bool:
        return any(given.marker_id == marker_id for given in self.marks)

    def place(self) -> tuple[int, str]:
        """Where it stands in the pile: begun ones first, else in an order that tells nothing."""
        mixed = hashlib.sha256(f"{self.version_id}:{self.id}".encode()).hexdigest()
        return -len(self.marks), mixed


@dataclass(frozen=True, slots=True)
class Pile:
    """The answers to one question of one exam, as one marker sees them.

    ``decided`` of ``total``; ``open`` and ``settle`` are those this marker may be given.
    ``mine``: how many they have marked.
    """

    exam: Exam
    version: QuestionVersion
    total: int
    decided: int
    open: int
    settle: int
    mine: int

    @property
    def waiting(self) -> int:
        return self.total - self.decided


def listed(session: Session, marker_id: int, at: datetime) -> list[Pile]:
    """Every pile that has an answer, those with open answers first, then the newest exams."""
    counts = _marked(session, marker_id)
    waiting: dict[tuple[int, int], list[Answer]] = {}
    for answer in open_answers(session, at):
        waiting.setdefault((answer.exam_id, answer.version_id), []).append(answer)
    found = [
        _pile(session, key, waiting.get(key, ()), counts.get(key, (0, 0)), marker_id)
        for key in waiting.keys() | counts.keys()
    ]
    return sorted(found, key=lambda p: (not p.waiting, -p.exam.id, p.version.id))


def pile(session: Session, exam_id: int, version_id: int, marker_id: int, at: datetime) -> Pile:
    """One of them. Raises NotFound."""
    key = (exam_id, version_id)
    answers = [a for a in open_answers(session, at, exam_id) if a.version_id == version_id]
    counts = _marked(session, marker_id, exam_id).get(key)
    if not answers and counts is None:
        raise NotFound("要评的题", f"{exam_id}-{version_id}")
    return _pile(session, key, answers, counts or (0, 0), marker_id)


def _pile(
    session: Session,
    key: tuple[int, int],
    answers: Sequence[Answer],
    counts: tuple[int, int],
    marker_id: int,
) -> Pile:
    """``counts``: how many answers have a mark of anybody, and of this marker."""
    begun, mine = counts
    undecided = [answer for answer in answers if not answer.decided]
    finished = begun - sum(1 for answer in undecided if answer.marks)
    free = [answer for answer in undecided if answer.open_to(marker_id)]
    return Pile(
        session.get_one(Exam, key[0]),
        session.get_one(QuestionVersion, key[1]),
        finished + len(undecided),
        finished,
        sum(1 for answer in free if not answer.to_settle),
        sum(1 for answer in free if answer.to_settle),
        mine,
    )


def _marked(
    session: Session, marker_id: int, exam_id: int | None = None
) -> dict[tuple[int, int], tuple[int, int]]:
    """{(exam, version): (answers with a mark, of them with one of this marker)}"""
    mine = func.count(func.distinct(EssayMark.question_id)).filter(EssayMark.marker_id == marker_id)
    query = (
        select(
            Attempt.exam_id,
            AttemptQuestion.version_id,
            func.count(func.distinct(EssayMark.question_id)),
            mine,
        )
        .join(AttemptQuestion, AttemptQuestion.id == EssayMark.question_id)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .join(Exam, Exam.id == Attempt.exam_id)
        .where(Exam.cancelled_at.is_(None))
        .group_by(Attempt.exam_id, AttemptQuestion.version_id)
    )
    if exam_id is not None:
        query = query.where(Attempt.exam_id == exam_id)
    return {(exam, version): (n, own) for exam, version, n, own in session.execute(query)}


# What waits


def open_answers(session: Session, at: datetime, exam_id: int | None = None) -> list[Answer]:
    """The answers of attempts whose grading waits for markers."""
    query = (
        select(Attempt.id, Attempt.exam_id, Attempt.person_id, Exam.double, Grading.details)
        .join(Exam, Exam.id == Attempt.exam_id)
        .join(Grading, (Grading.attempt_id == Attempt.id) & (Grading.number == Attempt.graded))
        .where(Grading.complete.is_(False), Exam.cancelled_at.is_(None))
    )
    if exam_id is not None:
        query = query.where(Attempt.exam_id == exam_id)
    attempts = {row.id: row for row in session.execute(query)}
    found: dict[int, Answer] = {}
    for row in _places(session, attempts):
        attempt = attempts[row.attempt_id]
        if attempt.details.get(str(row.position), {}).get("needs_marking"):
            found[row.id] = Answer(
                row.id, attempt.exam_id, row.version_id, attempt.person_id, attempt.double
            )
    _add_marks(session, found)
    _add_claims(session, found, at)
    return list(found.values())


def _places(session: Session, attempt_ids: Collection[int]) -> Iterator[Row[int, int, int, int]]:
    """Rows of id, attempt_id, position, version_id: answers may be long, and are not needed."""
    query = select(
        AttemptQuestion.id,
        AttemptQuestion.attempt_id,
        AttemptQuestion.position,
        AttemptQuestion.version_id,
    )
    for part in parts(attempt_ids):
        yield from session.execute(query.where(AttemptQuestion.attempt_id.in_(part)))


def _add_marks(session: Session, answers: Mapping[int, Answer]) -> None:
    for part in parts(answers):
        query = select(EssayMark).where(EssayMark.question_id.in_(part)).order_by(EssayMark.id)
        for row in session.scalars(query):
            mark = Mark(share(row.fraction) or ZERO, row.words, row.settles)
            answers[row.question_id].marks.append(Given(row.marker_id, mark))


def _add_claims(session: Session, answers: Mapping[int, Answer], at: datetime) -> None:
    for part in parts(answers):
        query = select(EssayClaim.question_id, EssayClaim.marker_id)
        rows = session.execute(query.where(EssayClaim.question_id.in_(part), EssayClaim.until > at))
        for id, marker_id in rows:
            answers[id].held.add(marker_id)


def of_attempt(session: Session, attempt_id: int, at: datetime) -> list[Answer]:
    """The answers of one attempt that its grading leaves to markers."""
    attempt = session.get_one(Attempt, attempt_id, populate_existing=True)
    grading = gradings.current(session, attempt)
    details = grading.details if grading else {}
    found = {
        row.id: Answer(
            row.id, attempt.exam_id, row.version_id, attempt.person_id, attempt.exam.double
        )
        for row in _places(session, [attempt_id])
        if details.get(str(row.position), {}).get("needs_marking")
    }
    _add_marks(session, found)
    _add_claims(session, found, at)
    return list(found.values())
