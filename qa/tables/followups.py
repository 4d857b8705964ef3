"""What follows a score: appeals, coaching, and what is to be learned again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .base import Base
from .reviews import Review, Score
from .scorecards import Scorecard

_WAITING = text("state = 'waiting'")


class Appeal(Base):
    """An agent disputes one item of a score.

    ``state``: ``waiting``, ``upheld``, ``rejected``, ``withdrawn``. The second person gives his
    own answer (``opinion``) from the evidence before he is shown the first; ``answer`` is the one
    decided on where it is upheld. ``score_id`` is the score disputed, ``result_id`` the one that
    came of it: none where it would have been lower. ``told_at``: the agent has taken note.
    """

    __tablename__ = "qa_appeal"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'upheld', 'rejected', 'withdrawn')", name="state"),
        Index(
            "uq_qa_appeal_one_waiting",
            "review_id",
            "item",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey(Review.id), index=True)
    item: Mapped[str] = mapped_column(String(60))
    score_id: Mapped[int] = mapped_column(ForeignKey(Score.id))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    by: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    opinion: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    opinion_by: Mapped[int | None]
    opinion_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    verdict: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    result_id: Mapped[int | None] = mapped_column(ForeignKey(Score.id))
    told_at: Mapped[datetime | None] = mapped_column(Moment)

    review: Mapped[Review] = relationship(lazy="joined")
    score: Mapped[Score] = relationship(foreign_keys=[score_id])
    result: Mapped[Score | None] = relationship(foreign_keys=[result_id])


class Recheck(Base):
    """What was decided after a blind second look: ``kept`` the first score, or ``replaced`` it.

    ``review_id`` is the second review (``purpose`` recheck); without a row it is undecided.
    """

    __tablename__ = "qa_recheck"
    __table_args__ = (CheckConstraint("outcome in ('kept', 'replaced')", name="outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey(Review.id), unique=True)
    outcome: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text)
    by: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    result_id: Mapped[int | None] = mapped_column(ForeignKey(Score.id))

    review: Mapped[Review] = relationship(lazy="joined")


class Coaching(Base):
    """Something to practise, given to an agent; acknowledged by him, then closed by the coach."""

    __tablename__ = "qa_coaching"

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(index=True)
    coach_id: Mapped[int]
    review_id: Mapped[int | None] = mapped_column(ForeignKey(Review.id), index=True)
    item: Mapped[str] = mapped_column(String(60), default="")
    article_key: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    reply: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(Text, default="")


class Remedy(Base):
    """The loop of a failed item: read its article, (take a quiz,) and look at later calls again.

    Open until ``closed_at``; meanwhile plans draw later calls of this agent for this item
    (``resample``). ``read_at`` is when the agent confirmed reading that revision of the article;
    ``quiz`` names what an examination module was asked for.
    """

    __tablename__ = "qa_remedy"
    __table_args__ = (Index("ix_qa_remedy_agent_id_closed_at", "agent_id", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int]
    scorecard_id: Mapped[int] = mapped_column(ForeignKey(Scorecard.id))
    item: Mapped[str] = mapped_column(String(60))
    review_id: Mapped[int] = mapped_column(ForeignKey(Review.id), index=True)
    article_key: Mapped[str] = mapped_column(String(200), default="")
    article_revision: Mapped[int | None]
    quiz: Mapped[str] = mapped_column(String(100), default="")
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    quizzed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None]
    closed_why: Mapped[str] = mapped_column(Text, default="")
