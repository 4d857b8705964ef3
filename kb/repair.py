"""What was probably meant where the question has characters this base has never seen together.

A character is suspect if it forms no known pair with either neighbour and is part of no word. It
is replaced by one that sounds the same (or nearly) where that makes a word articles are named by:
in a title, another way to ask, a heading or a tag. Two characters of such a word may also have
changed places. Nothing else is touched, and the reader is always told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .query import STOPS
from .text.segment import dictionary_words
from .text.sound import alike

Frequency = Callable[[str, str], int]
"""(field, term) → how many documents have it."""

NAMING = ("title", "asked", "heading", "label")
"""Fields whose words name what articles are about."""

LEAST = 0.4
"""A word that is much used and seldom names anything (可以, 第一) repairs nothing."""

LONGEST = 4
"""Characters of the longest word looked for."""


@dataclass(frozen=True, slots=True)
class Repair:
    """``wrong`` in the folded question was taken for ``right``."""

    wrong: str
    right: str


def repaired(folded: str, frequency: Frequency) -> tuple[str, tuple[Repair, ...]]:
    """The folded question with its suspect characters replaced, and what was replaced."""
    text, repairs = folded, []
    for place in range(len(folded)):
        if _suspect(text, place, frequency):
            changed = max(_options(text, place, frequency), default=None)
            if changed is not None:
                start, end, right = changed[-1]
                repairs.append(Repair(text[start:end], right))
                text = text[:start] + right + text[end:]
    return text, tuple(repairs)


def _suspect(text: str, place: int, frequency: Frequency) -> bool:
    """Unknown beside both neighbours, and no part of any word as it stands."""
    if not _chinese(text[place]) or text[place] in STOPS:
        return False
    pairs = [text[i : i + 2] for i in (place - 1, place) if 0 <= i < len(text) - 1]
    pairs = [pair for pair in pairs if all(map(_chinese, pair))]
    if not pairs or any(frequency("text_grams", pair) for pair in pairs):
        return False
    return not any(text[a:b] in dictionary_words() for a, b in _windows(text, place))


def _chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _windows(text: str, place: int) -> Iterator[tuple[int, int]]:
    """Every stretch of two to four characters over ``place``."""
    for start in range(max(0, place - LONGEST + 1), place + 1):
        for end in range(max(place + 1, start + 2), min(len(text), start + LONGEST) + 1):
            yield start, end


Option = tuple[int, float, int, tuple[int, int, str]]
"""Length of the word it makes, how surely it names, how well it sounds; where to write what."""


def _options(text: str, place: int, frequency: Frequency) -> Iterator[Option]:
    windows = list(_windows(text, place))
    for order, character in enumerate(alike(text[place])[:80]):
        for start, end in windows:
            word = text[start:place] + character + text[place + 1 : end]
            if (sure := _names(word, frequency)) >= LEAST:
                yield end - start, sure, -order, (start, end, word)
    for start, end in windows:
        if end - start > 2:
            for i in range(start, end - 1):
                word = text[start:i] + text[i + 1] + text[i] + text[i + 2 : end]
                if (sure := _names(word, frequency)) >= LEAST:
                    yield end - start, sure, 0, (start, end, word)


def _names(word: str, frequency: Frequency) -> float:
    """How often it names an article among how often it is used; 0 for what is no word."""
    if word not in dictionary_words():
        return 0.0
    naming = sum(frequency(field, word) for field in NAMING)
    return naming / (naming + frequency("body", word)) if naming else 0.0
