"""Generations of an index in a folder, and which one is current.

    folder/current        JSON: generation and fingerprint; replaced in one step
    folder/writer.lock    one writer at a time, over all processes
    folder/<generation>/  an engine's files

A rebuild fills a new generation beside the current one, then points to it. One that was never
pointed to is litter, and is removed by the next rebuild.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ..text import PIPELINE
from ..vocabulary import Vocabulary
from .contract import EngineKind, IndexBusy, IndexStale
from .fields import SCHEMA

CURRENT = "current"
PATIENCE = 60.0
"""Seconds a writer waits for its turn."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """What ``current`` says."""

    generation: str
    fingerprint: str


def fingerprint(engine: EngineKind, vocabulary: Vocabulary) -> str:
    """Engine, fields, text pipeline and terms: where one differs the index must be rebuilt."""
    parts = (engine.name, engine.version, SCHEMA, PIPELINE, vocabulary.fingerprint)
    return engine.name + "-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def read(folder: Path) -> Pointer:
    """The current generation; raises IndexStale where there is none."""
    try:
        content = json.loads((folder / CURRENT).read_text(encoding="utf-8"))
        pointer = Pointer(str(content["generation"]), str(content["fingerprint"]))
    except FileNotFoundError:
        raise IndexStale(folder, "还没有检索库") from None
    except (ValueError, KeyError, TypeError):
        raise IndexStale(folder, "指针文件损坏") from None
    if not (folder / pointer.generation).is_dir():
        raise IndexStale(folder, "指针指向的文件夹不见了")
    return pointer


def current(folder: Path, wanted: str) -> Path:
    """The current generation's folder; raises IndexStale if its fingerprint is another."""
    pointer = read(folder)
    if pointer.fingerprint != wanted:
        raise IndexStale(folder, "引擎、分词或词典已变")
    return folder / pointer.generation


def stamp(folder: Path) -> tuple[int, int]:
    """Changes whenever another generation becomes current; cheap to ask."""
    try:
        status = (folder / CURRENT).stat()
    except FileNotFoundError:
        raise IndexStale(folder, "还没有检索库") from None
    return status.st_ino, status.st_mtime_ns


def prepare(folder: Path) -> Path:
    """A new, empty folder for the next generation; generations nobody points to are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        kept = read(folder).generation
    except IndexStale:
        kept = ""
    for old in folder.glob("g-*"):
        if old.name != kept:
            shutil.rmtree(old, ignore_errors=True)
    fresh = folder / f"g-{time.time_ns():x}"
    fresh.mkdir()
    return fresh


def switch(folder: Path, generation: Path, fingerprint: str) -> None:
    """Make ``generation`` the current one, in one step that survives a power cut."""
    content = json.dumps(asdict(Pointer(generation.name, fingerprint)))
    _sync_folder(generation)
    fresh = folder / f"{CURRENT}.{os.getpid()}"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, folder / CURRENT)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def writing(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Be the only writer over all processes; raises IndexBusy after ``patience`` seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "writer.lock").open("a") as file:
        deadline = time.monotonic() + patience
        while not _taken(file.fileno()):
            if time.monotonic() >= deadline:
                raise IndexBusy(folder, patience)
            time.sleep(0.02)
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
