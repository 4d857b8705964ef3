"""Which unanswered questions mean the same. Pure: no database, no clock, no chance.

A question is reduced to what tells it from others: folded, without the words every question has
(请问, 能不能, 怎么), with synonyms tried in their places. Likeness is then half the words it
shares, a quarter the characters and a quarter the pairs of characters (Dice each), so that
neither word order nor a badly cut word decides alone. Three things keep questions apart that look
alike: they do opposite things (买 and 退), ask for something else (什么时候 and 多少钱), or speak
of another number or code (30天 and 15天, G1 and G2).

Questions come one at a time, and one that is placed stays: a new question never regroups others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from .spoken import matcher, table
from .text import analyse_folded, fold, grams_folded
from .vocabulary import EMPTY, Vocabulary

LEAST = 0.56
"""Likeness from which two questions mean the same. Set by the pairs of tests/kb/test_gaps.py: of
those that belong together the least alike reach 0.58, of those that do not the most alike 0.54."""
LEAST_TO_FIRST = 0.4
"""What a question must share with the first of a group besides; else A, B and C chain away."""
VARIANTS = 8
"""Ways of saying one question that are tried, its synonyms in the places of its words."""

_ACTS = """
买 购 退 改签 变更 补 取 寄 带 托运 预约 取消 挂失 补办 充电 兑换 登录 注册 注销 绑定 解绑 投诉
升级 开通 关闭 续 赔 核验 转让 安检 候补 打印 查
"""
_ASKS: Mapping[str, str] = MappingProxyType(
    {
        "when": "什么时候|啥时候|什么时间|几点|何时|多久|多长时间|几天",
        "where": "在哪里|哪里|在哪儿|哪儿|在哪|什么地方|啥地方|何处",
        "price": "多少钱|要钱|收钱|费用|收费|价格|手续费|几块钱|扣多少|花钱|贵不贵",
        "count": "几次|几个|几张|几件|多少个|多少张|多少件|多少次",
        "why": "为什么|为何|为啥|怎么会|什么原因",
    }
)
_COMMON = re.compile(
    "请问一下|我想问一下|想问一下|问一下|请问|您好|你好|麻烦|那个|是不是|能不能|可不可以|可以不可以|"
    "有没有|要不要|会不会|行不行|可以吗|行吗|怎么办理|怎么处理|如何办理|怎么办|怎么弄|咋办|咋弄|"
    "怎么样|怎样|怎么|如何|咋|什么时候|啥时候|什么时间|多长时间|多久|什么地方|在?哪里|在?哪儿|在哪|"
    "什么|啥|哪些|哪个|可以|应该|需要|(?<![功智只才性可])能(?![力量源])|多少|一下|现在|以后|之后|"
    "我们|你们|他们|[我你您吗呢吧啊呀嘛的了是要会在有还再就都也被]"
)
_PLACES = frozenset("上里内中下后前")
"""Say where or when, never what."""
_SWAPPED = 0.75
"""What likeness is worth when each says something the other does not: 身份证丢了, 护照丢了."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way of saying a question, as it is compared."""

    words: frozenset[str]
    chars: frozenset[str]
    pairs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A question without its wording. ``marks``: its codes and its numbers with units."""

    forms: tuple[Form, ...]
    acts: frozenset[str]
    asks: frozenset[str]
    marks: frozenset[str]


def place(
    question: str, groups: Sequence[Sequence[str]], vocabulary: Vocabulary = EMPTY
) -> int | None:
    """The index of the group that the question belongs to; None where it begins a new one.

    A group is its questions, the one that names it first. Of equals the first group wins.
    """
    best, found = 0.0, None
    for index, group in enumerate(groups):
        if not group:
            continue
        first = likeness(question, group[0], vocabulary)
        if first < LEAST_TO_FIRST:
            continue
        score = max(first, *(likeness(question, q, vocabulary) for q in group))
        if score >= LEAST and score > best:
            best, found = score, index
    return found


def likeness(one: str, other: str, vocabulary: Vocabulary = EMPTY) -> float:
    """0…1: how surely two questions mean the same. Symmetric; 1 for the same words."""
    a, b = meaning(one, vocabulary), meaning(other, vocabulary)
    if _differ(a.acts, b.acts) or _differ(a.asks, b.asks) or _differ(a.marks, b.marks):
        return 0.0
    return max(_alike(f, g) for f in a.forms for g in b.forms)


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and one.isdisjoint(other)


def _alike(a: Form, b: Form) -> float:
    score = 0.5 * _dice(a.words, b.words) + 0.25 * (
        _dice(a.chars, b.chars) + _dice(a.pairs, b.pairs)
    )
    only_a, only_b = "".join(a.words - b.words), "".join(b.words - a.words)
    return score * _SWAPPED if _differ(frozenset(only_a), frozenset(only_b)) else score


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    if not a and not b:
        return 1.0
    return 2 * len(a & b) / (len(a) + len(b))


@lru_cache(maxsize=20_000)
def meaning(question: str, vocabulary: Vocabulary = EMPTY) -> Meaning:
    """What of a question is compared."""
    folded = fold(question).text
    marks = {t.text for t in analyse_folded(folded) if t.kind in ("code", "quantity")}
    texts = _variants(folded, vocabulary)
    forms = dict.fromkeys(_form(text) for text in texts)
    return Meaning(
        forms=tuple(forms),
        acts=frozenset(act for act in _ACTS.split() if act in folded),
        asks=frozenset(name for name, pattern in _ASKS.items() if re.search(pattern, folded)),
        marks=frozenset(marks),
    )


def _variants(folded: str, vocabulary: Vocabulary) -> list[str]:
    """The text, and the text with each of its words said otherwise."""
    others = {word: table()[word] for word, _, _ in matcher().find(folded)}
    others |= {
        word: vocabulary.others[word]
        for word, _, _ in vocabulary.matcher.find(folded)
        if word in vocabulary.others
    }
    texts = [folded]
    for word in sorted(others, key=lambda w: (-len(w), w)):
        said = [fold(other).text for other in others[word]]
        texts += [text.replace(word, other) for text in texts for other in said if word in text]
        texts = texts[:VARIANTS]
    return texts


def _form(text: str) -> Form:
    rest = _COMMON.sub(" ", text)
    core = rest if rest.strip() else text
    words = _longest(core)
    joined = "".join(words)
    return Form(frozenset(words), frozenset(joined), frozenset(_pairs(core)))


def _longest(core: str) -> list[str]:
    """Its words in order, without those that are part of a longer one."""
    tokens = [t for t in analyse_folded(core) if t.text.strip() and t.text not in _PLACES]
    return [
        t.text
        for t in tokens
        if not any(
            o is not t
            and o.start <= t.start
            and t.end <= o.end
            and (o.end - o.start) > (t.end - t.start)
            for o in tokens
        )
    ]


def _pairs(core: str) -> Iterable[str]:
    return grams_folded("".join(core.split()))
