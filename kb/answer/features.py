"""What speaks for a sentence as the answer to a question, as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from .evidence import NUMBER, UNITS_ASKED
from .question import Question
from .reading import Reading

TELLING = 6
"""A title of so many characters says what its article answers, not only what it is about."""

Features = dict[str, float]
"""Name → value; an absent feature is 0. The names are those of the tables of weights."""

Columns = dict[str, list[float]]
"""Name → the feature's value for each sentence of an article, in order."""


def observe(question: Question, reading: Reading) -> Columns:
    """The features of the article's sentences."""
    count = len(reading.sentences)
    pairs = _shares(question.pairs, 2, reading)
    characters = _shares(question.characters, 1, reading)
    columns: Columns = {
        "pairs": pairs,
        "pairs²": [pair * pair for pair in pairs],
        "characters": characters,
        "characters²": [character * character for character in characters],
        "pairs·characters": [p * c for p, c in zip(pairs, characters, strict=True)],
        "first": [1.0, *[0.0] * (count - 1)],
        "lead": [float(len(reading.title) >= TELLING), *[0.0] * (count - 1)],
        "place": [index / count for index in range(count)],
        "before": [0.0, *pairs[:-1]],
        "after": [*pairs[1:], 0.0],
    }
    columns |= _leaning(reading, columns)
    for want in question.wants:
        columns |= _wanted(want, question, reading)
    return columns | _named(question, reading)


def _shares(units: frozenset[str], usual: int, reading: Reading) -> list[float]:
    """How much of the question's units each sentence holds.

    A unit counts by how few of the article's sentences hold it, one that none holds most: where
    little of the question is found at all, little speaks for any sentence. A Latin word or
    number (a unit longer than ``usual``) counts double. A unit that a sentence's context holds
    counts half. So does one of a title that says what the article answers (退票手续费怎么收);
    those of a title that only names its subject (北京南站) do not count, for every sentence is
    about that.
    """
    here, above = _held(units, reading)
    counts = dict.fromkeys(units, 0.5)
    for held in here:
        for unit in held:
            counts[unit] += 1.0
    for held in above:
        for unit in held:
            counts[unit] += 0.5
    titled = 0.5 if len(reading.title) >= TELLING else 0.0
    size = len(here) + 1
    weights = {
        unit: math.log(size / count)
        * (titled if unit in reading.title else 1.0)
        * (2.0 if len(unit) > usual else 1.0)
        for unit, count in sorted(counts.items())
    }
    total = sum(weights.values())
    if total <= 0:
        return [0.0] * len(here)
    return [
        (sum([weights[unit] for unit in own]) + sum([weights[unit] for unit in over]) / 2) / total
        for own, over in zip(here, above, strict=True)
    ]


def _held(units: Iterable[str], reading: Reading) -> tuple[list[list[str]], list[list[str]]]:
    """Which of the units each sentence holds, and which only what stands over it."""
    known = [unit for unit in units if unit in reading.whole]
    here = [[unit for unit in known if unit in text] for text in reading.folded]
    over = {text: [unit for unit in known if unit in text] for text in set(reading.context)}
    above = [
        [unit for unit in over[context] if unit not in text]
        for text, context in zip(reading.folded, reading.context, strict=True)
    ]
    return here, above


def _leaning(reading: Reading, columns: Columns) -> Columns:
    """Sentences that speak of what the one before them named."""
    leans = reading.leans
    return {
        "leans": list(leans),
        "leans·before": [a * b for a, b in zip(leans, columns["before"], strict=True)],
        "leant on": [a * b for a, b in zip((*leans[1:], 0.0), columns["after"], strict=True)],
    }


def _wanted(want: str, question: Question, reading: Reading) -> Columns:
    """What looks like the kind of answer asked for, and was not in the question already."""
    fresh = [
        sum([found not in question.text for found in sentence]) for sentence in reading.seen(want)
    ]
    return {want: [float(n > 0) for n in fresh], want + "+": [math.log1p(n) for n in fresh]}


def _named(question: Question, reading: Reading) -> Columns:
    """The nouns of the question, in the sentence."""
    texts, columns = reading.folded, Columns()
    if question.focus:
        heads = {noun[:2] for noun in question.focus}
        columns["focus"] = [float(any(head in text for head in heads)) for text in texts]
        if not UNITS_ASKED.isdisjoint(question.wants):
            counted = _counted({noun[0] for noun in question.focus})
            columns["unit"] = [float(counted.search(text) is not None) for text in texts]
    if question.topic:
        columns["topic"] = [float(any(noun in text for noun in question.topic)) for text in texts]
    titled = [unit for unit in question.pairs if unit in reading.title]
    if titled:
        most = len(question.pairs)
        columns["title"] = [sum([unit in text for unit in titled]) / most for text in texts]
    return columns


def _counted(units: Iterable[str]) -> re.Pattern[str]:
    """A number before one of the units asked for: 几 **天** → 30 天."""
    return re.compile(rf"{NUMBER}[多余]?[个名位]?(?:{'|'.join(map(re.escape, sorted(units)))})")
