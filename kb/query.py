"""What people type, read into our own small tree. No engine's syntax ever leaks in or out.

    退票 手续费              words: any of them, rare ones count most
    "开车前8天"              a phrase, exactly so (also in “ ” and 「 」)
    改签 -团体               without the word
    分类:票务 类型:公告 标签:退款   filters (category: kind: tag: work too)

Everything else is ordinary text; a whole spoken question is welcome.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from .records import KINDS
from .text import Token, analyse_folded, fold, grams_folded, units
from .vocabulary import EMPTY, Vocabulary

FILTERS = MappingProxyType(
    {
        "分类": "category",
        "类别": "category",
        "目录": "category",
        "category": "category",
        "类型": "kind",
        "种类": "kind",
        "kind": "kind",
        "标签": "tag",
        "tag": "tag",
    }
)

_KIND_NAMES = {fold(name).text: kind for kind, name in KINDS.items()} | {
    fold(kind).text: kind for kind in KINDS
}

_FILLERS = """
请问一下 我想问一下 想问一下 想请问 我想请问 我想问 想问问 请教一下 问一下 请问 你好 您好 麻烦 那个
就是说 我想知道 想知道 谢谢 喂
"""
_STOPS = """
的 了 吗 呢 吧 啊 呀 嘛 哦 噢 哈 么 着 之 于 在 是 有 和 与 及 或 而 也 都 就 还 把 被 让 给
对 从 到 以 所 其 该 此 这 那 它 他 她 我 你 您 们 我们 你们 他们 这个 那个 这些 那些 什么 怎么
怎样 怎么样 如何 哪 哪个 哪些 哪里 哪儿 谁 几 多少 为什么 为何 何 何时 是否 一下 一个 咋 咋办
咋样 啥 怎么办 会 能 要 想 个 人 上 中
"""
STOPS = frozenset(fold(_STOPS).text.split())
"""Words that say little about which article is meant. Negations are never among them. They are
left out of scoring only, never out of the index and never out of a phrase."""

_FILLER = re.compile("|".join(sorted(fold(_FILLERS).text.split(), key=len, reverse=True)))

_LETTERS = re.compile(r"[a-z]{2,150}")

_QUOTED = re.compile(r'"([^"]+)"|“([^“”]+)”|「([^「」]+)」|『([^『』]+)』|＂([^＂]+)＂')
_FILTER = re.compile(
    r"(?:^|(?<=\s))(-?)(" + "|".join(FILTERS) + r")\s?[:：]\s?(?:\"([^\"]+)\"|(\S+))",
    re.IGNORECASE,
)
_NOT = re.compile(r"(?:^|(?<=[\s　]))[-－−]([^\s　\-－−\d]\S*)")


@dataclass(frozen=True, slots=True)
class Synonym:
    """A word of the question, and what else it was taken to mean."""

    word: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the engines see it; every text in it is folded.

    words: words, codes, parts, terms and quantities that count; grams: pairs of characters;
    units: single characters; each without repeats, in the order asked. codes: exact codes.
    spelled: runs of letters, perhaps pinyin. phrases: must occur exactly. excluded: phrases that
    must not occur. synonyms: see :class:`Synonym`; widened_words, widened_grams: what they added.
    """

    text: str
    words: tuple[str, ...] = ()
    grams: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    category: str = ""
    tags: frozenset[str] = frozenset()
    synonyms: tuple[Synonym, ...] = ()
    widened_words: tuple[str, ...] = field(default=())
    widened_grams: tuple[str, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """Nothing to look for: filters at most."""
        return not (self.words or self.grams or self.units or self.phrases)

    def without_phrases(self) -> Query:
        """The same, with the quoted texts as ordinary words."""
        return replace(self, phrases=())


def parse(text: str, vocabulary: Vocabulary = EMPTY) -> Query:
    """Read what somebody typed. Never fails: what has no special form is text."""
    rest, kinds, category, tags = _filters(text)
    excluded: list[str] = []
    rest, phrases = _phrases(rest)

    def exclude(m: re.Match[str]) -> str:
        excluded.append(fold(m[1]).text.strip("\"'“”「」"))
        return " "

    remaining = _NOT.sub(exclude, rest)
    spoken = " ".join([remaining, *phrases]).strip()
    folded = fold(spoken).text.strip()
    query = of_text(folded, vocabulary)
    return replace(
        query,
        phrases=tuple(dict.fromkeys(filter(None, (fold(p).text.strip() for p in phrases)))),
        excluded=tuple(dict.fromkeys(e for e in excluded if e)),
        kinds=kinds,
        category=category,
        tags=tags,
    )


def of_text(folded: str, vocabulary: Vocabulary = EMPTY) -> Query:
    """A query for folded text without any special form in it."""
    spoken = _FILLER.sub(" ", folded)
    if not units(spoken):
        spoken = folded
    tokens = analyse_folded(spoken, vocabulary.matcher)
    synonyms = _synonyms(tokens, vocabulary)
    wide = [fold(other).text for synonym in synonyms for other in synonym.others]
    words = _telling(tokens)
    pairs = _telling_grams(spoken, tokens)
    return Query(
        text=folded,
        words=words,
        grams=pairs,
        units=_unique(units(spoken)),
        codes=_unique(t.text for t in tokens if t.kind == "code"),
        spelled=_unique(t.text for t in tokens if _LETTERS.fullmatch(t.text)),
        synonyms=tuple(synonyms),
        widened_words=_missing(wide, words, _words_of),
        widened_grams=_missing(wide, pairs, grams_folded),
    )


def _telling(tokens: list[Token]) -> tuple[str, ...]:
    telling = [t.text for t in tokens if t.text not in STOPS]
    return _unique(telling or (t.text for t in tokens))


def _telling_grams(spoken: str, tokens: list[Token]) -> tuple[str, ...]:
    pairs = grams_folded(spoken)
    return _unique([p for p in pairs if p not in STOPS] or pairs)


def _synonyms(tokens: list[Token], vocabulary: Vocabulary) -> list[Synonym]:
    found = {
        t.text: Synonym(t.text, vocabulary.others[t.text])
        for t in tokens
        if t.text in vocabulary.others
    }
    return list(found.values())


def _words_of(folded: str) -> list[str]:
    return [t.text for t in analyse_folded(folded)]


def _missing(
    texts: Iterable[str], known: tuple[str, ...], cut: Callable[[str], list[str]]
) -> tuple[str, ...]:
    return _unique(t for text in texts for t in cut(text) if t not in known)


def _filters(text: str) -> tuple[str, frozenset[str], str, frozenset[str]]:
    kinds: set[str] = set()
    tags: set[str] = set()
    category = ""

    def take(m: re.Match[str]) -> str:
        nonlocal category
        sort, value = FILTERS[m[2].lower()], (m[3] or m[4]).strip()
        if sort == "category":
            category = value.strip("/")
        elif sort == "tag":
            tags.add(value)
        elif (kind := _KIND_NAMES.get(fold(value).text)) is not None:
            kinds.add(kind)
        else:
            return m[0]
        return " "

    rest = _FILTER.sub(take, text)
    return rest, frozenset(kinds), category, frozenset(tags)


def _phrases(text: str) -> tuple[str, list[str]]:
    found: list[str] = []

    def take(m: re.Match[str]) -> str:
        phrase = next(filter(None, m.groups())).strip()
        if phrase:
            found.append(phrase)
        return " "

    return _QUOTED.sub(take, text), found


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
