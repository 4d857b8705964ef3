"""Search in what held on a day gone by.

The index holds what is in force now or will be. The past is asked for seldom, so it has no index
of its own: the texts of that day are read from the database, and the scorer of the engines counts
the question's terms in them as they are asked for. A shelf of texts is kept for the next
question; revisions are frozen, so it never goes stale.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import past
from .gate import Viewer
from .index.contract import Document, Found, Scope
from .index.fields import FIELDS
from .index.scoring import best, length_code, plan
from .lexicon import load
from .models import Article, Category, Revision
from .past import Then
from .query import Query
from .search import Hit, Results
from .search import search as search_index
from .text import fold
from .text.numbers import quantities
from .text.sound import initials, sounds
from .vocabulary import Vocabulary

SHELVES = 3
"""Days whose texts are kept at hand."""
WORD = 1.6
"""Characters of a Chinese word, about: a field's length is told from its text."""

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+)$", re.MULTILINE)
_TEXT_OF: Mapping[str, int] = {
    "title": 0,
    "title_units": 0,
    "asked": 1,
    "asked_units": 1,
    "heading": 2,
    "label": 3,
    "body": 4,
    "text_grams": 5,
    "text_units": 5,
}


def search(
    session: Session,
    viewer: Viewer,
    now: datetime,
    then: Then,
    text: str,
    *,
    scope: Scope = Scope(),
    limit: int = 10,
    literal: bool = False,
) -> Results:
    """The best answers among what held then and this viewer may see.

    ``scope`` narrows by kind, category and tags; a hit's ``revision`` is its number.
    """
    rows = {row.id: row for row in past.held(session, viewer, now, then).values()}
    shelf = _shelf(session, rows.values())
    vocabulary = Vocabulary(frozenset(), load(session).vocabulary.synonyms)

    def fetch(ids: Sequence[int]) -> dict[int, Document]:
        return {id: shelf.by_id[id] for id in ids}

    found = search_index(
        shelf,
        text,
        scope,
        limit=limit,
        fetch=fetch,
        vocabulary=vocabulary,
        literal=literal,
    )
    numbers = {id: row.number for id, row in rows.items()}
    hits = tuple(_numbered(hit, numbers) for hit in found.hits)
    return Results(found.query, found.took_ms, found.total, found.notes, hits)


def _numbered(hit: Hit, numbers: Mapping[int, int]) -> Hit:
    return replace(hit, revision=numbers[hit.revision])


class Shelf:
    """Documents whose terms are counted when asked for; what ``kb.search`` takes for an index."""

    name = "past"
    fingerprint = "past"

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self.by_id = {document.id: document for document in documents}
        self._texts = [_texts(d.title, d.questions, d.body, d.tags, d.category) for d in documents]
        self._counted: dict[tuple[str, str], dict[int, int]] = {}
        self._anywhere: dict[str, Sequence[int]] = {}
        self._codes: dict[str, list[int]] = {}
        self._averages: dict[str, float] = {}
        for name in FIELDS:
            sizes = [self._size(name, number) for number in range(len(documents))]
            self._codes[name] = [length_code(size) for size in sizes]
            self._averages[name] = sum(sizes) / (len(sizes) or 1)

    def _size(self, field: str, number: int) -> int:
        if field not in _TEXT_OF:
            return 2 * len(self._texts[number][0])  # of the title: a syllable, and it in short
        size = len(self._texts[number][_TEXT_OF[field]])
        return round(size / WORD) if FIELDS[field].terms == "words" else size

    def search(self, query: Query, scope: Scope, limit: int) -> Found:
        """The best within the scope, by the formula of the engines."""
        looked = plan(query, len(self._documents), self.frequency)
        return best([self], looked, self._averages, scope, limit)

    def frequency(self, field: str, term: str) -> int:
        """How many documents have the term."""
        return len(self.postings(field, term))

    def postings(self, field: str, term: str) -> Mapping[int, int]:
        """Number → how often the term stands in the field."""
        known = self._counted.get((field, term))
        if known is None:
            known = self._counted[field, term] = self._count(field, term)
        return known

    def _count(self, field: str, term: str) -> dict[int, int]:
        if field not in _TEXT_OF:
            return self._sounding(field, term)
        place = _TEXT_OF[field]
        having = self._having(term)
        if field == "text_units":  # each character counts once
            return {n: 1 for n in having if term in self._texts[n][place]}
        counts = ((n, self._texts[n][place].count(term)) for n in having)
        return {n: count for n, count in counts if count}

    def _having(self, term: str) -> Sequence[int]:
        """Numbers of the documents that have the term anywhere: most terms are in few."""
        known = self._anywhere.get(term)
        if known is None:
            known = [n for n, texts in enumerate(self._texts) if term in texts[-1]]
            self._anywhere[term] = known
        return known

    def _sounding(self, field: str, term: str) -> dict[int, int]:
        how = sounds if field == "sounds" else initials
        found = {}
        for number, texts in enumerate(self._texts):
            if count := _sounds(how, texts[0]).count(term):
                found[number] = count
        return found

    def lengths(self, field: str) -> Sequence[int]:
        """Codes of the fields' lengths, by number."""
        return self._codes[field]

    def document(self, number: int) -> Document:
        """The document of that number."""
        return self._documents[number]

    def numbers(self) -> Iterable[int]:
        """Of all documents."""
        return range(len(self._documents))

    def contents(self) -> dict[int, frozenset[int]]:
        """Article id → the revision held."""
        return {d.article: frozenset({d.id}) for d in self._documents}

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        """The past does not change."""
        raise TypeError("the past does not change")

    def refresh(self) -> None:
        """Nothing to follow."""

    def close(self) -> None:
        """Nothing is held open."""


