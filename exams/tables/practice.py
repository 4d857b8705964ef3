"""Practice: what somebody answered outside exams, and when to ask again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.columns import Moment

from .bank import BankQuestion, QuestionVersion
from .base import Base


class Card(Base):
    """A question as one person remembers it: the state of spaced repetition, and when it is due.

    ``why`` it came: ``wrong`` (answered wrongly), ``changed`` (the article was revised), ``signed``
    (a newly signed article), ``assigned`` (a failed review, a weak topic).
    """

    __tablename__ = "exam_card"
    __audited__ = False
    __table_args__ = (Index("ix_exam_card_person_id_due_at", "person_id", "due_at"),)

    person_id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey(BankQuestion.id), primary_key=True)
    why: Mapped[str] = mapped_column(String(10))
    state: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[datetime] = mapped_column(Moment)
    wrong: Mapped[int] = mapped_column(default=0)
    right_in_row: Mapped[int] = mapped_column(default=0)


class PracticeAnswer(Base):
    """One answer given in practice. ``token``: the same form sent twice counts once."""

    __tablename__ = "exam_practice_answer"
    __audited__ = False
    __table_args__ = (Index("ix_exam_practice_answer_person_id_at", "person_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    version_id: Mapped[int] = mapped_column(ForeignKey(QuestionVersion.id))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    response: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    fraction: Mapped[float | None] = mapped_column(Float)
    at: Mapped[datetime] = mapped_column(Moment)
