"""Finds out which format a transcript has, and reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .. import files, jsonfile
from ..errors import BadFile, BadTranscript
from . import jsons, subtitles
from .utterance import Utterance

LARGEST = 50_000_000
"""Bytes of a transcript; with every word's times an hour has some two million."""

_JSON: dict[str, Callable[[dict[str, Any], str], Iterator[Utterance]]] = {
    "Transcript": jsons.read_contact_lens,
    "segments": jsons.read_segments,
}
"""The field by which a format is known, and its reader."""


def read(path: Path) -> list[Utterance]:
    """What was said, in the order of time. Raises BadTranscript, BadFile."""
    return parse(files.content(path, LARGEST), path.name)


def parse(content: bytes, name: str = "") -> list[Utterance]:
    """As :func:`read`, for content already read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTranscript(name, "不是 UTF-8 编码的文本。") from None
    if not text.strip():
        raise BadTranscript(name, "文件是空的。")
    return sorted(_read(text, name), key=lambda each: (each.start, each.end))


def _read(text: str, name: str) -> Iterator[Utterance]:
    if text.lstrip().startswith(("{", "[")):
        value = _json(text, name)
        for field, reader in _JSON.items():
            if isinstance(value, dict) and field in value:
                return reader(value, name)
        raise BadTranscript(name, "不是能识别的 JSON 转写（Whisper、Contact Lens）。")
    if text.startswith("WEBVTT"):
        return subtitles.read_vtt(text, name)
    if "-->" in text:
        return subtitles.read_srt(text, name)
    raise BadTranscript(
        name, "不是能识别的转写；可用 WebVTT、SRT、Whisper 或 Contact Lens 的 JSON。"
    )


def _json(text: str, name: str) -> Any:
    try:
        return jsonfile.loads(text, name)
    except BadFile as error:
        raise BadTranscript(name, error.sentence) from None
