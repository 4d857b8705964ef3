"""The sound of a recording as every browser plays it, from any byte on, without reading it whole.

    sound = playable(file, "call.wav")       # file: opened, one may seek in it
    for block in sound.read(1000, 2000): …   # bytes 1000 … 1999 of what is played

Three ways, by the encoding. *As it is*: MP3, Ogg, FLAC; and the samples of a PCM WAV of 8, 16 or 24
bits, under a plain header, for browsers stumble over odd chunks before them. *Worked out*: µ-law,
A-law, wide and float PCM, ADPCM become a 16-bit PCM WAV whose bytes follow from those of the file,
so that any range costs only itself. *Converted once*: what can only be read from its beginning (GSM
6.10); ``converted`` makes the PCM WAV, to be kept beside the recording.

Compressed output was measured and left out: an hour of stereo took libsndfile minutes to encode as
Opus, and what is heard would no longer be exactly what was recorded.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from .errors import BadAudio
from .sound import open_sound
from .sound.source import Samples, check_shape
from .sound.wav import Layout, NotOurs, layout

WAV = "audio/wav"
HEAD = 44
"""Bytes of the header of a worked-out file."""
CHUNK = 1 << 16
"""Bytes read, and frames decoded, at a time."""

_AS_IT_IS = {"WAV PCM 8": 8, "WAV PCM 16": 16, "WAV PCM 24": 24}
"""PCM that every browser plays, and its bits."""
_BY_BLOCKS = ("IMA_ADPCM", "MS_ADPCM")
_MOST = 0xFFFFFFFF


class ConvertFirst(Exception):
    """This encoding can only be decoded from its beginning: see ``converted``."""


@dataclass(frozen=True, slots=True)
class Playable:
    """``media``: what it is; ``size`` in bytes; ``read(start, stop)`` gives bytes start … stop − 1
    in blocks; ``exact``: the bytes are those of the file itself.
    """

    media: str
    size: int
    read: Callable[[int, int], Iterator[bytes]]
    exact: bool


def playable(file: IO[bytes], name: str) -> Playable:
    """What browsers are given of a recording. Raises BadAudio, ConvertFirst."""
    opened = cast(BinaryIO, file)
    opened.seek(0)
    head = opened.read(16)
    if head[:4] != b"RIFF":
        return _whole(opened, _media(head))
    try:
        found = layout(opened, name)
    except NotOurs:
        return _by_blocks(opened, name)
    if bits := _AS_IT_IS.get(found.encoding):
        return _samples(opened, found, bits)
    return _worked_out(opened, found)


def _media(head: bytes) -> str:
    return {b"fLaC": "audio/flac", b"OggS": "audio/ogg"}.get(head[:4], "audio/mpeg")


def _whole(file: BinaryIO, media: str) -> Playable:
    return Playable(media, file.seek(0, 2), partial(_slice, file), exact=True)


def _slice(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    file.seek(start)
    while start < stop and (block := file.read(min(CHUNK, stop - start))):
        start += len(block)
        yield block


def _samples(file: BinaryIO, found: Layout, bits: int) -> Playable:
    """The samples as they lie in the file, under a header of ours."""
    head = header(found.rate, found.channels, found.frames, bits)
    size, shift = HEAD + found.frames * found.align, found.start - HEAD

    def read(start: int, stop: int) -> Iterator[bytes]:
        stop = min(stop, size)
        if start < HEAD:
            yield head[start : min(stop, HEAD)]
        yield from _slice(file, max(start, HEAD) + shift, stop + shift)

    return Playable(WAV, size, read, exact=False)


# Worked out


def _worked_out(file: BinaryIO, found: Layout) -> Playable:
    def samples(first: int, count: int) -> Samples:
        file.seek(found.start + first * found.align)
        return found.decode(file.read(count * found.align))

    return _pcm(found.rate, found.channels, found.frames, samples)


def _by_blocks(file: BinaryIO, name: str) -> Playable:
    """By libsndfile, which finds the block that a sample is in."""
    try:
        soundfile: Any = import_module("soundfile")
    except (ImportError, OSError):
        raise BadAudio(name, "播放这种格式要在服务器上装组件 zhixi[audio]。") from None
    file.seek(0)
    try:
        opened = soundfile.SoundFile(file)
    except soundfile.LibsndfileError:
        raise BadAudio(name, "文件已损坏，或不是能识别的录音。") from None
    if opened.subtype not in _BY_BLOCKS or not opened.seekable():
        raise ConvertFirst
    check_shape(name, opened.samplerate, opened.channels, opened.frames)

    def samples(first: int, count: int) -> Samples:
        opened.seek(first)
        room = bytearray(count * opened.channels * 2)
        with suppress(soundfile.SoundFileRuntimeError):  # what is broken plays as silence
            opened.buffer_read_into(room, dtype="int16")
        made: Samples = array("h")
        made.frombytes(room)
        return made

    return _pcm(opened.samplerate, opened.channels, opened.frames, samples)


def _pcm(rate: int, channels: int, frames: int, samples: Callable[[int, int], Samples]) -> Playable:
    """A WAV file of 16 bits whose samples are asked for as they are read."""
    align = 2 * channels
    head, size = header(rate, channels, frames), HEAD + frames * align

    def read(start: int, stop: int) -> Iterator[bytes]:
        stop = min(stop, size)
        if start < HEAD:
            yield head[start : min(stop, HEAD)]
        place = max(start - HEAD, 0)
        end = max(stop - HEAD, 0)
        while place < end:
            first, skipped = divmod(place, align)
            count = min(CHUNK, frames - first, -(-(end - first * align) // align))
            block = little_endian(samples(first, count))[skipped : end - first * align]
            if not block:
                return
            place += len(block)
            yield block

    return Playable(WAV, size, read, exact=False)


def header(rate: int, channels: int, frames: int, bits: int = 16) -> bytes:
    """Of a PCM WAV file; sizes past 4 GiB are written as the largest there is."""
    align = bits // 8 * channels
    data = min(frames * align, _MOST - HEAD)
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * align, align, bits)
    return struct.pack(
        "<4sI4s4sI16s4sI", b"RIFF", data + HEAD - 8, b"WAVE", b"fmt ", 16, form, b"data", data
    )


def little_endian(samples: Samples) -> bytes:
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()


# Converted once


def converted(source: Path, target: IO[bytes]) -> int:
    """Writes the recording into ``target`` as a 16-bit PCM WAV; frames written. Raises BadAudio.

    The header tells what was really there: block encodings promise whole blocks.
    """
    with open_sound(source) as sound:
        target.write(header(sound.rate, sound.channels, sound.frames))
        count = 0
        for block in sound.blocks:
            target.write(little_endian(block))
            count += len(block) // sound.channels
        if count != sound.frames:
            target.seek(0)
            target.write(header(sound.rate, sound.channels, count))
    target.flush()
    return count
