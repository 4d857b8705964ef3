"""From text to tokens: words, codes, terms and quantities, with offsets; and n-grams.

The same functions serve documents and queries. A token's text is folded; its offsets are those
of the text it was cut from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from . import codes
from .folding import Folded, fold
from .numbers import quantities
from .segment import cut
from .terms import NO_TERMS, Terms

HAN = (
    "\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff"
    "\U00020000-\U0003ffff"
)
"""Characters written without spaces between words, as a regular expression's class."""

_RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<latin>{codes.RUN.pattern})")
_UNIT = re.compile(rf"[{HAN}]|{codes.RUN.pattern}")
_DIGITISH = re.compile(r"[0-9一二三四五六七八九十百千半两壹贰叁肆伍陆柒捌玖拾]")


class Token(NamedTuple):
    """A folded ``text`` for ``original[start:end]``.

    kind: ``word`` (Chinese or Latin), ``code`` (G1234, WES-80, 12306), ``part`` (of a code),
    ``term`` (the centre's own), ``quantity`` (canonical number with unit, or date).
    """

    text: str
    start: int
    end: int
    kind: str


def analyse(text: str, terms: Terms = NO_TERMS) -> list[Token]:
    """The tokens of ``text``, by place; tokens may lie within one another."""
    folded = fold(text)
    tokens = analyse_folded(folded.text, terms)
    if folded.spans is None:
        return tokens
    return [Token(t.text, *folded.original(t.start, t.end), t.kind) for t in tokens]


def analyse_folded(folded: str, terms: Terms = NO_TERMS) -> list[Token]:
    """As :func:`analyse`, for text already folded; offsets are those of the folded text."""
    tokens: list[Token] = []
    for m in _RUN.finditer(folded):
        if m.lastgroup == "han":
            offset = m.start()
            tokens += [Token(word, offset + a, offset + b, "word") for word, a, b in cut(m.group())]
        else:
            tokens += _latin(m.group(), m.start())
    if _DIGITISH.search(folded):
        tokens = _with_quantities(folded, tokens)
    tokens += [Token(term, start, end, "term") for term, start, end in terms.find(folded)]
    tokens.sort(key=lambda t: (t.start, t.end))
    return tokens


def _latin(run: str, offset: int) -> Iterator[Token]:
    yield Token(run, offset, offset + len(run), "code" if codes.is_code(run) else "word")
    for text, start, end in codes.parts(run):
        yield Token(text, offset + start, offset + end, "part")


def _with_quantities(folded: str, tokens: list[Token]) -> list[Token]:
    """``tokens`` and the quantities; 20kg is then a quantity and no longer a code."""
    spans = [(t.start, t.end) for t in tokens if t.kind == "word" and t.end - t.start > 1]

    def inside_word(start: int, end: int) -> bool:
        return any((a <= start and b > end) or (a < start < b) for a, b in spans if a <= start)

    found = [Token(q.text, q.start, q.end, "quantity") for q in quantities(folded, inside_word)]
    return found + [
        Token(t.text, t.start, t.end, "word")
        if t.kind == "code" and any(q.start <= t.start and t.end <= q.end for q in found)
        else t
        for t in tokens
    ]


def grams(text: str, size: int = 2) -> list[str]:
    """Adjacent units of ``text``, ``size`` at a time; a unit is a Han character or a Latin run.

    Grams never bridge punctuation or spaces. A stretch shorter than ``size`` gives none.
    """
    return list(_grams(fold(text).text, size))


def grams_folded(folded: str, size: int = 2) -> list[str]:
    """As :func:`grams`, for text already folded."""
    return list(_grams(folded, size))


def units(folded: str) -> list[str]:
    """Single Han characters and Latin runs of folded text, by place."""
    return _UNIT.findall(folded)


def _grams(folded: str, size: int) -> Iterator[str]:
    for stretch in _stretches(folded):
        if len(stretch) >= size:
            yield from map("".join, zip(*(stretch[i:] for i in range(size)), strict=False))


_STRETCH = re.compile(rf"(?:[{HAN}]|{codes.RUN.pattern})+")
_ASCII = re.compile(r"[0-9a-z]")


def _stretches(folded: str) -> Iterator[list[str] | str]:
    for m in _STRETCH.finditer(folded):
        stretch = m.group()
        yield _UNIT.findall(stretch) if _ASCII.search(stretch) else stretch


@lru_cache(maxsize=4096)
def folded(text: str) -> Folded:
    """:func:`fold` with a memory, for texts that never change."""
    return fold(text)
