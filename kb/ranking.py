"""The final order of the best candidates, from their text; one table of weights, with reasons.

The engine's score knows which terms a document has. Here we read the few best documents and ask
what the engine cannot: do the terms stand together in one sentence, is the title or one of its
other ways to ask what was asked, is it the very code. Every engine's candidates pass through
here, so they agree.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from .exact import holds
from .index.contract import Candidate, Document
from .query import Query
from .text import Folded, analyse_folded, fold, grams_folded, units

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        # One sentence that has all the question's terms answers it; the same terms strewn over
        # an article do not. In shares of the most the question could score.
        "sentence": 0.5,
        # The title, or one of the other ways to ask, is much like the question. The engine sees
        # them all as one text; an editor wrote each as a question of its own.
        "name": 0.6,
        # The very words asked as title or other way to ask: nothing else is meant.
        "exact": 2.0,
        # A code names one thing: it outweighs all other words together.
        "code": 1.0,
        # A number with its unit is what the rule is about: 30天 is not 15天.
        "quantity": 0.3,
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
    """A document as ranking reads it: names, body and the begins and ends of its sentences.

    ``bare``: the names without spaces and punctuation.
    """

    names: tuple[str, ...]
    body: Folded
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    name_terms: tuple[frozenset[str], ...]
    bare: frozenset[str]

    @property
    def whole(self) -> str:
        return "\n".join((self.body.text, *self.names))

    def holds(self, phrase: str) -> bool:
        """Is the folded phrase in the body, the title or another way to ask?"""
        return any(holds(text, phrase) for text in (self.body.text, *self.names))


_SENTENCE = re.compile(r"[^。!?;\n]{2,}")
_NOISE = re.compile(r"[\W_]+")


# Revisions are frozen, so what was read of one stays true.
@lru_cache(maxsize=8192)
def _text(title: str, questions: tuple[str, ...], body: str) -> Text:
    folded = fold(body)
    names = tuple(fold(name).text for name in (title, *questions))
    sentences = [m.span() for m in _SENTENCE.finditer(folded.text)]
    return Text(
        names=names,
        body=folded,
        begins=tuple(begin for begin, _ in sentences),
        ends=tuple(end for _, end in sentences),
        name_terms=tuple(frozenset((*units(name), *grams_folded(name))) for name in names),
        bare=frozenset(_NOISE.sub("", name) for name in names),
    )


@lru_cache(maxsize=4096)
def _quantities(body: str, names: tuple[str, ...]) -> frozenset[str]:
    """The canonical numbers and dates of a folded text."""
    tokens = analyse_folded("\n".join((*names, body)))
    return frozenset(t.text for t in tokens if t.kind in ("quantity", "within"))


def of_file(text: str) -> Folded:
    """The text of a file, folded once for all questions."""
    return _text("", (), text).body


def text_of(document: Document) -> Text:
    """The document, folded once for all questions."""
    return _text(document.title, document.questions, document.body)


def satisfies(query: Query, document: Document) -> bool:
    """Does it have every quoted phrase, and none of what was excluded?"""
    if not query.phrases and not query.excluded:
        return True
    text, files = text_of(document), [of_file(said).text for _, said in document.attached]

    def has(phrase: str) -> bool:
        return text.holds(phrase) or any(holds(said, phrase) for said in files)

    return all(map(has, query.phrases)) and not any(map(has, query.excluded))


def rank(
    query: Query,
    candidates: Sequence[Candidate],
    documents: Mapping[int, Document],
    rarity: Mapping[str, float],
) -> list[Ranked]:
    """Candidates in their final order; those without a document are left out."""
    asked = _asked(query, rarity)
    ranked = [
        _ranked(asked, candidate.score, documents[candidate.id])
        for candidate in candidates
        if candidate.id in documents
    ]
    ranked.sort(key=lambda r: (-r.score, -(r.document.published or 0.0), r.document.id))
    return ranked


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question as names and texts are compared with it; terms with how telling they are.

    ``terms``: words and pairs of characters; ``name_terms``: single characters, pairs and
    numbers, ``most`` together. ``bare``: without spaces and punctuation.
    """

    query: Query
    bare: str
    terms: Mapping[str, float]
    name_terms: Mapping[str, float]
    most: float


