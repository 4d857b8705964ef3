"""Why does an article stand where it stands for a question? The parts of its score, in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .index.contract import Document, Index, Scope
from .index.fields import FIELDS, terms_of
from .index.scoring import Lookup, plan
from .query import Query, parse
from .ranking import WEIGHTS, Part, Ranked
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
    "engine": "词语匹配",
    "sentence": "同一句里",
    "name": "相近的标题或相似问",
    "exact": "完全一致的标题或相似问",
    "code": "编号",
    "quantity": "数字与单位",
    "fresh": "新旧",
    "pin": "置顶",
}
"""What people call the parts of a score."""

WHY = {
    "title": "文章讲什么写在标题里，标题对上最说明问题",
    "title_units": "标题短，分词会切得不一样，单字能补上",
    "asked": "相似问是编辑照着来电人的说法写的，和标题一样可信",
    "asked_units": "来电人的说法常和分词不合，单字对上的也算",
    "heading": "小标题说的是那一节的内容",
    "label": "标签和分类只说明文章归在哪里，很多篇共有",
    "body": "正文里有问到的词；一篇里重复多次不会一直加分",
    "text_grams": "两个字连在一起，分词切不准时也找得到",
    "text_units": "用词不同的问法，也看覆盖了问话的多少字",
    "sounds": "打的是拼音，按标题和相似问的读音找",
    "initials": "打的是首字母，按标题和相似问的首字母找",
    "engine": "问到的词在文章里",
    "sentence": "问到的词在一句话里，那一句多半就是答案；散在全文的不算",
    "name": "有一个标题或相似问整句都像这个问法",
    "exact": "编辑写过一模一样的问法，不会是别的意思",
    "code": "编号只指一样东西，比别的词都要紧",
    "quantity": "数字连单位决定说的是哪一条：30天不是15天",
    "fresh": "其他相当时，新的规定在前",
    "pin": "编辑定的，不看得分",
}
"""Why each part of a score counts, in an editor's words."""

SHOWN = 4
"""Terms named per field; the others are counted."""

LEADS = 3
"""Parts named when two articles are compared."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """``place`` from 1, None where it is not among the best; parts largest first.

    ``sentence`` says it all in one line. ``above`` explains the hit right above it. ``asked``
    is the question that was looked for.
    """

    asked: str
    document: Document
    place: int | None
    score: float
    parts: tuple[Part, ...]
    sentence: str
    above: Explanation | None = None


def explain(
    index: Index,
    text: str,
    document: Document,
    scope: Scope,
    *,
    fetch: Fetch,
    vocabulary: Vocabulary = EMPTY,
    pinned: Document | None = None,
) -> Explanation:
    """The parts of ``document``'s score for ``text``; they add up to the score.

    ``pinned`` stands first, as in a search.
    """
    ranked = ordered(index, text, scope, fetch=fetch, vocabulary=vocabulary, pinned=pinned)
    above: Explanation | None = None
    for place, item in enumerate(ranked, start=1):
        if item.document.id == document.id:
            if place > 1:
                above = _explained(index, text, place - 1, ranked[place - 2], vocabulary)
            told = _explained(index, text, place, item, vocabulary)
            return replace(told, above=above)
    absent = _absent(index, text, document, scope, vocabulary)
    return Explanation(text, document, None, 0.0, (), absent)


def gaps(explanation: Explanation) -> list[tuple[str, float]]:
    """By how much the hit above has more or less (−) of each part, what decides first."""
    above = explanation.above
    if above is None:
        return []
    gap: dict[str, float] = defaultdict(float)
    for part in above.parts:
        gap[part.name] += part.value
    for part in explanation.parts:
        gap[part.name] -= part.value
    return sorted(gap.items(), key=lambda named: -named[1])


def compared(explanation: Explanation) -> str:
    """In one sentence: why is the hit above ahead?"""
    above = explanation.above
    if above is None:
        return ""
    best = [(NAMES.get(name, name), gap) for name, gap in gaps(explanation)[:LEADS]]
    ahead = [f"{name}（{gap:+.1f}）" for name, gap in best if gap > 0.05]
    lead = above.score - explanation.score
    if lead < 0.05 or not ahead:
        return f"上一篇《{above.document.title}》得分几乎一样，发布较晚的在前。"
    return f"上一篇《{above.document.title}》多得{lead:.1f}分，主要多在{'、'.join(ahead)}。"


def weight_of(name: str) -> float | None:
    """The weight of a part in the tables; None for what has none."""
    return FIELDS[name].weight if name in FIELDS else WEIGHTS.get(name)


def _explained(
    index: Index, text: str, place: int, item: Ranked, vocabulary: Vocabulary
) -> Explanation:
    query = parse(text, vocabulary)
    engine = sum(p.value for p in item.parts if p.name == "engine")
    parts = _by_field(index, query, item.document, engine, vocabulary)
    parts += [p for p in item.parts if p.name != "engine" or not parts]
    parts.sort(key=lambda part: -part.value)
    sentence = f"排在第{place}位，得分{item.score:.1f}：" + "；".join(
        f"{part.reason}（{part.value:.1f}）" for part in parts
    )
    return Explanation(text, item.document, place, item.score, tuple(parts), sentence)


def rows(explanation: Explanation) -> list[tuple[str, list[Part], list[Part]]]:
    """(name, parts of this hit, parts of the hit above), this one's largest first."""
    above = explanation.above.parts if explanation.above else ()
    names = dict.fromkeys(part.name for part in (*explanation.parts, *above))

    def named(parts: Sequence[Part], name: str) -> list[Part]:
        return [part for part in parts if part.name == name]

    return [(name, named(explanation.parts, name), named(above, name)) for name in names]


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
