"""Which calls a plan can draw from: those of a period, known by a moment, not scored yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent

from .plans import Content
from .rubric_read import parse as parse_rubric
from .sampled import ATTRIBUTES, Facts
from .tables import Call, Recording, Remedy, Review, Scorecard, Transcript

LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Period:
    """Calls that began from ``first`` on and before ``last``."""

    first: datetime
    last: datetime

    def __post_init__(self) -> None:
        if self.first >= self.last:
            raise InvalidContent("last", "截止日要在起始日之后。")
        if self.last - self.first > LONGEST:
            raise InvalidContent("last", f"一次最多抽 {LONGEST.days} 天的通话。")


def population(
    session: Session,
    scorecard: Scorecard,
    content: Content,
    period: Period,
    at: datetime,
    joined: Mapping[int, datetime],
    but: int | None = None,
) -> list[Facts]:
    """Calls of the period that are over, known at ``at``, and not on this scorecard already.

    ``but``: a draw whose own reviews do not count.
    """
    names = {ask.name for ask in content.asks}
    figures = bool(names - {"seconds", "satisfaction", "hour", "queue", "direction", "agent_days"})
    said = any(ATTRIBUTES[name].sort == "words" for name in names)
    rows = session.execute(
        select(
            Call.id,
            Call.key,
            Call.agent_id,
            Call.started_at,
            Call.seconds,
            Call.queue,
            Call.direction,
            Call.satisfaction,
        )
        .where(
            Call.started_at >= period.first,
            Call.started_at < period.last,
            Call.seconds.is_not(None),
            Call.added_at <= at,
            ~_taken(scorecard, at, but),
        )
        .order_by(Call.id)
    ).all()
    ids = {row[0] for row in rows}
    heard = _heard(session, period) if content.heard else ids
    measured = _figures(session, period) if figures else {}
    texts = _texts(session, period) if said else {}
    failed = _failed(session, scorecard)
    return [
        Facts(
            id,
            key,
            agent,
            began,
            seconds or 0.0,
            queue,
            direction,
            satisfaction,
            figures=measured.get(id),
            said=texts.get(id),
            days=_days(joined.get(agent), began),
            failed=tuple(title for since, title in failed.get(agent, ()) if began > since),
        )
        for id, key, agent, began, seconds, queue, direction, satisfaction in rows
        if id in heard
    ]


def _taken(scorecard: Scorecard, at: datetime, but: int | None) -> ColumnElement[bool]:
    """SQL: the call has a review for a score on this scorecard."""
    asked = and_(
        Review.call_id == Call.id,
        Review.scorecard_id == scorecard.id,
        Review.purpose == "score",
        Review.state != "cancelled",
        Review.created_at <= at,
    )
    return exists().where(
        asked if but is None else and_(asked, Review.draw_id.is_distinct_from(but))
    )


def _within(period: Period) -> Select[int]:
    return select(Call.id).where(Call.started_at >= period.first, Call.started_at < period.last)


def _heard(session: Session, period: Period) -> set[int]:
    """Calls whose sound is kept, or that were written down."""
    sound = select(Recording.call_id).where(
        Recording.removed_at.is_(None), Recording.call_id.in_(_within(period))
    )
    text = select(Transcript.call_id).where(Transcript.call_id.in_(_within(period)))
    return {*session.scalars(sound), *session.scalars(text)}


def _figures(session: Session, period: Period) -> dict[int, Mapping[str, object]]:
    query = select(Recording.call_id, Recording.figures).where(
        Recording.figures.is_not(None), Recording.call_id.in_(_within(period))
    )
    return {id: found for id, found in session.execute(query.order_by(Recording.id)) if found}


def _texts(session: Session, period: Period) -> dict[int, str]:
    query = select(Transcript.call_id, Transcript.folded).where(
        Transcript.call_id.in_(_within(period))
    )
    rows = session.execute(query.order_by(Transcript.id)).all()
    return {id: text for id, text in rows}  # noqa: C416 - rows, not pairs


def _failed(session: Session, scorecard: Scorecard) -> dict[int, list[tuple[datetime, str]]]:
    """{agent: (since when, the item's title) of what is to be looked at again}"""
    titles: dict[str, str] = {}
    for version in scorecard.versions:
        titles |= {item.key: item.title for item in parse_rubric(version.content).items()}
    query = select(Remedy).where(Remedy.scorecard_id == scorecard.id, Remedy.closed_at.is_(None))
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in session.scalars(query.order_by(Remedy.id)):
        since = row.read_at or row.proposed_at
        found.setdefault(row.agent_id, []).append((since, titles.get(row.item, row.item)))
    return found


def _days(joined: datetime | None, at: datetime) -> int | None:
    return None if joined is None else max(0, (at - joined).days)