def _asked(query: Query, rarity: Mapping[str, float]) -> _Asked:
    names = (*query.units, *query.grams, *query.quantities)
    name_terms = {term: rarity[term] for term in names if term in rarity}
    return _Asked(
        query=query,
        bare=_NOISE.sub("", query.text),
        terms={term: rarity[term] for term in (*query.words, *query.grams) if term in rarity},
        name_terms=name_terms,
        most=sum(name_terms.values()),
    )


def _ranked(asked: _Asked, score: float, document: Document) -> Ranked:
    text = text_of(document)
    parts = [Part("engine", score, "词语匹配")]
    together, place = _best_sentence(text, asked.terms)
    for _, said in document.attached:
        together = max(together, _best_sentence(_text("", (), said), asked.terms)[0])
    if together:
        parts.append(Part("sentence", WEIGHTS["sentence"] * together, "问到的词在同一句里"))
    if alike := _best_name(text, asked):
        value = WEIGHTS["name"] * alike * asked.most
        parts.append(Part("name", value, "标题或相似问与所问相近"))
    if asked.bare in text.bare:
        parts.append(Part("exact", WEIGHTS["exact"] * asked.most, "标题或相似问与所问完全一致"))
    parts += _codes_and_quantities(asked, text, document.codes)
    return Ranked(document, sum([p.value for p in parts]), tuple(parts), asked.terms, place)


def _codes_and_quantities(asked: _Asked, text: Text, codes: Sequence[str]) -> Iterator[Part]:
    query = asked.query
    for code in query.codes:
        if text.holds(code) or any(holds(fold(own).text, code) for own in codes):
            yield Part("code", WEIGHTS["code"] * asked.most, f"含有编号 {code}")
    if query.quantities:
        held = _quantities(text.body.text, text.names)
        for quantity in query.quantities:
            if quantity in held:
                yield Part("quantity", WEIGHTS["quantity"] * asked.most, f"含有 {quantity}")


def _best_name(text: Text, asked: _Asked) -> float:
    """How alike the question and the likest name are, 0..1: the F measure of their terms.

    A term of the name that was not asked for weighs as much as one of the question on average.
    """
    wanted, most = asked.name_terms, asked.most
    if not wanted:
        return 0.0
    mean = most / len(wanted)
    best = 0.0
    for terms in text.name_terms:
        shared = [weight for term, weight in wanted.items() if term in terms]
        both = sum(shared)
        best = max(best, 2 * both / (most + both + mean * (len(terms) - len(shared))))
    return best


def _best_sentence(text: Text, terms: Mapping[str, float]) -> tuple[float, int]:
    """The most that one sentence has of the terms, and where it begins."""
    body, begins, ends = text.body.text, text.begins, text.ends
    together: dict[int, float] = {}
    for term, weight in terms.items():
        at = body.find(term)
        while at >= 0:
            index = bisect_right(begins, at) - 1
            if index >= 0 and at + len(term) <= ends[index]:
                together[index] = together.get(index, 0.0) + weight
                at = ends[index]  # once is enough: on to the next sentence
            at = body.find(term, at + 1)
    if not together:
        return 0.0, 0
    index = min(together, key=lambda index: (-together[index], index))
    return together[index], begins[index]


def covered(query: Query, ranked: Ranked) -> float:
    """What share of the question's pairs of characters the document has, rare ones counting more.

    A pair that no document has counts as the rarest.
    """
    rarest = max(ranked.terms.values(), default=1.0)
    text = text_of(ranked.document)
    files = (of_file(said).text for _, said in ranked.document.attached)
    whole = "\n".join((text.whole, *files))
    weights = {gram: ranked.terms.get(gram, rarest) for gram in query.grams}
    total = sum(weights.values())
    return sum(w for gram, w in weights.items() if gram in whole) / total if total else 1.0
