"""The articles that questions are made from, cut into lines with their values.

A line is a sentence of an article without its markup; it keeps the way back to the body.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from kb.markdown import Sentence, sentences
from kb.text import analyse, fold, grams_folded
from kb.text.numbers import Measure, measured

from ..answers import split_number
from ..questions import Source

_MARKUP = re.compile(r"\*+|`+|~~")
_TAIL = re.compile(r"[。；;，,、\s]+$")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[一二三四五六七八九十两半百]+")
_THOUSAND = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*千[克米瓦]")
_SIGN = re.compile(r"[-+]")
_SEE = re.compile(
    r"[，,；;。][^，,；;。（）]{0,9}[见見](?:《[^《》]+》[、和]?)+$|（[^（）]{0,4}[见見]《[^《》]+》）"
)
"""What sends the reader elsewhere at the end of a sentence states nothing."""

_FEW = 6
"""Pairs of characters; a line of fewer is taken to have as many when it is compared."""

_CLAIM = re.compile(r"[^；;]+")
_LEAST_CLAIM = 8
"""Characters of the shortest claim that still says something by itself."""

_TRADITIONAL = re.compile(r"[車為這個們說請會過還對後開關於號碼裡時間]")


@dataclass(frozen=True)
class Article:
    """One revision in force, as a source of questions. ``audiences``: empty = everyone."""

    key: str
    title: str
    body: str
    revision: int | None = None
    category: str = ""
    audiences: tuple[str, ...] = ()

    @cached_property
    def traditional(self) -> bool:
        """Is it written in traditional characters?"""
        return len(_TRADITIONAL.findall(self.title + self.body)) > len(self.body) / 200

    def lends(self, other: Article) -> bool:
        """May everybody who reads the other article read this one too?

        Only then does it give the other's questions wrong options: they would tell its values.
        """
        return not self.audiences or (
            bool(other.audiences) and set(other.audiences) <= set(self.audiences)
        )


class Value(NamedTuple):
    """A number with its unit in a line: ``line.text[start:end] == numeral + gap + unit``."""

    start: int
    end: int
    numeral: str
    gap: str
    unit: str
    measure: Measure


@dataclass(frozen=True)
class Line:
    """One sentence. ``text`` is what a reader sees of it, without the stop at its end."""

    article: Article
    sentence: Sentence
    text: str

    @cached_property
    def values(self) -> tuple[Value, ...]:
        return (
            tuple(_values(self.text))
            if re.search(r"[0-9]|[一二三四五六七八九十百半两]", self.text)
            else ()
        )

    @cached_property
    def grams(self) -> frozenset[str]:
        """Pairs of neighbouring characters, values left out."""
        return grams_of(self.text)

    @property
    def source(self) -> Source:
        return source(self.article, self.sentence.start, self.sentence.end)


def source(article: Article, start: int, end: int) -> Source:
    """The evidence ``article.body[start:end]``."""
    return Source(article.key, article.revision, start, end, article.body[start:end])


def grams_of(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters of the text without its numbers."""
    folded = re.sub(r"[0-9.]+", " ", fold(text).text)
    return frozenset(grams_folded(folded))


def _values(text: str) -> Iterator[Value]:
    for token in analyse(text):
        if token.kind != "quantity":
            continue
        written = text[token.start : token.end]
        found = split_number(fold(written).text)
        if found is None or not found[1] or _SIGN.match(written):
            continue
        # Only what is one numeral and one unit, not 一个半小时 or 3块5.
        measure = measured(*found)
        size = len(fold(written).text) - len(found[1])
        if measure is None or len(fold(written).text) != len(written):
            continue
        numeral = written[:size].rstrip()
        if thousand := _THOUSAND.fullmatch(written):
            numeral = thousand[1]  # 20千克 is twenty of a unit
        if not _PLAIN.fullmatch(numeral):
            continue
        rest = written[len(numeral) :]
        unit = rest.lstrip()
        gap = rest[: len(rest) - len(unit)]
        yield Value(token.start, token.end, numeral, gap, unit, measure)


