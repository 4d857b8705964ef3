"""Kill -9 in the middle of edits, syncs and rebuilds; what is left must be whole.

    python -m tests.bench.kills --kills 200 --engine whoosh

A child process edits, publishes, retires, renames, syncs and rebuilds in random order and says
on a pipe what it begins. At a random moment it is killed. Then the home is opened as after any
crash: the backlog is worked off, and index, database and what was acknowledged to the child are
compared. Every kill goes on with the home the last one left.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from kb import articles, categories, changes
from kb.articles import Edit
from kb.gate import decide
from kb.library import Library
from kb.models import Article, Category, Revision
from kb.records import Record
from tests.kb.crowd import CHILDREN
from tests.world import NOW

KEYS = 40
MOST_STEPS = 8
"""How many steps a child finishes before the one it may be killed in."""
LONGEST_WAIT = 0.1
"""Seconds within which it is then killed."""
STARTS_WITHIN = 120.0
PHASES = ("put", "publish", "retire", "rename", "sync", "rebuild")
EDIT = Edit(None, NOW)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the child does; ``mark`` is in the text it writes."""

    phase: str
    key: str
    mark: str


# The child: one step after the other, each said before it begins and after it was acknowledged


def child(home: Path, url: str, database: str, seed: int, parent: Connection) -> None:
    chance = random.Random(seed)
    with _opened(home, url, database) as library:
        library.index  # noqa: B018  # opened before the first step, which starts the clock
        step = 0
        while True:
            step += 1
            phase = chance.choices(PHASES, (30, 25, 10, 5, 20, 10))[0]
            key = f"k{chance.randrange(KEYS)}"
            said = Step(phase, key, f"{seed}x{step}")
            parent.send(("begin", said))
            STEPS[phase](library, key, said.mark)
            parent.send(("done", said))


@contextmanager
def _opened(home: Path, url: str, database: str) -> Iterator[Library]:
    with Library.open(home, url=url, database=database) as library:
        library.clock = lambda: NOW
        yield library


def _record(key: str, mark: str) -> Record:
    category = f"类{int(key[1:]) % 4}/下级"
    return Record(key, f"规定{key}", f"本文第{mark}稿，编号{key}。\n" * 3, category=category)


def _put(library: Library, key: str, mark: str) -> None:
    with library.writing() as session:
        articles.put(session, _record(key, mark), EDIT)


def _publish(library: Library, key: str, mark: str) -> None:
    with library.writing() as session:
        articles.put(session, _record(key, mark), EDIT, publish_it=True)


def _retire(library: Library, key: str, mark: str) -> None:
    with library.writing() as session:
        article = articles.find(session, key)
        if article is not None:
            articles.retire(session, article, EDIT)


def _rename(library: Library, key: str, mark: str) -> None:
    with library.writing() as session:
        ids = session.scalars(select(Category.id).order_by(Category.id)).all()
        if ids:
            categories.rename(session, ids[int(key[1:]) % len(ids)], f"类{mark}")


def _sync(library: Library, key: str, mark: str) -> None:
    library.sync()


def _rebuild(library: Library, key: str, mark: str) -> None:
    library.rebuild()


STEPS: dict[str, Callable[[Library, str, str], None]] = {
    "put": _put,
    "publish": _publish,
    "retire": _retire,
    "rename": _rename,
    "sync": _sync,
    "rebuild": _rebuild,
}


# The parent: kill, then look


@dataclass(slots=True)
class Figures:
    """What many kills came to."""

    kills: Counter[str] = field(default_factory=Counter)
    steps: int = 0
    differing: int = 0
    unsound: list[str] = field(default_factory=list)
    rebuilt: int = 0
    slowest_restart: float = 0.0

    def __str__(self) -> str:
        rows = [f"{phase:>8} {self.kills[phase]:>5}" for phase in (*PHASES, "between")]
        return "\n".join(
            [
                "killed during",
                *rows,
                f"   total {self.kills.total():>5}",
                f"steps acknowledged {self.steps}",
                f"indexes that had to be built anew {self.rebuilt}",
                f"slowest restart {self.slowest_restart:.2f} s",
                f"index and database differ {self.differing}",
                f"database unsound {len(self.unsound)}",
            ]
        )


def run(home: Path, url: str, database: str, kills: int, seed: int) -> Figures:
    """Kill ``kills`` children one after the other on one home."""
    chance, figures = random.Random(seed), Figures()
    for number in range(kills):
        done, interrupted = _killed(home, url, database, seed * 10_000 + number, chance)
        figures.kills[interrupted.phase if interrupted else "between"] += 1
        figures.steps += len(done)
        _look(home, url, database, done, interrupted, figures)
    return figures


