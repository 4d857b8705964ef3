"""One channel overhearing the other: the same rise and fall, much weaker."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import accumulate

from .levels import LEAST_DB, decibels
from .settings import Settings

OWN = 10.0
"""dB below its own speech at which a channel is taken to overhear, ..."""

SAME = 0.9
"""... or the correlation of both loudnesses over ABOUT frames, whatever its own speech is like."""

ABOUT = 25
MOVING = 4.0
"""dB² of variance without which a correlation says nothing (a steady tone)."""


def without_crosstalk(
    masks: Sequence[Sequence[bool]],
    loudness: Sequence[Sequence[float]],
    powers: Sequence[Sequence[float]],
    settings: Settings,
) -> list[list[bool]]:
    """The frames of speech of two channels without those that only overhear the other."""
    own = [_own_level(masks[c], loudness[c], loudness[1 - c]) for c in (0, 1)]
    same = correlations(*([decibels(power) for power in channel] for channel in powers))
    made = [list(masks[0]), list(masks[1])]
    for n, (first, second) in enumerate(zip(*masks, strict=True)):
        if not (first and second):
            continue
        mine = 0 if loudness[0][n] < loudness[1][n] else 1
        level = own[mine]
        if loudness[1 - mine][n] - loudness[mine][n] >= settings.crosstalk and (
            level is None or loudness[mine][n] <= level - OWN or same[n] >= SAME
        ):
            made[mine][n] = False
    return made


def _own_level(mask: Sequence[bool], mine: Sequence[float], other: Sequence[float]) -> float | None:
    """How loud a channel usually is when it is the louder one; None if it never is."""
    louder = [a for active, a, b in zip(mask, mine, other, strict=True) if active and a > b]
    return statistics.median(louder) if len(louder) >= 5 else None


def correlations(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Of both levels over ABOUT frames around each; 0 where one of them hardly moves."""
    a, b = [v - LEAST_DB for v in one], [v - LEAST_DB for v in other]
    products = (a, b, *([x * y for x, y in zip(*p, strict=True)] for p in ((a, a), (b, b), (a, b))))
    sums = [[0.0, *accumulate(values)] for values in products]
    made = []
    for n in range(len(a)):
        low, high = max(0, n - ABOUT // 2), min(len(a), n + ABOUT // 2 + 1)
        x, y, xx, yy, xy = ((s[high] - s[low]) / (high - low) for s in sums)
        moving = min(xx - x * x, yy - y * y)
        below = math.sqrt((xx - x * x) * (yy - y * y)) if moving >= MOVING else 0.0
        made.append((xy - x * y) / below if below else 0.0)
    return made
