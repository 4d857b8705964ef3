"""Practice: sets of questions outside exams, what was answered, and when to ask again."""

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

from .attempts import Attempt
from .bank import BankQuestion, QuestionVersion
from .base import Base


class Card(Base):
    """A question as one person remembers it: the state of spaced repetition, and when it is due.

    ``why`` it came: ``wrong`` (answered wrongly), ``changed`` (the article was revised), ``signed``
    (a newly signed article), ``assigned`` (a failed review, a weak topic), ``new``. ``wrong``: how
    often it was answered wrongly; ``noted_at``: since when it stands among the mistakes, None =
    it does not, or does no longer.
    """

    __tablename__ = "exam_card"
    __audited__ = False
    __table_args__ = (
        CheckConstraint("why in ('wrong', 'changed', 'signed', 'assigned', 'new')", name="why"),
        Index("ix_exam_card_person_id_due_at", "person_id", "due_at"),
    )

    person_id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey(BankQuestion.id), primary_key=True)
    why: Mapped[str] = mapped_column(String(10))
    state: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime] = mapped_column(Moment)
    version_id: Mapped[int | None] = mapped_column(ForeignKey(QuestionVersion.id))
    """The version that was last answered."""
    wrong: Mapped[int] = mapped_column(default=0)
    right_in_row: Mapped[int] = mapped_column(default=0)
    noted_at: Mapped[datetime | None] = mapped_column(Moment)

    question: Mapped[BankQuestion] = relationship()


class PracticeSet(Base):
    """Questions one person practises in one go.

    ``kind``: ``daily``, ``mistakes``, ``topic`` (``about`` names it). ``day``: of the centre, as
    2026-11-21. ``items``: ``[{"version", "why"}]`` in the order they are asked.
    """

    __tablename__ = "exam_practice_set"
    __audited__ = False
    __table_args__ = (
        UniqueConstraint("person_id", "day", "number"),
        CheckConstraint("kind in ('daily', 'mistakes', 'topic')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    day: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    """The how manieth of the day."""
    kind: Mapped[str] = mapped_column(String(10))
    about: Mapped[str] = mapped_column(String(400), default="")
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Moment)

    answers: Mapped[list[PracticeAnswer]] = relationship(
        back_populates="set", order_by="PracticeAnswer.position"
    )


class PracticeAnswer(Base):
    """The answer to one question of a set: the first that was given stays."""

    __tablename__ = "exam_practice_answer"
    __audited__ = False
    __table_args__ = (
        UniqueConstraint("set_id", "position"),
        Index("ix_exam_practice_answer_person_id_at", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey(PracticeSet.id))
    position: Mapped[int]
    """From 0, as in ``PracticeSet.items``."""
    person_id: Mapped[int]
    version_id: Mapped[int] = mapped_column(ForeignKey(QuestionVersion.id), index=True)
    response: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    fraction: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime] = mapped_column(Moment)

    set: Mapped[PracticeSet] = relationship(back_populates="answers")


class NotedAttempt(Base):
    """An attempt whose answers practice has taken in already."""

    __tablename__ = "exam_noted_attempt"
    __audited__ = False

    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
