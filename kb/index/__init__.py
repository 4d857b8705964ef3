"""The index: engines behind one contract, generations on disk, one writer, many readers."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
        self._open()

    def _open(self) -> None:
        self._stamp = generations.stamp(self._folder)
        generation = generations.current(self._folder, self.fingerprint)
        self._engine: Engine = self._kind.open(generation, self._vocabulary)

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        with generations.writing(self._folder), self._turn:
            self.refresh()
            self._engine.apply(changes)

    def search(self, query: Query, scope: Scope, limit: int) -> Found:
        return self._engine.search(query, scope, limit)

    def contents(self) -> dict[int, frozenset[int]]:
        return self._engine.contents()

    def refresh(self) -> None:
        if generations.stamp(self._folder) == self._stamp:
            self._engine.refresh()
            return
        with self._turn:
            if generations.stamp(self._folder) != self._stamp:
                old = self._engine
                self._open()
                old.close()

    def close(self) -> None:
        self._engine.close()


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
