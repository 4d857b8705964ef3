"""Tells hold music from speech: music holds its notes, and changes them; speech never holds still.

Two windows a tenth of a second apart sound alike in most of music and in little of speech (some
four syllables a second); over seconds music changes too, a tone or a hum does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from ..spans import Span, common, total, union
from .fast import magnitudes
from .levels import EVERY, Channel
from .settings import Settings

ALIKE = 0.85
"""Correlation of two spectra that sound alike."""

HELD = 0.65
"""Share of looks that sound alike over the least length of music."""

LATER = 6
"""Looks (of half a second) after which music sounds different."""

CHANGED = 0.8
"""Mean correlation over that time, at most."""

LOWEST = 3
"""Bins of the spectrum left out at the bottom (mains hum)."""


def music(channel: Channel, spans: Sequence[Span], settings: Settings) -> list[Span]:
    """The stretches of sound (``spans``, of one channel) that are music."""
    least = Fraction(str(settings.music_least))
    found: list[Span] = []
    for span in spans:
        if settings.music and span.length >= least:
            found += [piece for piece in _inside(channel, span, settings) if piece.length >= least]
    return union(found)


def _inside(channel: Channel, span: Span, settings: Settings) -> list[Span]:
    every = Fraction(str(EVERY))
    first, last = math.ceil(span.start / every), math.floor(span.end / every)
    spectra = [
        (_spectrum(one), _spectrum(other)) for one, other in channel.looks[first : max(first, last)]
    ]
    alike = [_correlation(one, other) >= ALIKE for one, other in spectra]
    width = max(1, round(settings.music_least / EVERY))
    held = union(
        Span((first + n) * every, (first + n + width) * every)
        for n in range(len(alike) - width + 1)
        if sum(alike[n : n + width]) >= HELD * width and _changes(spectra[n : n + width])
    )
    # The rest of a stretch that is nearly all music is music that began between two looks.
    if held and total(held) >= Fraction(4, 5) * span.length:
        return [span]
    return common(held, [span])


def _changes(spectra: Sequence[tuple[Sequence[float], Sequence[float]]]) -> bool:
    later = [
        _correlation(one[0], other[0]) for one, other in zip(spectra, spectra[LATER:], strict=False)
    ]
    return bool(later) and sum(later) / len(later) <= CHANGED


def _spectrum(window: Sequence[int]) -> list[float]:
    return [math.sqrt(value) for value in magnitudes(window)[LOWEST:]]


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    a, b = sum(one) / len(one), sum(other) / len(other)
    above = sum((x - a) * (y - b) for x, y in zip(one, other, strict=True))
    below = math.sqrt(sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in other))
    return above / below if below else 0.0


def tonal(channel: Channel) -> bool:
    """Whether a channel that never changes is a tone, not noise: its looks sound alike."""
    looks = channel.looks[:: max(1, len(channel.looks) // 20)]
    alike = [_correlation(_spectrum(one), _spectrum(other)) >= ALIKE for one, other in looks]
    return bool(alike) and sum(alike) > len(alike) / 2
