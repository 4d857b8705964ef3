"""What a page sends while somebody writes: taken once, in its order, from one page at a time.

This runs for every answer of everybody in the room, so it asks for what it needs and no more:
two small selects, one insert, one update.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, join, select, update
from sqlalchemy.orm import Session

from kb.errors import NotFound

from . import attempt_log as log
from . import deadlines, ending, responses
from .ending import NOWHERE, OPEN, Origin
from .errors import BadResponse
from .tables.attempts import Attempt, AttemptEvent, AttemptQuestion
from .tables.bank import QuestionVersion
from .tables.exams import Exam

MAX_EVENTS = 100
"""Events a page may send at once."""

REFUSED_LATE, REFUSED_ELSEWHERE, REFUSED_SHAPE = "late", "elsewhere", "invalid"


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as a page says it: its number, and the response in letters (``responses.read``).

    ``data``: the response, whether flagged, or what is told of a hint. ``said_at`` is the
    browser's clock.
    """

    sequence: int
    kind: str
    position: int | None = None
    data: Any = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """What became of what was sent.

    ``acknowledged``: numbers that the log has. ``refused``: {number: (reason, sentence)}.
    ``holder``: whether the page holds the attempt.
    """

    acknowledged: list[int]
    refused: dict[int, tuple[str, str]]
    holder: bool
    state: str
    ended: str
    deadline_at: datetime


def take(
    session: Session,
    attempt_id: int,
    person_id: int,
    page: str,
    sequence: int,
    over: str,
    at: datetime,
    origin: Origin = NOWHERE,
) -> bool:
    """Make ``page`` the one that writes, unless another than ``over`` holds the attempt by now.

    ``over`` is the holder that the page knows of. Says whether it holds the attempt; the same
    call again says the same. Raises NotFound.
    """
    attempt = ending.hold(session, attempt_id, person_id)
    if attempt.state != OPEN or attempt.holder == page:
        return attempt.holder == page
    if attempt.holder != over or _known(session, attempt_id, page, sequence):
        return False
    # Not through the object: who took over when is in the log, and needs no second trail.
    session.execute(update(Attempt).where(Attempt.id == attempt_id).values(holder=page))
    session.execute(
        insert(AttemptEvent).values(
            attempt_id=attempt_id,
            kind=log.OPENED,
            page=page,
            sequence=sequence,
            at=at,
            **origin.columns(),
        )
    )
    return True


def record(
    session: Session,
    attempt_id: int,
    person_id: int,
    page: str,
    sent: Sequence[Sent],
    at: datetime,
    origin: Origin = NOWHERE,
) -> Ack:
    """Take what a page sends. What the log has already is acknowledged again.

    Raises NotFound. What cannot be taken is refused event by event: the others are kept.
    """
    rows = _standing(session, attempt_id, person_id, sent)
    first = rows[0]
    if first.state == OPEN and deadlines.closed(first.deadline_at, first.grace_seconds, at):
        ending.end_by_time(session, attempt_id, at)
        rows = _standing(session, attempt_id, person_id, sent)
        first = rows[0]
    batch = _Batch(session, attempt_id, page, at, origin, sent)
    if first.state != OPEN:
        batch.keep_as_late()
    elif first.holder != page:
        batch.refuse(REFUSED_ELSEWHERE, "这份答卷已经在别的页面打开，这里不再保存。")
    else:
        batch.keep({row.position: row for row in rows if row.position is not None})
    return Ack(
        sorted(batch.acknowledged),
        batch.refused,
        first.holder == page,
        first.state,
        first.ended,
        first.deadline_at,
    )


def record_form(
    session: Session,
    attempt_id: int,
    person_id: int,
    page: str,
    held: str,
    event: Sent,
    at: datetime,
    origin: Origin = NOWHERE,
) -> Ack:
    """Take one event of a page without script, which cannot number what it sends.

    ``held``: who held the attempt when the page was made; if nobody else does by now, the page
    takes over first.
    """
    attempt = ending.hold(session, attempt_id, person_id)
    newest = select(func.max(AttemptEvent.sequence)).where(
        AttemptEvent.attempt_id == attempt_id, AttemptEvent.page == page
    )
    number = (session.scalar(newest) or 0) + 1
    if attempt.holder != page:
        take(session, attempt_id, person_id, page, number, held, at, origin)
        number += 1
    return record(session, attempt_id, person_id, page, [replace(event, sequence=number)], at)


