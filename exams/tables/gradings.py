"""Gradings of attempts, never rewritten; what people give to essays; corrected keys."""

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
from .bank import QuestionVersion
from .base import Base
from .exams import Exam


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
    settles: Mapped[bool] = mapped_column(default=False)
    """Two markers differ too much, and this one decides."""
    at: Mapped[datetime] = mapped_column(Moment)


class EssayClaim(Base):
    """Somebody has an answer before them: until then nobody else is given it in their place.

    ``token`` stands for the answer on the marker's page, which tells nothing of whose it is.
    """

    __tablename__ = "exam_essay_claim"
    __audited__ = False
    __table_args__ = (UniqueConstraint("question_id", "marker_id"),)

    token: Mapped[str] = mapped_column(String(40), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey(AttemptQuestion.id))
    marker_id: Mapped[int] = mapped_column(index=True)
    until: Mapped[datetime] = mapped_column(Moment)


class Correction(Base):
    """A version of a question was wrong, and how its answers are graded from then on.

    ``mode``: ``key`` (by ``content``, the corrected question), ``both`` (the better of both),
    ``full`` (everybody gets its points), ``void`` (it counts for nobody). The newest one of a
    version holds. Unless it ``lowers``, nobody has less by it than they had before
    (``exams.totals``).
    """

    __tablename__ = "exam_correction"
    __table_args__ = (CheckConstraint("mode in ('key', 'both', 'full', 'void')", name="mode"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(QuestionVersion.id), index=True)
    mode: Mapped[str] = mapped_column(String(10))
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    lowers: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[int | None]


class Certificate(Base):
    """Somebody passed, in writing. ``number`` stands on the paper and can be looked up."""

    __tablename__ = "exam_certificate"
    __table_args__ = (UniqueConstraint("exam_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey(Exam.id))
    person_id: Mapped[int] = mapped_column(index=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id))
    issued_at: Mapped[datetime] = mapped_column(Moment)
    issued_by: Mapped[int | None]
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text, default="")
