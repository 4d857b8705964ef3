"""What every maker of questions shares: fit sentences, stems, keys, chance without chance."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kb.text import fold

from ..questions import Source
from .corpus import Article, Line

GAP = "____"
LEAST, MOST = 10, 90
"""Characters of a sentence that one question can be about."""

TOLD = frozenset(("prose", "item", "callout"))
"""Kinds of sentence that say something by themselves; rows are read by their table."""

_LEAD = 24
"""Characters of what leads into a list; a longer one is a sentence of its own."""

_HANGING = re.compile(
    r"上述|此(?!外)|以下(?=[几各的：:])|如下|[这這]|(?<!的)那|本[条表文]|前者|后者|同上|两者"
    r"|下面|上面|下表|上表|[另详]?[见見]《|[另详]见|前一|后一|[甲乙丙丁]"
    r"|第[一二三四五]行|[看走用按改查][另]?《|各看|本篇"
)
_PRONOUN = re.compile(r"其(?!他|它|余|餘|中)|[该該]|它|他们|她")
_NAMED = re.compile(r"[^，；。]{6,}[，；。]")
"""A clause before a pronoun, in which stands what it means."""

_SPOKEN = re.compile(r"[您我你]|抱歉|谢谢|再见|[？?！!]|……|[“‘「][^”’」]{12,}|\"[^\"]{12,}")
_EXAMPLE = re.compile(r"例如|比如|举例|譬如|为例|例：|假设|如：|算式|[=＝×÷]")
_VAGUE = re.compile(
    r"一般(?!物品|事项)|通常|大概|(?<!尽)可能|大多|多数|多半|往往|常见|视情况|(?<![预条违履制签邀节])约(?![定束会请])"
)
_DEPENDS = re.compile(
    r"但|而|所以|因此|因而|并[且]?|也|再|还|否则|不过|然后|同时|另外|此外|仍|就|才|则|或|反之|均|都|同样|只要|接着"
)
_LABEL = re.compile(r"(?:适用|例外|时限|注意|提示|適用|時限)[：:]")
_LATIN = re.compile(r"[A-Za-z]{3,}")
_SECTION_RULES = ("适用：", "时限：", "例外：", "注意：", "提示：")
_CALLOUTS = frozenset(("适用", "时限", "例外", "注意", "提示", "適用", "時限"))
_DULL = frozenset(("依据", "参考", "说明", "备注", "相关", "口径", "概述", "答复", "话术"))

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draft:
    """A question on its way: its JSON value, its evidence, what is searched for it, its lines."""

    value: dict[str, Any]
    source: Source
    article: Article
    stem_words: str
    lines: tuple[Line, ...] = ()
    fact: str = ""
    """What the answer states, where another line may state it too."""


class Turns:
    """Whose turn it is in an article: places of keys, truths and kinds take turns from a start
    that looks drawn, so that none of them comes more often than another."""

    def __init__(self, article: Article) -> None:
        self._key = article.key
        self._taken: Counter[str] = Counter()

    def next(self, what: str, size: int) -> int:
        """The next number below ``size``."""
        self._taken[what] += 1
        return (chance(self._key, what) + self._taken[what]) % size

    def placed(self, right: T, wrong: Sequence[T]) -> list[T]:
        """The wrong ones with the right one among them, at the place whose turn it is."""
        place = self.next(f"place {len(wrong)}", len(wrong) + 1)
        return [*wrong[:place], right, *wrong[place:]]


_TRADITIONAL = str.maketrans(
    "为对应来请说规个写点后骤举处项这里选错误题", "為對應來請說規個寫點後驟舉處項這裡選錯誤題"
)


def worded(article: Article, words: str) -> str:
    """Words of the generator's own, in the script of the article."""
    return words.translate(_TRADITIONAL) if article.traditional else words


