"""Closing gaps: an article was written for one, it is in force, and the askers find it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gapbook, gate
from kb.errors import Settled
from kb.gapbook import Asking, Gap
from kb.gate import EVERYTHING, Viewer
from kb.library import Library
from kb.models import Revision

from .access import viewer_of
from .db import SYSTEM, Database
from .models import Person

FIRST = 5
"""An article among so many first results counts as found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one asker, asking as they asked, now finds the article of the gap."""

    asking: Asking
    found: bool


def findings(library: Library, session: Session, gap: Gap) -> list[Finding]:
    """For every asking of somebody still in use; none without an article."""
    if gap.article is None:
        return []
    ids = {asking.person_id for asking in gap.askings}
    query = select(Person).where(Person.id.in_(ids), Person.disabled_at.is_(None))
    people = {person.id: viewer_of(person) for person in session.scalars(query).unique()}
    key = gap.article.key
    return [
        Finding(a, finds(library, session, a.query, people[a.person_id], key))
        for a in gap.askings
        if a.person_id in people
    ]


def finds(library: Library, session: Session, query: str, viewer: Viewer, key: str) -> bool:
    hits = library.search(query, viewer=viewer, limit=FIRST, session=session).hits
    return any(hit.key == key for hit in hits)


def answered_at(gap: Gap, revision: Revision, now: datetime) -> datetime:
    """When the answer began to hold; now, if it was there before anybody asked in vain."""
    published = revision.published_at or now
    begun = max(published, revision.effective_from or published)
    return begun if begun >= gap.missed_at else now


def settle(db: Database, library: Library) -> int:
    """Close every gap that is answered for all who asked; returns how many."""
    now = library.clock()
    with db.reading() as session:
        ready = list(_ready(library, session, now))
    closed = 0
    for id, moment in ready:
        try:
            with db.work(SYSTEM, "kb.gap.answered") as writes:
                gapbook.close(writes, id, moment, None, now)
            closed += 1
        except Settled:
            continue  # an editor was quicker
    return closed


def _ready(library: Library, session: Session, now: datetime) -> Iterable[tuple[int, datetime]]:
    for gap in gapbook.taken_up(session):
        assert gap.article_id is not None
        text = gate.in_force_of(session, EVERYTHING, now, [gap.article_id]).get(gap.article_id)
        if text is not None and all(f.found for f in findings(library, session, gap)):
            yield gap.id, answered_at(gap, text, now)
