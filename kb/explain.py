"""Why does an article stand where it stands for a question? The parts of its score, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .index.contract import Document, Index, Scope
from .index.fields import terms_of
from .index.scoring import Lookup, plan
from .query import Query, parse
from .ranking import Part
from .search import Fetch, ordered
from .vocabulary import EMPTY, Vocabulary

NAMES = {
    "title": "标题",
    "title_units": "标题的单字",
    "asked": "相似问",
    "asked_units": "相似问的单字",
    "heading": "小标题",
    "label": "标签与分类",
    "body": "正文",
    "text_grams": "全文的两字组合",
    "text_units": "全文的单字",
    "sounds": "标题与相似问的拼音",
    "initials": "标题与相似问的首字母",
}
"""What people call the fields."""

SHOWN = 4
"""Terms named per field; the others are counted."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """``place`` from 1, None where it is not among the best; parts largest first.

    ``sentence`` says it all in one line.
    """

    place: int | None
    score: float
    parts: tuple[Part, ...]
    sentence: str


def explain(
    index: Index,
    text: str,
    document: Document,
    scope: Scope,
    *,
    fetch: Fetch,
    vocabulary: Vocabulary = EMPTY,
) -> Explanation:
    """The parts of ``document``'s score for ``text``; they add up to the score."""
    ranked = ordered(index, text, scope, fetch=fetch, vocabulary=vocabulary)
    for place, item in enumerate(ranked, start=1):
        if item.document.id == document.id:
            query = parse(text, vocabulary)
            engine = sum(p.value for p in item.parts if p.name == "engine")
            parts = _by_field(index, query, document, engine, vocabulary)
            parts += [p for p in item.parts if p.name != "engine"]
            parts.sort(key=lambda part: -part.value)
            sentence = f"排在第{place}位，得分{item.score:.1f}：" + "；".join(
                f"{part.reason}（{part.value:.1f}）" for part in parts
            )
            return Explanation(place, item.score, tuple(parts), sentence)
    return Explanation(None, 0.0, (), _absent(index, text, document, scope, vocabulary))


def _by_field(
    index: Index, query: Query, document: Document, score: float, vocabulary: Vocabulary
) -> list[Part]:
    """The engine's score, shared out over the fields by the weights of the terms found there."""
    found: dict[str, list[tuple[float, str]]] = {}
    held = {n: Counter(t) for n, t in terms_of(document, vocabulary.document_matcher).items()}
    for lookup in _lookups(index, query):
        if count := held[lookup.field][lookup.term]:
            worth = lookup.boost * lookup.rarity * count / (count + 1.2)
            found.setdefault(lookup.field, []).append((worth, lookup.term))
    total = sum(worth for terms in found.values() for worth, _ in terms) or 1.0
    return [
        Part(name, score * sum(worth for worth, _ in terms) / total, _reason(name, terms))
        for name, terms in found.items()
    ]


def _lookups(index: Index, query: Query) -> Sequence[Lookup]:
    looked = plan(query, max(1, len(index.contents())), index.frequency)
    return (*looked.leading, *looked.following)


def _reason(name: str, terms: Sequence[tuple[float, str]]) -> str:
    best = [term for _, term in sorted(terms, reverse=True)[:SHOWN]]
    more = f"等{len(terms)}项" if len(terms) > SHOWN else ""
    return f"{NAMES[name]}里有“{'”“'.join(best)}”{more}"


def _absent(
    index: Index, text: str, document: Document, scope: Scope, vocabulary: Vocabulary
) -> str:
    if not scope.admits(document):
        return "不在所选范围内：不适用于此人、此刻，或不在所选分类、类型、标签里。"
    held = terms_of(document, vocabulary.document_matcher)
    shared = [k for k in _lookups(index, parse(text, vocabulary)) if k.term in held[k.field]]
    if not shared:
        return "问话里没有一个词出现在这篇文章里：可以补一条相似问，或加一组同义词。"
    return "文章里有问到的词，但别的文章更接近：可以补一条与问话接近的相似问。"
