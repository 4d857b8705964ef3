"""Which seconds of a sound or film somebody has played: sorted, disjoint spans. Pure.

    heard = parse("0-12.5,40-60")
    heard = credit(heard, [(10.0, 25.0)], most=20)
    text(heard)      # "0-25,40-60"
    length(heard)    # 45.0

Times are seconds, kept to a tenth; a span is (start, end) with start < end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

Span = tuple[float, float]
LATEST = 48 * 3600.0
"""Seconds; nothing that is kept lasts longer."""


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same seconds as sorted, disjoint spans that do not touch. What is no span is left out:
    without length, with an end that is no number, before 0 or after ``LATEST``."""
    found: list[Span] = []
    for start, end in sorted(filter(None, map(_tidy, spans))):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _tidy(span: Span) -> Span | None:
    start, end = span
    if not (math.isfinite(start) and math.isfinite(end)):
        return None
    start, end = round(max(0.0, start), 1), round(min(end, LATEST), 1)
    return (start, end) if start < end else None


def length(spans: Iterable[Span]) -> float:
    """Seconds, each counted once."""
    return round(sum(end - start for start, end in merge(spans)), 1)


def within(spans: Iterable[Span], seconds: float) -> list[Span]:
    """What of them lies before ``seconds``."""
    return merge((start, min(end, seconds)) for start, end in spans)


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What of them is not in ``taken``."""
    left = merge(spans)
    for start, end in merge(taken):
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, start)), (max(first, end), last))
            if piece[0] < piece[1]
        ]
    return merge(left)


def credit(heard: Sequence[Span], played: Iterable[Span], most: float) -> list[Span]:
    """``heard`` with what was played, but no more than ``most`` new seconds, from the earliest."""
    left, new = max(0.0, most), list[Span]()
    for start, end in without(played, heard):
        taken = min(end - start, left)
        taken = math.floor(taken * 10 + 1e-6) / 10
        if taken <= 0:
            break
        new.append((start, start + taken))
        left -= taken
    return merge([*heard, *new])


def text(spans: Iterable[Span]) -> str:
    """As it is kept: ``0-12.5,40-60``."""
    return ",".join(f"{_tenths(start)}-{_tenths(end)}" for start, end in merge(spans))


def _tenths(seconds: float) -> str:
    return f"{seconds:.1f}".removesuffix(".0")


def parse(kept: str) -> list[Span]:
    """The reverse of ``text``; what cannot be read is left out."""
    return merge(filter(None, map(_span, kept.split(","))))


def _span(part: str) -> Span | None:
    start, _, end = part.strip().partition("-")
    try:
        return float(start), float(end)
    except ValueError:
        return None
