"""The final order of the best candidates, from their text; one table of weights, with reasons.

The engine's score knows which terms a document has. Here we read the few best documents and ask
what the engine cannot: do the terms stand together in one sentence, is the title or one of its
other ways to ask what was asked, is it the very code. Every engine's candidates pass through
here, so they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from .exact import holds
from .index.contract import Candidate, Document
from .query import Query
from .text import fold

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
    """

    document: Document
    score: float
    parts: tuple[Part, ...]
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Text:
    """A document as ranking reads it, folded."""

    names: tuple[str, ...]
    sentences: tuple[str, ...]
    whole: str


_SENTENCE = re.compile(r"[。!?;\n]+")
_NOISE = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)
def _text(id: int, title: str, questions: tuple[str, ...], body: str) -> _Text:
    folded = fold(body).text
    names = tuple(fold(name).text for name in (title, *questions))
    sentences = tuple(s for s in _SENTENCE.split(folded) if len(s) > 1)
    return _Text(names, sentences, "\n".join((*names, folded)))


def _text_of(document: Document) -> _Text:
    return _text(document.id, document.title, document.questions, document.body)


def satisfies(query: Query, document: Document) -> bool:
    """Does it have every quoted phrase, and none of what was excluded?"""
    if not query.phrases and not query.excluded:
        return True
    whole = _text_of(document).whole
    return all(holds(whole, phrase) for phrase in query.phrases) and not any(
        holds(whole, phrase) for phrase in query.excluded
    )


def rank(
    query: Query,
    candidates: Sequence[Candidate],
    documents: Mapping[int, Document],
    rarity: Mapping[str, float],
) -> list[Ranked]:
    """Candidates in their final order; those without a document are left out."""
    terms = {term: rarity[term] for term in (*query.words, *query.grams) if term in rarity}
    ranked = []
    for candidate in candidates:
        document = documents.get(candidate.id)
        if document is not None:
            parts = tuple(_parts(query, terms, candidate.score, _text_of(document)))
            ranked.append(Ranked(document, sum(p.value for p in parts), parts, terms))
    ranked.sort(key=lambda r: (-r.score, -(r.document.published or 0.0), r.document.id))
    return ranked


def _parts(query: Query, terms: Mapping[str, float], score: float, text: _Text) -> Iterator[Part]:
    yield Part("engine", score, "词语匹配")
    best = max((sum(w for t, w in terms.items() if t in s) for s in text.sentences), default=0.0)
    yield Part("sentence", WEIGHTS["sentence"] * best, "问到的词在同一句里")
    bare = _NOISE.sub("", query.text)
    if any(_NOISE.sub("", name) == bare for name in text.names):
        yield Part("exact", WEIGHTS["exact"], "标题或相似问与所问完全一致")
    for code in query.codes:
        if holds(text.whole, code):
            yield Part("code", WEIGHTS["code"], f"含有编号 {code}")
