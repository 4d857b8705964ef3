"""Listens to a recording once: how loud each moment is, and now and then how it sounds."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from . import fast
from .settings import Settings
from .source import Samples, Sound

LEAST_DB = -96.0
"""What silence is called; one step of 16 bits is about −96 dBFS."""

EVERY = 0.5
"""Seconds from one look at the spectrum to the next; each takes two windows APART seconds."""

APART = 0.1
WINDOW = 256
WINDOW_RATE = 8000
"""Windows have 256 samples at about this rate; faster recordings are thinned out for them."""


def decibels(power: float) -> float:
    """dBFS of a mean square; a full-scale sine is −3.01."""
    return max(LEAST_DB, 10 * math.log10(power)) if power > 0 else LEAST_DB


@dataclass
class Channel:
    """One channel: mean squares a frame, and pairs of windows, pair n at n · EVERY seconds."""

    powers: array[float] = field(default_factory=lambda: array("d"))
    looks: list[tuple[Samples, Samples]] = field(default_factory=list)


@dataclass
class Levels:
    """What was heard. ``frame``: seconds of a frame; the last one may be shorter."""

    name: str
    encoding: str
    rate: int
    duration: Fraction
    frame: Fraction
    channels: list[Channel]


def listen(sound: Sound, settings: Settings | None = None) -> Levels:
    """The whole recording, block by block. Raises BadAudio where it breaks off."""
    settings = settings or Settings()
    size = max(1, round(sound.rate * settings.frame))
    levels = Levels(
        sound.name,
        sound.encoding,
        sound.rate,
        Fraction(sound.frames, sound.rate),
        Fraction(size, sound.rate),
        [Channel() for _ in range(sound.channels)],
    )
    for samples in _steps(sound, size):
        for number, channel in enumerate(levels.channels):
            mine = samples[number :: sound.channels]
            channel.powers.extend(fast.powers(mine, size))
            if rest := len(mine) % size:
                channel.powers.append(fast.power(mine[-rest:]))
            channel.looks.extend(_looks(mine, sound.rate))
    return levels


def _steps(sound: Sound, size: int) -> Iterator[Samples]:
    """The samples in steps of whole frames and whole looks, but for the last."""
    step = math.lcm(size, _between(sound.rate)) * sound.channels
    waiting: Samples = array("h")
    for block in sound.blocks:
        waiting.extend(block)
        whole = len(waiting) // step * step
        if whole:
            yield waiting[:whole]
            waiting = waiting[whole:]
    if waiting:
        yield waiting


def _between(rate: int) -> int:
    """Samples from one look to the next."""
    return max(1, round(rate * EVERY))


def _looks(samples: Samples, rate: int) -> Iterator[tuple[Samples, Samples]]:
    thin = max(1, round(rate / WINDOW_RATE))
    apart, length = round(rate * APART), WINDOW * thin
    for start in range(0, len(samples) - apart - length + 1, _between(rate)):
        second = start + apart
        yield samples[start : start + length : thin], samples[second : second + length : thin]