def gives_away(stem: str, right: str, wrong: Sequence[str]) -> bool:
    """Has the key more characters of the stem than any wrong option?

    Whoever never read the article would choose it.
    """
    said = set(fold(stem).text)
    return shared(said, right) > max((shared(said, text) for text in wrong), default=0)


def shared(said: set[str], text: str) -> int:
    """How many characters of a text are among those."""
    return sum(c in said for c in fold(text).text)


def choice(texts: Sequence[str]) -> list[dict[str, str]]:
    """Options A, B, C… with those texts."""
    return [{"key": key, "text": text} for key, text in zip("ABCDEFGH", texts, strict=False)]


def chance(*parts: str) -> int:
    """A number that looks drawn, and is the same for the same words on every machine."""
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big")


def shuffled(items: Sequence[T], *seed: str) -> list[T]:
    """The items in an order that looks drawn."""
    keyed = [(chance(*seed, str(place)), place) for place in range(len(items))]
    return [items[place] for _, place in sorted(keyed)]


def fits(line: Line) -> bool:
    """Is the sentence one claim that stands by itself?"""
    return unfit(line) == ""


def unfit(line: Line) -> str:
    """Why a sentence cannot be asked about; '' where it can."""
    text = line.text
    if line.sentence.kind not in TOLD:
        return "kind"
    if not LEAST <= len(text) <= MOST or "\n" in text:
        return "length"
    if (
        "→" in text
        or _LABEL.match(text)
        or "](" in text
        or text.endswith(("：", ":"))
        or len(_LATIN.findall(text)) > 2
    ):
        return "markup"
    if _HANGING.search(text) or _DEPENDS.match(text) or _points_away(text):
        return "hanging"
    if any(len(part) > _LEAD or "。" in part or _EXAMPLE.search(part) for part in _lead(line)):
        return "condition"
    if _SPOKEN.search(text):
        return "spoken"
    if _EXAMPLE.search(text) or _VAGUE.search(text):
        return "vague"
    return ""


def _points_away(text: str) -> bool:
    """Does a pronoun mean what an earlier sentence named?"""
    found = _PRONOUN.search(text)
    return found is not None and not _NAMED.match(text[: found.start()])


def scope(line: Line) -> str:
    """What stands before a sentence so that it is clear what it is about."""
    headings = [h for h in line.sentence.headings[-1:] if h not in _DULL]
    lead = [part for part in _lead(line) if part not in headings]
    if lead and lead[0] in _CALLOUTS:
        headings, lead = ["，".join((*headings, lead[0]))], []
    return titled(line.article, headings, lead)


def titled(article: Article, headings: Sequence[str], lead: Sequence[str] = ()) -> str:
    """《文章》（小节）：情形："""
    inside = f"（{headings[-1]}）" if headings else ""
    before = "".join(f"{part}：" for part in lead)
    return f"《{article.title}》{inside}：{before}"


def _lead(line: Line) -> list[str]:
    """What leads into the sentence's list, or its callout's label; not the section's rules."""
    condition = line.sentence.condition or ""
    parts = [re.sub(r"[*`]", "", part).strip() for part in condition.split("；")]
    return [
        part
        for part in parts[:1]
        if part and part not in line.text and not part.startswith(_SECTION_RULES)
    ]


def value(kind: str, article: Article, seed: str, stem: str, **more: Any) -> dict[str, Any]:
    """A question's JSON value; the same fact of the same article has the same key."""
    mark = f"{chance(article.key, kind, seed):016x}"[:10]
    topics = [article.category] if article.category else []
    return {
        "key": f"{article.key[:180]}-{mark}",
        "kind": kind,
        "stem": stem,
        "topics": topics,
        "difficulty": _DIFFICULTY[kind],
        **more,
    }


_DIFFICULTY = {
    "judge": "easy",
    "single": "easy",
    "multiple": "medium",
    "blank": "medium",
    "number": "medium",
    "match": "medium",
    "order": "hard",
    "essay": "hard",
}
"""What a label rests on before there are answers: to recognise is easier than to recall."""
