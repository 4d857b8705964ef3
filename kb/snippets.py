"""A short piece of a text around what was asked, cut into pieces that hit and pieces that do not.

Places are found in the folded text and mapped back, so the pieces are the text as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .text import fold

LENGTH = 90
"""Characters of a snippet, about."""

_BREAK = re.compile(r"[。！？；!?;\n]")
_MARKUP = re.compile(
    r"(?m)^\s{0,3}(?:#{1,6}\s+|>\s?(?:\[![^\]]*\])?\s*|[-*+]\s+|\|[-:| ]+\|\s*$)|[*`|]+"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, and whether it was asked for."""

    text: str
    hit: bool


def spans(text: str, terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where the folded terms stand in ``text``: merged, ordered, half-open."""
    folded = fold(text)
    found: list[tuple[int, int]] = []
    for term in terms:
        start = folded.text.find(term)
        while start >= 0:
            found.append(folded.original(start, start + len(term)))
            start = folded.text.find(term, start + 1)
    return _merged(sorted(found))


def _merged(found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def snippet(body: str, weights: Mapping[str, float], length: int = LENGTH) -> tuple[Piece, ...]:
    """The stretch of ``body`` with the most telling of the folded terms, marked.

    Begins at a sentence's begin where it can; markup signs are left out.
    """
    folded = fold(body)
    best, where = -1.0, (0, min(length, len(body)))
    begins = [0, *(m.end() for m in _BREAK.finditer(folded.text))]
    for begin in begins:
        window = folded.text[begin : begin + length]
        score = sum(weight for term, weight in weights.items() if term in window)
        if score > best:
            best, where = score, folded.original(begin, min(begin + length, len(folded.text)))
    return _pieces(body[where[0] : where[1]], [t for t in weights if len(t) > 1] or list(weights))


def _pieces(text: str, terms: Sequence[str]) -> tuple[Piece, ...]:
    text = " ".join(_MARKUP.sub("", text).split())
    pieces: list[Piece] = []
    place = 0
    for start, end in spans(text, terms):
        pieces += [Piece(text[place:start], False), Piece(text[start:end], True)]
        place = end
    pieces.append(Piece(text[place:], False))
    return tuple(piece for piece in pieces if piece.text)
