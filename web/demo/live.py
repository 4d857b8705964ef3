"""Invented calls that come in while the demo runs, so that live monitoring has something to show.

What happens follows from a seed, the agent and the hour alone: the same hour is the same again,
and an event that was told once is the same event when it is told again. Whoever is forced busy
by the simulator gets no calls until forced idle.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from qa import live
from qa.presence import Event
from qa.tables import PhoneCommand

from ..db import SYSTEM
from ..models import Person
from ..services import Services
from .people import PEOPLE

SEED = 2026
EVERY_SECONDS = 2.0
HOUR = timedelta(hours=1)
QUEUES = ("退改签", "票务", "行李", "投诉", "会员", "出行服务")
AWAY = 0.12
"""The share of agents who are off for the hour."""

log = logging.getLogger("zhixi.demo")


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and the moment from which it was bound to happen: of a call, when it rang."""

    event: Event
    bound: datetime


def play(services: Services, stopping: threading.Event) -> None:
    """Tell what has happened, every two seconds until ``stopping``."""
    since = services.now() - HOUR
    while not stopping.is_set():
        try:
            until = services.now()
            tell(services, since, until)
            since = until
        except Exception:  # a lost database must not end the play
            log.exception("invented calls stumbled")
        stopping.wait(EVERY_SECONDS)


def tell(services: Services, since: datetime, until: datetime) -> None:
    """Keep the events after ``since`` up to ``until``."""
    with services.db.reading() as session:
        happened = events(_agents(session), since, until)
        forced = _forced(session)
    fresh = [told.event for told in happened if not _held_back(told, forced)]
    for start in range(0, len(fresh), live.MOST_AT_ONCE):
        with services.db.work(SYSTEM, "demo.live") as session:
            live.ingest(session, fresh[start : start + live.MOST_AT_ONCE], until)


def events(agents: Mapping[str, int], since: datetime, until: datetime) -> list[Told]:
    """What happens to agents (number → id) after ``since`` up to ``until``, in order."""
    found = []
    for number, agent in agents.items():
        start = _hour(since) - HOUR + _shift(number)  # not everybody's hour ends at once
        while start <= until:
            found += [t for t in _hour_of(number, agent, start) if since <= t.event.at <= until]
            start += HOUR
    return sorted(found, key=lambda told: (told.event.at, told.event.id))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _shift(number: str) -> timedelta:
    return timedelta(minutes=sum(map(ord, number)) * 7 % 60)


def _hour_of(number: str, agent: int, hour: datetime) -> Iterator[Told]:
    """An agent's hour: it begins with a state, and calls follow one another until its end."""
    chance = Random(f"{SEED}:{number}:{hour.isoformat()}")  # noqa: S311 (not a secret)
    stem = f"D{hour:%m%d%H}-{number[-2:]}"
    if chance.random() < AWAY:
        yield _state(stem, agent, hour, "offline")
        return
    yield _state(stem, agent, hour, "idle")
    at = hour + timedelta(seconds=chance.randint(0, 240))
    for count in range(1, 60):
        told = list(_call(chance, f"{stem}-{count:02}", agent, at))
        if told[-1].event.at > hour + HOUR - timedelta(seconds=5):
            return
        yield from told
        at = told[-1].event.at + timedelta(seconds=chance.randint(8, 75))


def _call(chance: Random, key: str, agent: int, at: datetime) -> Iterator[Told]:
    """A call from its first ring to the agent being free again."""
    more = {
        "queue": chance.choice(QUEUES),
        "direction": "in" if chance.random() < 0.9 else "out",
        "customer": f"010555501{chance.randint(0, 99):02}",
        "extension": f"8{chance.randint(100, 899)}",
    }
    bound = at

    def told(kind: str, after: float, **facts: str) -> Told:
        nonlocal at
        at += timedelta(seconds=after)
        if kind in ("idle", "busy"):  # the agent's own doing, at that moment
            return Told(Event(f"{key}-{kind}", at, agent, kind), at)
        return Told(Event(f"{key}-{kind}", at, agent, kind, key, **facts), bound)

    yield told("ringing", 0, **more)
    if chance.random() < 0.06:
        yield told("ended", chance.randint(15, 25))
        return
    yield told("answered", chance.randint(2, 9))
    if chance.random() < 0.35:
        yield told("held", chance.randint(25, 90))
        yield told("resumed", chance.randint(12, 70))
    yield told("ended", chance.randint(40, 300))
    if chance.random() < 0.12:
        yield told("busy", chance.randint(10, 30))
        yield told("idle", chance.randint(120, 300))
    else:
        yield told("idle", chance.randint(8, 55))


def _state(stem: str, agent: int, at: datetime, kind: str) -> Told:
    return Told(Event(f"{stem}-{kind}", at, agent, kind), at)


def _agents(session: Session) -> dict[str, int]:
    numbers = [member.number for member in PEOPLE if "agent" in member.roles]
    query = select(Person.number, Person.id).where(
        Person.number.in_(numbers), Person.disabled_at.is_(None)
    )
    rows = session.execute(query.order_by(Person.number))
    return {row.number: row.id for row in rows}


def _forced(session: Session) -> Mapping[int, Sequence[tuple[datetime, str]]]:
    """{agent: what was forced when, in order}"""
    query = select(PhoneCommand).where(
        PhoneCommand.kind.in_(("busy", "idle")), PhoneCommand.state == "done"
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in session.scalars(query.order_by(PhoneCommand.id)):
        found.setdefault(row.agent_id, []).append((row.at, row.kind))
    return found


def _held_back(told: Told, forced: Mapping[int, Iterable[tuple[datetime, str]]]) -> bool:
    """Was the agent forced busy when this began?"""
    held = False
    for at, kind in forced.get(told.event.agent, ()):
        if at <= told.bound:
            held = kind == "busy"
    return held
