"""Peaks: the waveform of a recording, small enough to be drawn at once.

    made = peaks(sound)              # 50 pairs of lowest and highest a second and channel
    made.thinned(10).as_json()       # for a whole hour on one screen
    Peaks.from_bytes(made.as_bytes())

The file format is that of BBC audiowaveform (binary, version 2, 8 bits), which players read.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .errors import BadFile
from .sound import Sound
from .sound.fast import extremes
from .sound.source import Samples

PER_SECOND = 50
_HEAD = struct.Struct("<iIiiIi")
_VERSION, _EIGHT_BITS = 2, 1


@dataclass(frozen=True)
class Peaks:
    """``lows[c][n]`` and ``highs[c][n]``, −128 … 127: the extremes of channel c in the n-th
    ``samples`` samples.
    """

    rate: int
    samples: int
    lows: tuple[array[int], ...]
    highs: tuple[array[int], ...]

    def __len__(self) -> int:
        return len(self.lows[0])

    @property
    def channels(self) -> int:
        return len(self.lows)

    def thinned(self, times: int) -> Peaks:
        """Of ``times`` as many samples each."""
        if times < 1:
            raise ValueError("times ≥ 1")
        starts = range(0, len(self), times)
        return Peaks(
            self.rate,
            self.samples * times,
            tuple(array("b", (min(low[n : n + times]) for n in starts)) for low in self.lows),
            tuple(array("b", (max(high[n : n + times]) for n in starts)) for high in self.highs),
        )

    def as_bytes(self) -> bytes:
        """The content of a ``.dat`` file."""
        size = len(self)
        head = _HEAD.pack(_VERSION, _EIGHT_BITS, self.rate, self.samples, size, self.channels)
        data = array("b", bytes(2 * size * self.channels))
        for c in range(self.channels):
            data[2 * c :: 2 * self.channels] = self.lows[c]
            data[2 * c + 1 :: 2 * self.channels] = self.highs[c]
        return head + data.tobytes()

    @classmethod
    def from_bytes(cls, content: bytes, name: str = "") -> Peaks:
        """From the content of a ``.dat`` file. Raises BadFile."""
        if len(content) < _HEAD.size:
            raise BadFile(name, "波形文件不完整。")
        version, flags, rate, samples, size, channels = _HEAD.unpack_from(content)
        if (version, flags) != (_VERSION, _EIGHT_BITS) or not 1 <= channels <= 2 or rate <= 0:
            raise BadFile(name, "不是 8 位、第 2 版的波形文件。")
        if samples <= 0 or len(content) != _HEAD.size + 2 * size * channels:
            raise BadFile(name, "波形文件不完整。")
        data = array("b", content[_HEAD.size :])
        step = 2 * channels
        return cls(
            rate,
            samples,
            tuple(data[2 * c :: step] for c in range(channels)),
            tuple(data[2 * c + 1 :: step] for c in range(channels)),
        )

    def as_json(self) -> dict[str, Any]:
        """The same as JSON (audiowaveform's ``.json``)."""
        data = list(array("b", self.as_bytes()[_HEAD.size :]))
        return {
            "version": _VERSION,
            "channels": self.channels,
            "sample_rate": self.rate,
            "samples_per_pixel": self.samples,
            "bits": 8,
            "length": len(self),
            "data": data,
        }


def peaks(sound: Sound, per_second: int = PER_SECOND) -> Peaks:
    """The peaks of a recording, read to its end. Raises BadAudio where it breaks off."""
    size = max(1, sound.rate // per_second)
    lows = tuple(array("b") for _ in range(sound.channels))
    highs = tuple(array("b") for _ in range(sound.channels))
    for block in _whole(sound, size):
        for c in range(sound.channels):
            low, high = extremes(block[c :: sound.channels], size)
            lows[c].extend(value >> 8 for value in low)
            highs[c].extend(value >> 8 for value in high)
    return Peaks(sound.rate, size, lows, highs)


def _whole(sound: Sound, size: int) -> Iterator[Samples]:
    """Blocks of whole peaks, but for the last."""
    step = size * sound.channels
    waiting: Samples = array("h")
    for block in sound.blocks:
        waiting.extend(block)
        whole = len(waiting) // step * step
        yield waiting[:whole]
        waiting = waiting[whole:]
    if waiting:
        yield waiting
