"""What every reader is told about its file, and what all of them refuse alike."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from ..errors import KbError
from ..records import Fault, Record

MIB = 1024 * 1024
MAX_FILE = 50 * MIB
"""Bytes of a file that is read as a whole."""

MAX_KEY = 200
"""Characters of an article's key."""

MAX_MESSAGE = 500
"""Characters of a Fault's sentence: it may quote what it found."""

Item = Record | Fault
"""What reading yields: an article, or what was wrong with one."""

_NOT_IN_KEYS = re.compile(r"[\W_]+")


class Unreadable(KbError):
    """A file, or the rest of it, cannot be read; ``line`` says where, if known."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


@dataclass(frozen=True, slots=True)
class Context:
    """Where a file stands in an import.

    ``shown`` is the path as people know it, ``relative`` the path from the folder that was
    named, ``category`` that of articles which name none, ``seen`` each key met so far in
    this import with its place.
    """

    shown: str
    relative: PurePath
    category: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, category: str = "") -> Context:
        """The context of one file read by itself."""
        return cls(printable(path), PurePath(path.name), category)

    @property
    def key(self) -> str:
        """A key for the file's one article when it names none: the same path, the same key."""
        return slug("-".join(self.relative.with_suffix("").parts))

    @property
    def title(self) -> str:
        """The file's name, as the last resort for a title."""
        return " ".join(printable(self.relative.stem).split())

    def fault(self, message: str, line: int | None = None) -> Fault:
        if len(message) > MAX_MESSAGE:
            message = message[: MAX_MESSAGE - 1] + "…"
        return Fault(self.shown, line, printable(message))


def printable(path: Path | str) -> str:
    """The text or path so that it can be printed and stored, in composed characters."""
    return unicodedata.normalize("NFC", os.fspath(path).encode("utf-8", "replace").decode())


def slug(text: str) -> str:
    """``text`` as a key: its letters and digits, joined by hyphens."""
    words = _NOT_IN_KEYS.sub("-", printable(text)).strip("-")
    if words and len(words) <= MAX_KEY:
        return words
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{words[: MAX_KEY - 11]}-{mark}".strip("-")


Reader = Callable[[Path, Context], Iterator[Item]]
Writer = Callable[[Iterable[Record], Path], int]


def reader(limit: int | None = MAX_FILE) -> Callable[[Reader], Reader]:
    """Make a function that reads one file yield a Fault where it raises Unreadable or OSError.

    Refuses an empty file, and one of more than ``limit`` bytes (None = of any size).
    """

    def decorate(read: Reader) -> Reader:
        @functools.wraps(read)
        def guarded(path: Path, context: Context) -> Iterator[Item]:
            try:
                _check_size(path, limit)
                yield from read(path, context)
            except Unreadable as error:
                yield context.fault(str(error), error.line)
            except OSError as error:
                yield context.fault(
                    f"读不了这个文件：{error.strerror or error}。请检查它是否存在、有无权限。"
                )

        return guarded

    return decorate


def _check_size(path: Path, limit: int | None) -> None:
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("文件是空的。")
    if limit is not None and size > limit:
        raise Unreadable(f"文件有 {size / MIB:.1f} MiB，超过 {limit // MIB} MiB，请拆成几个文件。")
