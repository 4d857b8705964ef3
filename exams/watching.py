"""An exam while it goes on: who is in, how far, and what might be worth a question afterwards.

Hints are never proof. Somebody leaves the page because the telephone rang; an address changes
when the network does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from . import attempt_log as log
from .allowances import ALLOWED
from .tables.attempts import Attempt, AttemptEvent, AttemptQuestion
from .tables.exams import Exam

LEFT, PASTED, PAGE, ADDRESS, BROWSER = "left", "pasted", "page", "address", "browser"
LOOKED_AT = (log.BEGUN, log.OPENED, log.LEFT, log.RETURNED, log.PASTED, log.SUBMITTED)

BACK = (log.RETURNED, log.OPENED, log.SUBMITTED)
"""Kinds that say the page is looked at again; a browser that crashed opens the attempt anew."""


class Logged(Protocol):
    """An event as the log has it."""

    @property
    def kind(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def position(self) -> int | None: ...
    @property
    def data(self) -> Any: ...
    @property
    def at(self) -> datetime: ...
    @property
    def address(self) -> str: ...
    @property
    def browser(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Hint:
    """``kind``: ``left`` the page (``until`` = back, None = not yet), ``pasted`` (at ``position``),
    ``page`` (another page or tab took over), ``address`` or ``browser`` (``before`` is what it
    was, ``after`` what it is)."""

    kind: str
    at: datetime
    until: datetime | None = None
    position: int | None = None
    data: Any = None
    before: str = ""
    after: str = ""

    @property
    def away(self) -> timedelta:
        return max(self.until - self.at, timedelta(0)) if self.until else timedelta(0)


@dataclass(frozen=True, slots=True)
class Counts:
    """How often there was what; ``away``: in all, of what came to an end."""

    left: int = 0
    pasted: int = 0
    pages: int = 0
    addresses: int = 0
    browsers: int = 0
    away: timedelta = timedelta(0)

    def __bool__(self) -> bool:
        return any((self.left, self.pasted, self.pages, self.addresses, self.browsers))


@dataclass(frozen=True, slots=True)
class Seat:
    """One attempt as the invigilator sees it: ``answered`` of ``questions``.

    ``heard_at``: when the server last took something from the page.
    """

    attempt_id: int
    person_id: int
    number: int
    state: str
    ended: str
    begun_at: datetime
    deadline_at: datetime
    submitted_at: datetime | None
    answered: int
    questions: int
    heard_at: datetime | None
    counts: Counts = field(default_factory=Counts)

    def left(self, at: datetime) -> timedelta:
        """Time to write, never below zero."""
        return max(self.deadline_at - at, timedelta(0))


def hints(events: Iterable[Logged]) -> list[Hint]:
    """What the log hints at, in its order; events must be in that of the log."""
    found: list[Hint] = []
    away: int | None = None
    last: dict[str, str] = {}
    for event in events:
        if event.kind == log.LEFT and away is None:
            away = len(found)
            found.append(Hint(LEFT, event.at, data=event.data))
        elif event.kind in BACK and away is not None:
            one = found[away]
            found[away] = Hint(LEFT, one.at, event.at, data=one.data)
            away = None
        elif event.kind == log.PASTED:
            found.append(Hint(PASTED, event.at, position=event.position, data=event.data))
        found += _changed(event, last)
    return found


def _changed(event: Logged, last: dict[str, str]) -> list[Hint]:
    """Another page, address or browser than the last time one was named."""
    named = {ADDRESS: event.address, BROWSER: event.browser}
    if event.kind == log.OPENED:
        named = {PAGE: event.page, **named}
    found = []
    for kind, value in named.items():
        if value and last.get(kind, value) != value:
            found.append(Hint(kind, event.at, before=last[kind], after=value))
        if value:
            last[kind] = value
    return found


def counts(found: Sequence[Hint]) -> Counts:
    def of(kind: str) -> int:
        return sum(1 for hint in found if hint.kind == kind)

    away = sum((hint.away for hint in found), timedelta(0))
    return Counts(of(LEFT), of(PASTED), of(PAGE), of(ADDRESS), of(BROWSER), away)


# With the database


def seats(session: Session, exam: Exam) -> list[Seat]:
    """Every attempt of the exam: those that go on first, the nearest deadline first."""
    query = select(Attempt).where(Attempt.exam_id == exam.id)
    found = list(session.scalars(query.order_by(Attempt.state, Attempt.deadline_at, Attempt.id)))
    done, heard = _done(session, exam), _heard(session, exam)
    hinted = _hinted(session, exam)
    return [
        Seat(
            attempt_id=each.id,
            person_id=each.person_id,
            number=each.number,
            state=each.state,
            ended=each.ended,
            begun_at=each.begun_at,
            deadline_at=each.deadline_at,
            submitted_at=each.submitted_at,
            answered=done.get(each.id, (0, 0))[0],
            questions=done.get(each.id, (0, 0))[1],
            heard_at=heard.get(each.id),
            counts=counts(hints(hinted.get(each.id, ()))),
        )
        for each in found
    ]


def sat(session: Session, exam: Exam) -> Sequence[Attempt]:
    """Every attempt of the exam, the first first."""
    query = select(Attempt).where(Attempt.exam_id == exam.id)
    return session.scalars(query.order_by(Attempt.begun_at, Attempt.id)).all()


def events_of(session: Session, attempt: Attempt) -> Sequence[AttemptEvent]:
    """What ``hints`` looks at, of one attempt."""
    query = select(AttemptEvent).where(
        AttemptEvent.attempt_id == attempt.id, AttemptEvent.kind.in_(LOOKED_AT)
    )
    return session.scalars(query.order_by(AttemptEvent.id)).all()


def _done(session: Session, exam: Exam) -> dict[int, tuple[int, int]]:
    """{attempt: (answered, questions)}"""
    query = (
        select(
            AttemptQuestion.attempt_id,
            func.count(AttemptQuestion.response),
            func.count(AttemptQuestion.id),
        )
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .where(Attempt.exam_id == exam.id)
        .group_by(AttemptQuestion.attempt_id)
    )
    return {id: (answered, total) for id, answered, total in session.execute(query)}


def _heard(session: Session, exam: Exam) -> dict[int, datetime]:
    query = (
        select(AttemptEvent.attempt_id, func.max(AttemptEvent.at))
        .join(Attempt, Attempt.id == AttemptEvent.attempt_id)
        .where(Attempt.exam_id == exam.id, AttemptEvent.kind.not_in((ALLOWED, log.TIMED_OUT)))
        .group_by(AttemptEvent.attempt_id)
    )
    return dict(session.execute(query).all())


def _hinted(session: Session, exam: Exam) -> Mapping[int, Sequence[Logged]]:
    """{attempt: what ``hints`` looks at}"""
    query = (
        select(
            AttemptEvent.attempt_id,
            AttemptEvent.kind,
            AttemptEvent.page,
            AttemptEvent.position,
            AttemptEvent.data,
            AttemptEvent.at,
            AttemptEvent.address,
            AttemptEvent.browser,
        )
        .join(Attempt, Attempt.id == AttemptEvent.attempt_id)
        .where(Attempt.exam_id == exam.id, AttemptEvent.kind.in_(LOOKED_AT))
        .order_by(AttemptEvent.id)
    )
    found: dict[int, list[Any]] = {}
    for row in session.execute(query):
        found.setdefault(row.attempt_id, []).append(row)
    return found
