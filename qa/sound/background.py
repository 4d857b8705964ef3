"""Parts speech from background by loudness alone, for each channel by its own background."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from .levels import LEAST_DB, decibels
from .settings import Settings

DIGITAL = -80.0
"""dBFS below which a frame is digital silence: no microphone is so quiet."""

MUTED = 0.1
"""With this share of digital silence, it is the background, and sound is sound ..."""

HUM = -40.0
"""... unless it is an even sound below this level, which is a line's noise."""

EVEN = 3.0
"""dB within which nine tenths of an even sound lie."""

STEP = 0.5


def smoothed(powers: Sequence[float], width: int) -> list[float]:
    """dBFS of the mean power over ``width`` frames about each."""
    half = width // 2
    sums = [0.0]
    for power in powers:
        sums.append(sums[-1] + power)
    count = len(powers)
    made = []
    for n in range(count):
        low, high = max(0, n - half), min(count, n + half + 1)
        made.append(decibels((sums[high] - sums[low]) / (high - low)))
    return made


def threshold(levels: Sequence[float], settings: Settings) -> float | None:
    """dBFS from which a frame is loud enough for speech; None where all sounds alike.

    The background is the lower of the two classes of Otsu (1979, IEEE Transactions on Systems,
    Man, and Cybernetics 9: 62–66), and the threshold lies between them, held within the margins
    above the background.
    """
    heard = [level for level in levels if level > DIGITAL]
    if not heard:
        return None
    muted = 1 - len(heard) / len(levels)
    cut = otsu(heard)
    lower = [level for level in heard if level < cut]
    upper = [level for level in heard if level >= cut]
    if not lower or statistics.fmean(upper) - statistics.fmean(lower) < settings.margin_least:
        return settings.quietest if muted >= MUTED and statistics.fmean(heard) > HUM else None
    floor = statistics.median(lower)
    if muted >= MUTED and not (floor < HUM and _is_even(lower)):
        return settings.quietest
    held = min(max(cut, floor + settings.margin_least), floor + settings.margin_most)
    return max(held, settings.quietest)


def _is_even(levels: Sequence[float]) -> bool:
    order = sorted(levels)
    return order[int(0.95 * (len(order) - 1))] - order[int(0.05 * (len(order) - 1))] <= EVEN


def otsu(levels: Sequence[float]) -> float:
    """The level that parts them into two classes with the largest variance between."""
    bins = [0] * (int(-LEAST_DB / STEP) + 20)
    for level in levels:
        bins[_bin(level)] += 1
    total, weighted = len(levels), sum(n * count for n, count in enumerate(bins))
    best, cut, below, below_weighted = -1.0, 0, 0, 0
    for n, count in enumerate(bins):
        below, below_weighted = below + count, below_weighted + n * count
        above = total - below
        if below and above:
            apart = below_weighted / below - (weighted - below_weighted) / above
            if (found := below * above * apart * apart) > best:
                best, cut = found, n + 1
    return LEAST_DB + cut * STEP


def _bin(level: float) -> int:
    return int((level - LEAST_DB) / STEP)
