"""The lessons of a course: added, named, put in order, taken out.

A text is an article of the knowledge base by its key; a sound or film lies in a ``kb.storage``
under its SHA-256. A lesson's content never changes: another file is another lesson.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gate
from kb.database import LARGEST_ID
from kb.errors import InvalidContent, NotFound
from kb.gate import Viewer

from . import courses, media
from .media import Media
from .tables.courses import Course, Lesson

LONGEST_TITLE = 120
MOST = 60
"""Lessons of one course."""


def get(session: Session, course: Course, id: int) -> Lesson:
    """A lesson that is in the course now. Raises NotFound."""
    found = session.get(Lesson, id) if 0 < id <= LARGEST_ID else None
    if found is None or found.course_id != course.id or found.removed_at is not None:
        raise NotFound("课", str(id))
    return found


def add_text(session: Session, course: Course, key: str, viewer: Viewer, at: datetime) -> Lesson:
    """An article that holds now. Raises InvalidContent."""
    try:
        found = gate.in_force(session, viewer, at, key.strip())
    except NotFound:
        sentence = f"没有编号是“{key.strip()[:60]}”的文章在用。请从列出的文章里选。"
        raise InvalidContent("article", sentence) from None
    if any(each.article_key == key.strip() for each in courses.lessons(course)):
        raise InvalidContent("article", f"《{found.title}》已经是这门课程的一课。")
    return _add(session, course, Lesson(kind="text", title="", article_key=found.article.key))


def add_media(session: Session, course: Course, title: str, sha256: str, found: Media) -> Lesson:
    """A file that is kept already. Raises InvalidContent."""
    made = Lesson(
        kind=found.kind,
        title=_title(title),
        sha256=sha256,
        media_type=found.media_type,
        seconds=found.seconds,
    )
    return _add(session, course, made)


def _add(session: Session, course: Course, made: Lesson) -> Lesson:
    there = courses.lessons(course)
    if len(there) >= MOST:
        raise InvalidContent("lessons", f"一门课程最多 {MOST} 课，请另建一门。")
    made.position = there[-1].position + 1 if there else 1
    course.lessons.append(made)
    session.flush()
    return made


def rename(session: Session, lesson: Lesson, title: str) -> None:
    """A text is called as its article is. Raises InvalidContent."""
    if lesson.kind == "text":
        raise InvalidContent("title", "文章课用文章的标题，请到文章里改。")
    lesson.title = _title(title)
    session.flush()


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > LONGEST_TITLE:
        raise InvalidContent("title", f"请写这一课的名称，最多 {LONGEST_TITLE} 个字。")
    return title


def move(session: Session, course: Course, lesson: Lesson, by: int) -> None:
    """Up (−1) or down (+1) among those that are in the course; at an end it stays."""
    order = courses.lessons(course)
    place = order.index(lesson)
    order.insert(max(0, min(place + by, len(order) - 1)), order.pop(place))
    arrange(session, order)


def arrange(session: Session, order: Sequence[Lesson]) -> None:
    for position, lesson in enumerate(order, 1):
        lesson.position = position
    session.flush()


def remove(session: Session, lesson: Lesson, at: datetime) -> None:
    """It is no part of the course any more; what people have done of it stays on record."""
    lesson.removed_at = at
    session.flush()


def told_length(session: Session, lesson: Lesson, seconds: float, size: int) -> bool:
    """What a player says of a file that does not say it itself; False where that cannot be."""
    if lesson.kind == "text" or lesson.seconds is not None or not media.plausible(seconds, size):
        return False
    lesson.seconds = round(seconds, 1)
    session.flush()
    return True


def used_files(session: Session) -> set[str]:
    """Every file that a lesson names, taken out or not: somebody has heard it."""
    return set(session.scalars(select(Lesson.sha256).where(Lesson.sha256 != "")))
