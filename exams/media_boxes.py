"""Length and tracks of files made of nested boxes: MP4 (ISO/IEC 14496-12) and WebM (Matroska, RFC
9559). Only headers are read; sizes a file claims are never trusted further than the file reaches.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

MOST_BOXES = 10_000
DEEPEST = 8 * 1024 * 1024
"""Bytes of one header that are looked at."""

# MP4


def mp4(file: IO[bytes], size: int) -> tuple[bool, float | None]:
    """(has pictures, seconds) by the movie header; a movie in pieces may not say how long it is.

    Raises ValueError.
    """
    for name, start, end in _boxes(file, 0, size):
        if name == b"moov":
            return _movie(file, start, end)
    raise ValueError("这个 MP4 没有写完（缺少 moov）。")


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content begins, where it ends) of the boxes between two places."""
    for _ in range(MOST_BOXES):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, name, inner = int.from_bytes(head[:4]), head[4:8], start + 8
        if size == 1:
            size, inner = int.from_bytes(head[8:16]), start + 16
        stop = end if size == 0 else start + size
        if stop < inner or stop > end:
            raise ValueError("文件被截断了。")
        yield name, inner, stop
        start = stop


def _movie(file: IO[bytes], start: int, end: int) -> tuple[bool, float | None]:
    pictures, sounds, seconds = False, False, None
    for name, first, last in _boxes(file, start, end):
        if name == b"mvhd":
            seconds = _length(_read(file, first, last))
        elif name == b"trak":
            kind = _handler(file, first, last)
            pictures, sounds = pictures or kind == b"vide", sounds or kind == b"soun"
    if not (pictures or sounds):
        raise ValueError("里面没有画面，也没有声音。")
    return pictures, seconds


def _length(header: bytes) -> float | None:
    """By ``mvhd``: version, flags, two moments, units a second, units."""
    try:
        if header[:1] == b"\x01":
            scale, units = struct.unpack_from(">IQ", header, 20)
        else:
            scale, units = struct.unpack_from(">II", header, 12)
    except struct.error:
        raise ValueError("") from None
    return units / scale if scale and units not in (0, 2**32 - 1, 2**64 - 1) else None


def _handler(file: IO[bytes], start: int, end: int) -> bytes:
    """``trak/mdia/hdlr``: vide, soun, …"""
    for name, first, last in _boxes(file, start, end):
        if name == b"mdia":
            for inner, begin, stop in _boxes(file, first, last):
                if inner == b"hdlr":
                    return _read(file, begin, stop)[8:12]
    return b""


def _read(file: IO[bytes], start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(min(end - start, DEEPEST))


# WebM

EBML, SEGMENT, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
DOC_TYPE, INFO, SCALE, DURATION = 0x4282, 0x1549A966, 0x2AD7B1, 0x4489
TRACKS, TRACK, TRACK_TYPE = 0x1654AE6B, 0xAE, 0x83
PICTURES, SOUND = 1, 2


def webm(file: IO[bytes], size: int) -> tuple[bool, float | None]:
    """(has pictures, seconds) by ``Info`` and ``Tracks``. Raises ValueError."""
    kinds, seconds = set[int](), None
    for id, start, end in _elements(file, 0, size):
        if id == EBML:
            if _inner(_read(file, start, end)).get(DOC_TYPE, [b""])[0].rstrip(b"\0") != b"webm":
                raise ValueError("这是 MKV，不是 WebM，浏览器放不了。")
        elif id == SEGMENT:
            for inner, first, last in _elements(file, start, end):
                if inner == INFO:
                    seconds = _duration(_inner(_read(file, first, last)))
                elif inner == TRACKS:
                    tracks = _inner(_read(file, first, last)).get(TRACK, [])
                    kinds = {
                        _number(t) for each in tracks for t in _inner(each).get(TRACK_TYPE, [])
                    }
                elif inner == CLUSTER:
                    break
            break
    if not kinds & {PICTURES, SOUND}:
        raise ValueError("里面没有画面，也没有声音。")
    return PICTURES in kinds, seconds


def _elements(file: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(id, where its content begins, where it ends); one of unknown length goes to the end."""
    for _ in range(MOST_BOXES):
        if start >= end:
            return
        file.seek(start)
        found = _element(file.read(12), 0)
        if found is None:
            return
        id, skip, length = found
        inner = start + skip
        stop = end if length is None else min(inner + length, end)
        yield id, inner, stop
        start = stop


def _inner(content: bytes) -> dict[int, list[bytes]]:
    """{id: contents} of the elements in a small one."""
    found: dict[int, list[bytes]] = {}
    start = 0
    for _ in range(MOST_BOXES):
        read = _element(content, start)
        if read is None:
            break
        id, skip, length = read
        stop = len(content) if length is None else start + skip + length
        found.setdefault(id, []).append(content[start + skip : stop])
        start = stop
    return found


def _element(content: bytes, at: int) -> tuple[int, int, int | None] | None:
    """(id, bytes of the head, length of the content or None = unknown) of the element there."""
    id = _variable(content, at, keep=True)
    length = _variable(content, at + id[1], keep=False) if id else None
    if id is None or length is None:
        return None
    unknown = length[0] == (1 << (7 * length[1])) - 1
    return id[0], id[1] + length[1], None if unknown else length[0]


def _variable(content: bytes, at: int, keep: bool) -> tuple[int, int] | None:
    """(number, bytes it takes); ``keep``: with the bit that tells the length, as ids have it."""
    if at >= len(content) or content[at] == 0:
        return None
    width = 9 - content[at].bit_length()
    taken = content[at : at + width]
    if len(taken) < width:
        return None
    number = int.from_bytes(taken)
    return (number if keep else number & ((1 << (7 * width)) - 1)), width


def _duration(info: dict[int, list[bytes]]) -> float | None:
    raw = info.get(DURATION, [b""])[0]
    scale = _number(info[SCALE][0]) if SCALE in info else 1_000_000
    if len(raw) not in (4, 8):
        return None
    (units,) = struct.unpack(">f" if len(raw) == 4 else ">d", raw)
    return float(units) * scale / 1e9


def _number(content: bytes) -> int:
    return int.from_bytes(content[:8])
