"""How long the server works on one search at the desk.

    python -m tests.bench.desk --articles 1400 --engine whoosh

Real requests through the whole site (sign-in, permission, search, gate, template, log) without
a network. Beside them what they are made of: the search alone, and a page that searches
nothing. CPU time is what the machine would need with nothing else to do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.browsing import Client
from tests.homes import SECRET, opened
from tests.world import CAST, Clock, World, add_people
from web import migrate
from web.app import create_app
from web.settings import Settings

from . import shelves

BAR_MS = 60.0


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each call, by the clock on the wall and by the processor's."""

    wall: Sequence[float]
    cpu: Sequence[float]

    def row(self, name: str, base: Times | None = None) -> str:
        figures = [shelves.share(t, p) for t in (self.wall, self.cpu) for p in (0.5, 0.95, 0.99)]
        ratio = f"{figures[3] / (shelves.share(base.cpu, 0.5) or 1):8.1f}×" if base else ""
        return f"{name:<28}" + "".join(f"{figure:9.1f}" for figure in figures) + ratio


def timed(call: Callable[[str], object], texts: Sequence[str]) -> Times:
    wall, cpu = [], []
    for text in texts:
        begun, worked = time.perf_counter(), time.process_time()
        call(text)
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    return Times(wall, cpu)


def run(
    home: Path, engine: str, count: int, given: Sequence[Path], asked: Path | None
) -> list[str]:
    """The table, line by line."""
    settings = Settings(home, f"sqlite:///{home / 'zhixi.sqlite'}", f"{engine}:", SECRET)
    with opened(settings, Clock()) as services:
        migrate.upgrade(services.db)
        world = World(services, services.library.clock)  # type: ignore[arg-type]
        with world.work(doing="bench") as session:
            add_people(session, [CAST["agent"]], world.clock())
        begun = time.perf_counter()
        shelves.fill(services.library, shelves.articles(count, given))
        filled = time.perf_counter() - begun
        app = create_app(settings, made=services)
        app.test_client_class = Client
        client = app.test_client()
        assert isinstance(client, Client)
        client.sign_in(world, "agent")
        return [
            f"{count} articles, {engine}, filled and indexed in {filled:.1f} s",
            *_measured(client, services.library.search, shelves.questions(asked)),
        ]


def _measured(client: Client, search: Callable[[str], object], texts: Sequence[str]) -> list[str]:
    def ask(q: str, fragment: bool) -> None:
        headers = {"HX-Request": "true"} if fragment else {}
        response = client.get("/desk", query_string={"q": q}, headers=headers)
        assert response.status_code == 200

    def nothing(q: str) -> None:
        assert client.get("/account/password").status_code == 200

    ask(texts[0], False)  # templates are compiled, files read
    floor = timed(nothing, texts)
    alone = timed(search, texts)
    first = timed(lambda q: ask(q, True), texts)
    again = timed(lambda q: ask(q, True), texts)
    typed = timed(lambda q: ask(q, True), [q[:n] for q in texts[:60] for n in range(1, len(q))])
    whole = timed(lambda q: ask(q, False), texts)
    p95 = shelves.share(first.wall, 0.95)
    return [
        f"{len(texts)} questions; milliseconds" + " " * 5 + "wall p50      p95      p99"
        "  cpu p50      p95      p99   × floor",
        floor.row("a page without a search"),
        alone.row("the search alone", floor),
        first.row("desk fragment, first time", floor),
        again.row("desk fragment, asked again", floor),
        typed.row("desk fragment, key by key", floor),
        whole.row("desk page", floor),
        f"server time p95 {p95:.1f} ms; bar {BAR_MS:.0f} ms; {p95 / BAR_MS:.2f} of it",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=1400)
    parser.add_argument("--engine", default="whoosh")
    parser.add_argument("--given", type=Path, action="append", default=[], help="article files")
    parser.add_argument("--questions", type=Path, help='lines of {"query"}')
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhixi-desk-") as folder:
        table = run(Path(folder), asked.engine, asked.articles, asked.given, asked.questions)
    sys.stdout.writelines(f"{line}\n" for line in table)


if __name__ == "__main__":
    main()
