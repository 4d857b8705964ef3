"""Who is too close to whom to judge: a team and whoever leads it.

A team is led by its members who may see the team's scores (``qa.team``).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from qa.appeals import Ties

from .access import permissions_of
from .models import Person

LEADS = "qa.team"


def ties(session: Session, person: Person) -> Ties:
    """Whose calls are not for this person, and who leads him."""
    return Ties(never(session, person), leads(session, person))


def never(session: Session, person: Person) -> frozenset[int]:
    """Agents whose calls this person does not judge besides his own: whoever leads him, and
    those he leads."""
    team = _team(session, person)
    led = {one.id for one in team if _leads(person)}
    return frozenset(led | {one.id for one in team if _leads(one)})


def never_of(session: Session, ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """The same for several people, by id."""
    people = session.scalars(select(Person).where(Person.id.in_(list(ids)))).unique()
    return {person.id: never(session, person) for person in people}


def leads(session: Session, person: Person) -> frozenset[int]:
    """Those who lead this person's team."""
    return frozenset(one.id for one in _team(session, person) if _leads(one))


def team_of(session: Session, person: Person) -> list[Person]:
    """Everybody else in the team who has not left, by number."""
    return sorted(
        (one for one in _team(session, person) if one.disabled_at is None),
        key=lambda one: one.number,
    )


def _team(session: Session, person: Person) -> list[Person]:
    if person.team_id is None:
        return []
    query = select(Person).where(Person.team_id == person.team_id, Person.id != person.id)
    return list(session.scalars(query).unique())


def _leads(person: Person) -> bool:
    return person.disabled_at is None and LEADS in permissions_of(person)
