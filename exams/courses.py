"""Courses: written, published, copied, taken out of use.

    course = courses.create(session, Wanted("退票新规", days=7), by=7, at=now)
    courses.publish(session, course, at=now)      # InvalidContent says what is missing

Lessons are ``exams.lessons``, the quiz at the end ``exams.course_quiz``, who studies it
``exams.assigning``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.database import LARGEST_ID
from kb.errors import EditConflict, InvalidContent, NotFound, Settled

from .tables.courses import Course, Lesson

LONGEST_TITLE = 120
LONGEST_ABOUT = 2_000
COPY = "（副本）"
TWICE = timedelta(seconds=10)
"""The same form sent again within this time is one form."""
MOST_DAYS = 365
STATES: Mapping[str, str] = {"draft": "未发布", "open": "使用中", "retired": "已停用"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a course should say; the fields are those of ``tables.Course``."""

    title: str
    about: str = ""
    days: int = 7
    by_review: bool = False


def get(session: Session, id: int) -> Course:
    """Raises NotFound."""
    found = session.get(Course, id) if 0 < id <= LARGEST_ID else None
    if found is None:
        raise NotFound("课程", str(id))
    return found


def hold(session: Session, id: int) -> Course:
    """The same, kept from other writers until the transaction ends."""
    found = get(session, id)
    session.refresh(found, with_for_update=True)
    return found


def lessons(course: Course) -> list[Lesson]:
    """Those that are in it now, in order."""
    there = [each for each in course.lessons if each.removed_at is None]
    return sorted(there, key=lambda each: (each.position, each.id))


def state(course: Course) -> str:
    """A key of STATES."""
    if course.retired_at is not None:
        return "retired"
    return "open" if course.published_at is not None else "draft"


def listing(session: Session) -> Sequence[Course]:
    """Every course with its lessons, the newest first."""
    query = select(Course).options(selectinload(Course.lessons)).order_by(Course.id.desc())
    return session.scalars(query).all()


def in_use(session: Session) -> list[Course]:
    """Those that may be assigned."""
    return [course for course in listing(session) if state(course) == "open"]


def with_article(session: Session, key: str) -> list[Course]:
    """Those in use that have the article as a lesson, the newest first."""
    return [
        course
        for course in in_use(session)
        if any(each.kind == "text" and each.article_key == key for each in lessons(course))
    ]


# Writing


def create(session: Session, wanted: Wanted, *, by: int | None, at: datetime) -> Course:
    """Raises InvalidContent."""
    made = Course(created_at=at, created_by=by, saves=1)
    _write(made, wanted)
    session.add(made)
    session.flush()
    return made


def just_made(session: Session, title: str, *, by: int, at: datetime) -> Course | None:
    """An unpublished course of that title that the same person made a moment ago."""
    query = select(Course).where(
        Course.title == " ".join(title.split()),
        Course.created_by == by,
        Course.created_at > at - TWICE,
        Course.published_at.is_(None),
    )
    return session.scalars(query.order_by(Course.id.desc()).limit(1)).first()


def save(session: Session, course: Course, wanted: Wanted, saves: int) -> None:
    """``saves`` is what the page that was open knew. Raises EditConflict, InvalidContent."""
    if saves != course.saves:
        raise EditConflict(course.title)
    _write(course, wanted)
    course.saves += 1
    session.flush()


def _write(course: Course, wanted: Wanted) -> None:
    title = " ".join(wanted.title.split())
    if not title:
        raise InvalidContent("title", "请写课程名称。")
    if len(title) > LONGEST_TITLE:
        raise InvalidContent("title", f"课程名称最多 {LONGEST_TITLE} 个字，现在 {len(title)} 个。")
    if not title.isprintable():
        raise InvalidContent("title", "课程名称里有看不见的字符，请重新输入。")
    about = wanted.about.strip()
    if len(about) > LONGEST_ABOUT:
        raise InvalidContent("about", f"简介最多 {LONGEST_ABOUT} 个字，现在 {len(about)} 个。")
    if not 1 <= wanted.days <= MOST_DAYS:
        raise InvalidContent("days", f"几天学完请填 1 到 {MOST_DAYS} 的整数。")
    course.title, course.about = title, about
    course.days, course.by_review = wanted.days, wanted.by_review


def publish(session: Session, course: Course, at: datetime) -> None:
    """From now on it may be assigned. Raises InvalidContent where something is missing."""
    if course.published_at is not None:
        return
    there = lessons(course)
    if not there:
        raise InvalidContent("lessons", "还没有课。请先加上至少一课，再发布。")
    for each in there:
        if each.kind != "text" and each.seconds is None:
            raise InvalidContent(
                "lessons", f"“{each.title}”的时长还不知道：请在它的预览里放一下，再发布。"
            )
    course.published_at = at
    session.flush()


def retire(session: Session, course: Course, at: datetime | None) -> None:
    """Out of use: no new assignments, those there are need not be done. None: in use again."""
    course.retired_at = at
    session.flush()


def copy(session: Session, course: Course, *, by: int, at: datetime) -> Course:
    """A course of the same lessons, not published, without quiz and people."""
    title = course.title.removesuffix(COPY)[: LONGEST_TITLE - len(COPY)] + COPY
    if there := just_made(session, title, by=by, at=at):
        return there
    wanted = Wanted(title, course.about, course.days, course.by_review)
    made = create(session, wanted, by=by, at=at)
    made.lessons = [
        Lesson(
            position=number,
            kind=each.kind,
            title=each.title,
            article_key=each.article_key,
            sha256=each.sha256,
            media_type=each.media_type,
            seconds=each.seconds,
        )
        for number, each in enumerate(lessons(course), 1)
    ]
    session.flush()
    return made


def usable(course: Course) -> None:
    """Raises Settled where it cannot be assigned."""
    if course.retired_at is not None:
        raise Settled(f"课程“{course.title}”已停用，不能再布置。")
    if course.published_at is None:
        raise Settled(f"课程“{course.title}”还没有发布，发布以后才能布置。")
