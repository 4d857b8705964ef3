"""Train numbers, stations and document numbers as people type them. Pure.

A code is compared by its pieces: runs of digits, runs of letters, and every other character by
itself, of the folded text. So full width, lower case, traditional script, brackets and hyphens do
not count, and what is typed may begin and end anywhere but inside a number or a word of letters:
``1234`` finds G1234, ``12号`` finds 铁客〔2026〕12号, ``2号`` does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .text import fold

LONGEST = 80
"""Characters of a value that can be a code or a name."""

Likeness = Literal["exact", "part"]

_PIECE = re.compile(r"[0-9]+|[a-z]+|[^\W0-9a-z_]")
_TAIL = re.compile(r"(?:(?<=[0-9])次(?:列车)?|(?<=[0-9])列车|(?<=[^\W0-9a-z_]{2})站)$")
"""What is said and written after a train's number or a station's name, and means nothing more."""

LEAST = 2
"""Characters from which a part of a code finds it: one alone would find nearly all."""

RESERVED_DATA = frozenset({"signing", "flow", "attachments"})
"""Data of an article that the product itself keeps, and that is no field of the centre's."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code made comparable: its letters, and the places at which a piece begins."""

    text: str
    begins: frozenset[int]

    @classmethod
    def of(cls, written: str) -> Code:
        return _read(written)

    def likeness(self, typed: Code) -> Likeness | None:
        """Is this code what was typed, or is that a part of it?"""
        if not typed.text:
            return None
        if typed.text == self.text:
            return "exact"
        if len(typed.text) < LEAST:
            return None
        at = self.text.find(typed.text)
        while at >= 0:
            if at in self.begins:
                return "part"
            at = self.text.find(typed.text, at + 1)
        return None


@lru_cache(maxsize=16_384)
def _read(written: str) -> Code:
    pieces = _PIECE.findall(_TAIL.sub("", fold(written).text.strip()))
    begins, place = set(), 0
    for piece in pieces:
        begins.add(place)
        place += len(piece)
    return Code("".join(pieces), frozenset(begins))


def short_values(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(field, value) of each short text in an article's data, alone or in a list."""
    for name, value in data.items():
        if name in RESERVED_DATA:
            continue
        for one in value if isinstance(value, list | tuple) else (value,):
            if isinstance(one, str) and 0 < len(one) <= LONGEST and "\n" not in one:
                yield name, one


def spoken_of(data: Mapping[str, object]) -> tuple[str, ...]:
    """The short values, each once: what of the data a search may ask for."""
    return tuple(dict.fromkeys(value for _, value in short_values(data)))
