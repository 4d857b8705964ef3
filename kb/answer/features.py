"""What speaks for a sentence as the answer to a question, as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from .evidence import KINDS, LEANS_ON, NUMBER, UNITS_ASKED
from .question import Question
from .reading import Reading

TELLING = 6
"""A title of so many characters says what its article answers, not only what it is about."""

Features = dict[str, float]
"""Name → value; an absent feature is 0. The names are those of the table of weights."""


def observe(question: Question, reading: Reading) -> list[Features]:
    """The features of each sentence of the article, in order."""
    pairs = _Overlap(question.pairs, 2, reading)
    characters = _Overlap(question.characters, 1, reading)
    rows = [
        _own(question, reading, index, pairs.share[index], characters.share[index])
        for index in range(len(reading.sentences))
    ]
    _neighbours(rows, reading, pairs.share)
    titled = [unit for unit in question.pairs if unit in reading.title]
    for row, text in zip(rows, reading.folded, strict=True):
        row["title"] = _share(titled, question.pairs, text)
    return rows


class _Overlap:
    """How much of the question's units each sentence holds.

    A unit counts by how few of the article's sentences hold it, one that none holds most: where
    little of the question is found at all, little speaks for any sentence. A Latin word or
    number (a unit longer than ``usual``) counts double. A unit that a sentence's context holds
    counts half. So does one of a title that says what the article answers (退票手续费怎么收);
    those of a title that only names its subject (北京南站) do not count, for every sentence is
    about that.
    """

    def __init__(self, units: frozenset[str], usual: int, reading: Reading) -> None:
        texts = reading.folded
        total = 0.0
        titled = 0.5 if len(reading.title) >= TELLING else 0.0
        rarest = math.log((len(texts) + 1) / 0.5)
        self.share = [0.0] * len(texts)
        for unit in units:
            worth = titled if unit in reading.title else 1.0
            if not worth:
                continue
            worth *= 2.0 if len(unit) > usual else 1.0
            if unit not in reading.whole:
                total += rarest * worth
                continue
            holding = [index for index, text in enumerate(texts) if unit in text]
            under = [
                index
                for index, text in enumerate(reading.context)
                if text and unit in text and unit not in texts[index]
            ]
            weight = worth * math.log((len(texts) + 1) / (len(holding) + len(under) / 2 + 0.5))
            total += weight
            for index in holding:
                self.share[index] += weight
            for index in under:
                self.share[index] += weight / 2
        if total > 0:
            self.share = [share / total for share in self.share]


def _own(
    question: Question, reading: Reading, index: int, pairs: float, characters: float
) -> Features:
    text = reading.folded[index]
    row: Features = {
        "pairs": pairs,
        "pairs²": pairs * pairs,
        "characters": characters,
        "characters²": characters * characters,
        "pairs·characters": pairs * characters,
        "first": float(index == 0),
        "lead": float(index == 0 and len(reading.title) >= TELLING),
        "place": index / len(reading.folded),
        "leans": float(_leans(text)),
    }
    for want in question.wants:
        fresh = sum(1 for match in KINDS[want].seen.finditer(text) if match[0] not in question.text)
        row[want] = float(fresh > 0)
        row[want + "+"] = math.log1p(fresh)
    if question.focus:
        row["focus"] = float(any(noun in text or noun[:2] in text for noun in question.focus))
        if not UNITS_ASKED.isdisjoint(question.wants):
            row["unit"] = float(any(_counted(noun[0], text) for noun in question.focus))
    if question.topic:
        row["topic"] = float(any(noun in text for noun in question.topic))
    return row


def _neighbours(rows: Sequence[Features], reading: Reading, pairs: Sequence[float]) -> None:
    for index, row in enumerate(rows):
        if index:
            row["before"] = pairs[index - 1]
            if row["leans"]:
                row["leans·before"] = pairs[index - 1]
        if index + 1 < len(rows):
            row["after"] = pairs[index + 1]
            if rows[index + 1]["leans"]:
                row["leant on"] = pairs[index + 1]


def _leans(text: str) -> bool:
    return LEANS_ON.match(text) is not None


def _counted(unit: str, text: str) -> bool:
    """Does a number stand before the unit asked for: 几 **天** → 30 天?"""
    return re.search(rf"{NUMBER}[多余]?[个名位]?{re.escape(unit)}", text) is not None


def _share(units: Iterable[str], of: frozenset[str], text: str) -> float:
    return sum(1 for unit in units if unit in text) / max(1, len(of))
