"""Length of sounds that are a row of frames: WAV, Ogg (RFC 3533) and MP3. Only what is needed is
read; sizes a file claims are never trusted further than the file reaches."""

from __future__ import annotations

import struct
from typing import IO

TAIL = 128 * 1024
"""Bytes at the end of an Ogg in which its last page begins."""
SEARCHED = 64 * 1024
"""Bytes in which the first frame of an MP3 begins."""


def wav(file: IO[bytes], size: int) -> tuple[bool, float | None]:
    """Seconds by bytes a second and the length of ``data``. Raises ValueError."""
    file.seek(0)
    order = ">" if file.read(4) == b"RIFX" else "<"
    at, rate = 12, 0
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack(f"{order}4sI", file.read(8))
        if name == b"fmt ":
            fields = file.read(16)
            if len(fields) < 16:
                break
            rate = struct.unpack(f"{order}HHIIHH", fields)[3]
        elif name == b"data":
            if not rate:
                break
            return False, min(length, size - at - 8) / rate
        at += 8 + length + length % 2
    raise ValueError("这个 WAV 没有声音的数据。")


# Ogg


def ogg(file: IO[bytes], size: int) -> tuple[bool, float | None]:
    """Seconds by the last page's position and the codec's rate. Raises ValueError."""
    file.seek(0)
    first = file.read(512)
    segments = first[26] if len(first) > 26 else 0
    packet = first[27 + segments :]
    serial = first[14:18]
    if packet.startswith(b"OpusHead") and len(packet) >= 12:
        rate, skipped = 48_000, int.from_bytes(packet[10:12], "little")
    elif packet.startswith(b"\x01vorbis") and len(packet) >= 16:
        rate, skipped = int.from_bytes(packet[12:16], "little"), 0
    elif packet.startswith(b"\x7fFLAC") and len(packet) >= 30:
        rate, skipped = int.from_bytes(packet[27:30]) >> 4, 0
    else:
        raise ValueError("这个 Ogg 里不是 Opus、Vorbis 或 FLAC 的声音，浏览器放不了。")
    last = _last_position(file, size, serial)
    return False, max(0, last - skipped) / rate if rate and last is not None else None


def _last_position(file: IO[bytes], size: int, serial: bytes) -> int | None:
    file.seek(max(0, size - TAIL))
    tail = file.read(TAIL)
    at = tail.rfind(b"OggS")
    while at >= 0:
        position = int.from_bytes(tail[at + 6 : at + 14], "little", signed=True)
        if tail[at + 14 : at + 18] == serial and position >= 0:
            return position
        at = tail.rfind(b"OggS", 0, at)
    return None


# MP3: the tables of the frame header, by version (1, 2 and 2.5) and layer

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


class _Frame:
    """What a frame's four bytes say; ``length`` in bytes. Raises ValueError."""

    def __init__(self, head: bytes) -> None:
        if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
            raise ValueError
        version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
        index, rate = head[2] >> 4, head[2] >> 2 & 3
        if version == 1 or layer == 4 or index in (0, 15) or rate == 3:
            raise ValueError
        self.first, self.mono = version == 3, head[3] >> 6 == 3
        self.rate = _RATES[version][rate]
        self.bits = _KBITS[1 if self.first else 2, layer][index - 1] * 1000
        self.samples = 384 if layer == 1 else 1152 if layer == 2 or self.first else 576
        padding = (head[2] >> 1 & 1) * (4 if layer == 1 else 1)
        self.length = self.samples // 8 * self.bits // self.rate + padding


def is_frame(head: bytes) -> bool:
    """Whether bytes begin with a frame's header; an MP3 without a tag does."""
    try:
        _Frame(head)
    except ValueError:
        return False
    return True


def mp3(file: IO[bytes], size: int) -> tuple[bool, float | None]:
    """Seconds by the count of frames that Xing or VBRI tell, else by the bit rate of the first.

    Raises ValueError.
    """
    start = _after_tag(file)
    file.seek(start)
    content = file.read(SEARCHED)
    at, frame = _first_frame(content)
    count = _count(content[at:], frame)
    if count:
        return False, count * frame.samples / frame.rate
    return False, (size - start - at) * 8 / frame.bits


def _after_tag(file: IO[bytes]) -> int:
    """Where the sound begins: an ID3v2 tag says its own length in seven bits a byte."""
    file.seek(0)
    head = file.read(10)
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    length = 0
    for each in head[6:10]:
        length = length << 7 | each & 0x7F
    return 10 + length + (10 if head[5] & 0x10 else 0)


def _first_frame(content: bytes) -> tuple[int, _Frame]:
    """The first place where a frame is followed by another."""
    at = content.find(b"\xff")
    while at >= 0:
        if is_frame(content[at : at + 4]):
            frame = _Frame(content[at : at + 4])
            after = content[at + frame.length : at + frame.length + 4]
            if is_frame(after) or (not after and at == 0):
                return at, frame
        at = content.find(b"\xff", at + 1)
    raise ValueError("这个 MP3 里没有找到声音。")


def _count(frame: bytes, told: _Frame) -> int:
    """Frames, as written into the first one by whoever made a file of varying bit rate; 0 = not."""
    side = (17 if told.mono else 32) if told.first else (9 if told.mono else 17)
    tag = frame[4 + side : 4 + side + 12]
    if tag[:4] in (b"Xing", b"Info") and len(tag) == 12 and tag[7] & 1:
        return int.from_bytes(tag[8:12])
    if frame[36:40] == b"VBRI":
        return int.from_bytes(frame[50:54])
    return 0
