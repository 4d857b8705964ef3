"""A short piece of a text around what was asked, cut into pieces that hit and pieces that do not.

Places are found in the folded text and mapped back, so the pieces are the text as written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .text import Folded, fold

LENGTH = 90
"""Characters of a snippet, about."""

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


def snippet(
    body: str, folded: Folded, place: int, terms: Sequence[str], length: int = LENGTH
) -> tuple[Piece, ...]:
    """The stretch of ``body`` from ``place`` of its folded text on, the folded terms marked.

    Markup signs are left out.
    """
    start, end = folded.original(place, min(place + length, len(folded.text)))
    longer = [term for term in terms if len(term) > 1]
    return _pieces(body[start:end], longer or terms)


def _pieces(text: str, terms: Sequence[str]) -> tuple[Piece, ...]:
    text = " ".join(_MARKUP.sub("", text).split())
    pieces: list[Piece] = []
    place = 0
    for start, end in spans(text, terms):
        pieces += [Piece(text[place:start], False), Piece(text[start:end], True)]
        place = end
    pieces.append(Piece(text[place:], False))
    return tuple(piece for piece in pieces if piece.text)
