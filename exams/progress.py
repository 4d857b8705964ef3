"""How far somebody is with a lesson.

    row = progress.begin(session, lesson, person_id=7, at=now)     # the player has started
    row = progress.heard(session, lesson, 7, [(0.0, 12.5)], at_second=12.5, at=later)
    row = progress.read(session, lesson, 7, revision=3, at=later)

A sound or film is done when ``ENOUGH`` of its seconds have been played. A page reports all it has
played; the server gives no more seconds than could have been heard since the report before, at
twice the speed. A text is done when the text then in force was read to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.errors import InvalidContent

from . import spans
from .spans import Span
from .tables.courses import Lesson, LessonProgress

ENOUGH = 0.95
"""Of the seconds of a sound or film."""
FASTEST = 2.1
"""Seconds of sound in one second: twice the speed, and the clocks of two machines."""
LONGEST_SILENCE = timedelta(minutes=15)
"""Between two reports more time than this counts as this: a page was put aside."""
MOST_SPANS = 500
"""In one report."""


def of(session: Session, lessons: Sequence[Lesson], person_id: int) -> dict[int, LessonProgress]:
    """{lesson id: how far the person is}"""
    query = select(LessonProgress).where(
        LessonProgress.lesson_id.in_([each.id for each in lessons]),
        LessonProgress.person_id == person_id,
    )
    return {row.lesson_id: row for row in session.scalars(query)} if lessons else {}


def begin(session: Session, lesson: Lesson, person_id: int, at: datetime) -> LessonProgress:
    """A player has started: the time in which something can be heard counts from here."""
    row = _row(session, lesson, person_id, at)
    row.changed_at = at
    session.flush()
    return row


def _row(session: Session, lesson: Lesson, person_id: int, at: datetime) -> LessonProgress:
    """Kept from other writers; made if it is the first time."""
    row = _held(session, lesson, person_id)
    if row is None:
        try:
            with session.begin_nested():
                session.add(LessonProgress(lesson_id=lesson.id, person_id=person_id, changed_at=at))
        except IntegrityError:
            pass  # two pages began at once
        row = _held(session, lesson, person_id)
        assert row is not None
    return row


def _held(session: Session, lesson: Lesson, person_id: int) -> LessonProgress | None:
    query = select(LessonProgress).where(
        LessonProgress.lesson_id == lesson.id, LessonProgress.person_id == person_id
    )
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def heard(
    session: Session,
    lesson: Lesson,
    person_id: int,
    played: Sequence[Span],
    at_second: float,
    at: datetime,
) -> LessonProgress:
    """All that a page has played so far, and where it is. Harmless when sent again.

    Raises InvalidContent for a lesson that is not played, or of unknown length.
    """
    if lesson.kind == "text" or lesson.seconds is None:
        raise InvalidContent("lesson", "这一课没有可以记的播放进度。")
    row = _row(session, lesson, person_id, at)
    before = spans.parse(row.heard)
    passed = min(max(at - row.changed_at, timedelta(0)), LONGEST_SILENCE)
    new = spans.within(played[:MOST_SPANS], lesson.seconds)
    after = spans.credit(before, new, passed.total_seconds() * FASTEST)
    row.heard = spans.text(after)
    row.at_second = round(max(0.0, min(at_second, lesson.seconds)), 1)
    row.changed_at = at
    if row.done_at is None and share(row, lesson) >= ENOUGH:
        row.done_at = at
    session.flush()
    return row


def share(row: LessonProgress | None, lesson: Lesson) -> float:
    """Of the seconds of a sound or film, 0–1; of a text 0 or 1."""
    if row is None:
        return 0.0
    if lesson.kind == "text" or not lesson.seconds:
        return 1.0 if row.done_at else 0.0
    return min(
        1.0, spans.length(spans.within(spans.parse(row.heard), lesson.seconds)) / lesson.seconds
    )


def read(
    session: Session, lesson: Lesson, person_id: int, revision: int, at: datetime
) -> LessonProgress:
    """The text of that number was read to its end."""
    row = _row(session, lesson, person_id, at)
    row.revision = max(revision, row.revision or 0)
    row.done_at, row.changed_at = row.done_at or at, at
    session.flush()
    return row


def forget(session: Session, lessons: Sequence[Lesson], person_id: int) -> None:
    """From the beginning: the person is to do them again."""
    for row in of(session, lessons, person_id).values():
        session.delete(row)
    session.flush()
