"""Stretches of time: sorted, disjoint, half-open intervals of exact seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

ZERO = Fraction(0)


class Span(NamedTuple):
    """From ``start`` up to ``end``, in seconds."""

    start: Fraction
    end: Fraction

    @property
    def length(self) -> Fraction:
        return self.end - self.start


def union(spans: Iterable[Span], gap: Fraction = ZERO) -> list[Span]:
    """Every moment in any of them; stretches no more than ``gap`` apart become one."""
    made: list[Span] = []
    for span in sorted(span for span in spans if span.length > 0):
        if made and span.start - made[-1].end <= gap:
            made[-1] = Span(made[-1].start, max(made[-1].end, span.end))
        else:
            made.append(span)
    return made


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Every moment in both of two unions."""
    made: list[Span] = []
    a = b = 0
    while a < len(one) and b < len(other):
        start, end = max(one[a].start, other[b].start), min(one[a].end, other[b].end)
        if start < end:
            made.append(Span(start, end))
        if one[a].end <= other[b].end:
            a += 1
        else:
            b += 1
    return made


def outside(spans: Sequence[Span], whole: Span) -> list[Span]:
    """Every moment of ``whole`` in none of a union."""
    made: list[Span] = []
    place = whole.start
    for span in spans:
        if span.start > place:
            made.append(Span(place, min(span.start, whole.end)))
        place = max(place, span.end)
    if place < whole.end:
        made.append(Span(place, whole.end))
    return [span for span in made if span.length > 0]


def minus(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Every moment of one union that is not in the other."""
    if not one:
        return []
    return common(one, outside(other, Span(one[0].start, one[-1].end)))


def total(spans: Iterable[Span]) -> Fraction:
    return sum((span.length for span in spans), ZERO)
