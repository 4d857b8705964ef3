"""The engine of the ``fast`` extra: tantivy keeps the postings and scores them.

Terms are cut by us and handed over with separators, so tantivy's tokenizers and query parser are
not used. Its BM25 is the formula of ``scoring``, over the same terms, fields and weights.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur
from tantivy import Query as Clause

from ..query import Query
from ..vocabulary import Vocabulary
from . import checksums
from .contract import (
    Candidate,
    Document,
    Found,
    IndexStale,
    Scope,
    paths_above,
    sections,
)
from .fields import FIELDS, terms_of
from .scoring import Lookup, Plan, plan

name = "tantivy"
version = "1"

_SPACE, _JOINT = " ", "\x1f"
_EVERYONE = "*"
_OPEN = 1e18
"""A time beyond all times."""

KEPT_FREQUENCIES = 200_000
"""Frequencies kept per view of the index before they are counted anew (about 150 bytes each)."""

_SMALL_HEAP, _LARGE_HEAP = 30_000_000, 250_000_000
_FILES = "?" * 32 + ".*"


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="terms", index_option="freq")
    for field in ("kind", "above", "section", "tag", "audience"):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in ("id", "article"):
        builder.add_unsigned_field(field, indexed=True, fast=True)
    for field in ("starts", "ends", "published"):
        builder.add_float_field(field, indexed=True, fast=True)
    return builder.build()


SCHEMA = _schema()


def create(folder: Path, vocabulary: Vocabulary) -> Tantivy:
    """A new, empty index in ``folder``."""
    tantivy.Index(SCHEMA, path=str(folder))
    return Tantivy(folder, vocabulary)


def open(folder: Path, vocabulary: Vocabulary) -> Tantivy:
    """The index in ``folder``; raises IndexStale where it is damaged."""
    checksums.verify(folder)
    return Tantivy(folder, vocabulary)


class _View:
    """The index as of one moment, and the frequencies that were asked for in it."""

    def __init__(self, searcher: Any) -> None:
        self.searcher = searcher
        self._frequencies: dict[tuple[str, str], int] = {}

    def frequency(self, field: str, term: str) -> int:
        known = self._frequencies.get((field, term))
        if known is None:
            known = self.searcher.doc_freq(field, term.replace(_SPACE, _JOINT))
            if len(self._frequencies) >= KEPT_FREQUENCIES:
                self._frequencies.clear()
            self._frequencies[field, term] = known
        return known


class Tantivy:
    """An engine over a tantivy index, seen as of the last refresh. Searches run in parallel."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self._folder = folder
        self._terms = vocabulary.document_matcher
        self._lock = threading.RLock()
        try:
            self._stamp = self._newest()
            self._index = tantivy.Index.open(str(folder))
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer("terms", analyzer)
            self._index.config_reader(reload_policy="manual")
            self._index.reload()
            self._view = _View(self._index.searcher())
        except (ValueError, OSError) as error:
            raise IndexStale(folder, f"tantivy 打不开：{error}") from error

    # Writing

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        """See the contract."""
        documents = (document for group in changes.values() for document in group)
        self._write(changes.keys(), documents, _SMALL_HEAP)

    def fill(self, documents: Iterable[Document]) -> None:
        """See the contract."""
        self._write((), documents, _LARGE_HEAP)

    def _write(self, articles: Iterable[int], documents: Iterable[Document], heap: int) -> None:
        with self._lock:
            writer = self._index.writer(heap, 1)
            try:
                # What a killed writer left would be in the way of files of the same name.
                writer.garbage_collect_files()
                for article in articles:
                    writer.delete_documents_by_query(_number("article", article))
                for document in documents:
                    writer.add_document(_written(document, terms_of(document, self._terms)))
                writer.commit()
                writer.garbage_collect_files()
            finally:
                writer.wait_merging_threads()
            checksums.seal(self._folder, _FILES)
            self.refresh()

    # Following

    def refresh(self) -> None:
        """See the contract."""
        newest = self._newest()
        if newest == self._stamp:
            return
        with self._lock:
            try:
                self._index.reload()
            except (ValueError, OSError) as error:
                raise IndexStale(self._folder, f"tantivy 打不开：{error}") from error
            self._view = _View(self._index.searcher())
            self._stamp = newest

    def _newest(self) -> tuple[int, int]:
        try:
            status = (self._folder / "meta.json").stat()
        except FileNotFoundError:
            raise IndexStale(self._folder, "meta.json 不见了") from None
        return status.st_ino, status.st_mtime_ns

    # Reading

    def search(self, query: Query, scope: Scope, limit: int) -> Found:
        """See the contract."""
        view = self._view
        searcher = view.searcher
        try:
            looked = plan(query, searcher.num_docs, view.frequency)
            result: Any = searcher.search(_clause(looked, scope), limit, count=True)
        except (ValueError, OSError) as error:
            raise IndexStale(self._folder, f"tantivy 读不了：{error}") from error
        candidates = _candidates(searcher, result.hits)
        return Found(result.count, candidates, looked.rarity, looked.spelled)

    def frequency(self, field: str, term: str) -> int:
        """See the contract."""
        return self._view.frequency(field, term)

    def contents(self) -> dict[int, frozenset[int]]:
        """See the contract."""
        searcher, held = self._view.searcher, dict[int, set[int]]()
        if searcher.num_docs:
            hits = searcher.search(Clause.all_query(), searcher.num_docs, count=False).hits
            for candidate in _candidates(searcher, hits):
                held.setdefault(candidate.article, set()).add(candidate.id)
        return {article: frozenset(ids) for article, ids in held.items()}

    def close(self) -> None:
        """Files are let go with the last reference."""


