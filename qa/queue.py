"""What waits for an inspector, in the order it is due; and how much waits for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from .tables import Review

OPEN = ("waiting", "begun")
LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Load:
    """Of one inspector: what waits, what is overdue, and what was finished in 30 days with the
    mean seconds of work on it (None where there was none)."""

    person: int | None
    waiting: int
    begun: int
    overdue: int
    finished: int
    worked: float | None


def of(session: Session, person: int) -> Sequence[Review]:
    """One's own reviews that wait or are begun, soonest due first."""
    return session.scalars(_open(person)).unique().all()


def _open(person: int) -> Select[Review]:
    query = select(Review).where(Review.inspector_id == person, Review.state.in_(OPEN))
    return query.order_by(Review.due_at.is_(None), Review.due_at, Review.id)


def next_of(session: Session, person: int, after: int | None = None) -> Review | None:
    """The one to score next, but for the review one comes from."""
    query = _open(person)
    if after is not None:
        query = query.where(Review.id != after)
    return session.scalars(query.limit(1)).unique().one_or_none()


def finished(session: Session, person: int, limit: int = 10) -> Sequence[Review]:
    """What one finished last."""
    query = select(Review).where(Review.inspector_id == person, Review.state == "finished")
    order = query.order_by(Review.finished_at.desc(), Review.id.desc()).limit(limit)
    return session.scalars(order).unique().all()


def everybody(
    session: Session, *, person: int | None = None, nobody: bool = False, limit: int = 200
) -> Sequence[Review]:
    """Open reviews of all, of one, or of nobody, soonest due first."""
    query = select(Review).where(Review.state.in_(OPEN))
    if nobody:
        query = query.where(Review.inspector_id.is_(None))
    elif person is not None:
        query = query.where(Review.inspector_id == person)
    order = query.order_by(Review.due_at.is_(None), Review.due_at, Review.id).limit(limit)
    return session.scalars(order).unique().all()


def loads(session: Session, at: datetime) -> list[Load]:
    """Of everybody who has anything open, or finished something lately; nobody's last."""
    lately = (Review.state == "finished") & (Review.finished_at > at - LATELY)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    query = (
        select(
            Review.inspector_id,
            count(Review.state == "waiting"),
            count(Review.state == "begun"),
            count(Review.state.in_(OPEN) & (Review.due_at < at)),
            count(lately),
            func.avg(case((lately & (Review.worked > 0), Review.worked))),
        )
        .where(Review.state.in_(OPEN) | lately)
        .group_by(Review.inspector_id)
    )
    rows = [Load(*row) for row in session.execute(query)]
    return sorted(rows, key=lambda row: (row.person is None, -row.waiting - row.begun))
