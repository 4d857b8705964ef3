"""Who speaks when, from the loudness of each channel.

A frame is speech where its channel is louder than that channel's background (see
:mod:`.background`) and not merely the other channel overheard; hold music is taken out, short
pauses are filled in, clicks left out.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..spans import Span, minus, union
from .background import HUM, smoothed, threshold
from .crosstalk import without_crosstalk
from .levels import Channel, Levels, decibels
from .music import music, tonal
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Heard:
    """One channel: when there is speech, its level in dBFS (None = none), and hold music."""

    speech: list[Span]
    level: float | None
    music: list[Span]
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Activity:
    """What was heard on each channel; all times in seconds."""

    duration: Fraction
    channels: tuple[Heard, ...]


def detect(levels: Levels, settings: Settings | None = None) -> Activity:
    """Speech and music of every channel."""
    settings = settings or Settings()
    width = max(1, round(settings.smooth / float(levels.frame)))
    loudness = [smoothed(channel.powers, width) for channel in levels.channels]
    cuts = [
        _threshold(channel, found, settings)
        for channel, found in zip(levels.channels, loudness, strict=True)
    ]
    masks = [
        [cut is not None and level >= cut for level in found]
        for cut, found in zip(cuts, loudness, strict=True)
    ]
    if len(masks) == 2:
        powers = [channel.powers for channel in levels.channels]
        masks = without_crosstalk(masks, loudness, powers, settings)
    heard = [
        _heard(levels, channel, mask, cut, settings)
        for channel, mask, cut in zip(levels.channels, masks, cuts, strict=True)
    ]
    return Activity(levels.duration, tuple(heard))


def _threshold(channel: Channel, loudness: Sequence[float], settings: Settings) -> float | None:
    cut = threshold(loudness, settings)
    if cut is None and loudness and statistics.fmean(loudness) > HUM and tonal(channel):
        return settings.quietest  # it never pauses, but it is no noise
    return cut


def _heard(
    levels: Levels,
    channel: Channel,
    mask: Sequence[bool],
    cut: float | None,
    settings: Settings,
) -> Heard:
    frame = levels.frame
    gap, shortest = Fraction(str(settings.gap)), Fraction(str(settings.shortest))
    frames = list(_trimmed(_runs(mask), channel.powers, cut))
    spans = union((Span(a * frame, min(b * frame, levels.duration)) for a, b in frames), gap)
    spans = [span for span in spans if span.length >= shortest]
    held = music(channel, spans, settings)
    speech = [span for span in minus(spans, held) if span.length >= shortest]
    return Heard(speech, _level(channel, speech, frame), held, cut)


def _runs(mask: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and past-the-last frame of each run of speech."""
    start: int | None = None
    for n, active in enumerate((*mask, False)):
        if active and start is None:
            start = n
        elif not active and start is not None:
            yield start, n
            start = None


def _trimmed(
    runs: Iterator[tuple[int, int]], powers: Sequence[float], cut: float | None
) -> Iterator[tuple[int, int]]:
    """Without the frames at both ends that only smoothing raised over the threshold."""
    least = -200.0 if cut is None else cut
    for start, end in runs:
        while start < end and decibels(powers[start]) < least:
            start += 1
        while end > start and decibels(powers[end - 1]) < least:
            end -= 1
        if start < end:
            yield start, end


def _level(channel: Channel, speech: Sequence[Span], frame: Fraction) -> float | None:
    powers = [
        power
        for span in speech
        for power in channel.powers[int(span.start / frame) : int(span.end / frame)]
    ]
    return decibels(sum(powers) / len(powers)) if powers else None
