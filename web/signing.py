"""Signing as the site knows people: who is a reader, who is held back, what waits for them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import signing
from kb.gate import Viewer
from kb.signing import Duty, Reader

from .access import addressee, permissions_of
from .context import asking, can, now, reading
from .errors import Unsigned
from .models import Person
from .pages import moment
from .people_names import person_name
from .pulse_items import BANNER, POPUP, Item

HELD = ("desk.desk", "desk.article", "api.search")
"""What is held back, where the centre wants it so, from somebody who has not signed."""


def reader_of(person: Person) -> Reader:
    since = max(filter(None, (person.created_at, person.placed_at)))
    return Reader(person.id, addressee(person), since)


def signers(session: Session) -> list[Person]:
    """Everybody who may have to sign: who can sign in and use the knowledge base."""
    query = select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    return [p for p in session.scalars(query) if "kb.read" in permissions_of(p)]


def readers(people: Iterable[Person]) -> list[Reader]:
    return [reader_of(person) for person in people]


def hold() -> ResponseReturnValue | None:
    """Before a request: lead to the signing page where search is held back."""
    person = asking()
    if person is None or request.endpoint not in HELD or not can("kb.read"):
        return None
    if not signing.is_held(reading(), reader_of(person), now()):
        return None
    if request.blueprint == "api":
        raise Unsigned
    flash("有规章等您签收，签收以后就能检索。", "warning")
    address = url_for("signing.mine")
    if "HX-Request" in request.headers:
        return "", 403, {"HX-Redirect": address}
    return redirect(address)


def stamp(session: Session, at: datetime) -> str:
    return signing.stamp(session, at)


def items(
    session: Session, person: Person, viewer: Viewer, at: datetime, since: datetime | None
) -> list[Item]:
    """One item for all that waits; put away, it comes back with a new text or reminder."""
    if "kb.read" not in permissions_of(person):
        return []
    waiting = signing.owed(session, reader_of(person), at)
    if not waiting:
        return []
    sent = signing.reminders(session, [duty.revision.id for duty in waiting])
    mine = next((r for r in sent if person.id in r.person_ids), None)
    late = any(duty.is_overdue(at) for duty in waiting)
    seen = repr([duty.revision.id for duty in waiting] + [mine.id if mine else 0, late])
    name = person_name(mine.created_by) if mine else ""
    return [
        Item(
            key=f"signing:{hashlib.sha256(seen.encode()).hexdigest()[:12]}",
            kind="签收提醒" if mine else "待签收",
            sentence=f"{name}提醒您签收{_named(waiting)}" if mine else f"请签收{_named(waiting)}",
            detail=_pressing(waiting, at),
            link=("去签收", url_for("signing.mine")),
            urgency=POPUP if mine or late else BANNER,
        )
    ]


def _named(waiting: list[Duty]) -> str:
    first = f"《{waiting[0].revision.title}》"
    return first if len(waiting) == 1 else f"{first}等 {len(waiting)} 篇"


def _pressing(waiting: list[Duty], at: datetime) -> str:
    late = sum(duty.is_overdue(at) for duty in waiting)
    if late:
        return f"{late} 篇已过期限"
    first = min((duty.due for duty in waiting if duty.due), default=None)
    return f"期限 {moment(first)}" if first else ""


def owed_count() -> int:
    """How many texts wait for whoever is asking; asked once a request."""
    if "owed_count" not in g:
        person = asking()
        waits = person is not None and can("kb.read")
        g.owed_count = len(signing.owed(reading(), reader_of(person), now())) if waits else 0  # type: ignore[arg-type]
    return int(g.owed_count)
