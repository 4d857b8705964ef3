"""The segments file: who spoke from when to when, as another program found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from . import jsonfile
from .errors import BadSegments
from .exact import NotANumber, exact, spelled
from .sound.source import LONGEST
from .spans import Span
from .transcripts import Role, Utterance

CHANNELS: Mapping[str, Role] = {"agent": "agent", "customer": "customer"}
LARGEST = 50_000_000
TOLERANCE = Fraction(1, 20)
"""Seconds by which the last segment may outrun the duration: other programs round."""


@dataclass(frozen=True, slots=True)
class Segments:
    """``duration`` in seconds; ``spoken``: every segment, its text '' where there is none."""

    duration: Fraction
    spoken: Sequence[Utterance]

    def spans(self, role: Role) -> list[Span]:
        return [Span(each.start, each.end) for each in self.spoken if each.role == role]


def read(path: Path) -> Segments:
    """Raises BadFile, BadSegments."""
    return parse(jsonfile.load(path, LARGEST))


def parse(value: Any) -> Segments:
    """From ``{"duration", "segments": [{"start", "end", "channel", "text"?}]}``."""
    if not isinstance(value, dict) or not isinstance(value.get("segments"), list):
        raise BadSegments('应为 {"duration": 秒, "segments": [{"start", "end", "channel"}]}。')
    duration = _number(value.get("duration"), "duration")
    if not 0 < duration <= LONGEST:
        raise BadSegments(f"duration 应大于 0，不超过 {LONGEST:.0f} 秒。")
    made = [_segment(each, n, duration) for n, each in enumerate(value["segments"], 1)]
    return Segments(duration, made)


def _segment(value: Any, number: int, duration: Fraction) -> Utterance:
    where = f"第{number}段"
    if not isinstance(value, dict):
        raise BadSegments(f"{where}应为一个对象。")
    start = _number(value.get("start"), f"{where}的 start")
    end = _number(value.get("end"), f"{where}的 end")
    channel, text = value.get("channel"), value.get("text")
    if not isinstance(channel, str) or channel not in CHANNELS:
        raise BadSegments(f"{where}的 channel 应为 agent 或 customer。")
    if start < 0 or end < start:
        raise BadSegments(f"{where}的起止不对：{spelled(start)}–{spelled(end)}。")
    if end > duration + TOLERANCE:
        raise BadSegments(f"{where}到 {spelled(end)} 秒，超出了总长 {spelled(duration)} 秒。")
    if text is not None and not isinstance(text, str):
        raise BadSegments(f"{where}的 text 不是文字。")
    return Utterance(min(start, duration), min(end, duration), text or "", CHANNELS[channel])


def _number(value: Any, what: str) -> Fraction:
    try:
        return exact(value)
    except NotANumber as error:
        raise BadSegments(f"{what} {error}。") from None
