"""Papers: what is asked, as a blueprint or question by question; frozen when first used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, event, inspect
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from kb.columns import Moment

from ..errors import FrozenPaper
from .base import Base


class Paper(Base):
    """``content``: ``{"rows": [{"topic", "difficulty", "kind", "grade", "number", "points"}],
    "weights": {grade: {"easy", "medium", "hard"}}}`` for a blueprint, or ``{"questions":
    [{"version", "points"}]}`` for a fixed one (``exams.papers`` reads and checks it).

    ``used_at``: when somebody first sat it; from then on it is frozen and a change is a new paper
    (``of_id``).
    """

    __tablename__ = "exam_paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    saves: Mapped[int] = mapped_column(default=1)
    of_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)


_FROZEN = ("title", "content")


@event.listens_for(Paper, "before_update")
def _refuse_changing(mapper: Mapper[Paper], connection: object, paper: Paper) -> None:
    attributes = inspect(paper).attrs
    before = attributes["used_at"].history.deleted
    used = (before[0] if before else paper.used_at) is not None
    if used and any(attributes[name].history.has_changes() for name in _FROZEN):
        raise FrozenPaper(paper.title)


@event.listens_for(Paper, "before_delete")
def _refuse_deleting(mapper: Mapper[Paper], connection: object, paper: Paper) -> None:
    if paper.used_at is not None:
        raise FrozenPaper(paper.title)
