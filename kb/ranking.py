"""The final order of the best candidates, from their text; one table of weights, with reasons.

The engine's score knows which terms a document has. Here we read the few best documents and ask
what the engine cannot: do the terms stand together in one sentence, is the title or one of its
other ways to ask what was asked, is it the very code. Every engine's candidates pass through
here, so they agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from .exact import holds
from .index.contract import Candidate, Document
from .query import Query
from .text import Folded, fold

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        # One sentence that has all the question's terms answers it; the same terms strewn over
        # an article do not. In shares of the most the question could score.
        "sentence": 0.3,
        # The title or another way to ask is the question, in other order or with a word less.
        "title": 0.5,
        # The very words asked as title or other way to ask: nothing else is meant.
        "exact": 10.0,
        # A code names one thing.
        "code": 5.0,
        # Between equals the newer rule.
        "fresh": 0.02,
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score: its name in the table, how much it gave, and why in words."""

    name: str
    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its document, its final score and the parts of it.

    ``terms``: the query's terms that are found in the index at all, and how telling they are.
    ``place``: where in the folded body the sentence with most of them begins.
    """

    document: Document
    score: float
    parts: tuple[Part, ...]
    terms: Mapping[str, float]
    place: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A document as ranking reads it: names, body and the begins and ends of its sentences."""

    names: tuple[str, ...]
    body: Folded
    sentences: tuple[tuple[int, int], ...]

    def holds(self, phrase: str) -> bool:
        """Is the folded phrase in the body, the title or another way to ask?"""
        return any(holds(text, phrase) for text in (self.body.text, *self.names))


_SENTENCE = re.compile(r"[^。!?;\n]{2,}")
_NOISE = re.compile(r"[\W_]+")


# Revisions are frozen, so what was read of one stays true.
@lru_cache(maxsize=4096)
def _text(title: str, questions: tuple[str, ...], body: str) -> Text:
    folded = fold(body)
    names = tuple(fold(name).text for name in (title, *questions))
    return Text(names, folded, tuple(m.span() for m in _SENTENCE.finditer(folded.text)))


def text_of(document: Document) -> Text:
    """The document, folded once for all questions."""
    return _text(document.title, document.questions, document.body)


def satisfies(query: Query, document: Document) -> bool:
    """Does it have every quoted phrase, and none of what was excluded?"""
    if not query.phrases and not query.excluded:
        return True
    text = text_of(document)
    return all(map(text.holds, query.phrases)) and not any(map(text.holds, query.excluded))


def rank(
    query: Query,
    candidates: Sequence[Candidate],
    documents: Mapping[int, Document],
    rarity: Mapping[str, float],
) -> list[Ranked]:
    """Candidates in their final order; those without a document are left out."""
    terms = {term: rarity[term] for term in (*query.words, *query.grams) if term in rarity}
    bare = _NOISE.sub("", query.text)
    ranked = [
        _ranked(query, bare, terms, candidate.score, documents[candidate.id])
        for candidate in candidates
        if candidate.id in documents
    ]
    ranked.sort(key=lambda r: (-r.score, -(r.document.published or 0.0), r.document.id))
    return ranked


def _ranked(
    query: Query, bare: str, terms: Mapping[str, float], score: float, document: Document
) -> Ranked:
    text = text_of(document)
    parts = [Part("engine", score, "词语匹配")]
    together, place = _best_sentence(text, terms)
    if together:
        parts.append(Part("sentence", WEIGHTS["sentence"] * together, "问到的词在同一句里"))
    if any(bare == _NOISE.sub("", name) for name in text.names if len(name) >= len(bare)):
        parts.append(Part("exact", WEIGHTS["exact"], "标题或相似问与所问完全一致"))
    parts += [
        Part("code", WEIGHTS["code"], f"含有编号 {code}")
        for code in query.codes
        if text.holds(code)
    ]
    return Ranked(document, sum(p.value for p in parts), tuple(parts), terms, place)


def _best_sentence(text: Text, terms: Mapping[str, float]) -> tuple[float, int]:
    """The most that one sentence has of the terms, and where it begins."""
    body = text.body.text
    present = [(term, weight) for term, weight in terms.items() if term in body]
    best, place = 0.0, 0
    for start, end in text.sentences:
        find = body.find
        together = sum([weight for term, weight in present if find(term, start, end) >= 0])
        if together > best:
            best, place = together, start
    return best, place
