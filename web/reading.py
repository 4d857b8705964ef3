"""Traces of a person's reading: favourites and what was opened last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gate
from kb.gate import Viewer
from kb.models import Revision

from .models import Favourite, Person, Recent

KEPT = 12


def favourites(session: Session, person: Person, viewer: Viewer, at: datetime) -> list[Revision]:
    """The person's favourites that hold now, latest first."""
    return _in_force(session, Favourite, person, viewer, at, limit=200)


def recents(session: Session, person: Person, viewer: Viewer, at: datetime) -> list[Revision]:
    """What the person opened last, as it holds now, latest first."""
    return _in_force(session, Recent, person, viewer, at, limit=KEPT)


def _in_force(
    session: Session,
    kind: type[Favourite | Recent],
    person: Person,
    viewer: Viewer,
    at: datetime,
    limit: int,
) -> list[Revision]:
    query = select(kind.article_id).where(kind.person_id == person.id).order_by(kind.at.desc())
    ids: Sequence[int] = session.scalars(query.limit(limit)).all()
    found = gate.in_force_of(session, viewer, at, ids)
    return [found[id] for id in ids if id in found]


def is_favourite(session: Session, person: Person, article_id: int) -> bool:
    return session.get(Favourite, (person.id, article_id)) is not None


def set_favourite(
    session: Session, person: Person, article_id: int, wanted: bool, at: datetime
) -> None:
    found = session.get(Favourite, (person.id, article_id))
    if wanted and found is None:
        session.add(Favourite(person_id=person.id, article_id=article_id, at=at))
    elif not wanted and found is not None:
        session.delete(found)


def note_opened(session: Session, person: Person, article_id: int, at: datetime) -> None:
    found = session.get(Recent, (person.id, article_id))
    if found is None:
        session.add(Recent(person_id=person.id, article_id=article_id, at=at))
    else:
        found.at = at
