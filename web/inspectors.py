"""Who scores calls, whose calls they are, and for whom they are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from qa.drawing import Seat

from . import qa_ties
from .access import permissions_of
from .models import Person


def inspectors(session: Session) -> Sequence[Person]:
    """Everybody in service who may score, by number."""
    return [person for person in _people(session) if "qa.score" in permissions_of(person)]


def usual(people: Iterable[Person]) -> set[int]:
    """Whom work is spread over unless somebody says otherwise: those who do not hand it out."""
    people = list(people)
    plain = {person.id for person in people if "qa.plan" not in permissions_of(person)}
    return plain or {person.id for person in people}


def seats(session: Session, ids: Iterable[int]) -> list[Seat]:
    """Inspectors with the agents whose calls are not for them."""
    never = qa_ties.never_of(session, ids)
    return [Seat(id, agents) for id, agents in sorted(never.items())]


def agents(session: Session) -> set[int]:
    """Those who should have calls: in service, scored themselves, and no inspectors."""
    return {
        person.id
        for person in _people(session)
        if "qa.own" in (held := permissions_of(person)) and not held & {"qa.score", "qa.team"}
    }


def joined(session: Session) -> dict[int, datetime]:
    """{person: since when they are there}"""
    query = select(Person.id, Person.placed_at, Person.created_at)
    return {id: placed or created for id, placed, created in session.execute(query)}


def _people(session: Session) -> Sequence[Person]:
    query = select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    return session.scalars(query).unique().all()
