"""The bank: questions under lasting keys, in versions that are frozen once anybody was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from kb.columns import Moment

from ..errors import FrozenQuestion
from .base import Base

PROPOSED, KEPT, REJECTED, RETIRED = "proposed", "kept", "rejected", "retired"


class BankQuestion(Base):
    """The identity that versions share.

    ``state``: ``proposed`` (made from an article, nobody has looked yet), ``kept`` (may be asked),
    ``rejected`` (``reason`` is a word of a list, ``remark`` says more), ``retired``. Kind,
    difficulty, article and ``folded`` repeat those of the newest version, so that the bank can be
    searched. ``stale_at``: since when the sentence it rests on is another, or gone; ``stale_why``
    a word. A stale question enters no new paper.
    """

    __tablename__ = "exam_question"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'kept', 'rejected', 'retired')", name="state"),
        Index("ix_exam_question_state_kind", "state", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10), default=KEPT)
    kind: Mapped[str] = mapped_column(String(10))
    difficulty: Mapped[str] = mapped_column(String(10), default="", index=True)
    grade: Mapped[str] = mapped_column(String(20), default="")
    """The agents' grade it is meant for, '' = all."""
    folded: Mapped[str] = mapped_column(Text)
    article_key: Mapped[str] = mapped_column(String(200), default="", index=True)
    audiences: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Who may read what it rests on, and so be asked it; empty = everyone."""
    reason: Mapped[str] = mapped_column(String(20), default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    stale_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    stale_why: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    reviewed_at: Mapped[datetime | None] = mapped_column(Moment)
    reviewed_by: Mapped[int | None]

    versions: Mapped[list[QuestionVersion]] = relationship(
        back_populates="question", order_by="QuestionVersion.number", cascade="all, delete-orphan"
    )
    topics: Mapped[list[QuestionTopic]] = relationship(
        cascade="all, delete-orphan", order_by="QuestionTopic.topic", lazy="selectin"
    )

    @property
    def latest(self) -> QuestionVersion:
        return self.versions[-1]


class QuestionVersion(Base):
    """One text of a question (``exams.questions.Question`` as JSON).

    ``used_at``: when it first stood on somebody's paper; from then on it is frozen.
    """

    __tablename__ = "exam_question_version"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey(BankQuestion.id), index=True)
    number: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    author_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)

    question: Mapped[BankQuestion] = relationship(back_populates="versions")


class QuestionTopic(Base):
    """A topic of a question: a path of the article categories, or a word of the trainer's."""

    __tablename__ = "exam_question_topic"

    question_id: Mapped[int] = mapped_column(ForeignKey(BankQuestion.id), primary_key=True)
    topic: Mapped[str] = mapped_column(String(400), primary_key=True, index=True)


def _changed(version: QuestionVersion) -> Iterable[str]:
    return (a.key for a in inspect(version).attrs if a.history.has_changes())


@event.listens_for(QuestionVersion, "before_update")
def _refuse_rewriting(
    mapper: Mapper[QuestionVersion], connection: object, version: QuestionVersion
) -> None:
    before = inspect(version).attrs["used_at"].history.deleted
    used = (before[0] if before else version.used_at) is not None
    if used and any(name in _COLUMNS for name in _changed(version)):
        raise FrozenQuestion(version.question.key, version.number)


_COLUMNS = frozenset(c.key for c in inspect(QuestionVersion).column_attrs)


@event.listens_for(QuestionVersion, "before_delete")
def _refuse_deleting(
    mapper: Mapper[QuestionVersion], connection: object, version: QuestionVersion
) -> None:
    if version.used_at is not None:
        raise FrozenQuestion(version.question.key, version.number)
