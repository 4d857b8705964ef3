"""An index of what was said in calls: every word of every transcript, found in milliseconds.

    words = Words(folder / "calls.sqlite")
    words.add([(transcript.id, transcript.call_id, transcript.folded)])
    words.calls(("全额退款",), "agent")

Derived data in a file of its own, whatever the database: to be thrown away and made again. Kept
are pairs of neighbouring characters, so that any part of what was said is found, exactly as by
looking through all the texts: a phrase of pairs never crosses the end of a turn.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path

from .transcribing import AFTER_AGENT, BEFORE_CUSTOMER

VERSION = 1
"""Of what is kept; another one means that the file is made again."""
END = "0"
"""Stands between turns; no pair of characters looks like it."""
AT_ONCE = 30.0
"""Seconds to wait for another process that is writing."""

_TABLES = (
    "create virtual table words using fts5(agent, nobody, customer, content='', detail=full)",
    "create table said (transcript integer primary key, call integer not null)",
    "create index said_call on said (call)",
    f"pragma user_version = {VERSION}",
)


class Unusable(Exception):
    """There is no such index yet, or not one of this version."""


class Words:
    """One file. Readers and one writer may use it at the same time."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def make(self) -> None:
        """Begin anew, with nothing in it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        for ending in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + ending).unlink(missing_ok=True)
        with closing(sqlite3.connect(self.file)) as made, made:
            made.execute("pragma journal_mode = wal")
            for statement in _TABLES:
                made.execute(statement)

    def add(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """``rows``: (transcript id, call id, folded text). A call's newer text replaces its older.

        Raises Unusable.
        """
        with self._open() as made, made:
            for transcript, call, folded in rows:
                made.execute("delete from said where call = ?", (call,))
                made.execute("insert into said values (?, ?)", (transcript, call))
                agent, _, rest = folded.partition(AFTER_AGENT)
                nobody, _, customer = rest.partition(BEFORE_CUSTOMER)
                made.execute(
                    "insert into words (rowid, agent, nobody, customer) values (?, ?, ?, ?)",
                    (transcript, *map(_pairs, (agent, nobody, customer))),
                )

    def last(self) -> int:
        """The highest transcript id, 0 where there is none. Raises Unusable."""
        with self._open() as made:
            (found,) = made.execute("select max(transcript) from said").fetchone()
        return int(found or 0)

    def known(self, after: int) -> set[int]:
        """Transcript ids above ``after``. Raises Unusable."""
        with self._open() as made:
            rows = made.execute("select transcript from said where transcript > ?", (after,))
            return {transcript for (transcript,) in rows}

    def calls(self, terms: Collection[str], said_by: str = "") -> set[int]:
        """Ids of calls in which every term was said. Raises Unusable."""
        if not terms:
            return set()
        asked = " AND ".join(_asked(term, said_by) for term in terms)
        query = "select call from words join said on transcript = words.rowid where words match ?"
        with self._open() as made:
            return {call for (call,) in made.execute(query, (asked,))}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self.file.exists():
            raise Unusable
        try:
            with closing(sqlite3.connect(self.file, timeout=AT_ONCE)) as made:
                if made.execute("pragma user_version").fetchone() != (VERSION,):
                    raise Unusable
                yield made
        except sqlite3.DatabaseError as error:
            raise Unusable from error


def _pairs(text: str) -> str:
    return f" {END} ".join(" ".join(_of_turn(line)) for line in text.split("\n") if line)


def _of_turn(line: str) -> Iterator[str]:
    codes = [_code(character) for character in line]
    for one, other in pairwise(codes):
        yield one + other
    yield codes[-1]


def _asked(term: str, said_by: str) -> str:
    if len(term) == 1:
        phrase = f'"{_code(term)}" *'
    else:
        phrase = '"' + " ".join(_code(a) + _code(b) for a, b in pairwise(term)) + '"'
    return f"{{{said_by}}} : {phrase}" if said_by else phrase


@cache
def _code(character: str) -> str:
    """Six letters for every character: the index is told nothing of scripts and cases."""
    return f"{ord(character):06x}"
