"""Five hundred trainees answer at once while the server is killed and started again.

    python -m tests.bench.sitting [--trainees 500] [--seconds 240] [--think 20] [--kills 2]
                                  [--database sqlite|postgresql]

Fills a home with people, a paper of thirty questions and an open exam, and begins an attempt for
each. Then ``zhixi serve`` answers them: first everybody opens the page and takes the attempt;
then, for ``--seconds``, each answers a question about every ``--think`` seconds (half as long to
half as long again), and looks for news every twenty seconds, as ``static/js/attempt.js`` does;
what is not acknowledged is sent again after 1, 2, 4, 5 s, each half as long to half as long again.
The server is killed with -9 and started again on the same port. Printed are all saves, and those
that were sent while nothing was down and no crowd of repeated ones was waiting (``SETTLED``
seconds after a start). At the end the database is asked for every answer that was ever
acknowledged.

The trainees share the machine with the server. PostgreSQL runs with fsync on, on a disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from exams import attempts
from exams.tables import AttemptEvent, AttemptQuestion
from exams.takers import Taker
from kb.gate import EVERYTHING
from tests import exam_world, postgres
from tests.homes import SECRET, opened
from tests.processes import Service, kill, serving
from tests.world import Clock, Member, add_people
from web import accounts, migrate
from web.accounts import Origin
from web.app import create_app
from web.db import SYSTEM
from web.models import Person
from web.settings import Settings

from . import shelves

BAR_MS = 300.0
QUESTIONS = 30
LOOK = 20.0
OPENING = 30.0
"""Seconds within which everybody comes in."""
WAITS = (1.0, 2.0, 4.0, 5.0)
SETTLED = 10.0


@dataclass(slots=True)
class Place:
    """Where somebody sits. The page brings a new cookie, which its forms need."""

    attempt: int
    cookie: str
    page: str


@dataclass(slots=True)
class Room:
    """What all of them saw: {(attempt, sequence): (position, letter)} acknowledged; of each save
    that was answered when it was chosen and its ms; seconds from a choice to its acknowledgement;
    when the server was (killed, there again)."""

    port: int
    kept: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)
    saves: list[tuple[float, float]] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    down: list[tuple[float, float]] = field(default_factory=list)

    def usual(self) -> list[float]:
        """ms of the saves while the server ran undisturbed."""
        return [
            ms
            for chosen, ms in self.saves
            if not any(begun <= chosen <= ended + SETTLED for begun, ended in self.down)
        ]


async def trainee(place: Place, token: str, room: Room, until: float, think: float) -> None:
    chance = random.Random(place.attempt)
    await asyncio.sleep(think * chance.random())
    sequence, looked = 1, time.monotonic() - LOOK * chance.random()
    while time.monotonic() < until:
        await asyncio.sleep(think * (0.5 + chance.random()))
        sequence += 1
        position, letter = chance.randint(1, QUESTIONS), chance.choice("ABCD")
        await saved(place, room, chance, token, (sequence, position, letter))
        if time.monotonic() - looked > LOOK:
            looked = time.monotonic()
            await asked(room, place, "GET", f"/state?page={place.page}&brief=1", token)


async def opened_page(place: Place, room: Room, spread: float) -> str:
    """Open the page and take the attempt; returns the token of its forms."""
    chance = random.Random(place.attempt)
    await asyncio.sleep(spread * chance.random())
    for wait in WAITS * 20:
        begun = time.perf_counter()
        status, body = await asked(room, place, "GET", "", "")
        if status == 200:
            room.pages.append(1000 * (time.perf_counter() - begun))
            found = re.search(rb'data-csrf="([^"]+)"', body)
            assert found is not None, body[:500]
            token = found[1].decode()
            wanted = {"page": place.page, "sequence": 1, "over": ""}
            status, body = await asked(room, place, "POST", "/take", token, wanted)
            if status == 200 and json.loads(body)["holder"]:
                return token
        await asyncio.sleep(wait * (0.5 + chance.random()))
    raise AssertionError("never opened")


async def saved(
    place: Place, room: Room, chance: random.Random, token: str, said: tuple[int, int, str]
) -> None:
    """Send an answer until it is acknowledged."""
    sequence, position, letter = said
    event = {"sequence": sequence, "kind": "answered", "position": position, "response": letter}
    chosen = time.perf_counter()
    for wait in WAITS * 20:
        begun = time.perf_counter()
        given = {"page": place.page, "events": [event]}
        status, body = await asked(room, place, "POST", "/events", token, given)
        if status == 200:
            assert json.loads(body)["acknowledged"] == [sequence], body
            room.saves.append((begun, 1000 * (time.perf_counter() - begun)))
            room.waits.append(time.perf_counter() - chosen)
            room.kept[place.attempt, sequence] = (position, letter)
            return
        await asyncio.sleep(wait * (0.5 + chance.random()))
    raise AssertionError("never acknowledged")


async def asked(
    room: Room, place: Place, method: str, path: str, token: str, given: Any = None
) -> tuple[int, bytes]:
    """(status, body) of one request on a connection of its own; 0 where none came."""
    body = json.dumps(given).encode() if given is not None else b""
    head = (
        f"{method} /attempts/{place.attempt}{path} HTTP/1.1\r\nHost: 127.0.0.1:{room.port}\r\n"
        f"Cookie: {place.cookie}\r\nX-CSRFToken: {token}\r\nHX-Request: true\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", room.port)
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
    except OSError:
        answer = b""
    told, _, content = answer.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", told)
    whole = length is not None and len(content) == int(length[1])
    status = int(told.split()[1]) if whole else 0  # killed in the middle of its words
    if found := re.search(rb"Set-Cookie: (zhixi=[^;]+)", told):
        place.cookie = found[1].decode()
    what = "save" if path == "/events" else path.partition("?")[0] or "page"
    room.outcomes[f"{what} {status or 'no answer'}"] += 1
    return status, content


# The home


def prepared(settings: Settings, count: int) -> list[Place]:
    """People, questions, an exam and an attempt for each."""
    with opened(settings, Clock(datetime.now(UTC))) as services:
        migrate.upgrade(services.db)
        at = datetime.now(UTC)
        with services.db.work(SYSTEM, "bench") as session:
            [first] = add_people(session, [Member("0000", "学员0", ("agent",), "1组")], at)
            people = [first, *(_person(session, n, first, at) for n in range(1, count))]
            session.flush()
            tokens = [accounts.sign_in(session, one, Origin(), at) for one in people]
            rows = [exam_world.add_question(session) for _ in range(QUESTIONS)]
            exam = exam_world.add_exam(
                session,
                exam_world.add_paper(session, rows),
                opens_at=at - timedelta(minutes=1),
                closes_at=at + timedelta(hours=3),
                published_at=at - timedelta(minutes=2),
            )
            begun = [
                attempts.begin(session, exam, Taker(one.id, None, "", EVERYTHING), at).id
                for one in people
            ]
        app = create_app(settings, made=services)
        made = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return [
            Place(id, f"zhixi={made.dumps({'sign_in': token})}", f"page-{id}")
            for id, token in zip(begun, tokens, strict=True)
        ]


def _person(session: Any, number: int, pattern: Person, at: datetime) -> Person:
    """One more with the password of the first: one hash does for all."""
    made = Person(
        number=f"{number:04}",
        name=f"学员{number}",
        team=pattern.team,
        password_hash=pattern.password_hash,
        must_change_password=False,
        created_at=at,
    )
    session.add(made)
    accounts.set_roles(made, [accounts.role_named(session, "agent")])
    return made


def lost(settings: Settings, room: Room, places: list[Place]) -> tuple[int, int]:
    """(acknowledged answers the log does not have, questions that hold another than the last)."""
    last: dict[tuple[int, int], tuple[int, str]] = {}
    for (attempt, sequence), (position, letter) in sorted(room.kept.items()):
        last[attempt, position] = (sequence, letter)
    with opened(settings, Clock()) as services, services.db.reading() as session:
        events = select(AttemptEvent.attempt_id, AttemptEvent.sequence, AttemptEvent.position)
        there = {
            (attempt, sequence, position)
            for attempt, sequence, position in session.execute(
                events.where(AttemptEvent.kind == "answered")
            )
        }
        columns = (
            AttemptQuestion.attempt_id,
            AttemptQuestion.position,
            AttemptQuestion.order,
            AttemptQuestion.response,
        )
        held = {(a, p): (order, said) for a, p, order, said in session.execute(select(*columns))}
    missing = sum((a, s, p) not in there for (a, s), (p, _) in room.kept.items())
    wrong = sum(
        held[key][0]["ABCD".index(letter)] != held[key][1] for key, (_, letter) in last.items()
    )
    return missing, wrong


# The run


async def run(settings: Settings, places: list[Place], given: argparse.Namespace) -> Room:
    with serving(settings) as service:
        room = Room(service.port)
        tokens = await asyncio.gather(*(opened_page(p, room, OPENING) for p in places))
        until = time.monotonic() + given.seconds
        tasks = [
            asyncio.create_task(trainee(place, token, room, until, given.think))
            for place, token in zip(places, tokens, strict=True)
        ]
        for _ in range(given.kills):
            await asyncio.sleep(given.seconds / (given.kills + 1))
            service = await _again(settings, service, room)
        await asyncio.gather(*tasks)
        service.stop(signal.SIGTERM)
    return room


async def _again(settings: Settings, service: Service, room: Room) -> Service:
    """Killed, and started again on its port by another process."""
    begun = time.perf_counter()
    await asyncio.to_thread(kill, service)
    entered = serving(settings, port=service.port)
    made = await asyncio.to_thread(entered.__enter__)
    _OPEN.append(entered)
    room.down.append((begun, time.perf_counter()))
    return made


_OPEN: list[Any] = []


@contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{home / 'zhixi.sqlite'}"
        return
    with postgres.running(careful=True) as server:
        yield server.create("zhixi_bench")


def report(room: Room, given: argparse.Namespace, missing: tuple[int, int]) -> None:
    all_saves = [ms for _, ms in room.saves]
    p50, p95, p99 = (shelves.share(all_saves, part) for part in (0.5, 0.95, 0.99))
    usual = room.usual()
    usual50, usual95 = (shelves.share(usual, part) for part in (0.5, 0.95))
    page50, page95 = (shelves.share(room.pages, part) for part in (0.5, 0.95))
    outages = "、".join(f"{after - before:.1f}" for before, after in room.down) or "none"
    sys.stdout.write(
        f"{given.database}: {given.trainees} trainees, an answer about every {given.think:g} s, "
        f"{given.seconds:g} s, killed {len(room.down)} times (down {outages} s)\n"
        f"a save p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms (n = {len(all_saves)}); "
        f"bar {BAR_MS:.0f} ms\n"
        f"without the outages and {SETTLED:g} s after each: p50 {usual50:.0f} ms, "
        f"p95 {usual95:.0f} ms (n = {len(usual)})\n"
        f"from a choice to its acknowledgement at worst {max(room.waits):.1f} s; "
        f"a page p50 {page50:.0f} ms, p95 {page95:.0f} ms (n = {len(room.pages)})\n"
        f"acknowledged {len(room.kept)}; missing from the log {missing[0]}, "
        f"answers that are not the last acknowledged {missing[1]}\n"
        f"{dict(sorted(room.outcomes.items()))}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trainees", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=240.0)
    parser.add_argument("--think", type=float, default=20.0)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhixi-sitting-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with database(given.database, home) as url:
            settings = Settings(home, url, "whoosh:", SECRET)
            places = prepared(settings, given.trainees)
            room = asyncio.run(run(settings, places, given))
            for entered in _OPEN:
                entered.__exit__(None, None, None)
            report(room, given, lost(settings, room, places))


if __name__ == "__main__":
    main()
