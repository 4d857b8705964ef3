"""Courses that wait for whoever is asking."""

from __future__ import annotations

from flask import url_for

from exams import learning

from ..context import now, person, reading
from ..pages import day
from .section import SHOWN, Line, Section


def tasks() -> Section | None:
    """What is to be learned, the most pressing first; nothing where nothing waits."""
    waiting = [row for row in learning.mine(reading(), person().id) if row.done_at is None]
    rows = [
        Line(
            row.course.title,
            url_for("learning.show", id=row.course_id),
            "已过期限" if learning.is_overdue(row, now()) else f"期限 {day(row.due_at)}",
        )
        for row in waiting[:SHOWN]
    ]
    action = ("学习", url_for("learning.listing"))
    return Section("学习任务", len(waiting), rows, "", action) if rows else None
