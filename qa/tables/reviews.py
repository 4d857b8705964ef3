"""Reviews: a call before an inspector, what he marks, and the scores that came of it."""

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
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .base import Base
from .calibrations import Calibration
from .calls import Call
from .plans import Draw
from .scorecards import Scorecard, ScorecardVersion

_ONE_SCORE = text("purpose = 'score' and state <> 'cancelled'")


class Review(Base):
    """One call on one scorecard version by one inspector.

    ``purpose``: ``score`` counts for the agent; ``recheck`` is a second, blind look at the
    finished review ``of_id``; ``calibration`` belongs to a session and counts for nobody;
    ``live`` was begun while the call was in progress.
    ``state``: ``waiting`` (assigned or not), ``begun``, ``finished``, ``cancelled``.
    ``chosen``: ``random``, ``risk``, ``resample`` (an item failed before), ``manual``;
    ``probability`` is an exact fraction as text, '' where none is known; ``why`` its reasons.
    ``scored`` is the number of the ``Score`` that holds now, 0 before the first.
    """

    __tablename__ = "qa_review"
    __table_args__ = (
        CheckConstraint("purpose in ('score', 'recheck', 'calibration', 'live')", name="purpose"),
        CheckConstraint("state in ('waiting', 'begun', 'finished', 'cancelled')", name="state"),
        CheckConstraint("chosen in ('random', 'risk', 'resample', 'manual')", name="chosen"),
        UniqueConstraint("calibration_id", "call_id", "inspector_id"),
        Index(
            "uq_qa_review_one_score",
            "call_id",
            "scorecard_id",
            unique=True,
            sqlite_where=_ONE_SCORE,
            postgresql_where=_ONE_SCORE,
        ),
        Index("ix_qa_review_inspector_id_state", "inspector_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey(Call.id), index=True)
    scorecard_id: Mapped[int] = mapped_column(ForeignKey(Scorecard.id), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ScorecardVersion.id))
    inspector_id: Mapped[int | None]
    purpose: Mapped[str] = mapped_column(String(12), default="score")
    state: Mapped[str] = mapped_column(String(10), default="waiting", index=True)
    chosen: Mapped[str] = mapped_column(String(10))
    probability: Mapped[str] = mapped_column(String(60), default="")
    why: Mapped[list[str]] = mapped_column(JSON, default=list)
    draw_id: Mapped[int | None] = mapped_column(ForeignKey(Draw.id), index=True)
    calibration_id: Mapped[int | None] = mapped_column(ForeignKey(Calibration.id))
    of_id: Mapped[int | None] = mapped_column(ForeignKey("qa_review.id"), index=True)
    blind: Mapped[bool] = mapped_column(default=False)
    scored: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    worked: Mapped[float] = mapped_column(Float, default=0.0)
    """Seconds of work on it, idle time left out; set when it is finished."""
    appeal_until: Mapped[datetime | None] = mapped_column(Moment)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    acknowledgement: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[int] = mapped_column(default=0)
    """The number of the newest score that the agent has taken note of."""
    told_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was given to somebody else, or cancelled: the last such word."""

    call: Mapped[Call] = relationship(lazy="joined")
    version: Mapped[ScorecardVersion] = relationship(lazy="joined")
    scores: Mapped[list[Score]] = relationship(back_populates="review", order_by="Score.number")
    comments: Mapped[list[Comment]] = relationship(order_by="Comment.id")

    @property
    def score(self) -> Score | None:
        """The score that holds now."""
        return next((s for s in self.scores if s.number == self.scored), None)


class Draft(Base):
    """What an inspector has marked so far, saved as he goes; ``saves`` tells two tabs apart."""

    __tablename__ = "qa_draft"
    __audited__ = False

    review_id: Mapped[int] = mapped_column(ForeignKey(Review.id), primary_key=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    notes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """A remark for an item, by its key."""
    first: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What was marked of an item when its suggestion was shown first; None: nothing yet."""
    comment: Mapped[str] = mapped_column(Text, default="")
    worked: Mapped[float] = mapped_column(Float, default=0.0)
    saves: Mapped[int] = mapped_column(default=0)
    page: Mapped[str] = mapped_column(String(40), default="")
    turn: Mapped[int] = mapped_column(default=0)
    """Which opened page saved last, and the how-manieth try of it that was: a page may go over
    what it saved itself, and a try that was overtaken by its own successor changes nothing."""
    saved_at: Mapped[datetime] = mapped_column(Moment)


class Score(Base):
    """One scoring of a review, never rewritten: a later one has the next number.

    ``cause``: ``review`` (the inspector finished), ``appeal``, ``slip`` (a plain slip corrected
    in one step), ``recheck``. ``result`` is that of ``qa.score`` under ``kernel``; ``reported``
    and ``critical`` repeat it for lists, None where nothing applied. ``automatic`` are the items
    that an automatic check answered alone; ``first`` are the marks people gave before they saw
    what the check suggested, None where they had seen it.
    """

    __tablename__ = "qa_score"
    __table_args__ = (
        UniqueConstraint("review_id", "number"),
        CheckConstraint("cause in ('review', 'appeal', 'slip', 'recheck')", name="cause"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey(Review.id))
    number: Mapped[int]
    cause: Mapped[str] = mapped_column(String(10))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    notes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    comment: Mapped[str] = mapped_column(Text, default="")
    automatic: Mapped[list[str]] = mapped_column(JSON, default=list)
    first: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    kernel: Mapped[str] = mapped_column(String(10))
    raw: Mapped[float | None] = mapped_column(Float)
    reported: Mapped[float | None] = mapped_column(Float)
    critical: Mapped[float | None] = mapped_column(Float)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text, default="")

    review: Mapped[Review] = relationship(back_populates="scores")
    items: Mapped[list[ItemScore]] = relationship(order_by="ItemScore.id")


class ItemScore(Base):
    """One item of a score, so that figures can be counted in the database. Derived, not edited."""

    __tablename__ = "qa_item_score"
    __audited__ = False
    __table_args__ = (
        UniqueConstraint("score_id", "item"),
        Index("ix_qa_item_score_item_failed", "item", "failed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    score_id: Mapped[int] = mapped_column(ForeignKey(Score.id))
    item: Mapped[str] = mapped_column(String(60))
    applies: Mapped[bool]
    failed: Mapped[bool]
    """Less than its best answer earns, or a failing option (``failed`` of the result)."""
    earned: Mapped[float | None] = mapped_column(Float)
    possible: Mapped[float | None] = mapped_column(Float)
    answer: Mapped[Any] = mapped_column(JSON)


class Suggestion(Base):
    """What an automatic check says of an item, with its evidence; kept apart from human marks.

    ``answer`` is None where it cannot judge; ``says`` tells why in a sentence. ``kernel`` names
    the version of the checks: another version adds a row, the newest holds. ``details`` are the
    check's own (the sentence of an article it was held against).
    """

    __tablename__ = "qa_suggestion"
    __table_args__ = (Index("ix_qa_suggestion_call_id_version_id", "call_id", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey(Call.id))
    version_id: Mapped[int] = mapped_column(ForeignKey(ScorecardVersion.id))
    transcript_id: Mapped[int | None]
    item: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(20))
    answer: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    says: Mapped[str] = mapped_column(Text)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    kernel: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(Moment)


class Comment(Base):
    """A remark at a moment of the recording, or over a span; ``item`` ties it to what it judges."""

    __tablename__ = "qa_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey(Review.id), index=True)
    author_id: Mapped[int]
    item: Mapped[str] = mapped_column(String(60), default="")
    start: Mapped[float] = mapped_column(Float)
    end: Mapped[float | None] = mapped_column(Float)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
