"""Many programs at once against a server that was really started.

    python -m tests.bench.load --articles 20000 --clients 32 --seconds 20

Fills a home, starts ``zhixi serve --workers 2`` and lets the clients ask ``/api/v1/search`` one
question after the other over connections that stay open. The clients share the machine with
the server: what they cost themselves is measured on ``/healthz`` and printed beside it. With
``--edits`` an article is published every second meanwhile, and the time until a search over
HTTP shows it is measured.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from kb import articles
from kb.articles import Edit
from tests.homes import SECRET, opened
from tests.processes import Service, serving
from tests.world import CAST, Clock, World, add_people
from web import accounts, migrate
from web.db import SYSTEM
from web.services import make_services
from web.settings import Settings

from . import shelves

BAR_RATE, BAR_MS, BAR_VISIBLE = 150.0, 150.0, 2.0
PROCESSES = 2
PATIENCE = 30.0


@dataclass(slots=True)
class Seen:
    """What the clients of one process saw."""

    times: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, other: Seen) -> None:
        self.times += other.times
        self.statuses += other.statuses


def client(
    port: int, paths: Sequence[str], headers: dict[str, str], until: float, seed: int, seen: Seen
) -> None:
    """Ask one path after the other until the time is over."""
    chance = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    while time.monotonic() < until:
        begun = time.perf_counter()
        try:
            connection.request("GET", chance.choice(paths), headers=headers)
            response = connection.getresponse()
            response.read()
            status = str(response.status)
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
            connection.close()
        seen.times.append((time.perf_counter() - begun) * 1000)
        seen.statuses[status] += 1
    connection.close()


def crowd(
    port: int,
    paths: Sequence[str],
    headers: dict[str, str],
    seconds: float,
    clients: int,
    results: multiprocessing.SimpleQueue[Seen],
) -> None:
    """One process of clients."""
    until = time.monotonic() + seconds
    parts = [Seen() for _ in range(clients)]
    threads = [
        threading.Thread(target=client, args=(port, paths, headers, until, number, part))
        for number, part in enumerate(parts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Seen()
    for part in parts:
        total.add(part)
    results.put(total)


def asked(
    port: int, paths: Sequence[str], headers: dict[str, str], seconds: float, clients: int
) -> tuple[Seen, float]:
    """What all clients saw, and for how many seconds they asked."""
    context = multiprocessing.get_context("spawn")
    results = context.SimpleQueue()
    shares = [clients // PROCESSES + (n < clients % PROCESSES) for n in range(PROCESSES)]
    processes = [
        context.Process(target=crowd, args=(port, paths, headers, seconds, share, results))
        for share in shares
        if share
    ]
    begun = time.perf_counter()
    for process in processes:
        process.start()
    seen = Seen()
    for _ in processes:
        seen.add(results.get())
    for process in processes:
        process.join()
    return seen, min(seconds, time.perf_counter() - begun)


def prepared(settings: Settings, count: int) -> str:
    """Fill the home; returns an agent's token."""
    with opened(settings, Clock()) as services:
        migrate.upgrade(services.db)
        with services.db.work(SYSTEM, "bench") as session:
            [person] = add_people(session, [CAST["agent"]], services.now())
            token = accounts.add_token(session, person, "bench", services.now())
        shelves.fill(services.library, shelves.articles(count))
    return token


@contextmanager
def editing(settings: Settings, service: Service, token: str) -> Iterator[list[float]]:
    """An article is published every second; how long until a search over HTTP shows it."""
    visible: list[float] = []
    over = threading.Event()
    services = make_services(settings)
    world = World(services, Clock())
    [record] = shelves.articles(1)

    def shown(word: str) -> bool:
        reply = service.get(f"/api/v1/search?q={word}", Authorization=f"Bearer {token}")
        return any(hit["key"] == f"edit-{word}" for hit in reply.json().get("hits", ()))

    def edit() -> None:
        number = 0
        while not over.wait(1.0):
            number += 1
            word = f"ZX{number:05d}Q"
            fresh = replace(record, key=f"edit-{word}", title=f"刚发布的 {word}", audiences=())
            with world.work(doing="bench.edit") as session:
                articles.put(session, fresh, Edit(None, services.now()), publish_it=True)
            begun = time.monotonic()
            while not shown(word) and time.monotonic() - begun < PATIENCE:
                time.sleep(0.02)
            visible.append(time.monotonic() - begun)

    thread = threading.Thread(target=edit)
    thread.start()
    try:
        yield visible
    finally:
        over.set()
        thread.join()
        services.library.close()
        services.db.dispose()


def row(name: str, seen: Seen, seconds: float) -> str:
    wrong = seen.statuses.total() - seen.statuses["200"]
    figures = "".join(f"{shelves.share(seen.times, part):9.1f}" for part in (0.5, 0.95, 0.99))
    rate = seen.statuses.total() / seconds
    return f"{name:<22}{seen.statuses.total():>9}{rate:9.0f}{figures}{wrong:>8}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--edits", action="store_true", help="publish meanwhile")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhixi-load-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        database = f"sqlite:///{home / 'zhixi.sqlite'}"
        settings = Settings(home, database, given.engine, SECRET, api_rate=10_000_000)
        begun = time.perf_counter()
        token = prepared(settings, given.articles)
        sys.stdout.write(
            f"{given.articles} articles, {given.engine}, {given.workers} workers, "
            f"{given.clients} clients; filled in {time.perf_counter() - begun:.0f} s\n"
        )
        with serving(settings, "--workers", str(given.workers)) as service:
            report(settings, service, token, given)


def report(settings: Settings, service: Service, token: str, given: argparse.Namespace) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    paths = [f"/api/v1/search?q={quote(q)}" for q in shelves.questions()]
    asked(service.port, paths, headers, 3.0, given.clients)  # caches filled, as after a minute
    floor, floor_seconds = asked(service.port, ["/healthz"], {}, 5.0, given.clients)
    sys.stdout.write("                       requests    per s  p50 ms   p95 ms   p99 ms  errors\n")
    sys.stdout.write(row("/healthz (the floor)", floor, floor_seconds) + "\n")
    if given.edits:
        with editing(settings, service, token) as visible:
            seen, seconds = asked(service.port, paths, headers, given.seconds, given.clients)
    else:
        seen, seconds = asked(service.port, paths, headers, given.seconds, given.clients)
    sys.stdout.write(row("/api/v1/search", seen, seconds) + "\n")
    rate, p95 = seen.statuses.total() / seconds, shelves.share(seen.times, 0.95)
    sys.stdout.write(
        f"rate {rate / BAR_RATE:.2f} of the bar of {BAR_RATE:.0f}/s, "
        f"p95 {p95 / BAR_MS:.2f} of the bar of {BAR_MS:.0f} ms, statuses {dict(seen.statuses)}\n"
    )
    if given.edits and visible:
        sys.stdout.write(
            f"{len(visible)} edits visible after p50 {shelves.share(visible, 0.5):.2f} s, "
            f"slowest {max(visible):.2f} s; bar {BAR_VISIBLE:.0f} s\n"
        )


if __name__ == "__main__":
    main()
