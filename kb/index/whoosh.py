"""The engine of the plain install: Whoosh keeps the postings, we score them.

Whoosh's own searcher calls several Python methods per posting; reading each posting list once
into a dictionary, kept as long as its segment lives, makes the common path many times faster.
Terms are counted by us, so Whoosh's analyzers, query parser and scorers are not used.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whoosh import fields, formats, index, reading
from whoosh.filedb.filestore import FileStorage
from whoosh.matching import WrappingMatcher

from ..query import Query
from ..vocabulary import Vocabulary
from . import checksums
from .contract import Document, Found, IndexStale, Scope
from .fields import FIELDS, terms_of
from .scoring import best, length_code, plan
from .whoosh_codec import Codec

name = "whoosh"
version = "2"

KEPT_POSTINGS = 4_000_000
"""Postings kept in memory per segment before the cache begins anew (about 100 bytes each)."""

_FILES = "*MAIN_*"


class Counts(fields.FieldType):  # type: ignore[misc]
    """A field given as {term: how often}; the count is kept as the posting's weight."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None)

    def index(
        self, value: Mapping[str, int], **options: object
    ) -> Iterator[tuple[bytes, int, float, bytes]]:
        for term, count in value.items():
            yield term.encode(), count, float(count), b""


_SCHEMA = fields.Schema(
    article=fields.ID(),
    stored=fields.STORED(),
    **{name: Counts() for name in FIELDS},
)


def create(folder: Path, vocabulary: Vocabulary) -> Whoosh:
    """A new, empty index in ``folder``."""
    index.FileIndex.create(FileStorage(str(folder)), _SCHEMA)
    checksums.seal(folder, _FILES)
    return Whoosh(folder, vocabulary)


def open(folder: Path, vocabulary: Vocabulary) -> Whoosh:
    """The index in ``folder``; raises IndexStale where it is damaged."""
    checksums.verify(folder)
    return Whoosh(folder, vocabulary)


