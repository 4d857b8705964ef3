"""Courses: lessons to read, watch or hear, assigned to people, and how far they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .base import Base
from .exams import Exam


class Course(Base):
    """Lessons, and perhaps a quiz at the end: ``exam_id``, an exam of kind ``course``.

    ``by_review``: a failed item of a review that rests on one of its articles assigns it by
    itself. ``days``: how long people have whom it comes to without a date of their own.
    """

    __tablename__ = "exam_course"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    about: Mapped[str] = mapped_column(Text, default="")
    exam_id: Mapped[int | None] = mapped_column(ForeignKey(Exam.id))
    by_review: Mapped[bool] = mapped_column(default=False)
    days: Mapped[int] = mapped_column(default=7)
    saves: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)

    lessons: Mapped[list[Lesson]] = relationship(
        back_populates="course", order_by="Lesson.position", cascade="all, delete-orphan"
    )


class Lesson(Base):
    """``kind``: ``text`` (an article), ``video`` or ``audio`` (a stored file by its SHA-256).

    The title of a text is its article's. ``seconds`` is None where the file does not tell. A lesson
    that is taken out stays as a row, with what people have done of it.
    """

    __tablename__ = "exam_lesson"
    __table_args__ = (CheckConstraint("kind in ('text', 'video', 'audio')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey(Course.id), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(120))
    article_key: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    media_type: Mapped[str] = mapped_column(String(60), default="")
    seconds: Mapped[float | None] = mapped_column(Float)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)

    course: Mapped[Course] = relationship(back_populates="lessons")


class Assignment(Base):
    """A course for a person. ``why``: ``hand``, ``review``, ``unsigned``, ``weak``."""

    __tablename__ = "exam_assignment"
    __table_args__ = (
        UniqueConstraint("course_id", "person_id"),
        Index("ix_exam_assignment_person_id_done_at", "person_id", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey(Course.id))
    person_id: Mapped[int]
    why: Mapped[str] = mapped_column(String(10), default="hand")
    remark: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    assigned_at: Mapped[datetime] = mapped_column(Moment)
    assigned_by: Mapped[int | None]
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    reminded_by: Mapped[int | None]

    course: Mapped[Course] = relationship(lazy="joined")


class CourseTeam(Base):
    """A course for whoever is in a team, or joins it: they have the course's ``days`` from then.

    ``excused``: ids of people from whom it was taken back.
    """

    __tablename__ = "exam_course_team"

    course_id: Mapped[int] = mapped_column(ForeignKey(Course.id), primary_key=True)
    team_id: Mapped[int] = mapped_column(primary_key=True)
    excused: Mapped[list[int]] = mapped_column(JSON, default=list)
    remark: Mapped[str] = mapped_column(Text, default="")
    assigned_at: Mapped[datetime] = mapped_column(Moment)
    assigned_by: Mapped[int | None]


class LessonProgress(Base):
    """How far somebody is: ``heard`` are the seconds played at least once, as spans."""

    __tablename__ = "exam_lesson_progress"
    __audited__ = False

    lesson_id: Mapped[int] = mapped_column(ForeignKey(Lesson.id), primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    at_second: Mapped[float] = mapped_column(Float, default=0.0)
    heard: Mapped[str] = mapped_column(Text, default="")
    """``0-12.5,40-60``: sorted, disjoint."""
    revision: Mapped[int | None]
    """The revision of the article that was read."""
    changed_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)
