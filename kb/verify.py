"""Is it still true? A text is confirmed by its owner at intervals set for its kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from . import policy
from .articles import Edit
from .gate import holds
from .models import Article, Revision

PREFIX = "verify."


def intervals(rules: Mapping[str, int]) -> dict[str, timedelta]:
    """{kind: how long a confirmation counts}; kinds that are never confirmed are left out."""
    return {
        name.removeprefix(PREFIX): timedelta(days=days)
        for name, days in rules.items()
        if name.startswith(PREFIX) and days > 0
    }


def due(revision: Revision, rules: Mapping[str, int]) -> datetime | None:
    """When a published text is to be confirmed again; to publish it was to confirm it."""
    interval = intervals(rules).get(revision.kind)
    said = [m for m in (revision.published_at, revision.article.verified_at) if m is not None]
    return max(said) + interval if interval is not None and said else None


def overdue_days(revision: Revision, rules: Mapping[str, int], at: datetime) -> int:
    """Whole days since it should have been confirmed, the day begun counts; 0 if it is not due."""
    moment = due(revision, rules)
    return max(0, -(-(at - moment) // timedelta(days=1))) if moment is not None else 0


def is_overdue(rules: Mapping[str, int], at: datetime) -> ColumnElement[bool]:
    """SQL: the joined ``Article`` and ``Revision`` should have been confirmed before ``at``."""
    late = [
        and_(
            Revision.kind == kind,
            Revision.published_at < at - interval,
            or_(Article.verified_at.is_(None), Article.verified_at < at - interval),
        )
        for kind, interval in intervals(rules).items()
    ]
    return or_(*late) if late else false()


def overdue(
    session: Session, at: datetime, *, owner: int | None = None, limit: int = 50
) -> tuple[int, list[Revision]]:
    """How many texts in force are past their confirmation, and the first, longest published."""
    query = (
        select(Revision)
        .join(Revision.article)
        .options(contains_eager(Revision.article), joinedload(Revision.category))
        .where(holds(at), is_overdue(policy.load(session), at))
    )
    if owner is not None:
        query = query.where(Article.owner_id == owner)
    ids = query.with_only_columns(Revision.id, maintain_column_froms=True).order_by(None)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    oldest = func.coalesce(Article.verified_at, Revision.published_at)
    return total, list(session.scalars(query.order_by(oldest, Revision.id).limit(limit)))


def confirm(session: Session, article: Article, edit: Edit) -> None:
    """Somebody looked, and it still holds."""
    article.verified_at, article.verified_by = edit.at, edit.by
    session.flush()


def entrust(session: Session, article: Article, owner: int | None) -> None:
    """Give the article an owner, who is asked to confirm it."""
    article.owner_id = owner
    session.flush()