@dataclass(slots=True)
class _Batch:
    """Events of one page on their way into the log."""

    session: Session
    attempt_id: int
    page: str
    at: datetime
    origin: Origin
    sent: Sequence[Sent]
    acknowledged: set[int] = field(default_factory=set)
    refused: dict[int, tuple[str, str]] = field(default_factory=dict)

    def keep(self, questions: Mapping[int, Row[Any]]) -> None:
        """Into the log, and the answers that hold to their questions."""
        fresh, newest = self._fresh()
        kept: list[tuple[Sent, Any]] = []
        for event in fresh:
            try:
                kept.append((event, _checked(event, questions)))
            except BadResponse as wrong:
                self.refused[event.sequence] = (REFUSED_SHAPE, str(wrong))
        ids = self._write([(event, event.kind, data) for event, data in kept])
        changes: dict[int, dict[str, Any]] = {}
        for event, data in kept:
            if event.position is None or event.kind not in log.PLACED:
                continue
            if newest.counts(self.page, event.kind, event.position, event.sequence):
                change = changes.setdefault(questions[event.position].question_id, {})
                if event.kind == log.FLAGGED:
                    change["flagged"] = data
                else:
                    change |= {"response": data, "event": ids[event.sequence]}
        for id, change in changes.items():
            self._run(_changing(tuple(sorted(change))), change | {"question": id})

    def keep_as_late(self) -> None:
        """What came after the end is evidence, and no answer."""
        fresh, _ = self._fresh()
        self._write(
            [(event, log.LATE, {"kind": event.kind, "data": event.data}) for event in fresh],
            acknowledge=False,
        )
        for event in fresh:
            self.refused[event.sequence] = (REFUSED_LATE, "交卷以后才送到，没有计入。")

    def refuse(self, reason: str, sentence: str) -> None:
        """Nothing of it, except what the log has already."""
        for event in self._fresh()[0]:
            self.refused[event.sequence] = (reason, sentence)

    def _run(self, query: Any, given: Any) -> Any:
        """Past the session's own bookkeeping, which costs more than the database does."""
        return self.session.connection().execute(query, given)

    def _fresh(self) -> tuple[list[Sent], log.Newest]:
        """What the log does not have, in its order; and what of this page came before it."""
        wanted = {event.sequence: event for event in reversed(self.sent)}
        newest = log.Newest()
        if not wanted:
            return [], newest
        query = _from_number()
        given = {"attempt": self.attempt_id, "page": self.page, "number": min(wanted)}
        for row in self._run(query, given):
            if row.kind == log.LATE and row.sequence in wanted:
                self.refused[row.sequence] = (REFUSED_LATE, "交卷以后才送到，没有计入。")
                del wanted[row.sequence]
            elif wanted.pop(row.sequence, None):
                self.acknowledged.add(row.sequence)
            newest.counts(self.page, row.kind, row.position, row.sequence)
        return [wanted[sequence] for sequence in sorted(wanted)], newest

    def _write(
        self, events: Sequence[tuple[Sent, str, Any]], *, acknowledge: bool = True
    ) -> dict[int, int]:
        """{number: id in the log}"""
        if not events:
            return {}
        late = self.origin.columns() if not acknowledge else {"address": "", "browser": ""}
        rows = [
            {
                "attempt_id": self.attempt_id,
                "kind": kind,
                "page": self.page,
                "sequence": event.sequence,
                "position": event.position,
                "data": data,
                "at": self.at,
                "said_at": event.said_at,
            }
            | late
            for event, kind, data in events
        ]
        made = self._run(_inserting(), rows)
        ids = {row.sequence: row.id for row in made}
        if acknowledge:
            self.acknowledged.update(ids)
        return ids


def _checked(event: Sent, questions: Mapping[int, Row[Any]]) -> Any:
    """What of an event is kept. Raises BadResponse."""
    if event.kind not in log.PLACED:
        return event.data
    row = questions.get(event.position) if event.position is not None else None
    if row is None:
        raise BadResponse("这份答卷没有这道题，请刷新页面。")
    if event.kind == log.FLAGGED:
        return bool(event.data)
    return responses.read(responses.shape_of(row.content), row.order, event.data)


def _known(session: Session, attempt_id: int, page: str, sequence: int) -> bool:
    query = select(AttemptEvent.id).where(
        AttemptEvent.attempt_id == attempt_id,
        AttemptEvent.page == page,
        AttemptEvent.sequence == sequence,
    )
    return session.scalar(query) is not None


# Statements, made once: to build one takes longer than to run it.

_ATTEMPT, _EXAM = Attempt.__table__.c, Exam.__table__.c
_QUESTION, _VERSION = AttemptQuestion.__table__.c, QuestionVersion.__table__.c
_EVENT = AttemptEvent.__table__.c


def _standing(
    session: Session, attempt_id: int, person_id: int, sent: Sequence[Sent]
) -> Sequence[Row[Any]]:
    """The attempt, once for each question that is spoken of, or once alone. It comes held."""
    positions = sorted({event.position for event in sent if event.position is not None})
    given = {"attempt": attempt_id, "person": person_id, "positions": positions}
    rows = session.connection().execute(_attempt_with_questions(), given).all()
    if not rows:
        raise NotFound("答卷", str(attempt_id))
    return rows


@cache
def _attempt_with_questions() -> Any:
    asked = (_QUESTION.attempt_id == _ATTEMPT.id) & _QUESTION.position.in_(
        bindparam("positions", expanding=True)
    )
    tables = (
        join(Attempt.__table__, Exam.__table__, _EXAM.id == _ATTEMPT.exam_id)
        .outerjoin(AttemptQuestion.__table__, asked)
        .outerjoin(QuestionVersion.__table__, _VERSION.id == _QUESTION.version_id)
    )
    return (
        select(
            _ATTEMPT.state,
            _ATTEMPT.ended,
            _ATTEMPT.deadline_at,
            _ATTEMPT.holder,
            _EXAM.grace_seconds,
            _QUESTION.id.label("question_id"),
            _QUESTION.position,
            _QUESTION.order,
            _VERSION.content,
        )
        .select_from(tables)
        .where(_ATTEMPT.id == bindparam("attempt"), _ATTEMPT.person_id == bindparam("person"))
        .with_for_update(of=Attempt.__table__)
    )


@cache
def _from_number() -> Any:
    return (
        select(_EVENT.sequence, _EVENT.kind, _EVENT.position)
        .where(
            _EVENT.attempt_id == bindparam("attempt"),
            _EVENT.page == bindparam("page"),
            _EVENT.sequence >= bindparam("number"),
        )
        .order_by(_EVENT.sequence)
    )


@cache
def _inserting() -> Any:
    return insert(AttemptEvent).returning(_EVENT.id, _EVENT.sequence)


@cache
def _changing(names: tuple[str, ...]) -> Any:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    query = update(AttemptQuestion).where(_QUESTION.id == bindparam("question"))
    return query.values(**values)
