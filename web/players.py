"""What a page needs to play a call: sound, waveform, transcript, remarks. One macro shows it.

    player = players.of(call, notes=players.notes(review.comments, name), comment_url=…)
    {% from "components/player.html" import player %}   {{ player(made) }}

Whether the call may be seen at all is asked before (``web.qa_sight``), and again for every byte.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from qa.tables import Call, Recording

from .context import services
from .errors import InvalidInput
from .pages import moment

ROLES: Mapping[str, str] = {"agent": "座席", "customer": "来电人", "": "未注明"}
KINDS: Mapping[str, str] = {"silence": "静音", "interruption": "打断", "hold": "等待音乐"}
"""Bands of the waveform."""

_PARTS = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,6})?)")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the transcript, in seconds; ``role``: agent, customer or ''."""

    start: float
    end: float
    role: str
    text: str

    @property
    def who(self) -> str:
        return ROLES.get(self.role, self.role)


@dataclass(frozen=True, slots=True)
class Note:
    """A remark at a moment, or over a span where ``end`` is given. ``about``: what it judges.

    ``remove_url``: where a POST takes it away, '' where this person may not.
    """

    id: int
    start: float
    end: float | None
    text: str
    by: str = ""
    about: str = ""
    remove_url: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch that stands out: ``silence``, ``interruption`` or ``hold``; ``words`` says it."""

    kind: str
    start: float
    end: float
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One channel: its place in the file, who is on it, and what that is called."""

    channel: int
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Player:
    """All that the macro shows. ``recording`` is None where there is no sound: ``why`` says why.

    ``comment_url`` takes a new remark (a POST of ``start``, ``end``, ``text``, ``item`` that ends
    on a page with this player); '' where none may be made. ``items``: what a remark may be about.
    """

    call: Call
    recording: Recording | None
    why: str
    note: str
    turns: Sequence[Turn]
    notes: Sequence[Note]
    bands: Sequence[Band]
    page: str
    comment_url: str
    items: Sequence[tuple[str, str]]

    @property
    def seconds(self) -> float:
        """How long the sound is, or what is known of it without sound."""
        last = max((turn.end for turn in self.turns), default=0.0)
        return self.recording.seconds if self.recording else (self.call.seconds or last)

    @property
    def rows(self) -> Sequence[Row]:
        """What is drawn one under the other: the agent above, the caller below."""
        recording = self.recording
        if recording is None or recording.channels < 2:
            return (Row(0, "both", "双方"),)
        if not recording.agent_side:
            return (Row(0, "left", "左声道"), Row(1, "right", "右声道"))
        agent = 0 if recording.agent_side == "left" else 1
        return (Row(agent, "agent", ROLES["agent"]), Row(1 - agent, "customer", ROLES["customer"]))

    @property
    def legend(self) -> Sequence[tuple[str, str]]:
        """Which kinds of bands there are, and what they are called."""
        there = {band.kind for band in self.bands}
        return [(kind, name) for kind, name in KINDS.items() if kind in there]

    @property
    def skips(self) -> bool:
        """Whether there is a silence to be skipped."""
        return any(band.kind != "interruption" for band in self.bands)

    def bands_json(self) -> list[dict[str, Any]]:
        return [asdict(band) for band in self.bands]


def of(
    call: Call,
    *,
    notes: Sequence[Note] = (),
    comment_url: str = "",
    items: Sequence[tuple[str, str]] = (),
) -> Player:
    """The player of a call that may be seen."""
    recording, why = sound_of(call)
    return Player(
        call=call,
        recording=recording,
        why=why,
        note=_waits(recording),
        turns=turns_of(call),
        notes=sorted(notes, key=lambda each: (each.start, each.id)),
        bands=bands_of(recording),
        page=secrets.token_urlsafe(15),
        comment_url=comment_url,
        items=items,
    )


# Sound, or why there is none


