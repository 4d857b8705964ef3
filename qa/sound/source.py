"""What every reader of recordings gives: blocks of 16-bit samples, channels interleaved."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BadAudio

LONGEST = 12 * 3600.0
"""Seconds of a recording; a longer one is no call but a file gone wrong."""

SLOWEST, FASTEST = 4_000, 192_000
"""Samples a second."""

if TYPE_CHECKING:
    Samples = array[int]
else:  # Python 3.11 cannot subscript it
    Samples = array
"""Signed 16-bit samples (type code ``h``), the channels in turn."""


@dataclass(frozen=True, slots=True)
class Sound:
    """An opened recording. ``frames`` counts samples of one channel.

    ``blocks`` reads from the beginning, once; the length of each block is a multiple of the
    number of channels. It raises BadAudio where less comes than was promised.
    """

    name: str
    encoding: str
    rate: int
    channels: int
    frames: int
    blocks: Iterator[Samples]

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.rate


def check_shape(name: str, rate: int, channels: int, frames: int) -> None:
    """Raises BadAudio for what we do not measure."""
    if not 1 <= channels <= 2:
        raise BadAudio(name, f"有 {channels} 个声道，只能读单声道或双声道。")
    if not SLOWEST <= rate <= FASTEST:
        raise BadAudio(name, f"采样率是 {rate}，应在 {SLOWEST} 到 {FASTEST} 之间。")
    if frames <= 0:
        raise BadAudio(name, "文件里没有声音。")
    if frames > LONGEST * rate:
        raise BadAudio(name, f"录音超过 {LONGEST / 3600:.0f} 小时，请先切分。")


def cut_short(name: str, promised: float, found: float) -> BadAudio:
    """The error for a file that ends too early; both in seconds."""
    return BadAudio(name, f"文件不完整：应有 {promised:.1f} 秒，只读到 {found:.1f} 秒。")


def from_little_endian(content: bytes, code: str = "h") -> array[int]:
    """Samples of a file on this machine, whatever its byte order."""
    made = array(code)
    made.frombytes(content)
    if sys.byteorder == "big":
        made.byteswap()
    return made
