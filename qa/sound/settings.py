"""Every threshold of the figures from sound, in one place, to be changed and to be printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds, levels in dB (dBFS: 0 is the largest square wave)."""

    frame: float = 0.02
    """Loudness is measured once in this time."""

    smooth: float = 0.1
    """Loudness is averaged over this time before it is held against the threshold."""

    margin_least: float = 3.0
    margin_most: float = 10.0
    """Speech is louder than the background by between these, as the recording lets them part."""

    quietest: float = -55.0
    """dBFS below which nothing is speech."""

    gap: float = 0.3
    """A pause up to this long is part of the speech around it."""

    shortest: float = 0.1
    """A shorter sound is a click, no speech."""

    crosstalk: float = 12.0
    """One channel this much below the other, and well below its own speech, only overhears it."""

    music: bool = True
    """Whether hold music is told from speech."""

    music_least: float = 8.0
    """Music is at least this long."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