def _candidates(searcher: Any, hits: Sequence[tuple[float, Any]]) -> list[Candidate]:
    places = [place for _, place in hits]
    columns = (searcher.fast_field_values(f, places) for f in ("id", "article", "published"))
    rows = [
        (score, published, -id, article)
        for (score, _), id, article, published in zip(hits, *columns, strict=True)
    ]
    rows.sort(reverse=True)
    return [Candidate(-id, article, score) for score, _, id, article in rows]


def _written(document: Document, terms: Mapping[str, Sequence[str]]) -> Any:
    written = tantivy.Document()
    for field, found in terms.items():
        if found:
            written.add_text(field, _separated(found))
    written.add_unsigned("id", document.id)
    written.add_unsigned("article", document.article)
    written.add_float("starts", -_OPEN if document.starts is None else document.starts)
    written.add_float("ends", _OPEN if document.ends is None else document.ends)
    written.add_float("published", document.published or 0.0)
    written.add_text("kind", document.kind)
    for path in paths_above(document.category):
        written.add_text("above", path)
    for path in sections(document.category):
        written.add_text("section", path)
    for tag in document.tags:
        written.add_text("tag", tag)
    for audience in document.audiences or (_EVERYONE,):
        written.add_text("audience", f"={audience}" if document.audiences else audience)
    return written


def _separated(terms: Sequence[str]) -> str:
    joined = "\n".join(terms)
    if _SPACE in joined:  # a term of the centre's own, such as 12306 app
        joined = joined.replace(_SPACE, _JOINT)
    return joined


def _clause(plan: Plan, scope: Scope) -> Any:
    must = [Clause.const_score_query(clause, 0.0) for clause in _limits(scope)]
    must += [
        Clause.const_score_query(_any([_term(f, t) for f, t in group]), 0.0)
        for group in plan.required
    ]
    leading, following = plan.leading, plan.following
    if plan.everything:
        must.append(Clause.const_score_query(Clause.all_query(), 0.0))
    elif plan.required:
        leading, following = (), leading + following
    else:
        must.append(_any([_scored(lookup) for lookup in leading]))
    clauses = [(Occur.Must, clause) for clause in must]
    clauses += [(Occur.Should, _scored(lookup)) for lookup in following]
    return clauses[0][1] if len(clauses) == 1 else Clause.boolean_query(clauses)


def _any(clauses: Sequence[Any]) -> Any:
    if not clauses:
        return Clause.empty_query()
    return Clause.boolean_query([(Occur.Should, clause) for clause in clauses])


def _term(field: str, text: str) -> Any:
    return Clause.term_query(SCHEMA, field, text.replace(_SPACE, _JOINT), index_option="freq")


def _scored(lookup: Lookup) -> Any:
    clause = _term(lookup.field, lookup.term)
    return clause if lookup.boost == 1 else Clause.boost_query(clause, lookup.boost)


def _limits(scope: Scope) -> Iterable[Any]:
    """Clauses that a document in scope satisfies."""
    if scope.audiences is not None:
        names = [_EVERYONE, *(f"={name}" for name in sorted(scope.audiences))]
        yield Clause.term_set_query(SCHEMA, "audience", names)
    if scope.at is not None:
        sort = tantivy.FieldType.Float
        yield Clause.range_query(SCHEMA, "starts", sort, upper_bound=float(scope.at))
        yield Clause.range_query(
            SCHEMA, "ends", sort, lower_bound=float(scope.at), include_lower=False
        )
    if scope.kinds:
        yield Clause.term_set_query(SCHEMA, "kind", sorted(scope.kinds))
    for field, value in (("above", scope.category), ("section", scope.section)):
        if value:
            yield _raw(field, value)
    for tag in scope.tags:
        yield _raw("tag", tag)


def _raw(field: str, text: str) -> Any:
    return Clause.term_query(SCHEMA, field, text, index_option="basic")


def _number(field: str, value: int) -> Any:
    return Clause.term_query(SCHEMA, field, value, index_option="basic")
