"""Gradings of attempts, never rewritten; marks that people give to essays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from kb.columns import Moment

from .attempts import Attempt, AttemptQuestion
from .base import Base


class Grading(Base):
    """One grading of an attempt; a later one has the next number.

    ``cause``: ``automatic``, ``marking`` (essays were marked), ``regrade`` (a key was wrong).
    ``points`` of ``possible``; ``details`` by position: ``{"fraction", "points", "why", "per_part",
    "version", "needs_marking"}``. ``complete``: nothing waits to be marked; ``passed`` is None
    until then.
    """

    __tablename__ = "exam_grading"
    __table_args__ = (
        UniqueConstraint("attempt_id", "number"),
        CheckConstraint("cause in ('automatic', 'marking', 'regrade')", name="cause"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id))
    number: Mapped[int]
    cause: Mapped[str] = mapped_column(String(10))
    points: Mapped[float] = mapped_column(Float)
    possible: Mapped[float] = mapped_column(Float)
    passed: Mapped[bool | None]
    complete: Mapped[bool]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class EssayMark(Base):
    """What one marker gave one answer: a share 0–1 of its points, and words."""

    __tablename__ = "exam_essay_mark"
    __table_args__ = (UniqueConstraint("question_id", "marker_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey(AttemptQuestion.id))
    marker_id: Mapped[int]
    fraction: Mapped[float] = mapped_column(Float)
    words: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Moment)
