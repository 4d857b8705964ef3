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
from itertools import islice

from .index.contract import Document, Scope
from .text import fold, grams_folded
from .text.sound import letters, readings, spelling
from .vocabulary import EMPTY, Vocabulary

LIMIT = 8
LOOKED_AT = 400
"""Entries looked at per way of finding; more begin alike only where too little was typed."""

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
        found: dict[tuple[str, str], list[Document]] = {}
        for document in light:
            found.setdefault(("title", document.title), []).append(document)
            for question in document.questions:
                found.setdefault(("question", question), []).append(document)
        for question, articles in (asked or {}).items():
            led_to = [d for d in light if d.article in articles]
            found.setdefault(("query", question), []).extend(led_to)
        for term in vocabulary.terms:
            folded = fold(term).text
            named = [d for d in light if folded in fold("\n".join((d.title, *d.questions))).text]
            found.setdefault(("term", term), []).extend(named)
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
        """The best texts for what was typed so far.

        ``readable`` is the gate: of revision ids those this person may see and that are in force.
        """
        folded = fold(typed).text.strip()
        offered: list[Suggestion] = []
        entries = self._matching(folded) if folded else iter(())
        while len(offered) < limit and (batch := list(islice(entries, 4 * limit))):
            allowed = {n: _admitted(self._entries[n], scope) for n in batch}
            may = readable([d.id for documents in allowed.values() for d in documents])
            offered += _offers(self._entries, allowed, may, offered)
        return offered[:limit]

    def _matching(self, folded: str) -> Iterator[int]:
        """Numbers of entries, nearest first, each once."""
        seen: set[int] = set()
        for numbers in (self._beginning(folded), self._sounding(folded), self._holding(folded)):
            fresh = sorted(set(islice(numbers, LOOKED_AT)) - seen)
            seen.update(fresh)
            yield from fresh

    def _beginning(self, folded: str) -> Iterator[int]:
        return _prefixed(self._by_text, folded)

    def _sounding(self, folded: str) -> Iterator[int]:
        """Entries that begin as typed, letters standing for pinyin or initials."""
        bare = folded.replace(" ", "").replace("'", "")
        lead = _LETTERS.match(bare)
        if lead is not None:
            for key in {bare, lead.group(), lead.group()[0]}:
                for number in _prefixed(self._by_sound, key):
                    if _spelled(self._entries[number].folded, bare):
                        yield number
        elif _LETTERS.search(bare):
            start = _LETTERS.split(bare)[0]
            for number in _prefixed(self._by_text, start):
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


def _spelled(folded: str, typed: str, at: int = 0, place: int = 0) -> bool:
    """Does ``folded`` begin as ``typed`` says, by characters, syllables and initials?"""
    if place == len(typed):
        return True
    if at == len(folded):
        return False
    character, rest = folded[at], typed[place:]
    if not character.isalnum():
        return _spelled(folded, typed, at + 1, place)
    if rest[0] == character and _spelled(folded, typed, at + 1, place + 1):
        return True
    for reading in readings(character):
        if rest.startswith(reading) and _spelled(folded, typed, at + 1, place + len(reading)):
            return True
        if reading.startswith(rest):
            return True
        if reading[0] == rest[0] and _spelled(folded, typed, at + 1, place + 1):
            return True
    return False


def _admitted(entry: _Entry, scope: Scope) -> list[Document]:
    return [document for document in entry.documents if scope.admits(document)]


def _offers(
    entries: Sequence[_Entry],
    allowed: Mapping[int, Sequence[Document]],
    may: Collection[int],
    before: Sequence[Suggestion],
) -> list[Suggestion]:
    said = {fold(offer.text).text for offer in before}
    offers: list[Suggestion] = []
    for number, documents in allowed.items():
        entry = entries[number]
        document = next((d for d in documents if d.id in may), None)
        if document is not None and entry.folded not in said:
            said.add(entry.folded)
            named = document.key if entry.sort in ("title", "question") else None
            offers.append(Suggestion(entry.text, entry.sort, named, document.id))
    return offers
