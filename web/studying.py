"""When somebody is done with a course, and who is told: a quiz may be what was missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import courses, learning
from exams.tables import Assignment, Attempt, Course
from qa import remedies

from .access import viewer_of
from .context import now, person, work
from .models import Person


def settle(session: Session, course: Course, who: Person, at: datetime) -> bool:
    """Whether the person is done with the course; loops of failed items that wait for it know."""
    mine = learning.assigned(session, course, who.id)
    if mine is None or not learning.settle(session, mine, viewer_of(who), at):
        return False
    keys = [each.article_key for each in courses.lessons(course) if each.article_key]
    remedies.quizzed(session, who.id, keys, at)
    return True


def after_attempt(attempt: Attempt) -> None:
    """Whoever is asking has handed in; a course may be done by it."""
    if attempt.exam.kind == "course":
        with work("exams.learn") as writes:
            query = select(Course).where(Course.exam_id == attempt.exam_id)
            for course in writes.scalars(query).all():
                settle(writes, course, person(), now())


def catch_up(session: Session, people: Iterable[Person], at: datetime) -> int:
    """Courses that a quiz finished while nobody looked: marked later, or handed in by time."""
    known, found = {one.id: one for one in people}, 0
    query = select(Assignment).join(Assignment.course)
    waiting = query.where(Assignment.done_at.is_(None), Course.exam_id.is_not(None))
    for row in session.scalars(waiting).all():
        if row.person_id in known and learning.passes(session, row.course, [row]):
            found += settle(session, row.course, known[row.person_id], at)
    return found
