"""The index: engines behind one contract, generations on disk, one writer, many readers."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import cast

from ..query import Query
from ..vocabulary import Vocabulary
from . import generations
from .contract import (
    Candidate,
    Document,
    Engine,
    EngineKind,
    Found,
    Index,
    IndexBusy,
    IndexStale,
    Scope,
    UnknownEngine,
)

ENGINES: Mapping[str, str] = MappingProxyType(
    {
        "memory": "kb.index.memory",
        "whoosh": "kb.index.whoosh",
        "tantivy": "kb.index.tantivy",
    }
)
"""Name → module. To add an engine, write a module with its ``create`` and ``open``, and a line."""

AUTO = ("tantivy", "whoosh")
"""What ``auto`` takes: the first that is installed."""


def open_index(folder: str | Path, url: str, vocabulary: Vocabulary) -> Index:
    """The index in ``folder``; raises IndexStale where it must be rebuilt, UnknownEngine."""
    return _Followed(Path(folder), engine_of(url), vocabulary)


def rebuild(
    folder: str | Path,
    url: str,
    vocabulary: Vocabulary,
    documents: Iterable[Document],
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Fill a new generation beside the current one, then switch in one step.

    Documents of one article come one after the other. ``progress`` hears how many are done.
    The caller sees to it that nothing is applied meanwhile.
    """
    folder, engine = Path(folder), engine_of(url)
    with generations.writing(folder):
        fresh = generations.prepare(folder)
        index = engine.create(fresh, vocabulary)
        try:
            index.fill(_counted(documents, progress))
        finally:
            index.close()
        generations.switch(folder, fresh, generations.fingerprint(engine, vocabulary))


def engine_of(url: str) -> EngineKind:
    """The engine of ``auto``, ``whoosh:``, ``tantivy:`` or ``memory:``."""
    name = url.partition(":")[0]
    for candidate in AUTO if name == "auto" else (name,):
        if candidate in ENGINES and (engine := _imported(candidate)) is not None:
            return engine
    raise UnknownEngine(url, ("auto", *ENGINES))


def _imported(name: str) -> EngineKind | None:
    try:
        return cast(EngineKind, importlib.import_module(ENGINES[name]))
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        return None


def _counted(documents: Iterable[Document], progress: Callable[[int], None]) -> Iterator[Document]:
    done = 0
    for done, document in enumerate(documents, start=1):
        yield document
        if done % 100 == 0:
            progress(done)
    progress(done)


class _Followed:
    """An index that follows the current generation; safe for the threads of a process."""

    def __init__(self, folder: Path, kind: EngineKind, vocabulary: Vocabulary) -> None:
        self._folder, self._kind, self._vocabulary = folder, kind, vocabulary
        self._turn = threading.RLock()
        self.name = kind.name
        self.fingerprint = generations.fingerprint(kind, vocabulary)
        self._stamp, self._lent = self._open()

    def _open(self) -> tuple[tuple[int, int], _Lent]:
        stamp = generations.stamp(self._folder)
        generation = generations.current(self._folder, self.fingerprint)
        return stamp, _Lent(self._kind.open(generation, self._vocabulary))

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        with generations.writing(self._folder), self._turn:
            self._follow()
            with self._borrowed() as engine:
                engine.refresh()
                engine.apply(changes)

    def search(self, query: Query, scope: Scope, limit: int) -> Found:
        with self._borrowed() as engine:
            return engine.search(query, scope, limit)

    def frequency(self, field: str, term: str) -> int:
        with self._borrowed() as engine:
            return engine.frequency(field, term)

    def contents(self) -> dict[int, frozenset[int]]:
        with self._borrowed() as engine:
            return engine.contents()

    def refresh(self) -> None:
        if generations.stamp(self._folder) != self._stamp:
            # While one thread opens the new generation the others go on with the old one.
            if not self._turn.acquire(blocking=False):
                return
            try:
                self._follow()
            finally:
                self._turn.release()
        with self._borrowed() as engine:
            engine.refresh()

    def _follow(self) -> None:
        if generations.stamp(self._folder) != self._stamp:
            old = self._lent
            self._stamp, self._lent = self._open()
            old.retire()

    @contextmanager
    def _borrowed(self) -> Iterator[Engine]:
        lent = self._lent
        while not lent.take():
            if lent is self._lent:
                raise IndexStale(self._folder, "已经关闭")
            lent = self._lent  # another generation became current since we looked
        try:
            yield lent.engine
        finally:
            lent.give_back()

    def close(self) -> None:
        self._lent.retire()


class _Lent:
    """An engine that is closed when it is retired and the last thread has given it back."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._users, self._retired = 0, False
        self._lock = threading.Lock()

    def take(self) -> bool:
        with self._lock:
            if self._retired:
                return False
            self._users += 1
            return True

    def give_back(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._retired and not self._users
        if last:
            self.engine.close()

    def retire(self) -> None:
        with self._lock:
            closing = not self._retired and not self._users
            self._retired = True
        if closing:
            self.engine.close()


__all__ = [
    "ENGINES",
    "Candidate",
    "Document",
    "Found",
    "Index",
    "IndexBusy",
    "IndexStale",
    "Scope",
    "UnknownEngine",
    "engine_of",
    "open_index",
    "rebuild",
]
