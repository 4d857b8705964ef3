"""When a person may see the marks of an exam, and when its right answers.

Everything that could show either asks here: pages, interface, practice. A mark is never seen
before the exam's rule allows it, and a right answer never before its mark.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from .tables.attempts import Attempt
from .tables.exams import Exam

AT_ONCE, AFTER_CLOSE, BY_HAND = "at_once", "after_close", "by_hand"


@dataclass(frozen=True, slots=True)
class Sight:
    """What of an exam may be seen at a moment, of attempts that were submitted.

    ``marks_at``, ``answers_at``: from when; None = when somebody releases them.
    """

    marks: bool
    answers: bool
    marks_at: datetime | None
    answers_at: datetime | None


def ends_at(exam: Exam, open_until: datetime | None = None) -> datetime:
    """The first moment at which no answer can come in any more.

    ``open_until``: the latest deadline of an attempt that is not submitted. The longest extra
    time counts whether or not its person has begun; at the end of the grace answers are still
    taken.
    """
    extra = max((allowance.minutes for allowance in exam.allowances), default=0)
    last = exam.closes_at + timedelta(minutes=max(extra, 0))
    if open_until is not None:
        last = max(last, open_until)
    return last + timedelta(seconds=exam.grace_seconds or 0, microseconds=1)


def sight(exam: Exam, at: datetime, open_until: datetime | None = None) -> Sight:
    """What may be seen of ``exam`` at ``at``; pure."""
    ends = ends_at(exam, open_until)
    marks = _from(exam.results, exam, ends)
    own = _from(exam.answers, exam, ends)
    answers = None if marks is None or own is None else max(marks, own)
    return Sight(
        marks is not None and marks <= at, answers is not None and answers <= at, marks, answers
    )


def _from(rule: str, exam: Exam, ends: datetime) -> datetime | None:
    """From when a rule allows it; a rule nobody knows allows nothing."""
    if rule == AT_ONCE:
        return exam.opens_at
    if rule == AFTER_CLOSE:
        return ends
    return exam.released_at if rule == BY_HAND else None


def sights(session: Session, exams: Collection[Exam], at: datetime) -> dict[int, Sight]:
    """{id of an exam: what may be seen of it}, with one question to the database."""
    found = _open_until(session, [exam.id for exam in exams])
    return {exam.id: sight(exam, at, found.get(exam.id)) for exam in exams}


def of(exam: Exam, at: datetime) -> Sight:
    """The same for one exam, with what its session knows of attempts that are still open."""
    session = object_session(exam)
    found = _open_until(session, [exam.id]) if session and exam.id else {}
    return sight(exam, at, found.get(exam.id))


def last_answer(exam: Exam) -> datetime:
    """``ends_at`` of one exam, with what its session knows of attempts that are still open."""
    session = object_session(exam)
    found = _open_until(session, [exam.id]) if session and exam.id else {}
    return ends_at(exam, found.get(exam.id))


def marks_visible(exam: Exam, at: datetime) -> bool:
    """Somebody who submitted an attempt may see its mark."""
    return of(exam, at).marks


def answers_visible(exam: Exam, at: datetime) -> bool:
    """Somebody who submitted an attempt may see what would have been right."""
    return of(exam, at).answers


def _open_until(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    query = (
        select(Attempt.exam_id, func.max(Attempt.deadline_at))
        .where(Attempt.exam_id.in_(ids), Attempt.state == "open")
        .group_by(Attempt.exam_id)
    )
    return dict(session.execute(query).all()) if ids else {}
