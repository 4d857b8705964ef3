"""Gradings of attempts: made from the tables, kept one after the other, never rewritten.

    grade(session, attempt, at, cause="automatic")
    current(session, attempt)

Functions flush and never commit.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from kb.database import dump_json
from kb.errors import Settled

from .exact import exact, share
from .grade import ZERO
from .kept import parts
from .questions import Question
from .reading import read
from .tables import Attempt, AttemptQuestion, Correction, EssayMark, Exam, Grading, QuestionVersion
from .totals import Asked, Change, Mark, Outcome, Remembering, number, total

CAUSES = ("automatic", "marking", "regrade")


@dataclass(frozen=True, slots=True)
class Sheet:
    """An attempt as it is graded: its questions with all that decides, and the pass mark."""

    asked: tuple[Asked, ...]
    pass_percent: Fraction


def grade(
    session: Session,
    attempt: Attempt,
    at: datetime,
    *,
    cause: str,
    by: int | None = None,
    reason: str = "",
) -> Grading:
    """Grade the attempt as the tables now say, and keep it as the grading that holds.

    Nothing new is kept where nothing is different: the same twice is harmless. Raises Settled
    where another grading of the attempt came in between.
    """
    [made] = grade_all(session, [attempt.id], at, cause=cause, by=by, reason=reason).values()
    return made


def grade_all(
    session: Session,
    attempt_ids: Collection[int],
    at: datetime,
    *,
    cause: str,
    by: int | None = None,
    reason: str = "",
) -> dict[int, Grading]:
    """The same for many: {id of an attempt: the grading that holds}. Up to ``kept.PART``."""
    session.flush()
    held = select(Attempt.id, Attempt.graded).where(Attempt.id.in_(attempt_ids))
    last = dict(session.execute(held.order_by(Attempt.id).with_for_update()).all())
    before = _numbered(session, last)
    remember = Remembering()
    found: dict[int, Grading] = {}
    for id, sheet in sorted(sheets(session, list(last)).items()):
        outcome = total(sheet.asked, sheet.pass_percent, remember)
        there = before.get(id)
        if there is not None and same(there, outcome):
            _tell(session, id, last[id])
            found[id] = there
            continue
        _advance(session, id, last[id])
        found[id] = _made(id, last[id] + 1, outcome, cause, at, by, reason)
        session.add(found[id])
    session.flush()
    return found


def _made(
    attempt_id: int,
    which: int,
    outcome: Outcome,
    cause: str,
    at: datetime,
    by: int | None,
    reason: str,
) -> Grading:
    return Grading(
        attempt_id=attempt_id,
        number=which,
        cause=cause,
        points=number(outcome.points),
        possible=number(outcome.possible),
        passed=outcome.passed,
        complete=outcome.complete,
        details=outcome.details,
        at=at,
        by=by,
        reason=reason,
    )


def same(kept: Grading, outcome: Outcome) -> bool:
    """The grading says what the outcome says."""
    return (kept.points, kept.possible, kept.passed, kept.complete, kept.details) == (
        number(outcome.points),
        number(outcome.possible),
        outcome.passed,
        outcome.complete,
        outcome.details,
    )


def current(session: Session, attempt: Attempt) -> Grading | None:
    """The grading that holds; None before the first."""
    return _numbered(session, {attempt.id: attempt.graded}).get(attempt.id)


def currents(session: Session, attempt_ids: Iterable[int]) -> dict[int, Grading]:
    """{id of an attempt: the grading that holds} of those that have one."""
    found: dict[int, Grading] = {}
    for part in parts(dict.fromkeys(attempt_ids)):
        query = (
            select(Grading)
            .join(Attempt, Attempt.id == Grading.attempt_id)
            .where(Attempt.id.in_(part), Grading.number == Attempt.graded)
        )
        found |= {row.attempt_id: row for row in session.scalars(query)}
    return found


def history(session: Session, attempt: Attempt) -> list[Grading]:
    """Every grading of the attempt, the oldest first."""
    query = select(Grading).where(Grading.attempt_id == attempt.id).order_by(Grading.number)
    return list(session.scalars(query))


def _numbered(session: Session, numbers: Mapping[int, int]) -> dict[int, Grading]:
    """{id of an attempt: its grading of that number} of those that are there."""
    query = select(Grading).where(
        Grading.attempt_id.in_(numbers), Grading.number.in_(set(numbers.values()))
    )
    rows = session.scalars(query)
    return {row.attempt_id: row for row in rows if row.number == numbers[row.attempt_id]}


def _advance(session: Session, attempt_id: int, last: int) -> None:
    """The next grading holds, unless another was made meanwhile."""
    won = session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.graded == last)
        .values(graded=last + 1)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(won, CursorResult) or won.rowcount != 1:
        raise Settled("这份答卷刚刚重新判过分，请刷新页面后再试。")
    _tell(session, attempt_id, last + 1)


def _tell(session: Session, attempt_id: int, holds: int) -> None:
    """An attempt that the session has loaded knows which grading holds."""
    loaded = session.identity_map.get(identity_key(Attempt, attempt_id))
    if loaded is not None:
        set_committed_value(loaded, "graded", holds)


# From the tables


def sheets(session: Session, attempt_ids: Collection[int]) -> dict[int, Sheet]:
    """{id of an attempt: what it is graded from}."""
    found: dict[int, Sheet] = {}
    readings = Readings(session)
    for part in parts(dict.fromkeys(attempt_ids)):
        found |= _sheets(session, part, readings)
    return found


class Readings:
    """Questions of versions and corrections of them, each read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._questions: dict[int, Question] = {}
        self._changes: dict[int, tuple[Change, ...]] = {}

    def prepare(self, version_ids: Iterable[int]) -> None:
        wanted = [id for id in dict.fromkeys(version_ids) if id not in self._questions]
        for part in parts(wanted):
            query = select(QuestionVersion.id, QuestionVersion.content)
            rows = self._session.execute(query.where(QuestionVersion.id.in_(part)))
            self._questions |= {id: _read(dump_json(content)) for id, content in rows}
            self._changes |= changes(self._session, part)

    def question(self, version_id: int) -> Question:
        return self._questions[version_id]

    def changes(self, version_id: int) -> tuple[Change, ...]:
        return self._changes.get(version_id, ())


