"""From a query to weighted look-ups, and BM25 over postings.

``plan`` is shared by all engines; ``best`` scores for those whose postings are within our reach.
tantivy scores by itself with the same formula, so the engines agree.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Protocol

from ..query import Query
from ..text import grams_folded, units
from ..text.sound import asked_sounds
from .contract import Candidate, Document, Found, Scope
from .fields import FIELDS_OF

K1, B = 1.2, 0.75
"""The usual constants; tantivy's are fixed to them."""

LEADING = 2000
"""Postings that may bring in candidates, rarest terms first. A document that has only the commoner
terms of a question is not a candidate: it could not come first, and there are many of them."""

FEWEST = 3
"""Terms that bring in candidates however common they are."""

LEAST_GAIN = 0.7
"""What a term that brings nothing in must be able to add: in a large base the commonest terms of
a question are half of the work and change no order."""

WEAK = "text_units"
"""A single character somewhere in a text says too little to bring it in: it only adds, unless
nothing but single characters was found."""

FINALISTS = 400
"""Candidates that the commoner terms are looked up for, where scoring is done by us."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A term of a field: how many documents have it, and what it weighs.

    ``boost`` is the field's weight; ``rarity`` the term's inverse document frequency there.
    """

    field: str
    term: str
    frequency: int
    boost: float
    rarity: float


@dataclass(frozen=True, slots=True)
class Plan:
    """``leading`` bring in candidates, rarest first; ``following`` only add to their score.

    Of each group of (field, term) in ``required`` a candidate has at least one.
    ``everything``: there is nothing to look for, the scope alone decides.
    """

    leading: tuple[Lookup, ...]
    following: tuple[Lookup, ...]
    required: tuple[tuple[tuple[str, str], ...], ...]
    rarity: Mapping[str, float]
    everything: bool
    spelled: tuple[str, ...] = ()


def plan(query: Query, documents: int, frequency: Callable[[str, str], int]) -> Plan:
    """What to look up for ``query``; ``frequency(field, term)`` counts documents."""
    found: list[Lookup] = []
    rarity: dict[str, float] = {}
    spelled = tuple(run for run in query.spelled if not _is_word(run, frequency))
    for term, sort, factor in _terms(query, spelled):
        for name, weight in FIELDS_OF[sort]:
            if not (count := frequency(name, term)):
                continue
            rare = idf(count, documents)
            found.append(Lookup(name, term, count, weight * factor, rare))
            if name in ("body", "text_grams", "text_units") or term not in rarity:
                rarity[term] = rare
    strong = sorted((f for f in found if f.field != WEAK), key=attrgetter("frequency"))
    weak = sorted((f for f in found if f.field == WEAK), key=attrgetter("frequency"))
    leaders = _leaders(strong or weak)
    found = strong + weak
    following = [f for f in found[leaders:] if f.boost * f.rarity >= LEAST_GAIN]
    return Plan(
        leading=tuple(found[:leaders]),
        following=tuple(following),
        required=tuple(group for phrase in query.phrases for group in _required(phrase)),
        rarity=rarity,
        everything=query.empty,
        spelled=spelled,
    )


def _is_word(run: str, frequency: Callable[[str, str], int]) -> bool:
    return any(frequency(name, run) for name, _ in FIELDS_OF["words"])


def _leaders(rarest_first: Sequence[Lookup]) -> int:
    """How many of the look-ups bring in candidates."""
    seen = 0
    for place, lookup in enumerate(rarest_first):
        seen += lookup.frequency
        if seen > LEADING and place >= FEWEST:
            return place
    return len(rarest_first)


def _terms(query: Query, spelled: Sequence[str]) -> Iterable[tuple[str, str, float]]:
    yield from ((word, "words", 1.0) for word in query.words)
    yield from ((gram, "grams", 1.0) for gram in query.grams)
    yield from ((unit, "units", 1.0) for unit in query.units)
    yield from ((wide.term, wide.sort, wide.weight) for wide in query.widened)
    for run in spelled:
        full, letters = asked_sounds(run)
        yield from ((sound, "sounds", 1.0) for sound in dict.fromkeys(full))
        yield from ((some, "initials", 1.0) for some in dict.fromkeys(letters))


def _required(phrase: str) -> list[tuple[tuple[str, str], ...]]:
    """What every document with the phrase surely has; that it has the phrase is checked later."""
    words = tuple(name for name, _ in FIELDS_OF["words"])
    singles = units(phrase)
    latin = [unit for unit in singles if unit[0].isascii()]
    groups = [tuple((name, unit) for name in words) for unit in latin]
    groups += [
        (("text_grams", gram),) for gram in grams_folded(phrase) if not any(map(str.isascii, gram))
    ]
    return groups or [(("text_units", unit),) for unit in singles]


