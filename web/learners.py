"""Who learns, and whose learning somebody may see."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams.proposing import Late
from kb import signing
from kb.gate import Viewer

from .access import permissions_of, viewer_of
from .context import can, now, person, reading
from .models import Person
from .qa_ties import team_of
from .signing import readers, signers


def learners(session: Session) -> list[Person]:
    """Everybody who can sign in and study, by team and number."""
    query = select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    found = [one for one in session.scalars(query).unique() if "exams.take" in permissions_of(one)]
    return sorted(found, key=lambda one: (one.team.name if one.team else "~", one.number))


def in_sight() -> list[Person]:
    """Those whose learning whoever is asking may see: everybody, or their own team."""
    everybody = learners(reading())
    if can("exams.courses"):
        return everybody
    mine = {one.id for one in team_of(reading(), person())}
    return [one for one in everybody if one.id in mine]


def members(people: Iterable[Person]) -> dict[int, list[int]]:
    """{team id: ids of its people}"""
    found: dict[int, list[int]] = {}
    for one in people:
        if one.team_id is not None:
            found.setdefault(one.team_id, []).append(one.id)
    return found


def viewers(people: Iterable[Person]) -> dict[int, Viewer]:
    return {one.id: viewer_of(one) for one in people}


def late(session: Session, people: Iterable[Person]) -> list[Late]:
    """Texts these people should have signed by now and have not."""
    wanted = {one.id for one in people}
    who = readers(one for one in signers(session) if one.id in wanted)
    rolls = signing.rolls(session, signing.demanded(session, now()), who)
    return [
        Late(person_id, duty.revision.article.key, duty.due)
        for roll in rolls.values()
        for person_id, duty in roll.items()
        if duty.is_overdue(now()) and duty.due is not None
    ]
