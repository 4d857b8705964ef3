"""Folding: the one form in which texts are compared.

NFKC, lower case, variant and traditional characters to one representative, character by
character. The text itself is never rewritten: a :class:`Folded` knows where each of its
characters came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_DASHES = "‐‑‒–—−﹘﹣－"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_PHRASES = (("身分", "身份"), ("甚么", "什么"), ("计画", "计划"), ("部份", "部分"))
"""Two spellings of one word where a single character must not be equated; lengths agree."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; ``spans[i]`` is the original (start, end) of its i-th character.

    ``spans`` is ``None`` where every character came from the one at the same place.
    """

    text: str
    spans: tuple[tuple[int, int], ...] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original text that folded to ``text[start:end]``."""
        if self.spans is None:
            return start, end
        if start >= end:
            place = self.spans[start][0] if start < len(self.spans) else self._length()
            return place, place
        return self.spans[start][0], self.spans[end - 1][1]

    def _length(self) -> int:
        return self.spans[-1][1] if self.spans else 0


def fold(text: str) -> Folded:
    """Fold ``text``, keeping the way back to its offsets."""
    simple = _narrow(text)
    if _plain().fullmatch(simple):  # ordinary simplified text: many times faster
        return Folded(_phrases(simple.lower()))
    table = _characters()
    folded = text.translate(table)
    if table.odd.isdisjoint(text):
        return Folded(_phrases(folded))
    return _fold_clusters(text, table)


def variants() -> str:
    """Every character that folds to another representative."""
    return "".join(_characters().variants)


def folded_character(character: str) -> str:
    """What a lone character folds to: mostly one character, sometimes none or several."""
    return character.translate(_characters())


_PUNCTUATION = (
    ("，", ","),
    ("：", ":"),
    ("；", ";"),
    ("（", "("),
    ("）", ")"),
    ("？", "?"),
    ("！", "!"),
)


def _narrow(text: str) -> str:
    for wide, narrow in _PUNCTUATION:
        text = text.replace(wide, narrow)
    return text


@cache
def _plain() -> re.Pattern[str]:
    """Matches text in which only capital letters are left to fold."""
    ideographs = (chr(code) for code in range(0x4E00, 0x9FA6))
    plain = "".join(c for c in ideographs if c not in _characters().variants)
    return re.compile(rf"[\x00-\x7f{plain}。、“”‘’《》「」【】·]*")


class _Characters(dict[int, str]):
    """Code point → folded text, filled as characters are met; ``odd`` need the slow way."""

    def __init__(self, variants: dict[str, str]) -> None:
        super().__init__()
        self.variants = variants
        self.odd: set[str] = set()

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = self.cluster(character)
        self[code] = folded
        if len(folded) != 1 or _continues(character):
            self.odd.add(character)
        return folded

    def cluster(self, text: str) -> str:
        """Fold a base character with the marks on it."""
        previous = ""
        while text != previous:
            previous, text = text, unicodedata.normalize("NFKC", text).lower()
        return "".join(self._single(c) for c in text)

    def _single(self, character: str) -> str:
        if character in _DASHES:
            return "-"
        if character in _INVISIBLE:
            return ""
        return self.variants.get(character, character)


@cache
def _characters() -> _Characters:
    rows = files(__package__).joinpath("variants.txt").read_text(encoding="utf-8").split()
    return _Characters({variant: row[0] for row in rows for variant in row[1:]})


@cache
def _continues(character: str) -> bool:
    """True if it joins the character before it (combining marks, Hangul vowels and finals)."""
    if "\u1160" <= character <= "\u11ff":
        return True
    return unicodedata.combining(unicodedata.normalize("NFKD", character)[:1] or "a") != 0


def _fold_clusters(text: str, table: _Characters) -> Folded:
    folded: list[str] = []
    spans: list[tuple[int, int]] = []
    done = 0
    for start, end in _clusters(text, table.odd):
        folded.append(text[done:start].translate(table))
        spans.extend(zip(range(done, start), range(done + 1, start + 1), strict=True))
        piece = table[ord(text[start])] if end == start + 1 else table.cluster(text[start:end])
        folded.append(piece)
        spans.extend([(start, end)] * len(piece))
        done = end
    folded.append(text[done:].translate(table))
    spans.extend(zip(range(done, len(text)), range(done + 1, len(text) + 1), strict=True))
    return Folded(_phrases("".join(folded)), tuple(spans))


def _clusters(text: str, odd: set[str]) -> Iterator[tuple[int, int]]:
    """Where characters fold to none or several, or stand together with marks on them."""
    size, end = len(text), 0
    for place in [place for place, character in enumerate(text) if character in odd]:
        if place < end:
            continue
        start = place - 1 if place > end and _continues(text[place]) else place
        end = place + 1
        while end < size and _continues(text[end]):
            end += 1
        yield start, end


def _phrases(text: str) -> str:
    for variant, chosen in _PHRASES:
        if variant in text:
            text = text.replace(variant, chosen)
    return text
