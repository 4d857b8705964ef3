"""WAV read by ourselves: PCM of 8 to 32 bits, float, µ-law and A-law.

RIFF chunks as in Microsoft's "Multimedia Programming Interface and Data Specifications 1.0";
µ-law and A-law as in ITU-T G.711. Other encodings are left to the audio library.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import BadAudio
from .source import Samples, Sound, check_shape, cut_short, from_little_endian

PCM, FLOAT, ALAW, ULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
UNTIL_THE_END = 0xFFFFFFFF
"""The size of a data chunk that a program wrote into a pipe and never came back to."""

SECONDS = 4
"""Seconds of sound in a block."""

Decode = Callable[[bytes], Samples]


class NotOurs(Exception):
    """A sound WAV in an encoding that only the audio library reads."""


@dataclass(frozen=True, slots=True)
class _Format:
    encoding: int
    channels: int
    rate: int
    align: int
    bits: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the samples of a file lie: ``frames`` of ``align`` bytes from ``start`` on.

    ``decode`` makes samples of whole frames.
    """

    encoding: str
    rate: int
    channels: int
    frames: int
    start: int
    align: int
    decode: Decode


def open_wav(file: BinaryIO, name: str) -> Sound:
    """A WAV file, opened at its beginning. Raises BadAudio, NotOurs."""
    found = layout(file, name)
    file.seek(found.start)
    return Sound(
        name, found.encoding, found.rate, found.channels, found.frames, _blocks(file, found)
    )


def layout(file: BinaryIO, name: str) -> Layout:
    """What a WAV file says of itself, checked. Raises BadAudio, NotOurs."""
    form, start, size, room = _chunks(file, name)
    if (form.encoding, form.bits) not in _DECODERS:
        if room < size != UNTIL_THE_END:
            raise BadAudio(name, f"文件不完整：声音应有 {size} 字节，只有 {room} 字节。")
        raise NotOurs
    encoding, width, decode = _DECODERS[form.encoding, form.bits]
    if form.align != width * form.channels or not form.align:
        raise BadAudio(name, "文件头自相矛盾（声道数、位数与块长不符），可能已损坏。")
    promised = room if size == UNTIL_THE_END else size
    check_shape(name, form.rate, form.channels, promised // form.align)
    if room < promised:
        second = form.align * form.rate
        raise cut_short(name, promised / second, room / second)
    frames = promised // form.align
    return Layout(encoding, form.rate, form.channels, frames, start, form.align, decode)


def _chunks(file: BinaryIO, name: str) -> tuple[_Format, int, int, int]:
    """The format, and of the data its place, its promised size and what is there."""
    whole = file.seek(0, 2)
    file.seek(12)
    form: _Format | None = None
    while len(head := file.read(8)) == 8:
        kind, size = head[:4], struct.unpack("<I", head[4:])[0]
        place = file.tell()
        if kind == b"fmt ":
            form = _format(file.read(min(size, 64)), name)
        elif kind == b"data":
            if form is None:
                raise BadAudio(name, "WAV 文件没有写明格式，可能已损坏。")
            return form, place, size, whole - place
        file.seek(place + size + size % 2)
    raise BadAudio(name, "WAV 文件里没有声音数据，可能不完整。")


def _format(content: bytes, name: str) -> _Format:
    if len(content) < 16:
        raise BadAudio(name, "WAV 文件头不完整。")
    encoding, channels, rate, _, align, bits = struct.unpack("<HHIIHH", content[:16])
    if encoding == EXTENSIBLE and len(content) >= 26:
        encoding = struct.unpack("<H", content[24:26])[0]
    return _Format(encoding, channels, rate, align, bits)


def _blocks(file: BinaryIO, found: Layout) -> Iterator[Samples]:
    size, step = found.frames * found.align, found.rate * found.align * SECONDS
    while size > 0:
        content = file.read(min(step, size))
        size -= len(content)
        yield found.decode(content)


def _pcm8(content: bytes) -> Samples:
    return array("h", map(_EIGHT.__getitem__, content))


def _pcm16(content: bytes) -> Samples:
    return from_little_endian(content)


def _pcm24(content: bytes) -> Samples:
    """The upper two of three bytes."""
    upper = bytearray(len(content) // 3 * 2)
    upper[0::2], upper[1::2] = content[1::3], content[2::3]
    return from_little_endian(bytes(upper))


def _pcm32(content: bytes) -> Samples:
    return from_little_endian(content)[1::2]


def _float32(content: bytes) -> Samples:
    return array("h", map(_clipped, struct.unpack(f"<{len(content) // 4}f", content)))


def _float64(content: bytes) -> Samples:
    return array("h", map(_clipped, struct.unpack(f"<{len(content) // 8}d", content)))


def _clipped(value: float) -> int:
    return round(max(-32768, min(32767, value * 32768))) if math.isfinite(value) else 0


def _ulaw(content: bytes) -> Samples:
    return array("h", map(_ULAW.__getitem__, content))


def _alaw(content: bytes) -> Samples:
    return array("h", map(_ALAW.__getitem__, content))


def _ulaw_sample(code: int) -> int:
    """G.711, table 2a: inverted bits, sign, three of exponent, four of mantissa, bias 33·4."""
    code = ~code & 0xFF
    size = ((((code & 0x0F) << 3) + 132) << (code >> 4 & 7)) - 132
    return -size if code & 0x80 else size


def _alaw_sample(code: int) -> int:
    """G.711, table 1a: even bits inverted, the sign bit set for positive values."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 0x0F
    size = (mantissa << 4) + 8 if not exponent else ((mantissa << 4) + 264) << (exponent - 1)
    return size if code & 0x80 else -size


_EIGHT = [(code - 128) * 256 for code in range(256)]
_ULAW = [_ulaw_sample(code) for code in range(256)]
_ALAW = [_alaw_sample(code) for code in range(256)]

_DECODERS: dict[tuple[int, int], tuple[str, int, Decode]] = {
    (PCM, 8): ("WAV PCM 8", 1, _pcm8),
    (PCM, 16): ("WAV PCM 16", 2, _pcm16),
    (PCM, 24): ("WAV PCM 24", 3, _pcm24),
    (PCM, 32): ("WAV PCM 32", 4, _pcm32),
    (FLOAT, 32): ("WAV float 32", 4, _float32),
    (FLOAT, 64): ("WAV float 64", 8, _float64),
    (ULAW, 8): ("WAV µ-law", 1, _ulaw),
    (ALAW, 8): ("WAV A-law", 1, _alaw),
}
