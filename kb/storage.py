"""Files by their SHA-256: the same content is kept once, and never under another name.

    store = Files(home / "files")
    with open("规章.pdf", "rb") as file:
        kept = store.put(file)
    with store.open(kept.sha256) as file:
        ...

``Storage`` is all that callers know, so that a bucket elsewhere can take the folder's place.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from .errors import NotFound

_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_HALF = ".part"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the store; ``size`` in bytes."""

    sha256: str
    size: int


class Storage(Protocol):
    """Where files are kept. All names are SHA-256 in lower-case hex."""

    def put(self, file: IO[bytes]) -> Kept:
        """Keep what is left to read of ``file``; whole and durable on return, or not there."""

    def open(self, sha256: str) -> IO[bytes]:
        """The content, from which one may seek. Raises NotFound."""

    def exists(self, sha256: str) -> bool: ...

    def size(self, sha256: str) -> int | None:
        """Bytes; None where there is no such file."""

    def delete(self, sha256: str) -> None:
        """Harmless where it is gone already."""

    def all(self) -> Iterator[tuple[str, float]]:
        """(name, POSIX time at which it was last put) of everything kept."""

    def tidy(self, before: float) -> int:
        """Delete what a killed process left half written before that POSIX time; says how many."""


def is_hash(text: object) -> bool:
    return isinstance(text, str) and bool(_HASH.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Files:
    """A folder: ``ab/cdef…``, first two characters of the hash and the rest."""

    folder: Path

    def put(self, file: IO[bytes]) -> Kept:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A half file has no name of a content, and is left out of backups.
        handle, name = tempfile.mkstemp(suffix=_HALF, dir=self.folder)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                kept = _copied(file, target)
                target.flush()
                os.fsync(target.fileno())
            place = self._place(kept.sha256)
            place.parent.mkdir(exist_ok=True, mode=0o700)
            os.replace(part, place)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()
        _settle(place.parent)
        return kept

    def open(self, sha256: str) -> IO[bytes]:
        try:
            return self._place(sha256).open("rb")
        except (FileNotFoundError, ValueError):
            raise NotFound("文件", sha256[:12]) from None

    def exists(self, sha256: str) -> bool:
        return self.size(sha256) is not None

    def size(self, sha256: str) -> int | None:
        try:
            return self._place(sha256).stat().st_size
        except (FileNotFoundError, ValueError):
            return None

    def delete(self, sha256: str) -> None:
        with suppress(FileNotFoundError, ValueError):
            self._place(sha256).unlink()

    def all(self) -> Iterator[tuple[str, float]]:
        for path in sorted(self.folder.glob("??/*")):
            name = path.parent.name + path.name
            if is_hash(name):
                with suppress(FileNotFoundError):
                    yield name, path.stat().st_mtime

    def tidy(self, before: float) -> int:
        gone = 0
        for part in self.folder.glob(f"*{_HALF}"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < before:
                    part.unlink()
                    gone += 1
        return gone

    def _place(self, sha256: str) -> Path:
        if not is_hash(sha256):
            raise ValueError(f"not a SHA-256: {sha256!r}")
        return self.folder / sha256[:2] / sha256[2:]


def _copied(file: IO[bytes], target: IO[bytes]) -> Kept:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return Kept(digest.hexdigest(), size)


def _settle(folder: Path) -> None:
    """A rename is durable once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
