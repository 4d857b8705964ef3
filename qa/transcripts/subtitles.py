"""WebVTT (W3C, 2019) and SubRip: cues with times and text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from ..errors import BadTranscript
from .utterance import Utterance, role_of, said_by

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_NO_CUE = re.compile(r"(NOTE|STYLE|REGION)(\s|$)")


def read_vtt(text: str, name: str) -> Iterator[Utterance]:
    """The cues of a WebVTT file; notes, styles and regions are left out."""
    for line, block in _blocks(text):
        if block[0].startswith("WEBVTT") and line == 1:
            continue
        if not _NO_CUE.match(block[0]):
            yield from _cue(block, line, name)


def read_srt(text: str, name: str) -> Iterator[Utterance]:
    """The cues of a SubRip file."""
    for line, block in _blocks(text):
        yield from _cue(block, line, name)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not empty, with the number of their first line."""
    block: list[str] = []
    for number, line in enumerate((*text.splitlines(), ""), 1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cue(block: list[str], line: int, name: str) -> Iterator[Utterance]:
    """One cue: perhaps its name, its times, its text."""
    place = next((n for n, each in enumerate(block[:2]) if "-->" in each), None)
    if place is None:
        raise BadTranscript(name, f"第{line}行起的一段没有时间（00:01.000 --> 00:02.500）。")
    found = _TIMES.fullmatch(block[place])
    if found is None:
        raise BadTranscript(name, f"第{line + place}行的时间读不懂。")
    start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if end < start:
        raise BadTranscript(name, f"第{line + place}行的结束早于开始。")
    text = "\n".join(block[place + 1 :])
    voice = _VOICE.search(text)
    role, said = said_by(html.unescape(_TAG.sub("", text)))
    if said:
        yield Utterance(start, end, said, (role_of(voice[1]) if voice else None) or role)


def _seconds(parts: tuple[str | None, ...]) -> Fraction:
    hours, minutes, seconds, rest = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + Fraction(int(rest or 0), 10 ** len(rest or "0"))


def write_vtt(utterances: Iterable[Utterance]) -> str:
    """A WebVTT file; roles as voices."""
    cues = []
    for each in utterances:
        text = html.escape(_lines(each.text), quote=False)
        voice = f"<v {each.role}>{text}" if each.role else text
        cues.append(f"{_clock(each.start, '.')} --> {_clock(each.end, '.')}\n{voice}\n")
    return "\n".join(["WEBVTT\n", *cues])


def write_srt(utterances: Iterable[Utterance]) -> str:
    """A SubRip file; roles as a label before the text."""
    names = {"agent": "座席：", "customer": "客户：", None: ""}
    return "\n".join(
        f"{number}\n{_clock(each.start, ',')} --> {_clock(each.end, ',')}\n"
        f"{names[each.role]}{_lines(each.text)}\n"
        for number, each in enumerate(utterances, 1)
    )


def _lines(text: str) -> str:
    """The text without the empty lines that would end its cue."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def _clock(seconds: Fraction, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
