"""The reference engine: postings in dictionaries, kept on disk as a journal of JSON lines.

Every apply appends one line with a checksum and forces it to the disk; a torn last line is what
a killed writer leaves, and is cut off by the next writer. Opening replays the journal.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ..query import Query
from ..vocabulary import Vocabulary
from .contract import Document, Found, IndexStale, Scope
from .fields import FIELDS, terms_of
from .scoring import best, length_code, plan

name = "memory"
version = "1"

JOURNAL, SEALED = "journal.jsonl", "sealed"
"""The changes, and how many bytes of them were certainly written: a shorter journal is damaged."""


AT_ONCE = 100
"""Articles in one line of the journal while an index is filled."""


def create(folder: Path, vocabulary: Vocabulary) -> Memory:
    """A new, empty index in ``folder``."""
    (folder / JOURNAL).touch()
    return Memory(folder, vocabulary)


def open(folder: Path, vocabulary: Vocabulary) -> Memory:
    """The index in ``folder``; raises IndexStale if its journal is gone or damaged."""
    if not (folder / JOURNAL).exists():
        raise IndexStale(folder, "日志文件不见了")
    return Memory(folder, vocabulary)


class Memory:
    """An engine over one growing segment; numbers of deleted documents are not used again."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self._folder = folder
        self._journal = folder / JOURNAL
        self._terms = vocabulary.document_matcher
        self._lock = threading.RLock()
        self._clear()
        self.refresh()

    def _clear(self) -> None:
        self._read = 0
        self._documents: list[Document | None] = []
        self._numbers: dict[int, list[int]] = {}
        self._held: dict[int, dict[str, Counter[str]]] = {}
        self._postings: dict[str, dict[str, dict[int, int]]] = {name: {} for name in FIELDS}
        self._codes: dict[str, list[int]] = {name: [] for name in FIELDS}
        self._totals = dict.fromkeys(FIELDS, 0)

    # Writing

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        """Journal the changes, then follow them."""
        entry = {
            str(article): [_plain(document) for document in documents]
            for article, documents in changes.items()
        }
        with self._lock:
            self.refresh()
            self._append(entry)
            self.refresh()

    def fill(self, documents: Iterable[Document]) -> None:
        """Journal the documents, many articles at a time."""
        waiting: dict[int, list[Document]] = {}
        for article, group in groupby(documents, key=lambda document: document.article):
            waiting[article] = list(group)
            if len(waiting) == AT_ONCE:
                self.apply(waiting)
                waiting = {}
        if waiting:
            self.apply(waiting)

    def _append(self, entry: dict[str, list[dict[str, Any]]]) -> None:
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
        with self._journal.open("r+b") as file:
            file.truncate(self._read)
            file.seek(self._read)
            file.write(b"%08x %s\n" % (zlib.crc32(line), line))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        fresh = self._folder / f"{SEALED}.new"
        fresh.write_text(str(size), encoding="ascii")
        os.replace(fresh, self._folder / SEALED)

    # Following the journal

    def refresh(self) -> None:
        """Replay what was appended since."""
        try:
            size = self._journal.stat().st_size
        except FileNotFoundError:
            raise IndexStale(self._folder, "日志文件不见了") from None
        if size != self._read:
            with self._lock:
                self._replay(size)

    def _replay(self, size: int) -> None:
        if size < self._read:
            self._clear()
        for line in self._complete_lines():
            entry = _checked(line)
            if entry is None:
                raise IndexStale(self._folder, "日志内容损坏")
            self._follow(entry)
            self._read += len(line)
        if self._read < self._sealed():
            raise IndexStale(self._folder, "日志不完整")

    def _sealed(self) -> int:
        try:
            return int((self._folder / SEALED).read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0
        except ValueError:
            raise IndexStale(self._folder, "日志长度记录损坏") from None

    def _complete_lines(self) -> Iterator[bytes]:
        """Whole lines only: a torn one at the end was never acknowledged."""
        with self._journal.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                yield line

    def _follow(self, entry: dict[str, list[dict[str, Any]]]) -> None:
        for article, documents in entry.items():
            for number in self._numbers.pop(int(article), ()):
                self._remove(number)
            for document in documents:
                self._add(_document(document))

    def _add(self, document: Document) -> None:
        number = len(self._documents)
        held: dict[str, Counter[str]] = {}
        for name, terms in terms_of(document, self._terms).items():
            held[name] = Counter(terms)
            self._codes[name].append(length_code(len(terms)))
            self._totals[name] += len(terms)
            postings = self._postings[name]
            for term, count in held[name].items():
                postings.setdefault(term, {})[number] = count
        self._documents.append(replace(document, body=""))
        self._held[number] = held
        self._numbers.setdefault(document.article, []).append(number)

    def _remove(self, number: int) -> None:
        self._documents[number] = None
        for name, counts in self._held.pop(number).items():
            self._totals[name] -= counts.total()
            postings = self._postings[name]
            for term in counts:
                del postings[term][number]
                if not postings[term]:
                    del postings[term]

    # Reading

    def search(self, query: Query, scope: Scope, limit: int) -> Found:
        """See the contract."""
        with self._lock:
            size = len(self._held)
            averages = {name: total / (size or 1) for name, total in self._totals.items()}
            looked = plan(query, size, self.frequency)
            return best([self], looked, averages, scope, limit)

    def frequency(self, field: str, term: str) -> int:
        """See the contract."""
        return len(self.postings(field, term))

    def contents(self) -> dict[int, frozenset[int]]:
        """See the contract."""
        with self._lock:
            return self._contents()

    def _contents(self) -> dict[int, frozenset[int]]:
        return {
            article: frozenset(d.id for n in numbers if (d := self._documents[n]) is not None)
            for article, numbers in self._numbers.items()
        }

    def close(self) -> None:
        """Nothing is held open."""

    # As a segment

    def postings(self, field: str, term: str) -> Mapping[int, int]:
        """See ``scoring.Segment``."""
        return self._postings[field].get(term, {})

    def lengths(self, field: str) -> Sequence[int]:
        """See ``scoring.Segment``."""
        return self._codes[field]

    def document(self, number: int) -> Document | None:
        """See ``scoring.Segment``."""
        return self._documents[number]

    def numbers(self) -> Iterable[int]:
        """See ``scoring.Segment``."""
        return self._held.keys()


def _plain(document: Document) -> dict[str, Any]:
    return asdict(document) | {"audiences": sorted(document.audiences)}


def _document(plain: dict[str, Any]) -> Document:
    return Document(
        **plain
        | {
            "questions": tuple(plain["questions"]),
            "tags": tuple(plain["tags"]),
            "codes": tuple(plain["codes"]),
            "audiences": frozenset(plain["audiences"]),
        }
    )


def _checked(line: bytes) -> dict[str, list[dict[str, Any]]] | None:
    try:
        checksum, content = line[:8], line[9:-1]
        if int(checksum, 16) != zlib.crc32(content):
            return None
        entry: dict[str, list[dict[str, Any]]] = json.loads(content)
        return entry
    except ValueError:
        return None
