"""Windows of a waveform: as much of it as a screen shows, at the detail that the screen can show.

    tile(storage, recording.peaks, thin=64, first=0, count=2048)    # a .dat of its own

The finest detail is what was kept (``qa.peaks``); each level after it has a quarter of the points.
Levels are made once in a process, by the hash of what they come from.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Protocol

from kb.storage import Storage

from .peaks import Peaks

LEVELS = (1, 4, 16, 64, 256, 1024)
"""How many points of the kept waveform one point of a window stands for."""

MOST = 8192
"""Points of one window."""


class _Kept(Storage, Hashable, Protocol):
    """A storage that is the same as another that keeps the same files."""


def tile(storage: _Kept, sha256: str, thin: int, first: int, count: int) -> bytes:
    """Points ``first`` to ``first + count`` of a level, fewer at the end. Raises NotFound, BadFile.

    Raises ValueError for a level there is not, or a window that begins before the beginning.
    """
    if thin not in LEVELS or first < 0 or not 0 < count <= MOST:
        raise ValueError(f"no such window: {thin=} {first=} {count=}")
    whole = _level(storage, sha256, thin)
    part = slice(first, first + count)
    lows, highs = tuple(x[part] for x in whole.lows), tuple(x[part] for x in whole.highs)
    return Peaks(whole.rate, whole.samples, lows, highs).as_bytes()


@lru_cache(maxsize=48)
def _level(storage: _Kept, sha256: str, thin: int) -> Peaks:
    if thin > 1:
        return _level(storage, sha256, thin // 4).thinned(4)
    with storage.open(sha256) as file:
        return Peaks.from_bytes(file.read(), sha256[:12])
