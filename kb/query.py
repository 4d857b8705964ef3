"""What people type, read into our own small tree. No engine's syntax ever leaks in or out.

    退票 手续费              words: any of them, rare ones count most
    "开车前8天"              a phrase, exactly so (also in “ ” and 「 」)
    改签 -团体               without the word
    分类:票务 类型:公告 标签:退款   filters (category: kind: tag: work too)

Everything else is ordinary text; a whole spoken question is welcome.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType

from .records import KINDS
from .spoken import matcher, table
from .text import Token, analyse_folded, fold, grams_folded, units, words_folded
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

SYNONYM, SPOKEN = 0.7, 0.5
"""What a word counts that was not typed: editors are surer of theirs than we of ours."""

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
class Widened:
    """A term that was not typed: a word (``words``) or pair (``grams``), and its weight below 1."""

    term: str
    sort: str
    weight: float


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the engines see it; every text in it is folded.

    words: words, codes, parts, terms and quantities that count; grams: pairs of characters;
    units: single characters; each without repeats, in the order asked. codes: exact codes.
    quantities: canonical numbers with units, and dates; what they are written with is in none of
    the former. spelled: runs of letters, perhaps pinyin. phrases: must occur exactly. excluded:
    phrases that must not occur. synonyms: of the centre's vocabulary; spoken: of the telephone
    (see ``spoken``); widened: what both added.
    """

    text: str
    words: tuple[str, ...] = ()
    grams: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    quantities: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    category: str = ""
    tags: frozenset[str] = frozenset()
    synonyms: tuple[Synonym, ...] = ()
    spoken: tuple[Synonym, ...] = ()
    widened: tuple[Widened, ...] = ()

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
    plain = _without_quantities(spoken, tokens)
    words = _telling(_outside_quantities(tokens))
    pairs = _telling_grams(plain)
    synonyms = _synonyms(tokens, vocabulary)
    sayings = _sayings(spoken)
    return Query(
        text=folded,
        words=words,
        grams=pairs,
        units=_unique(units(plain)),
        quantities=_unique(t.text for t in tokens if t.kind == "quantity"),
        codes=_unique(t.text for t in tokens if t.kind == "code"),
        spelled=_unique(t.text for t in tokens if _LETTERS.fullmatch(t.text)),
        synonyms=synonyms,
        spoken=sayings,
        widened=_widened(synonyms, sayings, {*words, *pairs}),
    )


def _telling(tokens: list[Token]) -> tuple[str, ...]:
    telling = [t.text for t in tokens if t.text not in STOPS]
    return _unique(telling or (t.text for t in tokens))


def _telling_grams(plain: str) -> tuple[str, ...]:
    pairs = grams_folded(plain)
    return _unique([p for p in pairs if p not in STOPS] or pairs)


def _without_quantities(folded: str, tokens: list[Token]) -> str:
    """The text without its numbers: 三十天 is 30天, and no reason to find 三十五元 or 十天."""
    for token in tokens:
        if token.kind == "quantity":
            folded = folded[: token.start] + " " * (token.end - token.start) + folded[token.end :]
    return folded


def _outside_quantities(tokens: list[Token]) -> list[Token]:
    spans = [(t.start, t.end) for t in tokens if t.kind == "quantity"]
    return [
        t
        for t in tokens
        if t.kind in ("quantity", "within", "term")
        or not any(start <= t.start and t.end <= end for start, end in spans)
    ]


def _synonyms(tokens: list[Token], vocabulary: Vocabulary) -> tuple[Synonym, ...]:
    found = {
        t.text: Synonym(t.text, vocabulary.others[t.text])
        for t in tokens
        if t.text in vocabulary.others
    }
    return tuple(found.values())


def _sayings(folded: str) -> tuple[Synonym, ...]:
    found = {word: Synonym(word, table()[word]) for word, _, _ in matcher().find(folded)}
    return tuple(found.values())


def _widened(
    synonyms: Iterable[Synonym], sayings: Iterable[Synonym], typed: set[str]
) -> tuple[Widened, ...]:
    """The terms of what else was meant, each once, without those that were typed."""
    found: dict[tuple[str, str], Widened] = {}
    for source, weight in ((synonyms, SYNONYM), (sayings, SPOKEN)):
        for other in (fold(other).text for synonym in source for other in synonym.others):
            terms = [(term, "words") for term in words_folded(other)]
            terms += [(term, "grams") for term in grams_folded(other)]
            for term, sort in terms:
                if term not in typed:
                    found.setdefault((term, sort), Widened(term, sort, weight))
    return tuple(found.values())


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