def sound_of(call: Call) -> tuple[Recording | None, str]:
    """The recording that can be played; else None and a sentence that says why there is none."""
    recording = call.recording
    if call.consent == "no":
        return None, "来电人不同意录音：没有可以听的声音。"
    if recording is None:
        return None, _missing(call)
    if recording.state == "failed":
        return None, f"录音读不出来：{recording.error or '文件可能已损坏。'}请重新导入。"
    if not services().recordings.exists(recording.played or recording.sha256):
        return None, "录音文件不在存储里，请联系管理员从备份恢复。"
    return recording, ""


def _missing(call: Call) -> str:
    removed = call.recordings[-1] if call.recordings else None
    if removed is not None and removed.removed_at is not None:
        why = f"，原因：{removed.removed_why.rstrip('。')}" if removed.removed_why else ""
        return f"录音已在 {moment(removed.removed_at)} 删除{why}。成绩和转写还在。"
    if call.seconds is None and call.ended_at is None:
        return "通话还没有结束，或没有收到结束的时间；录音要等结束以后。"
    return "这通电话没有录音。有录音文件的，可以在“通话”里导入。"


def _waits(recording: Recording | None) -> str:
    if recording is None or recording.peaks:
        return ""
    return "声音还没有测量完：现在可以听，波形、静音和打断稍后才有，请过一会儿刷新。"


# Transcript, bands, remarks


def turns_of(call: Call) -> Sequence[Turn]:
    """The newest transcript in the order of time."""
    said = call.transcript.turns if call.transcript else ()
    made = [
        Turn(float(t["start"]), float(t["end"]), str(t.get("role") or ""), str(t["text"]))
        for t in said
    ]
    return sorted(made, key=lambda turn: (turn.start, turn.end))


def bands_of(recording: Recording | None) -> Sequence[Band]:
    """What the figures list one by one."""
    figures: Mapping[str, Any] = (recording.figures if recording else None) or {}
    found = [
        *_stretches("silence", (figures.get("silence") or {}).get("long")),
        *_stretches("hold", (figures.get("hold") or {}).get("stretches")),
        *(_interruption(each) for each in figures.get("interruptions") or ()),
    ]
    return sorted(found, key=lambda band: band.start)


def _stretches(kind: str, found: Iterable[Mapping[str, Any]] | None) -> Iterable[Band]:
    for each in found or ():
        start, length = float(each["start"]), float(each["duration"])
        yield Band(kind, start, start + length, f"{KINDS[kind]} {length:.1f} 秒")


def _interruption(each: Mapping[str, Any]) -> Band:
    start, length = float(each["at"]), float(each["duration"])
    words = f"{ROLES.get(str(each['by']), '')}打断，同时说话 {length:.1f} 秒"
    return Band("interruption", start, start + length, words)


class Remark(Protocol):
    """A ``qa.tables.Comment``."""

    id: int
    author_id: int
    item: str
    start: float
    end: float | None
    text: str
    removed_at: Any


def notes(
    comments: Iterable[Remark],
    name: Callable[[int], str],
    titles: Mapping[str, str] | None = None,
    remove_url: Callable[[Remark], str] = lambda comment: "",
) -> list[Note]:
    """Comments as the player shows them; removed ones are left out.

    ``name``: a person's name by id; ``titles``: titles of the rubric's items by key.
    """
    known = titles or {}
    return [
        Note(c.id, c.start, c.end, c.text, name(c.author_id), known.get(c.item, ""), remove_url(c))
        for c in comments
        if c.removed_at is None
    ]


# Times of a recording


def seconds_of(field: str, text: str) -> float | None:
    """The seconds of a time as typed: 135.4, 02:15.4 or 1:02:15; None for ''.

    Raises InvalidInput, naming ``field``.
    """
    given = unicodedata.normalize("NFKC", text).replace("。", ".").strip()
    if not given:
        return None
    found = _PARTS.fullmatch(given)
    if found is None:
        raise InvalidInput(field, f"“{text.strip()[:20]}”不是录音里的时间，请写成 02:15.4 或秒数。")
    hours, minutes, rest = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest
