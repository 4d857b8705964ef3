"""Where the index of what was said lies, how it keeps up, and what it answers a search with.

It may lag behind the database: transcripts it does not know yet are looked through one by one.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from qa import call_search
from qa.call_search import Wanted
from qa.tables import Transcript
from qa.words import Unusable, Words

from .db import Database

FILE = "calls.sqlite"
BATCH = 500
LATE = 2000
"""A transcript may be committed after one of a higher number; so far back is looked."""
MOST_FRESH = 3000
"""More unknown transcripts than this, and all are looked through."""


def of(index: Path) -> Words:
    return Words(index / FILE)


def keep_up(db: Database, index: Path) -> int:
    """Take in every transcript that is not known; says how many."""
    words = of(index)
    with db.reading() as session:
        newest = session.scalar(select(func.max(Transcript.id))) or 0
        try:
            if words.last() > newest:
                words.make()  # it is of another database
        except Unusable:
            words.make()
        waiting = fresh(session, words)
        for start in range(0, len(waiting), BATCH):
            words.add(_rows(session, waiting[start : start + BATCH]))
    return len(waiting)


def fresh(session: Session, words: Words) -> list[int]:
    """Ids of transcripts to be searched that are not known, in order. Raises Unusable."""
    after = words.last() - LATE
    known = words.known(after)
    query = select(Transcript.id).where(Transcript.id > after, Transcript.folded != "")
    return [id for id in session.scalars(query.order_by(Transcript.id)) if id not in known]


def behind(session: Session, index: Path) -> bool:
    """Whether there is anything to take in."""
    try:
        return bool(fresh(session, of(index)))
    except Unusable:
        return session.scalar(select(Transcript.id).limit(1)) is not None


def _rows(session: Session, ids: Collection[int]) -> list[tuple[int, int, str]]:
    query = select(Transcript.id, Transcript.call_id, Transcript.folded)
    found = session.execute(query.where(Transcript.id.in_(ids)).order_by(Transcript.id))
    return [(row.id, row.call_id, row.folded) for row in found]


def said(session: Session, index: Path, wanted: Wanted) -> frozenset[int] | None:
    """Ids of calls in which the words were said; None: to be looked for in the texts."""
    if not wanted.terms:
        return None
    words = of(index)
    try:
        waiting = fresh(session, words)
        if len(waiting) > MOST_FRESH:
            return None
        found = words.calls(wanted.terms, wanted.said_by)
    except Unusable:
        return None
    if not waiting:
        return frozenset(found)
    again = set(session.scalars(select(Transcript.call_id).where(Transcript.id.in_(waiting))))
    return frozenset(found - again) | call_search.said_in(session, wanted, waiting)
