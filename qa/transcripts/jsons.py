"""Transcripts in JSON: Whisper, Amazon Contact Lens, and our own segments."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..errors import BadTranscript
from ..exact import NotANumber, exact
from .utterance import Utterance, role_of, said_by


def read_segments(value: dict[str, Any], name: str) -> Iterator[Utterance]:
    """``segments[]`` of ``{start, end, text}`` in seconds: Whisper's, and our own.

    The role from ``channel``, ``speaker`` or ``role`` where there is one.
    """
    for number, each in enumerate(_objects(value["segments"], name), 1):
        start, end = (_seconds(each, field, number, name) for field in ("start", "end"))
        role = role_of(each.get("channel")) or role_of(each.get("speaker") or each.get("role"))
        yield from _made(start, end, each.get("text"), role, number, name)


def read_contact_lens(value: dict[str, Any], name: str) -> Iterator[Utterance]:
    """``Transcript[]`` with offsets in milliseconds; roles from it or from ``Participants``."""
    people = value.get("Participants")
    roles = {
        str(each.get("ParticipantId")): role_of(each.get("ParticipantRole"))
        for each in (people if isinstance(people, list) else [])
        if isinstance(each, dict)
    }
    for number, each in enumerate(_objects(value["Transcript"], name), 1):
        start, end = (
            _seconds(each, field, number, name) / 1000
            for field in ("BeginOffsetMillis", "EndOffsetMillis")
        )
        who = str(each.get("ParticipantId"))
        role = role_of(each.get("ParticipantRole")) or roles.get(who) or role_of(who)
        yield from _made(start, end, each.get("Content"), role, number, name)


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise BadTranscript(name, "分段应为对象的列表。")
    return value


def _seconds(each: dict[str, Any], field: str, number: int, name: str) -> Fraction:
    try:
        found = exact(each.get(field))
    except NotANumber as error:
        raise BadTranscript(name, f"第{number}段的 {field} {error}。") from None
    if found < 0:
        raise BadTranscript(name, f"第{number}段的 {field} 小于 0。")
    return found


def _made(
    start: Fraction, end: Fraction, text: Any, role: Any, number: int, name: str
) -> Iterator[Utterance]:
    if end < start:
        raise BadTranscript(name, f"第{number}段的结束早于开始。")
    if text is None or text == "":
        return
    if not isinstance(text, str):
        raise BadTranscript(name, f"第{number}段的文字不是文字。")
    said, rest = said_by(text)
    if rest:
        yield Utterance(start, end, rest, role or said)
