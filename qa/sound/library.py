"""Compressed recordings by libsndfile (through ``soundfile``, the extra ``audio``).

MP3, Ogg Opus and Vorbis, FLAC, and WAV with IMA ADPCM or GSM 6.10.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import BadAudio
from .source import Samples, Sound, check_shape, cut_short

SECONDS = 4

SPARE = 0.1
"""Seconds that may be missing at the end: encodings by blocks promise whole blocks."""

_END_OF_STREAM = 0x04


def open_other(path: Path) -> Sound:
    """A recording that is no plain WAV. Raises BadAudio."""
    name = path.name
    try:
        soundfile: Any = import_module("soundfile")
    except (ImportError, OSError):
        raise BadAudio(name, "读这种格式要装组件 zhixi[audio]；或先转换为 PCM 的 WAV。") from None
    try:
        file = soundfile.SoundFile(str(path))
    except soundfile.LibsndfileError:
        raise BadAudio(name, "文件已损坏，或不是能识别的录音。") from None
    if file.format == "OGG" and not _ends(path):
        raise BadAudio(name, "文件不完整：Ogg 没有结尾。")
    check_shape(name, file.samplerate, file.channels, file.frames)
    kind = f"{file.format} {file.subtype}"
    return Sound(name, kind, file.samplerate, file.channels, file.frames, _blocks(file, name))


def _blocks(file: Any, name: str) -> Iterator[Samples]:
    found = 0
    with file:
        room = bytearray(file.samplerate * SECONDS * file.channels * 2)
        while count := _read(file, room, name):
            found += count
            block: Samples = array("h")  # libsndfile gives the byte order of the machine
            block.frombytes(room[: count * file.channels * 2])
            yield block
        if found + SPARE * file.samplerate < file.frames:
            raise cut_short(name, file.frames / file.samplerate, found / file.samplerate)


def _read(file: Any, room: bytearray, name: str) -> int:
    try:
        return int(file.buffer_read_into(room, dtype="int16"))
    except RuntimeError:  # LibsndfileError is one
        raise BadAudio(name, "文件读到一半读不下去了，可能已损坏。") from None


def _ends(path: Path) -> bool:
    """Whether the last Ogg page says that the stream ends (RFC 3533, header type flag 4)."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - 70_000))  # a page has at most 65,307 bytes
        tail = file.read()
    place = tail.rfind(b"OggS")
    return place >= 0 and len(tail) > place + 5 and bool(tail[place + 5] & _END_OF_STREAM)
