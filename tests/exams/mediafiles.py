"""Small sounds and films, made by hand from the descriptions of their formats."""

from __future__ import annotations

import struct


def wav(seconds: float = 2.0, rate: int = 8000) -> bytes:
    """Sixteen bits, one channel, a quiet sawtooth."""
    data = b"".join(struct.pack("<h", n % 100 * 20) for n in range(round(seconds * rate)))
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    body = b"WAVE" + head + struct.pack("<4sI", b"data", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def mp4(
    seconds: float = 90.0, handlers: tuple[bytes, ...] = (b"vide", b"soun"), last: bool = True
) -> bytes:
    """A movie header without a movie; ``last``: it stands behind the data, as cameras write."""
    mvhd = box(b"mvhd", bytes(12) + struct.pack(">II", 600, round(seconds * 600)) + bytes(80))
    tracks = [
        box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12))))
        for handler in handlers
    ]
    moov, mdat = box(b"moov", mvhd + b"".join(tracks)), box(b"mdat", bytes(500))
    return box(b"ftyp", b"isom" + bytes(8)) + (mdat + moov if last else moov + mdat)


def element(id: int, content: bytes) -> bytes:
    return id.to_bytes((id.bit_length() + 7) // 8) + (1 << 56 | len(content)).to_bytes(8) + content


def webm(
    seconds: float | None = 30.0, kinds: tuple[int, ...] = (1, 2), doc: bytes = b"webm"
) -> bytes:
    info = element(0x2AD7B1, (1_000_000).to_bytes(3))
    if seconds is not None:
        info += element(0x4489, struct.pack(">d", seconds * 1000))
    tracks = b"".join(element(0xAE, element(0x83, bytes([kind]))) for kind in kinds)
    inner = element(0x1549A966, info) + element(0x1654AE6B, tracks)
    segment = b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + inner + element(0x1F43B675, bytes(400))
    return element(0x1A45DFA3, element(0x4282, doc)) + segment


def ogg(seconds: float = 12.0) -> bytes:
    """Opus: 48 000 samples a second after 312 that are skipped."""

    def page(position: int, packet: bytes) -> bytes:
        head = struct.pack("<4sBBqIII", b"OggS", 0, 0, position, 7, 0, 0)
        return head + bytes([1, len(packet)]) + packet

    first = b"OpusHead" + bytes([1, 1]) + struct.pack("<HIh", 312, 48000, 0) + b"\0"
    return page(0, first) + page(round(seconds * 48000) + 312, bytes(60))


def mp3(frames: int = 100, tag: bytes = b"") -> bytes:
    """MPEG 1 layer III, 128 kbit/s, 44 100 Hz, mono: 417 bytes and 1152 samples a frame."""
    one = b"\xff\xfb\x90\xc0" + bytes(413)
    return tag + one * frames


def mp3_counted(frames: int) -> bytes:
    """One of varying bit rate: the first frame tells how many follow."""
    first = bytearray(b"\xff\xfb\x90\xc0" + bytes(413))
    first[21:33] = b"Xing" + (1).to_bytes(4) + frames.to_bytes(4)
    return bytes(first) + b"\xff\xfb\x90\xc0" + bytes(413)
