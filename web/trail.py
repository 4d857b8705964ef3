"""Finding entries of the audit trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from kb.models import Revision

from . import accounts
from .db import System
from .models import AuditEntry, Person
from .pages import ZONE

PAGE = 50
BATCH = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the trail is asked for; '' and None mean no narrowing. Days count as in China."""

    who: str = ""
    doing: str = ""
    entity: str = ""
    entity_id: str = ""
    first: date | None = None
    last: date | None = None


def find(session: Session, wanted: Wanted, page: int) -> tuple[Sequence[AuditEntry], int]:
    """One page, newest first, and how many entries match in all."""
    matching = _matches(session, wanted)
    total = session.scalar(select(func.count(AuditEntry.id)).where(matching)) or 0
    query = select(AuditEntry).where(matching).order_by(AuditEntry.id.desc())
    return session.scalars(query.limit(PAGE).offset((page - 1) * PAGE)).all(), total


def every(session: Session, wanted: Wanted) -> Iterator[Sequence[AuditEntry]]:
    """All that match, newest first, in batches; memory stays small however long the trail is."""
    matching, before = _matches(session, wanted), None
    while True:
        query = select(AuditEntry).where(matching).order_by(AuditEntry.id.desc()).limit(BATCH)
        if before is not None:
            query = query.where(AuditEntry.id < before)
        found = session.scalars(query).all()
        if not found:
            return
        yield found
        before = found[-1].id
        session.expunge_all()


def doings(session: Session) -> Sequence[str]:
    return session.scalars(select(AuditEntry.doing).distinct().order_by(AuditEntry.doing)).all()


def entities(session: Session) -> Sequence[str]:
    return session.scalars(select(AuditEntry.entity).distinct().order_by(AuditEntry.entity)).all()


def _matches(session: Session, wanted: Wanted) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [true()]
    if wanted.who:
        parts.append(_by(session, wanted.who))
    if wanted.doing:
        parts.append(AuditEntry.doing == wanted.doing)
    if wanted.entity:
        parts.append(_about(session, wanted.entity, wanted.entity_id))
    if wanted.first:
        parts.append(AuditEntry.at >= _midnight(wanted.first))
    if wanted.last:
        parts.append(AuditEntry.at < _midnight(wanted.last + timedelta(days=1)))
    return and_(*parts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def _by(session: Session, who: str) -> ColumnElement[bool]:
    """Done by the person of that number, or by those whose name holds the words."""
    person = accounts.find_person(session, who)
    if person is not None:
        return AuditEntry.actor_id == person.id
    if who == System.name:
        return AuditEntry.actor_id.is_(None)
    named = select(Person.id).where(Person.name.contains(who, autoescape=True))
    return AuditEntry.actor_id.in_(named)


def _about(session: Session, entity: str, id: str) -> ColumnElement[bool]:
    """About things of that kind; of one thing, also what hangs on it."""
    own = AuditEntry.entity == entity
    if not id:
        return own
    own = and_(own, AuditEntry.entity_id == id)
    if entity == "person":
        roles = AuditEntry.entity_id.startswith(f"{id},", autoescape=True)
        return or_(own, and_(AuditEntry.entity == "person_role", roles))
    if entity == "article" and id.isascii() and id.isdigit():
        query = select(Revision.id).where(Revision.article_id == int(id))
        revisions = [str(revision) for revision in session.scalars(query)]
        return or_(own, and_(AuditEntry.entity == "revision", AuditEntry.entity_id.in_(revisions)))
    return own
