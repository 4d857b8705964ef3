"""How soon two hundred open desks see a broadcast.

    python -m tests.bench.pulse --desks 200 --broadcasts 10

Fills a home, starts ``zhixi serve --workers 2`` and opens the desks: each is somebody signed
in who asks ``/pulse`` every second and a half, as ``static/js/pulse.js`` does. Then broadcasts
are sent, and the time until each desk has been told is measured. The desks share the machine
with the server; the server's own processor time is printed beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from kb import broadcasts
from kb.articles import Edit
from kb.broadcasts import Message
from tests.homes import SECRET, opened
from tests.processes import Service, serving
from tests.world import Clock, Member, add_people
from web import accounts, migrate
from web.accounts import Origin
from web.app import create_app
from web.db import SYSTEM
from web.models import Person
from web.services import make_services
from web.settings import Settings

from . import shelves

BAR_SECONDS = 3.0
EVERY, SPREAD = 1.5, 0.1


@dataclass(slots=True)
class Desks:
    """What all desks saw: {broadcast: {desk: seconds}}, and how their questions went."""

    port: int
    seen: dict[str, dict[int, float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)


async def desk(number: int, cookie: str, desks: Desks, until: float) -> None:
    chance, mark = random.Random(number), ""
    await asyncio.sleep(chance.random() * EVERY)
    while time.monotonic() < until:
        begun = time.perf_counter()
        status, body = await _get(desks.port, f"/pulse?since={quote(mark)}", cookie)
        desks.times.append((time.perf_counter() - begun) * 1000)
        desks.statuses[status] += 1
        if status == 200:
            told = json.loads(body)
            mark = told["mark"]
            for item in told["items"]:
                desks.seen.setdefault(item["sentence"], {}).setdefault(number, time.time())
        await asyncio.sleep(EVERY * (1 - SPREAD / 2 + SPREAD * chance.random()))


async def _get(port: int, path: str, cookie: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nHX-Request: true\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def prepared(settings: Settings, count: int, articles: int) -> list[str]:
    """Fill the home; returns the cookie of each desk."""
    with opened(settings, Clock()) as services:
        migrate.upgrade(services.db)
        clock = datetime.now(UTC)
        members = [Member(f"{n:04}", f"座席{n}", ("agent",), f"{n % 8}组") for n in range(count)]
        first = members[0]
        with services.db.work(SYSTEM, "bench") as session:
            [pattern] = add_people(session, [first], clock)
            people = [pattern]
            for member in members[1:]:  # one password's hash does for all
                person = Person(
                    number=member.number,
                    name=member.name,
                    team=accounts.ensure_team(session, member.team),
                    password_hash=pattern.password_hash,
                    must_change_password=False,
                    created_at=clock,
                )
                session.add(person)
                accounts.set_roles(person, [accounts.role_named(session, "agent")])
                people.append(person)
            session.flush()
            tokens = [accounts.sign_in(session, p, Origin(), clock) for p in people]
        shelves.fill(services.library, shelves.articles(articles))
        app = create_app(settings, made=services)
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return [f"zhixi={serializer.dumps({'sign_in': token})}" for token in tokens]


def cpu_seconds(service: Service) -> float:
    """Processor time of the server and all its children so far."""
    ticks = 0
    for pid in [service.process.pid, *service.children()]:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def measured(
    settings: Settings, service: Service, cookies: list[str], count: int
) -> tuple[Desks, dict[str, float], tuple[float, float]]:
    """What was seen, when each broadcast was sent, and (CPU per second quiet, with broadcasts)."""
    desks, sent = Desks(service.port), {}
    until = time.monotonic() + 10.0 + count * 5.0 + 4.0
    tasks = [asyncio.create_task(desk(n, c, desks, until)) for n, c in enumerate(cookies)]
    await asyncio.sleep(6.0)
    begun, worked = time.monotonic(), cpu_seconds(service)
    await asyncio.sleep(4.0)
    quiet = (cpu_seconds(service) - worked) / (time.monotonic() - begun)
    services = make_services(settings)
    begun, worked = time.monotonic(), cpu_seconds(service)
    for number in range(count):
        title = f"第{number}条广播：G18次停运，请主动告知旅客"
        at = services.now()
        with services.db.work(SYSTEM, "bench.send") as session:
            broadcasts.send(session, Message(title, urgent=number % 2 == 0), Edit(None, at))
        sent[title] = time.time()
        await asyncio.sleep(5.0)
    busy = (cpu_seconds(service) - worked) / (time.monotonic() - begun)
    services.library.close()
    services.db.dispose()
    await asyncio.gather(*tasks)
    return desks, sent, (quiet, busy)


def report(desks: Desks, sent: dict[str, float], cpu: tuple[float, float], count: int) -> None:
    slowest, all_times = [], []
    for title, at in sent.items():
        times = [moment - at for moment in desks.seen.get(title, {}).values()]
        missed = count - len(times)
        slowest.append(float("inf") if missed else max(times))
        all_times += times
    middle = sorted(slowest)[len(slowest) // 2]
    p50, p95 = (shelves.share(all_times, part) for part in (0.5, 0.95))
    answer50, answer95 = (shelves.share(desks.times, part) for part in (0.5, 0.95))
    sys.stdout.write(
        f"{count} desks, {len(sent)} broadcasts: seen after p50 {p50:.2f} s, p95 {p95:.2f} s\n"
        f"by all desks after {max(slowest):.2f} s at worst, {middle:.2f} s in the middle; "
        f"bar {BAR_SECONDS:.0f} s\n"
        f"server: {cpu[0]:.2f} of a core while nothing is new, {cpu[1]:.2f} with a broadcast "
        f"every 5 s\n"
        f"an answer p50 {answer50:.1f} ms, p95 {answer95:.1f} ms; {dict(desks.statuses)}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--desks", type=int, default=200)
    parser.add_argument("--broadcasts", type=int, default=10)
    parser.add_argument("--articles", type=int, default=1400)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhixi-pulse-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        settings = Settings(home, f"sqlite:///{home / 'zhixi.sqlite'}", "whoosh:", SECRET)
        cookies = prepared(settings, given.desks, given.articles)
        with serving(settings, "--workers", str(given.workers)) as service:
            desks, sent, cpu = asyncio.run(measured(settings, service, cookies, given.broadcasts))
        report(desks, sent, cpu, given.desks)


if __name__ == "__main__":
    main()