class Corpus:
    """Every line of every article, and where each pair of characters and each value occurs."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.articles = tuple(articles)
        self.lines: dict[str, list[Line]] = {
            article.key: list(_lines(article)) for article in self.articles
        }
        self.members: tuple[tuple[tuple[str, ...], Article], ...] | None = None
        self.names: dict[str, dict[str, list[Article]]] | None = None
        self.spans: tuple[tuple[Any, Article], ...] | None = None
        self.formulas: tuple[Any, ...] | None = None
        self.falsified: dict[int, tuple[Line, str | None]] = {}
        self._all = tuple(line for lines in self.lines.values() for line in lines)
        self._by_gram: dict[str, list[int]] = defaultdict(list)
        self._by_value: dict[Measure, list[Line]] = defaultdict(list)
        self.units: dict[str, list[tuple[Value, Article]]] = defaultdict(list)
        for number, line in enumerate(self._all):
            for gram in line.grams:
                self._by_gram[gram].append(number)
            for value in line.values:
                self._by_value[value.measure].append(line)
                self.units[value.unit].append((value, line.article))

    @cached_property
    def frequency(self) -> Counter[str]:
        """In how many lines each word occurs, as it is written."""
        return Counter(
            word
            for line in self.all()
            for word in {line.text[token.start : token.end] for token in analyse(line.text)}
        )

    def all(self) -> Iterator[Line]:
        yield from self._all

    def alike(self, line: Line, least: float) -> list[Line]:
        """Other lines that have at least that share of what the line says, or it of theirs."""
        shared: Counter[int] = Counter()
        for gram in line.grams:
            shared.update(self._by_gram.get(gram, ()))
        fewest = least * min(len(line.grams), _FEW)
        found = [(self._all[number], count) for number, count in shared.items() if count >= fewest]
        return [
            other
            for other, count in found
            if count >= least * min(len(line.grams), max(len(other.grams), _FEW))
            and not _overlap(other, line)
        ]

    def with_value(self, measure: Measure) -> list[Line]:
        """Lines in which the value occurs, however it is written."""
        return self._by_value.get(measure, [])

    def says(self, words: str) -> bool:
        """Does any article have the words, as they are?"""
        return words in self._said

    @cached_property
    def _said(self) -> str:
        return "\n".join(line.text for line in self._all)


def _overlap(one: Line, other: Line) -> bool:
    """Are they one sentence, or is one a part of the other?"""
    return (
        one.article is other.article
        and one.sentence.start < other.sentence.end
        and other.sentence.start < one.sentence.end
    )


def parts(line: Line) -> list[Line]:
    """The claims of a sentence, which its semicolons part; the sentence where it is one claim."""
    spans = [(m.start(), m.end()) for m in _CLAIM.finditer(line.sentence.text)]
    texts = [_shown(line.sentence.text[start:end]) for start, end in spans]
    if len(texts) < 2 or "：" in texts[0] or any(len(text) < _LEAST_CLAIM for text in texts):
        return [line]
    if any(
        text.count("（") != text.count("）") or text.count("“") != text.count("”") for text in texts
    ):
        return [line]
    begin = line.sentence.start
    return [
        Line(
            line.article,
            replace(
                line.sentence,
                text=line.sentence.text[start:end],
                start=begin + start,
                end=begin + end,
            ),
            text,
        )
        for (start, end), text in zip(spans, texts, strict=True)
    ]


def _shown(text: str) -> str:
    """What a reader sees of a sentence, without its stop and what sends the reader elsewhere."""
    whole = _TAIL.sub("", _MARKUP.sub("", text)).strip()
    shown = _TAIL.sub("", _SEE.sub("", whole)).strip()
    return whole if shown.endswith(("的", "时", "時")) else shown  # what is left is no sentence


def _lines(article: Article) -> Iterator[Line]:
    for sentence in sentences(article.body):
        text = _shown(sentence.text)
        if text:
            yield Line(article, sentence, text)


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the smaller set that the other has too."""
    size = min(len(one), len(other))
    return len(one & other) / size if size else 0.0


def numbered(article: Article, line: Line) -> bool:
    """Does the line open an item of a numbered list?"""
    begin = article.body.rfind("\n", 0, line.sentence.start) + 1
    return (
        re.fullmatch(r"\s*\d{1,2}[.)、]\s*\**", article.body[begin : line.sentence.start])
        is not None
    )


def sections(corpus: Corpus, article: Article) -> Iterator[tuple[tuple[str, ...], Sequence[Line]]]:
    """The runs of list items under one heading."""
    run: list[Line] = []
    for line in corpus.lines[article.key]:
        same = run and line.sentence.headings == run[0].sentence.headings
        if line.sentence.kind == "item" and (same or not run):
            run.append(line)
            continue
        if run:
            yield run[0].sentence.headings, run
        run = [line] if line.sentence.kind == "item" else []
    if run:
        yield run[0].sentence.headings, run