def idf(frequency: int, documents: int) -> float:
    """How telling a term is: Robertson and Spärck Jones's weight, kept positive as Lucene does.

    An engine may count deleted documents in ``frequency`` until it has cleared them away.
    """
    absent = max(0, documents - frequency)
    return math.log(1 + (absent + 0.5) / (frequency + 0.5))


def _length(code: int) -> int:
    if code < 24:
        return code
    bits, shift = (code - 24) & 7, ((code - 24) >> 3) - 1
    return 24 + (bits if shift < 0 else (bits | 8) << shift)


LENGTHS = tuple(_length(code) for code in range(256))
"""Lengths of a field that one byte can tell apart: Lucene's scheme, exact up to 40 terms."""


def length_code(length: int) -> int:
    """The byte for a field of ``length`` terms."""
    return bisect_right(LENGTHS, length) - 1


class Segment(Protocol):
    """Postings within reach: documents are numbered from 0, and may have been deleted."""

    def postings(self, field: str, term: str) -> Mapping[int, int]:
        """Number → how often the term occurs; empty where it does not."""

    def lengths(self, field: str) -> Sequence[int]:
        """The field's :func:`length_code` by number."""

    def document(self, number: int) -> Document | None:
        """The document, perhaps without its texts; None where it was deleted."""

    def numbers(self) -> Iterable[int]:
        """Of all documents not deleted."""


def best(
    segments: Sequence[Segment],
    plan: Plan,
    averages: Mapping[str, float],
    scope: Scope,
    limit: int,
) -> Found:
    """The best ``limit`` within the scope; ``averages``: mean length of each field."""
    found: list[tuple[float, float, int, int]] = []
    total = 0
    for segment in segments:
        scores = _scores(segment, plan, averages)
        admitted = {
            number: document
            for number in scores
            if (document := segment.document(number)) is not None and scope.admits(document)
        }
        total += len(admitted)
        scores = {number: scores[number] for number in admitted}
        if plan.following and len(scores) > FINALISTS:
            scores = dict(heapq.nlargest(FINALISTS, scores.items(), key=itemgetter(1)))
        for lookup in plan.following:
            _add_to_known(scores, segment, lookup, averages)
        for number, score in scores.items():
            document = admitted[number]
            found.append((score, document.published or 0.0, -document.id, document.article))
    top = heapq.nlargest(limit, found)
    candidates = [Candidate(-number, article, score) for score, _, number, article in top]
    return Found(total, candidates, plan.rarity, plan.spelled)


def _scores(segment: Segment, plan: Plan, averages: Mapping[str, float]) -> dict[int, float]:
    """What the leading look-ups give, by number."""
    if plan.everything:
        return dict.fromkeys(segment.numbers(), 0.0)
    scores: dict[int, float] = {}
    if plan.required:
        scores = dict.fromkeys(_having(segment, plan.required), 0.0)
    for lookup in plan.leading:
        (_add_to_known if plan.required else _add)(scores, segment, lookup, averages)
    return scores


def _having(segment: Segment, groups: Sequence[Sequence[tuple[str, str]]]) -> set[int]:
    remaining: set[int] | None = None
    for group in groups:
        having = {number for name, term in group for number in segment.postings(name, term)}
        remaining = having if remaining is None else remaining & having
    return remaining or set()


def _add(
    scores: dict[int, float], segment: Segment, lookup: Lookup, averages: Mapping[str, float]
) -> None:
    postings = segment.postings(lookup.field, lookup.term)
    if not postings:
        return
    codes, damping = segment.lengths(lookup.field), _damping(averages[lookup.field])
    weight, get = lookup.boost * lookup.rarity * (K1 + 1), scores.get
    for number, count in postings.items():
        scores[number] = get(number, 0.0) + weight * count / (count + damping[codes[number]])


def _add_to_known(
    scores: dict[int, float], segment: Segment, lookup: Lookup, averages: Mapping[str, float]
) -> None:
    postings = segment.postings(lookup.field, lookup.term)
    if not postings:
        return
    codes, damping = segment.lengths(lookup.field), _damping(averages[lookup.field])
    weight = lookup.boost * lookup.rarity * (K1 + 1)
    known = postings.keys() & scores.keys() if len(postings) < len(scores) else scores.keys()
    for number in known:
        if count := postings.get(number):
            scores[number] += weight * count / (count + damping[codes[number]])


_dampings: dict[float, tuple[float, ...]] = {}


def _damping(average: float) -> tuple[float, ...]:
    """BM25's length term for each length code."""
    if average not in _dampings:
        if len(_dampings) > 256:
            _dampings.clear()
        _dampings[average] = tuple(
            K1 * (1 - B + B * length / (average or 1.0)) for length in LENGTHS
        )
    return _dampings[average]
