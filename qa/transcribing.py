"""Transcripts of calls: read from a file, kept as turns, found again by what was said.

    transcript = add(session, call, parse(content, "call.vtt"), "file", by=1, at=now)
    utterances(transcript)

A later transcript is a row of its own: an automatic check names the one it read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from kb.text import fold

from .errors import BadTranscript
from .sound.source import LONGEST
from .tables import Call, Transcript
from .transcripts import Role, Utterance

SOURCES: Mapping[str, str] = {"file": "导入的文件", "recogniser": "自动识别", "live": "实时转写"}
"""Where a transcript can come from."""

MOST_TURNS = 50_000
MOST_CHARACTERS = 2_000_000
AFTER_AGENT, BEFORE_CUSTOMER = "\x1d", "\x1e"
"""Part ``folded``: what the agent said, what nobody is named for, what the customer said."""

_UNKEPT = re.compile("[\0\ud800-\udfff]")
_APART = re.compile(r"[\W_]+")


def add(
    session: Session,
    call: Call,
    said: Sequence[Utterance],
    source: str,
    by: int | None,
    at: datetime,
    name: str = "",
) -> Transcript:
    """Keep what was said in a call; the same again is the row there is. Raises BadTranscript."""
    turns = check(said, name)
    newest = call.transcript
    if newest is not None and (newest.turns, newest.source) == (turns, source):
        return newest
    for older in call.transcripts:
        older.folded = ""  # found is what is thought to have been said now
    made = Transcript(
        call=call, source=source, turns=turns, folded=folded(turns), added_at=at, added_by=by
    )
    session.add(made)
    session.flush()
    return made


def check(said: Sequence[Utterance], name: str) -> list[dict[str, Any]]:
    """The turns as they are kept. Raises BadTranscript for what is not to be."""
    turns = [turn_of(each) for each in said if each.text.strip()]
    if not turns:
        raise BadTranscript(name, "里面没有一句话。")
    if len(turns) > MOST_TURNS:
        raise BadTranscript(name, f"有 {len(turns)} 句，最多 {MOST_TURNS} 句。")
    if sum(len(turn["text"]) for turn in turns) > MOST_CHARACTERS:
        raise BadTranscript(name, f"文字太多，最多 {MOST_CHARACTERS} 个字。")
    if any(not _keepable(turn["text"]) for turn in turns):
        raise BadTranscript(name, "里面有不能保存的字符。")
    if (last := max(turn["end"] for turn in turns)) > LONGEST:
        raise BadTranscript(name, f"说到第 {last:.0f} 秒，超过 {LONGEST / 3600:.0f} 小时。")
    return turns


def _keepable(text: str) -> bool:
    """Databases take neither NUL nor half a surrogate pair."""
    return not _UNKEPT.search(text)


def turn_of(each: Utterance) -> dict[str, Any]:
    """One turn as it is kept: milliseconds are enough."""
    start, end = (round(float(moment), 3) for moment in (each.start, each.end))
    return {"start": start, "end": end, "role": each.role, "text": each.text.strip()}


def utterances(transcript: Transcript) -> list[Utterance]:
    """What was said, as checks and figures take it."""
    return [
        Utterance(
            Fraction(str(turn["start"])), Fraction(str(turn["end"])), turn["text"], turn["role"]
        )
        for turn in transcript.turns
    ]


def folded(turns: Iterable[Mapping[str, Any]]) -> str:
    """What is searched: each side's words, a line a turn (see :data:`AFTER_AGENT`)."""
    said: dict[Role | None, list[str]] = {"agent": [], None: [], "customer": []}
    for turn in turns:
        said[turn["role"]].append(bare(turn["text"]))
    agent, nobody, customer = ("\n".join(lines) for lines in said.values())
    return f"{agent}{AFTER_AGENT}{nobody}{BEFORE_CUSTOMER}{customer}"


def bare(text: str) -> str:
    """Words as they are compared: folded, without punctuation and spaces."""
    return _APART.sub("", fold(text).text)


def bare_character(character: str) -> bool:
    """Whether a folded character is one of those that are compared."""
    return not _APART.fullmatch(character)
