"""Attempts: beginning one, reading one, and (from their own files) writing and handing in.

    attempt = attempts.begin(session, exam, taker, at)     # draws the questions
    attempts.take(session, attempt.id, person_id, "page-1", 1, over="", at=at)
    attempts.record(session, attempt.id, person_id, "page-1", [Sent(2, "answered", 1, "B")], at)
    attempts.submit(session, attempt.id, person_id, "page-1", at)

Functions flush and never commit. The clock is the caller's, and it is the server's.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from kb.errors import NotFound

from . import attempt_log as log
from . import drawing, papers, responses, sittings
from .drawing import Drawn
from .ending import (
    BY_HAND,
    BY_TIME,
    HANDED_IN,
    NOWHERE,
    OPEN,
    Origin,
    due,
    end_by_time,
    expire,
    hold,
    submit,
)
from .errors import MayNotSit
from .exact import plain
from .recording import MAX_EVENTS, Ack, Sent, record, record_form, take
from .tables.attempts import Attempt, AttemptEvent, AttemptQuestion
from .tables.bank import QuestionVersion
from .tables.exams import Exam
from .takers import Taker

__all__ = [
    "BY_HAND",
    "BY_TIME",
    "HANDED_IN",
    "MAX_EVENTS",
    "NOWHERE",
    "OPEN",
    "Ack",
    "Asked",
    "Laid",
    "Origin",
    "Prepared",
    "Sent",
    "asked",
    "begin",
    "due",
    "end_by_time",
    "events",
    "expire",
    "get",
    "hold",
    "open_one",
    "prepare",
    "record",
    "record_form",
    "submit",
    "take",
]


@dataclass(frozen=True, slots=True)
class Laid:
    """A question in its place, its options in their order."""

    version_id: int
    points: float
    order: list[str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A paper drawn for somebody and laid out; the same seed lays it out the same."""

    seed: str
    questions: list[Laid]


def prepare(
    session: Session, exam: Exam, taker: Taker, at: datetime, *, seed: str = ""
) -> Prepared:
    """Draw and lay out the questions for an attempt that is about to begin; writes nothing.

    It takes longer than all the rest: do it before a unit of work that holds others up. Raises
    PoolTooSmall. Without a ``seed`` chance makes one.
    """
    seed = seed or secrets.token_hex(12)
    drawn = drawing.draw(
        session,
        exam.paper,
        taker,
        seed=seed,
        unseen_first=exam.prefer_unseen,
        seen=drawing.met(session, taker.person_id) if exam.prefer_unseen else (),
        at=at,
    )
    if exam.shuffle_questions:
        random.Random(f"{seed}:questions").shuffle(drawn)  # noqa: S311
    return Prepared(seed, [_laid(each, seed, shuffle=exam.shuffle_options) for each in drawn])


def _laid(drawn: Drawn, seed: str, *, shuffle: bool) -> Laid:
    version = drawn.version
    order = responses.arranged(version.content, f"{seed}:{version.id}", shuffle=shuffle)
    return Laid(version.id, plain(drawn.points), order)


