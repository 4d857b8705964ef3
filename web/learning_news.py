"""What open pages tell of courses: one was assigned, somebody reminds, one is late."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from exams import learning
from exams.tables import Assignment, Course
from kb.gate import Viewer

from .access import permissions_of
from .models import Person
from .pages import moment
from .people_names import person_name
from .pulse_items import BANNER, POPUP, Item

TOLD_AT_ONCE = 3
"""Courses that are told at once; the rest wait on their page."""


def items(
    session: Session, person: Person, viewer: Viewer, at: datetime, since: datetime | None
) -> Sequence[Item]:
    """Courses to be done; put away, one comes back when somebody reminds or it is late."""
    if "exams.take" not in permissions_of(person):
        return []
    waiting = [row for row in learning.mine(session, person.id) if row.done_at is None]
    return [_item(row, at) for row in waiting[:TOLD_AT_ONCE]]


def _item(row: Assignment, at: datetime) -> Item:
    late = learning.is_overdue(row, at)
    reminded = f"{row.reminded_at:%Y%m%d%H%M%S}" if row.reminded_at else ""
    name = person_name(row.reminded_by) if row.reminded_at else ""
    asks = f"{name}提醒您学完" if reminded else "请学完"
    return Item(
        key=f"course:{row.id}:{row.assigned_at:%Y%m%d%H%M%S}:{reminded}:{'late' if late else ''}",
        kind="学习提醒" if reminded else "学习任务",
        sentence=f"{asks}课程“{row.course.title}”",
        detail="已过期限" if late else f"期限 {moment(row.due_at)}" if row.due_at else "",
        link=("去学习", url_for("learning.show", id=row.course_id)),
        urgency=POPUP if reminded else BANNER,
    )


def stamp(session: Session, at: datetime) -> str:
    """Changes when something is given, taken back, done, reminded, retired or becomes late."""
    query = select(
        func.count(Assignment.id),
        func.max(Assignment.assigned_at),
        func.max(Assignment.reminded_at),
        func.count(Assignment.done_at),
    )
    late = select(func.count(Assignment.id)).where(Assignment.due_at <= at)
    retired = select(func.count(Course.retired_at))
    found = [*session.execute(query).one(), session.scalar(late), session.scalar(retired)]
    return ";".join(map(str, found))
