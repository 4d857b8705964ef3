"""Attempts: an append-only log of what happened, and where it stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .bank import QuestionVersion
from .base import Base
from .exams import Exam


class Attempt(Base):
    """Somebody sits an exam. Only the server's clock counts.

    ``deadline_at`` = min(begin + duration + extra time, close). ``state``: ``open``,
    ``submitted``. ``ended``: ``by_hand``, ``by_time``. ``holder`` is the page that may write: the
    newest one; an older one is told. ``team_id`` and ``grade`` are the person's when it began.
    ``graded`` is the number of the ``Grading`` that holds, 0 before the first.
    """

    __tablename__ = "exam_attempt"
    __table_args__ = (
        UniqueConstraint("exam_id", "person_id", "number"),
        CheckConstraint("state in ('open', 'submitted')", name="state"),
        Index("ix_exam_attempt_state_deadline_at", "state", "deadline_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey(Exam.id), index=True)
    person_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[int]
    team_id: Mapped[int | None]
    grade: Mapped[str] = mapped_column(String(20), default="")
    seed: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), default="open")
    begun_at: Mapped[datetime] = mapped_column(Moment)
    deadline_at: Mapped[datetime] = mapped_column(Moment)
    submitted_at: Mapped[datetime | None] = mapped_column(Moment)
    ended: Mapped[str] = mapped_column(String(10), default="")
    holder: Mapped[str] = mapped_column(String(40), default="", info={"secret": True})
    graded: Mapped[int] = mapped_column(default=0)

    exam: Mapped[Exam] = relationship(lazy="joined")
    questions: Mapped[list[AttemptQuestion]] = relationship(
        back_populates="attempt", order_by="AttemptQuestion.position"
    )


class AttemptQuestion(Base):
    """A question of an attempt in its place, with its options in the order shown.

    ``response`` is the answer that holds (shape as in ``exams.grade``), taken from the event of
    number ``event``; both can be found again from the log.
    """

    __tablename__ = "exam_attempt_question"
    __audited__ = False
    __table_args__ = (UniqueConstraint("attempt_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id))
    position: Mapped[int]
    version_id: Mapped[int] = mapped_column(ForeignKey(QuestionVersion.id), index=True)
    points: Mapped[float] = mapped_column(Float)
    order: Mapped[list[str]] = mapped_column(JSON, default=list)
    response: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    event: Mapped[int] = mapped_column(default=0)
    flagged: Mapped[bool] = mapped_column(default=False)

    attempt: Mapped[Attempt] = relationship(back_populates="questions")
    version: Mapped[QuestionVersion] = relationship()


class AttemptEvent(Base):
    """One thing that happened, as the server heard of it. Never changed, never deleted.

    ``kind``: ``begun``, ``opened`` (a page took over), ``answered``, ``flagged``, ``left``,
    ``returned``, ``pasted``, ``allowed`` (the deadline moved: ``data`` has the new one),
    ``submitted``, ``timed_out``, ``late`` (came after the end, counts for nothing). ``data`` of
    an answer is the response, of a flag whether. ``page`` and ``sequence`` are the browser's: the
    same pair sent twice is one event. ``said_at`` is the browser's clock, a hint.
    """

    __tablename__ = "exam_attempt_event"
    __audited__ = False
    __table_args__ = (UniqueConstraint("attempt_id", "page", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    page: Mapped[str] = mapped_column(String(40), default="")
    sequence: Mapped[int]
    position: Mapped[int | None]
    data: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    at: Mapped[datetime] = mapped_column(Moment)
    said_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(60), default="")
    browser: Mapped[str] = mapped_column(String(300), default="")