def begin(
    session: Session,
    exam: Exam,
    taker: Taker,
    at: datetime,
    origin: Origin = NOWHERE,
    *,
    prepared: Prepared | None = None,
) -> Attempt:
    """A new attempt with its questions; the one that is open already, if there is one.

    Raises MayNotSit, PoolTooSmall. ``prepared`` as from ``prepare``; without it that is done now.
    """
    there = open_one(session, exam, taker.person_id)
    if there is not None and not end_by_time(session, there.id, at):
        return there
    try:
        allowed = sittings.check(session, exam, taker, at)
    except MayNotSit as wrong:  # begun between the two looks: it is what used the attempts up
        return _raced(session, exam, taker, wrong)
    paper = prepared or prepare(session, exam, taker, at)
    attempt = Attempt(
        exam=exam,
        person_id=taker.person_id,
        number=allowed.number,
        team_id=taker.team_id,
        grade=taker.grade,
        seed=paper.seed,
        begun_at=at,
        deadline_at=allowed.deadline_at,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
    except IntegrityError as wrong:  # begun twice at the same moment: the other one counts
        return _raced(session, exam, taker, wrong)
    _lay_down(session, attempt, paper, origin)
    papers.freeze(session, exam.paper, at)
    _freeze(session, [each.version_id for each in paper.questions], at)
    return attempt


def _raced(session: Session, exam: Exam, taker: Taker, wrong: Exception) -> Attempt:
    """The attempt that another request began; where there is none, what was wrong is raised."""
    found = open_one(session, exam, taker.person_id)
    if found is None:
        raise wrong
    return found


def _lay_down(session: Session, attempt: Attempt, paper: Prepared, origin: Origin) -> None:
    """The questions in their places, and the first line of the log."""
    session.add_all(
        AttemptQuestion(
            attempt_id=attempt.id,
            position=position,
            version_id=each.version_id,
            points=each.points,
            order=each.order,
        )
        for position, each in enumerate(paper.questions, start=1)
    )
    session.add(
        AttemptEvent(
            attempt_id=attempt.id,
            kind=log.BEGUN,
            page=log.SERVER,
            sequence=log.BEGIN,
            at=attempt.begun_at,
            **origin.columns(),
        )
    )
    session.flush()


def _freeze(session: Session, ids: Sequence[int], at: datetime) -> None:
    """Mark versions that nobody was asked before. In one order, so that a room that begins at
    the same moment waits for one another instead of forever."""
    unused = select(QuestionVersion.id).where(
        QuestionVersion.id.in_(ids), QuestionVersion.used_at.is_(None)
    )
    new = session.scalars(unused.order_by(QuestionVersion.id).with_for_update()).all()
    if new:
        query = update(QuestionVersion).where(QuestionVersion.id.in_(new)).values(used_at=at)
        session.execute(query)


# Reading


def get(session: Session, attempt_id: int, person_id: int) -> Attempt:
    """One's own attempt. Raises NotFound for anybody else's as for none."""
    found = session.get(Attempt, attempt_id)
    if found is None or found.person_id != person_id:
        raise NotFound("答卷", str(attempt_id))
    return found


def open_one(session: Session, exam: Exam, person_id: int) -> Attempt | None:
    """The attempt that goes on, if one does."""
    query = select(Attempt).where(
        Attempt.exam_id == exam.id, Attempt.person_id == person_id, Attempt.state == OPEN
    )
    return session.scalars(query.order_by(Attempt.number)).first()


def events(session: Session, attempt_id: int) -> Sequence[AttemptEvent]:
    """The whole log, in the order in which it was written."""
    query = select(AttemptEvent).where(AttemptEvent.attempt_id == attempt_id)
    return session.scalars(query.order_by(AttemptEvent.id)).all()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the person who answers it may see it: nothing here says what is right.

    ``options``: (letter, text) as they stand; ``response`` in letters; ``hint`` says how several
    parts are marked; ``unit`` of a number.
    """

    position: int
    kind: str
    stem: str
    points: float
    policy: str
    options: tuple[tuple[str, str], ...]
    blanks: int
    unit: str
    lefts: tuple[str, ...]
    rights: tuple[str, ...]
    response: Any
    flagged: bool


def asked(session: Session, attempt_id: int) -> list[Asked]:
    """The questions of an attempt in their order, with what is answered so far."""
    query = (
        select(AttemptQuestion)
        .where(AttemptQuestion.attempt_id == attempt_id)
        .options(joinedload(AttemptQuestion.version))
        .order_by(AttemptQuestion.position)
    )
    return [_asked(row) for row in session.scalars(query)]


def _asked(row: AttemptQuestion) -> Asked:
    content = row.version.content
    shape = responses.shape_of(content)
    standing = responses.standing(shape, row.order)
    texts = {option["key"]: option["text"] for option in content.get("options", ())}
    return Asked(
        position=row.position,
        kind=shape.kind,
        stem=content["stem"],
        points=row.points,
        policy=content.get("policy", ""),
        options=tuple((responses.letter(n), texts[key]) for n, key in enumerate(standing))
        if shape.keys
        else (),
        blanks=shape.blanks,
        unit=content["answer"].get("unit", "") if shape.kind == "number" else "",
        lefts=shape.lefts,
        rights=tuple(standing) if shape.kind == "match" else (),
        response=responses.shown(shape, row.order, row.response),
        flagged=row.flagged,
    )
