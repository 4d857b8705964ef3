"""What to look at before a text is published. Pure: texts in, findings out; nothing is refused.

Four kinds of finding:

- ``number``: a sentence in force elsewhere says the same with another number of the same unit;
- ``duplicate``: an article in force says nearly the same (``kb.duplicates``);
- ``link``: the body leads to an article that cannot be opened;
- ``question``: a question of the bank rests on a sentence that this text no longer has.

Two sentences say the same when what is left of them without their numbers has most pairs of
characters in common (``ALIKE``), and the words that only one of them has do not name another case
(成人, 儿童: ``CASES``). Where the other article also has a sentence with the same number, it does
not contradict. Dates are left out: notices of one kind differ by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal
from urllib.parse import unquote, urlsplit

from .duplicates import LEAST, Sketch, near
from .markdown import sentences
from .markdown.parse import inline, parse
from .records import Record
from .text import analyse_folded, fold, grams_folded

Kind = Literal["number", "duplicate", "link", "question"]

NAMES: Mapping[Kind, str] = MappingProxyType(
    {
        "number": "数字不一致",
        "duplicate": "内容相近",
        "link": "链接打不开",
        "question": "题目要改",
    }
)

ALIKE = 0.5
"""Share of common pairs of characters from which two sentences are about the same. Held against
each other, the 189 articles of the demo centre, which were written to agree, give no finding from
0.35 on and 12 at 0.3: half as much again for centres with more articles."""
SHORTEST = 6
"""Pairs of characters a sentence needs besides its numbers, to be about anything."""
MOST = 20
"""Findings that are shown."""

CASES: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "成人 儿童 学生 老人 老年 残疾 军人 婴儿 小孩 团体 职工",
        "以上 以内 以下 不足 超过 不满 之前 以前 之后 以后",
        "开车前 开车后 出发前 出发后 乘车前 乘车后 到站前 到站后",
        "退票 改签 变更 购票 候补 挂失 补票 抢票",
        "商务座 特等座 一等座 二等座 一等 二等 硬卧 软卧 动卧 硬座 软座 无座",
        "春运 暑运 平时 节假日 工作日 周末",
        "高铁 动车 普速 城际 普快 特快",
        "微信 支付宝 现金 银行卡 信用卡 积分",
        "最多 最少 至多 至少 最低 最高",
        "电子 纸质 网上 窗口 自助",
        "重量 长度 体积 长宽高",
        "首次 第一次 第二次 再次 三次",
    )
)
"""Words of which a sentence means another case than one with another word of the same group."""

_UNIT = re.compile(r"[-+0-9.e]+(.*)")
_NOISE = re.compile(r"[*`~_|\\]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence with its numbers: ``numbers`` {unit: canonical quantities}."""

    text: str
    plain: str
    pairs: frozenset[str]
    numbers: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Other:
    """A text in force that the new one is held against."""

    key: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Link:
    """Where the body leads: ``key`` of an article, or '' for an address outside."""

    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Resting:
    """A question of the bank that rests on a sentence: its words, and where to change it."""

    question: str
    sentence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: what to do about it, our sentence, the other's, and its article."""

    kind: Kind
    advice: str
    own: str = ""
    other: str = ""
    key: str = ""
    title: str = ""
    url: str = ""

    def line(self) -> str:
        """In one line, as the audit trail keeps it."""
        about = f"《{self.title}》" if self.title else self.key
        return f"{NAMES[self.kind]}：{about or self.own}"[:120]


def contradictions(
    text: Record, others: Sequence[Other], before: Record | None = None
) -> list[Finding]:
    """Sentences in force elsewhere with another number, one for each article: the likest.

    ``before``: the text in force; what stood there already was looked at when it was published.
    """
    known = {claim.plain for claim in claims(before.body)} if before else set()
    own = [claim for claim in claims(text.body) if claim.plain not in known]
    found = []
    for other in others:
        pair = _contradiction(own, claims(other.body)) if other.key != text.key else None
        if pair and not _for_others(text.title, other.title):
            mine, theirs, alike = pair
            advice = (
                f"《{other.title}》写的是{_said(theirs, mine)}，这一稿写的是{_said(mine, theirs)}。"
                "核对依据：错的那篇要改；两处说的不是一回事，就把适用情形写明。"
            )
            finding = Finding("number", advice, mine.text, theirs.text, other.key, other.title)
            found.append((alike, finding))
    found.sort(key=lambda pair: (-pair[0], pair[1].key))
    return [finding for _, finding in found[:MOST]]


def _for_others(one: str, other: str) -> bool:
    """Do the titles name other people? Rows of fare tables then differ as they should."""
    a, b = ({word for word in CASES[0] if word in fold(title).text} for title in (one, other))
    return bool(a and b) and a != b


def _contradiction(
    own: Sequence[Claim], others: Sequence[Claim]
) -> tuple[Claim, Claim, float] | None:
    best: tuple[Claim, Claim, float] | None = None
    for mine in own:
        alike = [(theirs, score) for theirs in others if (score := likeness(mine, theirs)) >= ALIKE]
        if not alike or any(_agree(mine, theirs) for theirs, _ in alike):
            continue
        theirs, score = max(alike, key=lambda pair: pair[1])
        if _differ(mine, theirs) and (best is None or score > best[2]):
            best = mine, theirs, score
    return best


