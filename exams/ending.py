"""Handing an attempt in, by hand or because its time is up; and grading it then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import NotFound

from . import attempt_log as log
from . import deadlines, gradings
from .errors import HeldElsewhere
from .tables.attempts import Attempt, AttemptEvent
from .tables.exams import Exam

OPEN, HANDED_IN = "open", "submitted"
BY_HAND, BY_TIME = "by_hand", "by_time"
LONGEST_ADDRESS, LONGEST_BROWSER = 60, 300


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from, as a hint for the examiner."""

    address: str = ""
    browser: str = ""

    def columns(self) -> dict[str, str]:
        return {
            "address": self.address[:LONGEST_ADDRESS],
            "browser": self.browser[:LONGEST_BROWSER],
        }


NOWHERE = Origin()


def submit(
    session: Session,
    attempt_id: int,
    person_id: int,
    page: str,
    at: datetime,
    origin: Origin = NOWHERE,
) -> Attempt:
    """Hand in what the server has. Again: nothing happens.

    Raises NotFound, and HeldElsewhere where another page holds the attempt.
    """
    attempt = hold(session, attempt_id, person_id)
    if attempt.state == OPEN and not _end_if_closed(session, attempt, at):
        if page != attempt.holder:
            raise HeldElsewhere
        kind = log.TIMED_OUT if deadlines.over(attempt.deadline_at, at) else log.SUBMITTED
        _end(session, attempt, kind, at, at, page, origin)
    return attempt


def hold(session: Session, attempt_id: int, person_id: int | None = None) -> Attempt:
    """The attempt, and nobody else changes it until this unit of work is over.

    Raises NotFound; somebody else's attempt is not there either.
    """
    query = select(Attempt).where(Attempt.id == attempt_id).with_for_update(of=Attempt)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None or (person_id is not None and found.person_id != person_id):
        raise NotFound("答卷", str(attempt_id))
    return found


def expire(session: Session, at: datetime) -> int:
    """Hand in every attempt whose time and grace are over; says how many."""
    return sum(end_by_time(session, id, at) for id in due(session, at))


def due(session: Session, at: datetime) -> list[int]:
    """Attempts whose time and grace are over, the oldest first."""
    query = (
        select(Attempt.id, Attempt.deadline_at, Exam.grace_seconds)
        .join(Exam, Exam.id == Attempt.exam_id)
        .where(Attempt.state == OPEN, Attempt.deadline_at < at)
        .order_by(Attempt.deadline_at, Attempt.id)
    )
    rows = session.execute(query).all()
    return [id for id, until, grace in rows if deadlines.closed(until, grace, at)]


def end_by_time(session: Session, attempt_id: int, at: datetime) -> bool:
    """Hand in one attempt if its time and grace are over; says whether it did."""
    attempt = hold(session, attempt_id)
    return attempt.state == OPEN and _end_if_closed(session, attempt, at)


def _end_if_closed(session: Session, attempt: Attempt, at: datetime) -> bool:
    if not deadlines.closed(attempt.deadline_at, attempt.exam.grace_seconds, at):
        return False
    _end(session, attempt, log.TIMED_OUT, attempt.deadline_at, at)
    return True


def _end(
    session: Session,
    attempt: Attempt,
    kind: str,
    submitted_at: datetime,
    at: datetime,
    page: str = "",
    origin: Origin = NOWHERE,
) -> None:
    attempt.state, attempt.submitted_at = HANDED_IN, submitted_at
    attempt.ended = BY_HAND if kind == log.SUBMITTED else BY_TIME
    session.add(
        AttemptEvent(
            attempt_id=attempt.id,
            kind=kind,
            page=log.SERVER,
            sequence=log.END,
            data={"page": page} if page else None,
            at=at,
            **origin.columns(),
        )
    )
    session.flush()
    gradings.grade(session, attempt, at, cause="automatic")
