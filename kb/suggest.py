"""Suggestions while somebody types: titles, other ways to ask, terms and what others asked.

Found by how they begin, in characters, pinyin or initials, mixed as people type them (退piao, tp),
and by characters in the middle. Built from documents, kept in memory, asked in a millisecond.
What a person may not read is never suggested, nor that it exists.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from .index.contract import Document, Scope
from .text import fold, grams_folded
from .text.sound import letters, readings, spelling
from .vocabulary import EMPTY, Vocabulary

LIMIT = 8
LOOKED_AT = 400
"""Entries looked at per way of finding; more begin alike only where too little was typed."""

SCANNED = 3000
"""Entries of which it is asked whether they sound as typed."""

LONGEST = 60
"""Characters of what was typed that count: nobody completes a longer question."""

_SORTS = ("title", "question", "query", "term")
_LETTERS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to offer. ``sort``: title, question, query or term; ``key``: of the article it names.

    ``revision`` is what must be readable for the text to be offered.
    """

    text: str
    sort: str
    key: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    folded: str
    sort: str
    documents: tuple[Document, ...]


class Suggestions:
    """An immutable set of texts to offer."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self._entries = sorted(entries, key=lambda e: (_SORTS.index(e.sort), len(e.text), e.text))
        self._by_text = sorted((e.folded, n) for n, e in enumerate(self._entries))
        self._by_sound = sorted(
            (key, n)
            for n, e in enumerate(self._entries)
            for key in {spelling(e.folded), letters(e.folded)}
            if key
        )
        self._inside: dict[str, list[int]] = {}
        for n, entry in enumerate(self._entries):
            for gram in dict.fromkeys(grams_folded(entry.folded)):
                self._inside.setdefault(gram, []).append(n)

    @classmethod
    def of(
        cls,
        documents: Iterable[Document],
        vocabulary: Vocabulary = EMPTY,
        asked: Mapping[str, Collection[int]] | None = None,
    ) -> Suggestions:
        """From documents, a vocabulary's terms, and questions with the articles they led to."""
        light = [replace(document, body="") for document in documents]
        by_article: dict[int, list[Document]] = {}
        found: dict[tuple[str, str], list[Document]] = {}
        for document in light:
            by_article.setdefault(document.article, []).append(document)
            found.setdefault(("title", document.title), []).append(document)
            for question in document.questions:
                found.setdefault(("question", question), []).append(document)
        for question, articles in (asked or {}).items():
            led_to = [d for article in articles for d in by_article.get(article, ())]
            found.setdefault(("query", question), []).extend(led_to)
        named = _named(light, vocabulary.terms)
        found.update((("term", term), documents) for term, documents in named.items())
        return cls(
            _Entry(text, fold(text).text.strip(), sort, tuple(documents))
            for (sort, text), documents in found.items()
            if documents
        )

    def find(
        self,
        typed: str,
        scope: Scope,
        *,
        limit: int = LIMIT,
        readable: Callable[[Sequence[int]], Collection[int]],
    ) -> list[Suggestion]:
        """The best texts for what was typed so far; what was typed already is none of them.

        ``readable`` is the gate: of revision ids those this person may see and that are in force.
        """
        folded = fold(typed[:LONGEST]).text.strip()
        said = {folded}
        offered: list[Suggestion] = []
        for numbers in self._matching(folded) if folded else ():
            near: list[Suggestion] = []
            while len(offered) + len(near) < limit and (batch := list(islice(numbers, 4 * limit))):
                allowed = {n: _admitted(self._entries[n], scope) for n in batch}
                may = readable([d.id for documents in allowed.values() for d in documents])
                near += _offers(self._entries, allowed, may, said)
            del near[limit - len(offered) :]
            offered += sorted(near, key=lambda offer: _SORTS.index(offer.sort))
        return offered

    def _matching(self, folded: str) -> Iterator[Iterator[int]]:
        """Numbers of entries, the nearest way of matching first, each once.

        Within a way the sorts take turns: a common beginning would offer nothing but titles.
        """
        seen: set[int] = set()
        for numbers in (self._beginning(folded), self._sounding(folded), self._holding(folded)):
            fresh = sorted(set(islice(numbers, LOOKED_AT)) - seen)
            seen.update(fresh)
            by_sort = [[n for n in fresh if self._entries[n].sort == sort] for sort in _SORTS]
            yield (n for turn in zip_longest(*by_sort) for n in turn if n is not None)

    def _beginning(self, folded: str) -> Iterator[int]:
        return _prefixed(self._by_text, folded)

    def _sounding(self, folded: str) -> Iterator[int]:
        """Entries that begin as typed, letters standing for pinyin or initials."""
        bare = folded.replace(" ", "").replace("'", "")
        lead = _LETTERS.match(bare)
        numbers: Iterator[int]
        if lead is not None:
            begins = dict.fromkeys((bare, lead.group(), lead.group()[0]))
            numbers = (n for key in begins for n in _prefixed(self._by_sound, key))
        elif _LETTERS.search(bare):
            numbers = _prefixed(self._by_text, _LETTERS.split(bare)[0])
        else:
            return
        for number in islice(numbers, SCANNED):
            if _spelled(self._entries[number].folded, bare):
                yield number

    def _holding(self, folded: str) -> Iterator[int]:
        grams = grams_folded(folded)
        if grams:
            rarest = min(grams, key=lambda gram: len(self._inside.get(gram, ())))
            yield from (
                n for n in self._inside.get(rarest, ()) if folded in self._entries[n].folded
            )


def _prefixed(keys: Sequence[tuple[str, int]], prefix: str) -> Iterator[int]:
    for place in range(bisect_left(keys, (prefix,)), len(keys)):
        key, number = keys[place]
        if not key.startswith(prefix):
            return
        yield number


def _spelled(folded: str, typed: str) -> bool:
    """Does ``folded`` begin as ``typed`` says, by characters, syllables and initials?"""
    places = {0}
    for character in filter(str.isalnum, folded):
        places = {after for place in places for after in _steps(character, typed, place)}
        if len(typed) in places:
            return True
        if not places:
            return False
    return False


def _steps(character: str, typed: str, place: int) -> Iterator[int]:
    """How far ``typed`` can be read as far as this character, from ``place`` on."""
    rest = typed[place:]
    if rest[0] == character:
        yield place + 1
    for reading in readings(character):
        if rest.startswith(reading):
            yield place + len(reading)
        elif reading.startswith(rest):
            yield len(typed)
        if reading[0] == rest[0]:
            yield place + 1


def _named(documents: Sequence[Document], terms: Collection[str]) -> dict[str, list[Document]]:
    """Term → the documents that have it in their title or another way to ask."""
    names = [(fold("\n".join((d.title, *d.questions))).text, d) for d in documents]
    found = {}
    for term in terms:
        folded = fold(term).text.strip()
        found[term] = [document for name, document in names if folded in name]
    return found


def _admitted(entry: _Entry, scope: Scope) -> list[Document]:
    return [document for document in entry.documents if scope.admits(document)]


def _offers(
    entries: Sequence[_Entry],
    allowed: Mapping[int, Sequence[Document]],
    may: Collection[int],
    said: set[str],
) -> list[Suggestion]:
    """``said``: folded texts not to offer again; those offered are added."""
    offers: list[Suggestion] = []
    for number, documents in allowed.items():
        entry = entries[number]
        document = next((d for d in documents if d.id in may), None)
        if document is not None and entry.folded not in said:
            said.add(entry.folded)
            named = document.key if entry.sort in ("title", "question") else None
            offers.append(Suggestion(entry.text, entry.sort, named, document.id))
    return offers