def likeness(one: Claim, other: Claim) -> float:
    """0…1: how much of what they say besides numbers is common; 0 for another case."""
    common = len(one.pairs & other.pairs)
    total = len(one.pairs) + len(other.pairs)
    if not common or 2 * common < ALIKE * total or _other_case(one.plain, other.plain):
        return 0.0
    return 2 * common / total


def _other_case(one: str, other: str) -> bool:
    for group in CASES:
        a, b = ({word for word in group if word in text} for text in (one, other))
        if a != b and ((a and b) or (a | b) & _APART):
            return True
    return False


_APART = CASES[0] | CASES[2] | CASES[3] | CASES[4]


def _agree(one: Claim, other: Claim) -> bool:
    """Every unit both speak of has a number in common."""
    shared = one.numbers.keys() & other.numbers.keys()
    return bool(shared) and all(one.numbers[unit] & other.numbers[unit] for unit in shared)


def _differ(one: Claim, other: Claim) -> bool:
    shared = one.numbers.keys() & other.numbers.keys()
    return any(not one.numbers[unit] & other.numbers[unit] for unit in shared)


def _said(one: Claim, other: Claim) -> str:
    """The numbers of one that the other has otherwise."""
    shared = one.numbers.keys() & other.numbers.keys()
    said = [
        q for unit in shared if one.numbers[unit] != other.numbers[unit] for q in one.numbers[unit]
    ]
    return "、".join(sorted(said))


# Texts are compared with many others, and published ones never change.
@lru_cache(maxsize=8192)
def claims(body: str) -> tuple[Claim, ...]:
    """The sentences of a body that state numbers with units."""
    found = (_claim(sentence.text) for sentence in sentences(body) if sentence.kind != "heading")
    return tuple(claim for claim in found if claim is not None)


def _claim(text: str) -> Claim | None:
    folded = _NOISE.sub(" ", fold(text).text)
    numbers: dict[str, set[str]] = {}
    frame = list(folded)
    for token in analyse_folded(folded):
        if token.kind != "quantity" or token.text.startswith("日期"):
            continue
        match = _UNIT.fullmatch(token.text)
        if match is None:
            continue
        numbers.setdefault(match[1], set()).add(token.text)
        frame[token.start : token.end] = " " * (token.end - token.start)
    plain = "".join(frame)
    pairs = frozenset(grams_folded(plain))
    if not numbers or len(pairs) < SHORTEST:
        return None
    kept = {unit: frozenset(said) for unit, said in numbers.items()}
    return Claim(text, " ".join(folded.split()), pairs, MappingProxyType(kept))


def duplicates(text: Record, others: Sequence[Other]) -> list[Finding]:
    """Articles in force that say nearly the same, likest first."""
    sketches = [(o.key, _sketch(o.title, o.body)) for o in others if o.key != text.key]
    titles = {other.key: other.title for other in others}
    return [
        Finding(
            "duplicate",
            f"和《{titles[key]}》有{score:.0%}相同。能合成一篇就合成一篇，"
            "要分开就在标题里写明各管什么。",
            key=key,
            title=titles[key],
        )
        for key, score in near(Sketch.of(text), sketches, least=LEAST)
    ]


@lru_cache(maxsize=4096)
def _sketch(title: str, body: str) -> Sketch:
    return Sketch.of(f"{title}\n{body}")


def links(body: str) -> list[Link]:
    """Where a body leads, each address once, in order."""
    found: dict[str, Link] = {}
    for address in _addresses(body):
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        path = parts.path
        if path.startswith("/articles/") and not parts.scheme and not parts.netloc:
            key = unquote(path.removeprefix("/articles/").split("/")[0])
            found.setdefault(address, Link(address, key))
        elif parts.scheme in ("http", "https"):
            found.setdefault(address, Link(address, ""))
    return list(found.values())


def _addresses(body: str) -> Iterator[str]:
    for block in parse(body).tokens:
        if block.type == "inline":
            for token in inline(block.content):
                address = token.attrGet("href") if token.type == "link_open" else None
                if isinstance(address, str):
                    yield address


def dead(link: Link, why: str) -> Finding:
    """An article the body leads to cannot be opened; ``why`` completes 这篇文章…"""
    return Finding(
        "link",
        f"链接 {link.address} 的文章{why}。换成现行的一篇，或去掉这个链接。",
        own=link.address,
        key=link.key,
    )


def rests(question: Resting) -> Finding:
    """A question was made from a sentence that is changed."""
    return Finding(
        "question",
        f"题库里的题目“{question.question[:60]}”出自这句话。发布后请核对题目和答案。",
        own=question.sentence,
        url=question.url,
    )


def gone(before: Record, after: Record) -> list[str]:
    """The sentences of ``before`` that ``after`` no longer has word for word."""
    kept = {sentence.text for sentence in sentences(after.body)}
    gone = (s.text for s in sentences(before.body) if s.text not in kept)
    return list(dict.fromkeys(gone))