class Whoosh:
    """An engine over Whoosh's segments, seen as of the last refresh."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self._folder = folder
        self._terms = vocabulary.document_matcher
        self._lock = threading.RLock()
        self._segments: tuple[_Segment, ...] = ()
        self._generation = -1
        try:
            self._index = index.FileIndex(FileStorage(str(folder)), schema=_SCHEMA)
            self._reader = self._index.reader()
            self._read()
        except Exception as error:  # Whoosh reports damage with errors of every kind
            raise IndexStale(folder, f"Whoosh 打不开：{error}") from error

    # Writing

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        """See the contract."""
        with self._lock:
            writer = self._index.writer(timeout=10, codec=Codec())
            with _cancelled_on_error(writer):
                for article in changes:
                    writer.delete_by_term("article", str(article))
                for documents in changes.values():
                    for document in documents:
                        self._add(writer, document)
                writer.commit()
            self._committed()

    def fill(self, documents: Iterable[Document]) -> None:
        """See the contract."""
        with self._lock:
            writer = self._index.writer(limitmb=256, codec=Codec())
            with _cancelled_on_error(writer):
                for document in documents:
                    self._add(writer, document)
                writer.commit()
            self._committed()

    def _add(self, writer: Any, document: Document) -> None:
        terms = terms_of(document, self._terms)
        writer.add_document(
            article=str(document.article),
            stored=_stored(document, [len(terms[name]) for name in FIELDS]),
            **{name: Counter(found) for name, found in terms.items() if found},
        )

    def _committed(self) -> None:
        checksums.seal(self._folder, _FILES)
        self.refresh()

    # Following

    def refresh(self) -> None:
        """See the contract."""
        if self._index.latest_generation() == self._generation:
            return
        with self._lock:
            try:
                old, self._reader = self._reader, self._index.reader()
                self._read()
                old.close()
            except Exception as error:
                raise IndexStale(self._folder, f"Whoosh 打不开：{error}") from error

    def _read(self) -> None:
        known = {segment.name: segment for segment in self._segments}
        generation = self._reader.generation()
        self._segments = tuple(
            _segment(leaf, known.get(leaf.segment().segment_id()))
            for leaf, _ in self._reader.leaf_readers()
            if not isinstance(leaf, reading.EmptyReader)
        )
        self._generation = generation if generation is not None else 0
        self._live = sum(len(segment.documents) for segment in self._segments)
        totals = [sum(s.totals[i] for s in self._segments) for i in range(len(FIELDS))]
        self._averages = {
            name: total / (self._live or 1) for name, total in zip(FIELDS, totals, strict=True)
        }

    # Reading

    def search(self, query: Query, scope: Scope, limit: int) -> Found:
        """See the contract."""
        with self._lock:
            looked = plan(query, self._live, self.frequency)
            return best(self._segments, looked, self._averages, scope, limit)

    def frequency(self, field: str, term: str) -> int:
        """See the contract."""
        with self._lock:
            return sum(len(segment.postings(field, term)) for segment in self._segments)

    def contents(self) -> dict[int, frozenset[int]]:
        """See the contract."""
        held: dict[int, set[int]] = {}
        with self._lock:
            for segment in self._segments:
                for document in segment.documents.values():
                    held.setdefault(document.article, set()).add(document.id)
        return {article: frozenset(ids) for article, ids in held.items()}

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._reader.close()


@contextmanager
def _cancelled_on_error(writer: Any) -> Iterator[None]:
    """Whoosh keeps its lock and its temporary files until a writer is cancelled."""
    try:
        yield
    except BaseException:
        writer.cancel()
        raise


@dataclass(slots=True)
class _Segment:
    """One of Whoosh's segments: its documents by number, and the postings read so far.

    Only documents that are not deleted are in ``documents`` and in the postings: a term must not
    count in more documents than there are.
    """

    name: str
    leaf: Any
    documents: dict[int, Document]
    codes: dict[str, bytearray]
    totals: list[int]
    deleted: set[int]
    read: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)
    kept: int = 0

    def postings(self, field: str, term: str) -> Mapping[int, int]:
        key = field, term
        found = self.read.get(key)
        if found is None:
            found = self._postings(field, term)
            self.kept += len(found) + 2
            if self.kept > KEPT_POSTINGS:
                self.read.clear()
                self.kept = len(found) + 2
            self.read[key] = found
        return found

    def _postings(self, field: str, term: str) -> dict[int, int]:
        word = term.encode()
        if (field, word) not in self.leaf:
            return {}
        matcher = self.leaf.postings(field, word)
        while isinstance(matcher, WrappingMatcher):  # it skips deleted documents one by one
            matcher = matcher.child
        found = dict(zip(matcher._ids, map(int, matcher._weights), strict=True))
        for number in found.keys() & self.deleted:
            del found[number]
        return found

    def delete(self, numbers: Iterable[int]) -> None:
        """Forget documents that were deleted since this segment was read."""
        for number in numbers:
            del self.documents[number]
            self.deleted.add(number)
            _, lengths = _restored(self.leaf.stored_fields(number)["stored"])
            self.totals = [total - less for total, less in zip(self.totals, lengths, strict=True)]
            for postings in self.read.values():
                postings.pop(number, None)

    def lengths(self, field: str) -> Sequence[int]:
        return self.codes[field]

    def document(self, number: int) -> Document | None:
        return self.documents.get(number)

    def numbers(self) -> Iterable[int]:
        return self.documents.keys()


def _segment(leaf: Any, known: _Segment | None) -> _Segment:
    """Read a segment's documents; what an earlier view of it has read is kept."""
    if known is not None:
        known.leaf = leaf
        known.delete([number for number in known.documents if leaf.is_deleted(number)])
        return known
    size = leaf.doc_count_all()
    codes = {name: bytearray(size) for name in FIELDS}
    totals = [0] * len(FIELDS)
    documents: dict[int, Document] = {}
    deleted = set(leaf.deleted_docs_set)
    for number in range(size):
        if number in deleted:
            continue
        documents[number], lengths = _restored(leaf.stored_fields(number)["stored"])
        for place, (name, length) in enumerate(zip(FIELDS, lengths, strict=True)):
            codes[name][number] = length_code(length)
            totals[place] += length
    return _Segment(leaf.segment().segment_id(), leaf, documents, codes, totals, deleted)


def _stored(document: Document, lengths: list[int]) -> tuple[Any, ...]:
    """What a scope asks for, and the lengths of the fields; never the texts."""
    return (
        document.id,
        document.article,
        document.tags,
        document.kind,
        document.category,
        tuple(sorted(document.audiences)),
        document.starts,
        document.ends,
        document.published,
        lengths,
    )


def _restored(stored: tuple[Any, ...]) -> tuple[Document, list[int]]:
    id, article, tags, kind, category, audiences, starts, ends, published, lengths = stored
    document = Document(
        id=id,
        article=article,
        key="",
        title="",
        body="",
        tags=tags,
        kind=kind,
        category=category,
        audiences=frozenset(audiences),
        starts=starts,
        ends=ends,
        published=published,
    )
    return document, lengths
