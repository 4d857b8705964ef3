"""What another process does to a home while a test looks on."""

from __future__ import annotations

import importlib.util
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from kb import articles
from kb.articles import Edit
from kb.library import Library
from kb.records import Record
from tests.world import Clock

ENGINES = ("memory", *(name for name in ("whoosh", "tantivy") if importlib.util.find_spec(name)))
"""Those that are installed; only tantivy may be missing."""

CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["tests.kb.warm"])

PATIENCE = 120.0
"""Seconds after which a process that should have ended is taken for hanging."""


@contextmanager
def opened(home: Path, url: str, database: str) -> Iterator[Library]:
    """A library whose clock stands still, as every process of a test sees it."""
    with Library.open(home, url=url, database=database) as library:
        library.clock = Clock()
        yield library


def put(library: Library, *records: Record, publish: bool = True) -> None:
    with library.writing() as session:
        for record in records:
            articles.put(session, record, Edit(None, library.clock()), publish_it=publish)


def retire(library: Library, key: str) -> None:
    with library.writing() as session:
        articles.retire(session, articles.get(session, key), Edit(None, library.clock()))


def notice(number: int, version: int = 1) -> Record:
    """An article that only its own number finds."""
    return Record(f"n{number}", f"通知N{number}", f"通知N{number}的第V{version}稿，内容照旧。\n")


def publish_many(home: Path, url: str, database: str, first: int, count: int) -> None:
    with opened(home, url, database) as library:
        for number in range(first, first + count):
            put(library, notice(number))
            library.sync()


def rebuild_often(home: Path, url: str, database: str, times: int) -> None:
    with opened(home, url, database) as library:
        for _ in range(times):
            library.rebuild()


def revise_and_rebuild(home: Path, url: str, database: str, numbers: int, rounds: int) -> None:
    """Every article gets a new text in every round, and every third round all is built anew."""
    with opened(home, url, database) as library:
        for version in range(2, rounds + 2):
            for number in range(numbers):
                put(library, notice(number, version))
            library.sync()
            if version % 3 == 0:
                library.rebuild()


@contextmanager
def process(task: Callable[..., None], *args: Any) -> Iterator[BaseProcess]:
    """The task in a process of its own; its failure fails the test."""
    started = CHILDREN.Process(target=task, args=args)
    started.start()
    try:
        yield started
        started.join(PATIENCE)
        assert started.exitcode == 0
    finally:
        if started.is_alive():
            started.kill()
            started.join()
