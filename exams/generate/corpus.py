"""The articles that questions are made from, cut into lines with their values.

A line is a sentence of an article without its markup; it keeps the way back to the body.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from kb.markdown import Sentence, sentences
from kb.text import analyse, fold, grams_folded
from kb.text.numbers import Measure, measured

from ..answers import split_number
from ..questions import Source

_MARKUP = re.compile(r"\*+|`+|~~")
_TAIL = re.compile(r"[。；;，,、\s]+$")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?|[一二三四五六七八九十两半百]+")
_SIGN = re.compile(r"[-+]")


@dataclass(frozen=True, slots=True)
class Article:
    """One revision in force, as a source of questions."""

    key: str
    title: str
    body: str
    revision: int | None = None
    category: str = ""


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
        if not _PLAIN.fullmatch(numeral):
            continue
        gap = written[len(numeral) : size]
        yield Value(token.start, token.end, numeral, gap, written[size:], measure)


class Corpus:
    """Every line of every article, and where each pair of characters and each value occurs."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self.articles = tuple(articles)
        self.lines: dict[str, list[Line]] = {
            article.key: list(_lines(article)) for article in self.articles
        }
        self.members: tuple[tuple[str, Article], ...] | None = None
        self._by_gram: dict[str, list[Line]] = defaultdict(list)
        self._by_value: dict[Measure, list[Line]] = defaultdict(list)
        self.units: dict[str, list[Value]] = defaultdict(list)
        for line in self.all():
            for gram in line.grams:
                self._by_gram[gram].append(line)
            for value in line.values:
                self._by_value[value.measure].append(line)
                self.units[value.unit].append(value)

    @cached_property
    def frequency(self) -> Counter[str]:
        """In how many lines each word occurs, as it is written."""
        return Counter(
            word
            for line in self.all()
            for word in {line.text[token.start : token.end] for token in analyse(line.text)}
        )

    def all(self) -> Iterator[Line]:
        for lines in self.lines.values():
            yield from lines

    def alike(self, line: Line, least: float) -> list[Line]:
        """Other lines that have at least that share of what the line says, or it of theirs."""
        shared: dict[int, int] = defaultdict(int)
        found: dict[int, Line] = {}
        for gram in line.grams:
            for other in self._by_gram[gram]:
                if other is not line:
                    shared[id(other)] += 1
                    found[id(other)] = other
        return [
            found[key]
            for key, count in shared.items()
            if count >= least * min(len(line.grams), max(len(found[key].grams), 6))
        ]

    def with_value(self, measure: Measure) -> list[Line]:
        """Lines in which the value occurs, however it is written."""
        return self._by_value.get(measure, [])

    def says(self, words: str) -> bool:
        """Does any article have the words, as they are?"""
        return any(words in line.text for line in self.all())


def _lines(article: Article) -> Iterator[Line]:
    for sentence in sentences(article.body):
        text = _TAIL.sub("", _MARKUP.sub("", sentence.text)).strip()
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
