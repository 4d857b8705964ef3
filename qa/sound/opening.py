"""Opens a recording by its content, never by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .. import files
from ..errors import BadAudio
from . import library, wav
from .source import Sound

LARGEST = 4_000_000_000
"""Bytes of a recording."""

_CONVERT = "请先转换为 WAV、MP3、Ogg 或 FLAC。"
_ELSEWHERE = {
    b"\x1a\x45\xdf\xa3": "WebM",
    b"#!AMR": "AMR",
    b"#!SILK": "SILK",
    b"\x02#!SILK": "SILK",
    b"0&\xb2u": "WMA",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"RF64": "RF64",
}
"""Formats people try, that we do not read."""


@contextmanager
def open_sound(path: Path) -> Iterator[Sound]:
    """The recording in a file, read from its beginning while the context lasts.

    Raises BadAudio (a BadFile) for anything that is no whole recording.
    """
    name = path.name
    size = files.size_of(path)
    if size == 0:
        raise BadAudio(name, "文件是空的。")
    if size > LARGEST:
        raise BadAudio(name, f"文件有 {size / 1e9:.1f} GB，最多 {LARGEST / 1e9:.0f} GB。")
    with path.open("rb") as file:
        yield _open(file, path)


def _open(file: BinaryIO, path: Path) -> Sound:
    head = file.read(16)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        try:
            return wav.open_wav(file, path.name)
        except wav.NotOurs:
            return library.open_other(path)
    if head[:4] in (b"fLaC", b"OggS") or _mp3(head):
        return library.open_other(path)
    for magic, kind in _ELSEWHERE.items():
        if head.startswith(magic):
            raise BadAudio(path.name, f"不能读 {kind} 格式；{_CONVERT}")
    if head[4:8] == b"ftyp":
        raise BadAudio(path.name, f"不能读 MP4/M4A 格式；{_CONVERT}")
    raise BadAudio(path.name, f"不是能识别的录音文件；{_CONVERT}")


def _mp3(head: bytes) -> bool:
    """An ID3 tag, or the eleven set bits before a frame of layer I to III."""
    frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0
    return head.startswith(b"ID3") or frame
