"""Scorecards: a rubric under a lasting name, in versions that are frozen once activated."""

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
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from kb.columns import Moment

from ..errors import FrozenVersion
from .base import Base

DRAFT, ACTIVE = "draft", "active"


class Scorecard(Base):
    """The identity that versions share; ``retired_at`` takes it out of use for new reviews."""

    __tablename__ = "qa_scorecard"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_by: Mapped[int | None]

    versions: Mapped[list[ScorecardVersion]] = relationship(
        back_populates="scorecard", order_by="ScorecardVersion.number", cascade="all, delete-orphan"
    )

    @property
    def draft(self) -> ScorecardVersion | None:
        return next((v for v in self.versions if v.state == DRAFT), None)

    @property
    def active(self) -> ScorecardVersion | None:
        """The version new reviews are scored on: the activated one of the highest number."""
        return next((v for v in reversed(self.versions) if v.state == ACTIVE), None)

    @property
    def title(self) -> str:
        return (self.active or self.versions[-1]).title


class ScorecardVersion(Base):
    """One rubric (``qa.rubric``) of a scorecard, as JSON; ``saves`` counts edits of a draft."""

    __tablename__ = "qa_scorecard_version"
    __table_args__ = (
        UniqueConstraint("scorecard_id", "number"),
        CheckConstraint("state in ('draft', 'active')", name="state"),
        Index(
            "uq_qa_scorecard_version_one_draft",
            "scorecard_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scorecard_id: Mapped[int] = mapped_column(ForeignKey(Scorecard.id), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    saves: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    activated_at: Mapped[datetime | None] = mapped_column(Moment)
    activated_by: Mapped[int | None]

    scorecard: Mapped[Scorecard] = relationship(back_populates="versions")


def _changed(version: ScorecardVersion) -> Iterable[str]:
    return (a.key for a in inspect(version).attrs if a.history.has_changes())


@event.listens_for(ScorecardVersion, "before_update")
def _refuse_rewriting(
    mapper: Mapper[ScorecardVersion], connection: object, version: ScorecardVersion
) -> None:
    before = inspect(version).attrs["state"].history.deleted
    if (before[0] if before else version.state) == ACTIVE and any(
        name in _COLUMNS for name in _changed(version)
    ):
        raise FrozenVersion(version.title, version.number)


_COLUMNS = frozenset(c.key for c in inspect(ScorecardVersion).column_attrs)


@event.listens_for(ScorecardVersion, "before_delete")
def _refuse_deleting(
    mapper: Mapper[ScorecardVersion], connection: object, version: ScorecardVersion
) -> None:
    if version.state == ACTIVE:
        raise FrozenVersion(version.title, version.number)