@lru_cache(maxsize=4096)
def _read(content: str) -> Question:
    """Reading checks everything; the questions of a paper come again with every attempt."""
    return read(json.loads(content))


def changes(session: Session, version_ids: Collection[int]) -> dict[int, tuple[Change, ...]]:
    """{id of a version: its corrections, the oldest first} of those that have any."""
    query = select(Correction).where(Correction.version_id.in_(version_ids))
    found: dict[int, tuple[Change, ...]] = {}
    for row in session.scalars(query.order_by(Correction.id)):
        found[row.version_id] = (*found.get(row.version_id, ()), change_of(row))
    return found


def change_of(row: Correction) -> Change:
    content = _read(dump_json(row.content)) if row.content else None
    return Change(row.mode, content, row.lowers)


def _sheets(session: Session, ids: list[int], readings: Readings) -> dict[int, Sheet]:
    exams = session.execute(
        select(Attempt.id, Exam.pass_percent, Exam.double)
        .join(Exam, Exam.id == Attempt.exam_id)
        .where(Attempt.id.in_(ids))
    ).all()
    rows = session.execute(
        select(
            AttemptQuestion.id,
            AttemptQuestion.attempt_id,
            AttemptQuestion.position,
            AttemptQuestion.version_id,
            AttemptQuestion.points,
            AttemptQuestion.response,
        )
        .where(AttemptQuestion.attempt_id.in_(ids))
        .order_by(AttemptQuestion.position)
    ).all()
    readings.prepare(row.version_id for row in rows)
    marks = _marks(session, ids)
    double = {id: twice for id, _, twice in exams}
    asked: dict[int, list[Asked]] = {id: [] for id in ids}
    for row in rows:
        asked[row.attempt_id].append(
            Asked(
                row.position,
                row.version_id,
                exact(row.points) or ZERO,
                readings.question(row.version_id),
                row.response,
                readings.changes(row.version_id),
                marks.get(row.id, ()),
                double[row.attempt_id],
            )
        )
    return {id: Sheet(tuple(asked[id]), exact(percent) or ZERO) for id, percent, _ in exams}


def _marks(session: Session, attempt_ids: list[int]) -> Mapping[int, tuple[Mark, ...]]:
    query: Any = (
        select(EssayMark)
        .join(AttemptQuestion, AttemptQuestion.id == EssayMark.question_id)
        .where(AttemptQuestion.attempt_id.in_(attempt_ids))
        .order_by(EssayMark.id)
    )
    found: dict[int, tuple[Mark, ...]] = {}
    for row in session.scalars(query):
        made = Mark(share(row.fraction) or ZERO, row.words, row.settles)
        found[row.question_id] = (*found.get(row.question_id, ()), made)
    return found
