"""From text to tokens: words, codes, terms and quantities, with offsets; and n-grams.

The same functions serve documents and queries. A token's text is folded; its offsets are those
of the text it was cut from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from . import codes
from .folding import fold
from .numbers import Quantity, quantities
from .segment import cut, cut_words
from .terms import NO_TERMS, Terms

HAN = (
    "\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff"
    "\U00020000-\U0003ffff"
)
"""Characters written without spaces between words, as a regular expression's class."""

_RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<latin>{codes.RUN.pattern})")
_HAN = re.compile(rf"[{HAN}]")
_UNIT = re.compile(rf"[{HAN}]|{codes.RUN.pattern}")
_DIGITISH = re.compile(r"[0-9一二三四五六七八九十百千半两壹贰叁肆伍陆柒捌玖拾]")


class Token(NamedTuple):
    """A folded ``text`` for ``original[start:end]``.

    kind: ``word`` (Chinese or Latin), ``code`` (G1234, WES-80, 12306), ``part`` (of a code),
    ``term`` (the centre's own), ``quantity`` (canonical number with unit, or date), ``within``
    (what a date is part of).
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
        offset = m.start()
        if m.lastgroup == "han":
            tokens += [Token(w, offset + a, offset + b, "word") for w, a, b in cut(m.group())]
        else:
            tokens += _latin(m.group(), offset)
    if _DIGITISH.search(folded):
        tokens = _with_quantities(folded, tokens)
    tokens += [Token(term, start, end, "term") for term, start, end in terms.find(folded)]
    tokens.sort(key=_place)
    return tokens


def words_folded(folded: str, terms: Terms = NO_TERMS) -> list[str]:
    """The texts of :func:`analyse_folded`'s tokens in no particular order, several times faster."""
    words: list[str] = []
    for m in _RUN.finditer(folded):
        if m.lastgroup == "han":
            words += cut_words(m.group())
        else:
            words.append(m.group())
            words += [text for text, _, _ in codes.parts(m.group())]
    if _DIGITISH.search(folded):
        words += [text for q in _quantities(folded) for text in (q.text, *q.within)]
    words += [term for term, _, _ in terms.find(folded)]
    return words


def _place(token: Token) -> tuple[int, int]:
    return token.start, token.end


def _latin(run: str, offset: int) -> Iterator[Token]:
    yield Token(run, offset, offset + len(run), "code" if codes.is_code(run) else "word")
    for text, start, end in codes.parts(run):
        yield Token(text, offset + start, offset + end, "part")


def _with_quantities(folded: str, tokens: list[Token]) -> list[Token]:
    """``tokens`` and the quantities; 20kg is then a quantity and no longer a code."""
    quantities = _quantities(folded)
    found = [Token(q.text, q.start, q.end, "quantity") for q in quantities]
    within = [Token(text, q.start, q.end, "within") for q in quantities for text in q.within]
    return (
        found
        + within
        + [
            Token(t.text, t.start, t.end, "word")
            if t.kind == "code" and any(q.start <= t.start and t.end <= q.end for q in found)
            else t
            for t in tokens
        ]
    )


def _quantities(folded: str) -> list[Quantity]:
    def inside_word(start: int, end: int) -> bool:
        """Does a dictionary word cut across, as 一次性 does across 一次?"""
        if not _HAN.match(folded, start):
            return False
        first, last = start, end
        while first and _HAN.match(folded, first - 1):
            first -= 1
        while last < len(folded) and _HAN.match(folded, last):
            last += 1
        words = ((first + a, first + b) for _, a, b in cut(folded[first:last]) if b - a > 1)
        return any((a <= start and b > end) or (a < start < b) for a, b in words)

    return quantities(folded, inside_word)


def grams(text: str) -> list[str]:
    """Pairs of adjacent units of ``text``; a unit is a Han character or a Latin run.

    Pairs never bridge punctuation or spaces; a lone unit gives none.
    """
    return grams_folded(fold(text).text)


def grams_folded(folded: str) -> list[str]:
    """As :func:`grams`, for text already folded; in no particular order."""
    found: list[str] = _PAIR.findall(folded)
    if _ALNUM.search(folded):
        for m in _MIXED.finditer(folded):
            neighbours = pairwise(_UNIT.findall(m.group()))
            found += [a + b for a, b in neighbours if not (_HAN.match(a) and _HAN.match(b))]
    return found


def units(folded: str) -> list[str]:
    """Single Han characters and Latin runs of folded text, by place."""
    return _UNIT.findall(folded)


_PAIR = re.compile(rf"(?=([{HAN}]{{2}}))")
_ALNUM = re.compile(r"[^\W_\u2e80-\U0003ffff]")
_MIXED = re.compile(rf"[{HAN}]?{codes.RUN.pattern}(?:[{HAN}]?{codes.RUN.pattern})*[{HAN}]?")
