"""Exams: a paper, a time, the rules, and who takes part."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .base import Base
from .papers import Paper


class Exam(Base):
    """A sitting. Times are moments, lengths minutes.

    ``kind``: ``daily``, ``monthly``, ``promotion``, ``practice``, or ``course`` (the quiz of a
    course, made with it). ``late_minutes``: how long after the opening one may still begin
    (None = until it closes). ``attempts``: how many, 0 = without limit. ``counts``: which of them
    counts: ``best``, ``last``, ``first``, ``mean``. ``results``: when marks may be seen:
    ``at_once``, ``after_close``, ``by_hand`` (``released_at``); ``answers`` the same for right
    answers. ``published_at``: from then on it is seen by those who take part, and its rules are
    frozen.
    """

    __tablename__ = "exam"
    __table_args__ = (
        CheckConstraint(
            "kind in ('daily', 'monthly', 'promotion', 'practice', 'course')", name="kind"
        ),
        CheckConstraint("counts in ('best', 'last', 'first', 'mean')", name="counts"),
        CheckConstraint("results in ('at_once', 'after_close', 'by_hand')", name="results"),
        CheckConstraint("answers in ('at_once', 'after_close', 'by_hand')", name="answers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10), index=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey(Paper.id), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    opens_at: Mapped[datetime] = mapped_column(Moment, index=True)
    closes_at: Mapped[datetime] = mapped_column(Moment, index=True)
    minutes: Mapped[int | None]
    late_minutes: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=1)
    counts: Mapped[str] = mapped_column(String(10), default="best")
    grace_seconds: Mapped[int] = mapped_column(default=10)
    """How long after the deadline an answer that was on its way is still taken."""
    prefer_unseen: Mapped[bool] = mapped_column(default=True)
    """Another attempt draws questions first that this person has not met."""
    shuffle_questions: Mapped[bool] = mapped_column(default=True)
    shuffle_options: Mapped[bool] = mapped_column(default=True)
    pass_percent: Mapped[float] = mapped_column(Float, default=60.0)
    results: Mapped[str] = mapped_column(String(12), default="at_once")
    answers: Mapped[str] = mapped_column(String(12), default="after_close")
    blind: Mapped[bool] = mapped_column(default=True)
    """Markers of essays do not see whose they are."""
    double: Mapped[bool] = mapped_column(default=False)
    """Essays are marked by two people."""
    repeats: Mapped[str] = mapped_column(String(10), default="")
    """``daily`` or ``workdays``: the next one is made by itself; ``of_id`` is the first."""
    of_id: Mapped[int | None] = mapped_column(index=True)
    saves: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)

    paper: Mapped[Paper] = relationship(lazy="joined")
    audience: Mapped[list[ExamAudience]] = relationship(
        cascade="all, delete-orphan", order_by="ExamAudience.id"
    )
    allowances: Mapped[list[Allowance]] = relationship(
        cascade="all, delete-orphan", order_by="Allowance.person_id"
    )


class ExamAudience(Base):
    """Who takes part: a ``team`` or a ``person`` by id as text, a ``grade``, ``all`` (''), or
    those a ``course`` was assigned to, by its id."""

    __tablename__ = "exam_audience"
    __table_args__ = (
        UniqueConstraint("exam_id", "kind", "value"),
        CheckConstraint("kind in ('all', 'team', 'grade', 'person', 'course')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey(Exam.id))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(60), default="")


class Allowance(Base):
    """More time, or more attempts, for one person, and why."""

    __tablename__ = "exam_allowance"

    exam_id: Mapped[int] = mapped_column(ForeignKey(Exam.id), primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    minutes: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
