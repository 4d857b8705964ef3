"""What a sound or film really is, by its content; and how long it lasts, where that is written.

    found = examine(file)     # InvalidContent where a browser could not play it
    found.kind, found.media_type, found.seconds

Only headers are read. ``seconds`` is None where the file does not say: a WebM straight from a
recorder, a stream in pieces.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from kb.errors import InvalidContent

from . import media_boxes, media_frames

FIELD = "file"
MIB = 1024 * 1024
SHORTEST, LONGEST = 0.5, 12 * 3600
"""Seconds of one lesson."""
SPARSEST, DENSEST = 500, 25_000_000
"""Bytes a second that a sound or film has: of speech at its worst, of a film from a camera."""

WANTED = "请用 MP4、WebM 视频，或 MP3、M4A、Ogg、WAV 音频。"


@dataclass(frozen=True, slots=True)
class Media:
    """``kind``: ``video`` or ``audio``; ``seconds`` None = not told."""

    kind: str
    media_type: str
    seconds: float | None


Reader = Callable[[IO[bytes], int], tuple[bool, float | None]]
"""Of the file and its size: whether it has pictures, and its seconds. Raises ValueError."""

_HEAD = 64


def examine(file: IO[bytes]) -> Media:
    """What ``file`` (one may seek in it) holds. Raises InvalidContent with what to do."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(_HEAD)
    if not size:
        raise InvalidContent(FIELD, "这个文件是空的，请重新选择。")
    name, read = _format(head)
    try:
        pictures, seconds = read(file, size)
    except ValueError as wrong:
        sentence = str(wrong) or "文件不完整或已损坏。"
        raise InvalidContent(FIELD, f"{sentence}请重新导出，或换一个文件。") from None
    kind = "video" if pictures else "audio"
    if seconds is not None and not math.isfinite(seconds):
        seconds = None
    if seconds is not None and seconds < SHORTEST:
        raise InvalidContent(FIELD, "里面几乎没有内容，不到半秒。请重新导出，或换一个文件。")
    if seconds is not None and seconds > LONGEST:
        raise InvalidContent(FIELD, f"长 {seconds / 3600:.1f} 小时，最多 12 小时，请先切成几课。")
    return Media(kind, f"{kind}/{name}", None if seconds is None else round(seconds, 1))


def _format(head: bytes) -> tuple[str, Reader]:
    if head[4:8] == b"ftyp":
        if head[8:12] == b"qt  ":
            raise InvalidContent(FIELD, "这是 QuickTime（MOV）文件，请另存为 MP4 再上传。")
        return "mp4", media_boxes.mp4
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm", media_boxes.webm
    if head.startswith(b"OggS"):
        return "ogg", media_frames.ogg
    if head.startswith((b"RIFF", b"RIFX")) and head[8:12] == b"WAVE":
        return "wav", media_frames.wav
    if head.startswith(b"ID3") or media_frames.is_frame(head):
        return "mpeg", media_frames.mp3
    raise InvalidContent(FIELD, f"这不是能在网页里播放的视频或音频。{WANTED}")


def plausible(seconds: float, size: int) -> bool:
    """Whether a player may be right that a file of ``size`` bytes lasts so long."""
    if not (math.isfinite(seconds) and SHORTEST <= seconds <= LONGEST):
        return False
    return SPARSEST <= size / seconds <= DENSEST