# Of titles alone: to read a thousand texts aloud takes seconds.
@lru_cache(maxsize=8192)
def _sounds(how: Any, folded: str) -> tuple[str, ...]:
    return tuple(how(folded))


@lru_cache(maxsize=8192)
def _texts(
    title: str, questions: tuple[str, ...], body: str, tags: tuple[str, ...], category: str
) -> tuple[str, ...]:
    """Folded: title, questions, headings, labels, body, all that is text, and all there is."""
    name, asked, text = fold(title).text, fold("\n".join(questions)).text, fold(body).text
    label = fold("\n".join((*tags, *category.split("/")))).text
    numbers = "\n".join(q.text for q in quantities(text))
    headings = "\n".join(_HEADING.findall(text))
    whole, body = f"{name}\n{asked}\n{text}", f"{text}\n{numbers}"
    return name, asked, headings, label, body, whole, f"{whole}\n{numbers}\n{label}"


# Shelves


_kept: WeakKeyDictionary[Any, dict[Any, Shelf]] = WeakKeyDictionary()
_lock = threading.Lock()


def _shelf(session: Session, rows: Iterable[Any]) -> Shelf:
    """The texts of these rows; made once, as long as no category is renamed."""
    wanted = frozenset((row.id, row.number, row.published_at) for row in rows)
    named = session.execute(select(Category.id, Category.path))
    places = {id: path for id, path in named}  # noqa: C416 - rows, not pairs
    key = wanted, frozenset(places.items())
    with _lock:
        shelves = _kept.setdefault(session.get_bind().engine.pool, {})
        if key in shelves:
            return shelves[key]
    shelf = Shelf(list(_documents(session, sorted(id for id, _, _ in wanted), places)))
    with _lock:
        shelves[key] = shelf
        while len(shelves) > SHELVES:
            del shelves[next(iter(shelves))]
    return shelf


def _documents(
    session: Session, ids: Sequence[int], places: Mapping[int, str]
) -> Iterable[Document]:
    for start in range(0, len(ids), 500):  # databases limit the values of one statement
        query = (
            select(
                Revision.id,
                Revision.article_id,
                Article.key,
                Revision.title,
                Revision.body,
                Revision.questions,
                Revision.tags,
                Revision.kind,
                Revision.category_id,
                Revision.published_at,
            )
            .join(Article, Article.id == Revision.article_id)
            .where(Revision.id.in_(ids[start : start + 500]))
            .order_by(Revision.id)
        )
        for row in session.execute(query):
            yield Document(
                id=row.id,
                article=row.article_id,
                key=row.key,
                title=row.title,
                body=row.body,
                questions=tuple(row.questions),
                tags=tuple(row.tags),
                kind=row.kind,
                category=places.get(row.category_id, "") if row.category_id else "",
                published=row.published_at.timestamp(),
            )
