"""Finding traces: by call, person, article and days, among those this person may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from kb.gate import Viewer, permits
from kb.models import Revision

from ..models import Person
from ..pages import ZONE
from .tables import ACTS, Trace

PAGE = 50
MOST = 1000
"""Traces of one report; more is nothing a person reads."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; '' and None mean no narrowing. Days count as in China."""

    call: str = ""
    who: str = ""
    article: str = ""
    act: str = ""
    first: date | None = None
    last: date | None = None

    @property
    def narrows(self) -> bool:
        return bool(self.call or self.who or self.article or self.first or self.last)


@dataclass(frozen=True, slots=True)
class Found:
    """Traces in the order of their moments. ``total`` counts those this person may read,
    ``hidden`` those they may not, because the article is not for them."""

    traces: Sequence[Trace]
    total: int
    hidden: int


def find(session: Session, viewer: Viewer, wanted: Wanted, page: int) -> Found:
    """One page, latest first."""
    query = _order(_matching(session, wanted).where(permits(viewer)), newest_first=True)
    part = query.limit(PAGE).offset((page - 1) * PAGE)
    return Found(session.scalars(part).all(), *_counts(session, viewer, wanted))


def every(session: Session, viewer: Viewer, wanted: Wanted) -> Found:
    """Everything for a report, earliest first, at most ``MOST``."""
    query = _order(_matching(session, wanted).where(permits(viewer)), newest_first=False)
    return Found(session.scalars(query.limit(MOST)).all(), *_counts(session, viewer, wanted))


def _order(query: Select[Trace], *, newest_first: bool) -> Select[Trace]:
    query = query.options(joinedload(Trace.revision).joinedload(Revision.article))
    if newest_first:
        return query.order_by(Trace.at.desc(), Trace.id.desc())
    return query.order_by(Trace.at, Trace.id)


def _counts(session: Session, viewer: Viewer, wanted: Wanted) -> tuple[int, int]:
    matching = _matching(session, wanted)
    ids = matching.with_only_columns(Trace.id, maintain_column_froms=True)
    everything = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    if viewer.audiences is None:
        return everything, 0
    mine = ids.where(permits(viewer)).subquery()
    total = session.scalar(select(func.count()).select_from(mine)) or 0
    return total, everything - total


def _matching(session: Session, wanted: Wanted) -> Select[Trace]:
    parts: list[ColumnElement[bool]] = [true()]
    if wanted.call:
        parts.append(Trace.call == wanted.call)
    if wanted.who:
        parts.append(_by(session, wanted.who))
    if wanted.article:
        parts.append(Trace.article_key == wanted.article)
    if wanted.act in ACTS:
        parts.append(Trace.act == wanted.act)
    if wanted.first:
        parts.append(Trace.at >= midnight(wanted.first))
    if wanted.last and wanted.last < date.max:
        parts.append(Trace.at < midnight(wanted.last + timedelta(days=1)))
    return select(Trace).join(Trace.revision).where(and_(*parts))


def _by(session: Session, who: str) -> ColumnElement[bool]:
    """Of the person of that number, or of those whose name holds the words."""
    query = select(Person.id).where(
        or_(Person.number == who, Person.name.contains(who, autoescape=True))
    )
    ids = session.scalars(query).all()
    return Trace.person_id.in_(ids) if ids else false()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
