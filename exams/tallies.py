"""How an exam goes, in counts: who has begun, who is done, who passed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from .counting import Sat, counted
from .grade import ZERO
from .tables.attempts import Attempt
from .tables.exams import Exam
from .tables.gradings import Grading
from .totals import exactly


@dataclass(frozen=True, slots=True)
class Tally:
    """People, not attempts. ``passed`` of ``judged``, for whom it is certain."""

    begun: int = 0
    submitted: int = 0
    judged: int = 0
    passed: int = 0


NONE = Tally()


def tallies(session: Session, exams: Collection[Exam]) -> dict[int, Tally]:
    """{id of an exam: its counts} with two questions to the database."""
    ids = [exam.id for exam in exams]
    if not ids:
        return {}
    people = func.count(Attempt.person_id.distinct())
    query = select(Attempt.exam_id, people).where(Attempt.exam_id.in_(ids))
    begun = dict(session.execute(query.group_by(Attempt.exam_id)).all())
    sat = _sat(session, ids)
    return {exam.id: _tally(exam, begun.get(exam.id, 0), sat.get(exam.id, {})) for exam in exams}


def _tally(exam: Exam, begun: int, sat: dict[int, list[Sat]]) -> Tally:
    verdicts = [counted(each, exam.counts, exam.pass_percent).passed for each in sat.values()]
    known = [passed for passed in verdicts if passed is not None]
    return Tally(begun, len(sat), len(known), sum(known))


def _sat(session: Session, ids: Collection[int]) -> dict[int, dict[int, list[Sat]]]:
    """{exam: {person: submitted attempts in order}}, without the details of their gradings."""
    query = (
        select(
            Attempt.exam_id,
            Attempt.person_id,
            Attempt.id,
            Attempt.number,
            Grading.points,
            Grading.possible,
            Grading.complete,
        )
        .outerjoin(
            Grading, and_(Grading.attempt_id == Attempt.id, Grading.number == Attempt.graded)
        )
        .where(Attempt.exam_id.in_(ids), Attempt.state == "submitted")
        .order_by(Attempt.exam_id, Attempt.person_id, Attempt.number)
    )
    found: dict[int, dict[int, list[Sat]]] = {}
    for row in session.execute(query):
        one = Sat(row.id, row.number, ZERO, ZERO, False)
        if row.complete is not None:
            points, possible = exactly(row.points), exactly(row.possible)
            one = Sat(row.id, row.number, points, possible, row.complete)
        found.setdefault(row.exam_id, {}).setdefault(row.person_id, []).append(one)
    return found