def _killed(
    home: Path, url: str, database: str, seed: int, chance: random.Random
) -> tuple[list[Step], Step | None]:
    """Run a child and kill it: the steps it finished, and the one it was at."""
    ours, theirs = CHILDREN.Pipe(duplex=False)
    process = CHILDREN.Process(target=child, args=(home, url, database, seed, theirs))
    process.start()
    theirs.close()
    said = []
    for _ in range(2 * chance.randint(1, MOST_STEPS) + 1):  # begin, done, …, begin
        if not ours.poll(STARTS_WITHIN):
            raise RuntimeError(f"the child fell silent after {said}")
        said.append(ours.recv())
    time.sleep(chance.random() * LONGEST_WAIT)
    process.kill()
    process.join()
    if process.exitcode != -signal.SIGKILL:
        raise RuntimeError(f"the child ended by itself with {process.exitcode}")
    said += _received(ours)
    kind, last = said[-1]
    return [step for kind, step in said if kind == "done"], last if kind == "begin" else None


def _received(pipe: Connection) -> Iterator[tuple[str, Step]]:
    """All that was said in full before the end."""
    with pipe, suppress(EOFError, OSError):
        while True:
            yield pipe.recv()


def _look(
    home: Path,
    url: str,
    database: str,
    done: Sequence[Step],
    interrupted: Step | None,
    figures: Figures,
) -> None:
    with _opened(home, url, database) as library:
        before = _generation(library)
        begun = time.perf_counter()
        library.sync()
        differences = library.differences()
        figures.slowest_restart = max(figures.slowest_restart, time.perf_counter() - begun)
        figures.rebuilt += _generation(library) != before
        figures.differing += bool(differences)
        # What was interrupted may have happened or not; both are right.
        sure = [s for s in done if interrupted is None or s.key != interrupted.key]
        with library.reading() as session:
            figures.unsound += [*_wrong(session), *_lost(session, sure)]
            figures.unsound += _unfound(library, session)


def _generation(library: Library) -> str:
    try:
        return str(json.loads((library.folder / "current").read_text())["generation"])
    except FileNotFoundError:
        return ""


def _wrong(session: Session) -> list[str]:
    """What a database that survived a crash must never show."""
    found = []
    if session.get_bind().dialect.name == "sqlite":
        check = session.scalar(text("pragma integrity_check"))
        found += [] if check == "ok" else [f"integrity: {check}"]
        found += [
            f"foreign key: {row}" for row in session.execute(text("pragma foreign_key_check"))
        ]
    if waiting := changes.backlog(session):
        found.append(f"{waiting} entries still wait after a sync")
    query = select(Article).where(~Article.revisions.any())
    found += [f"{article.key} has no revision" for article in session.scalars(query)]
    query_numbers = select(Revision.article_id, func.count(), func.max(Revision.number)).group_by(
        Revision.article_id
    )
    found += [
        f"article {id}: {count} revisions, newest is {newest}"
        for id, count, newest in session.execute(query_numbers)
        if count != newest
    ]
    paths = set(session.scalars(select(Category.path)))
    found += [
        f"{p} lost its parent" for p in paths if "/" in p and p.rpartition("/")[0] not in paths
    ]
    return found


def _lost(session: Session, done: Sequence[Step]) -> list[str]:
    """Acknowledged edits of which the database knows nothing."""
    last = {step.key: step for step in done if step.phase in ("put", "publish", "retire")}
    found = []
    for key, step in last.items():
        article = articles.find(session, key)
        if step.phase == "retire":
            if article is not None and article.retired_at is None:
                found.append(f"{key}: retired, and in use again")
        elif article is None or all(f"第{step.mark}稿" not in r.body for r in article.revisions):
            found.append(f"{key}: {step.phase} {step.mark} is lost")
    return found


def _unfound(library: Library, session: Session) -> list[str]:
    """Articles in force that their own words do not find, or others that they do."""
    found = []
    for article in session.scalars(select(Article)):
        holds = None if article.retired_at else decide(article.revisions, NOW)
        hits = [hit for hit in library.search(f"规定{article.key}").hits if hit.key == article.key]
        if [hit.revision for hit in hits] != ([holds.number] if holds else []):
            found.append(f"{article.key}: found {hits}, in force {holds and holds.number}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--engine", default="whoosh", help="memory, whoosh or tantivy")
    parser.add_argument("--database", default="", help="SQLite in a temporary home by default")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zhixi-kills-") as folder:
        home = Path(folder)
        database = asked.database or f"sqlite:///{home / 'kb.sqlite'}"
        figures = run(home, f"{asked.engine}:", database, asked.kills, asked.seed)
    sys.stdout.write(f"engine {asked.engine}, {asked.kills} kills, seed {asked.seed}\n{figures}\n")
    sys.stdout.writelines(f"  {line}\n" for line in figures.unsound)
    sys.exit(bool(figures.differing or figures.unsound))


if __name__ == "__main__":
    main()
