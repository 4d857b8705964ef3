"""What was probably meant where the question has characters this base has never seen together.

A character is suspect if it forms no known pair with either neighbour and is part of no word. It
is replaced by one that sounds the same (or nearly), or by two characters the other way round,
where that makes a word that is known. Nothing else is touched, and the reader is always told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .query import STOPS
from .text.segment import dictionary_words
from .text.sound import alike

Known = Callable[[str], int]
"""How many documents have a pair of characters."""


@dataclass(frozen=True, slots=True)
class Repair:
    """``wrong`` in the folded question was taken for ``right``."""

    wrong: str
    right: str


def repaired(folded: str, known: Known) -> tuple[str, tuple[Repair, ...]]:
    """The folded question with its suspect characters replaced, and what was replaced."""
    text, repairs = folded, []
    place = 0
    while place < len(text):
        found = _best(text, place, known) if _suspect(text, place, known) else None
        if found is not None:
            start, right = found
            repairs.append(Repair(text[start : start + len(right)], right))
            text = text[:start] + right + text[start + len(right) :]
            place = start + len(right)
        else:
            place += 1
    return text, tuple(repairs)


def _pairs(text: str, place: int) -> Iterator[str]:
    """The pairs of Chinese characters that the one at ``place`` is part of."""
    for start in (place - 1, place):
        pair = text[start : start + 2] if start >= 0 else ""
        if len(pair) == 2 and all(map(_chinese, pair)):
            yield pair


def _chinese(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _suspect(text: str, place: int, known: Known) -> bool:
    """Unknown beside both neighbours, and no part of any word as it stands."""
    if not _chinese(text[place]) or text[place] in STOPS:
        return False
    pairs = list(_pairs(text, place))
    return bool(pairs) and not any(map(known, pairs)) and not _longest_word(text, place)


def _best(text: str, place: int, known: Known) -> tuple[int, str] | None:
    """Where to write what; None where nothing convinces."""
    options = [
        (_evidence(text, place, character, known), -order, place, character)
        for order, character in enumerate(alike(text[place])[:80])
    ]
    for start in (place - 1, place):
        turned = text[start : start + 2][::-1] if start >= 0 else ""
        if len(turned) == 2 and turned in dictionary_words() and known(turned):
            options.append(((2, 1, known(turned)), 0, start, turned))
    best = max(options, default=None)
    if best is None or not best[0][0]:
        return None
    return best[2], best[3]


def _evidence(text: str, place: int, character: str, known: Known) -> tuple[int, int, int]:
    """Longest word it makes of known pairs, how many known pairs, and in how many documents."""
    changed = text[:place] + character + text[place + 1 :]
    seen = [count for pair in _pairs(changed, place) if (count := known(pair))]
    if not seen:
        return 0, 0, 0
    return _longest_word(changed, place, known), len(seen), sum(seen)


def _longest_word(text: str, place: int, known: Known | None = None) -> int:
    """Length of the longest dictionary word over ``place``, of known pairs only if asked."""
    longest = 0
    for start in range(max(0, place - 3), place + 1):
        for end in range(max(place + 1, start + 2), min(len(text), start + 4) + 1):
            word = text[start:end]
            if len(word) > longest and word in dictionary_words() and _made_of(word, known):
                longest = len(word)
    return longest


def _made_of(word: str, known: Known | None) -> bool:
    return known is None or all(known(word[i : i + 2]) for i in range(len(word) - 1))
