"""Sampling plans and the draws made from them; what was drawn is a ``Review`` that waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .base import Base
from .scorecards import Scorecard


class Plan(Base):
    """Which calls are looked at: ``content`` is a ``qa.sampling.Plan`` as JSON.

    ``blind``: inspectors do not see who took the call. ``due_days``: days from the draw until
    the reviews are due.
    """

    __tablename__ = "qa_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    scorecard_id: Mapped[int] = mapped_column(ForeignKey(Scorecard.id))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    blind: Mapped[bool] = mapped_column(default=False)
    due_days: Mapped[int] = mapped_column(default=7)
    note: Mapped[str] = mapped_column(Text, default="")
    saves: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    scorecard: Mapped[Scorecard] = relationship(lazy="joined")


class Draw(Base):
    """One draw from a plan, with all that is needed to repeat it. Never rewritten.

    ``first`` and ``last`` bound the start of the calls (``last`` excluded); ``population`` is how
    many calls were eligible, ``agents`` the same by agent id, ``fingerprint`` the SHA-256 of what
    was known of them: another one when it is repeated says that calls have changed since;
    ``left`` the ids of calls drawn that nobody may score.
    """

    __tablename__ = "qa_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey(Plan.id), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    seed: Mapped[str] = mapped_column(String(60))
    first: Mapped[datetime] = mapped_column(Moment)
    last: Mapped[datetime] = mapped_column(Moment)
    population: Mapped[int]
    agents: Mapped[dict[str, int]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    left: Mapped[list[int]] = mapped_column(JSON, default=list)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[int | None]

    plan: Mapped[Plan] = relationship(lazy="joined")
