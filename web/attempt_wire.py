"""What the exam page and the server say to each other, read and checked; see ``views.attempt``.

``POST …/events`` sends ``{"page", "events": [{"sequence", "kind", "position", "response",
"said_at"}]}``. Responses are in letters (``exams.responses``); a flag's response is true or false.
The answer says ``acknowledged`` (numbers that are on the disk), ``refused`` (number, reason, and
a sentence), who holds the attempt, and what time it is here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from exams import attempt_log as log
from exams.attempts import MAX_EVENTS, Ack, Sent
from exams.errors import BadQuestion
from exams.reading import loads

from .errors import InvalidInput

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes: a hundred of the longest texts still fit one after the other, never all at once."""
LARGEST_NUMBER = 2**31 - 1
LONGEST_LENGTH = 10**7

_PAGE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_WAYS = ("hidden", "blur")


@dataclass(frozen=True, slots=True)
class Taking:
    """A page wants to hold the attempt, and knows of ``over`` as the one that does."""

    page: str
    sequence: int
    over: str


def taking(body: bytes) -> Taking:
    """Raises InvalidInput."""
    found = _object(body)
    over = found.get("over", "")
    return Taking(page(found), _number(found, "sequence"), _page(over) if over else "")


def sent(body: bytes) -> tuple[str, list[Sent]]:
    """The page and its events. Raises InvalidInput."""
    found = _object(body)
    events = found.get("events")
    if not isinstance(events, list) or not 1 <= len(events) <= MAX_EVENTS:
        raise InvalidInput("events", f"events 应为 1 到 {MAX_EVENTS} 个事件的列表。")
    return page(found), [_event(each) for each in events]


def page(found: Mapping[str, Any]) -> str:
    """Raises InvalidInput."""
    return _page(found.get("page"))


def page_of(body: bytes) -> str:
    """The page of a request that says nothing else. Raises InvalidInput."""
    return page(_object(body))


def acknowledged(ack: Ack, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {
        "acknowledged": ack.acknowledged,
        "refused": [
            {"sequence": number, "reason": reason, "sentence": sentence}
            for number, (reason, sentence) in sorted(ack.refused.items())
        ],
        "holder": ack.holder,
    }
    return found | standing(ack.state, ack.ended, ack.deadline_at, now)


def standing(state: str, ended: str, deadline_at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "state": state,
        "ended": ended,
        "deadline": moment(deadline_at),
        "server_now": moment(now),
    }


def moment(value: datetime) -> str:
    """2026-11-22T02:00:00.000+00:00"""
    return value.astimezone(UTC).isoformat(timespec="milliseconds")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = loads(body.decode())
    except (UnicodeDecodeError, BadQuestion):
        _unreadable()
    return found if isinstance(found, dict) else _unreadable()


def _page(value: Any) -> str:
    if not isinstance(value, str) or not _PAGE.fullmatch(value):
        raise InvalidInput("page", "page 应为 1 到 40 个字母、数字、- 或 _。")
    return value


def _event(value: Any) -> Sent:
    if not isinstance(value, dict):
        _unreadable()
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in log.SENT:
        raise InvalidInput("kind", f"kind 应为 {'、'.join(log.SENT)} 之一。")
    placed = kind in log.PLACED or value.get("position") is not None
    position = _number(value, "position") if placed else None
    said_at = _said(value.get("said_at"))
    return Sent(_number(value, "sequence"), kind, position, _data(kind, value), said_at)


def _data(kind: str, value: Mapping[str, Any]) -> Any:
    said = value.get("response")
    if kind == log.ANSWERED:
        return said
    if kind == log.FLAGGED:
        return said is True
    if kind == log.PASTED:
        length = said.get("length") if isinstance(said, dict) else None
        if not isinstance(length, int) or isinstance(length, bool):
            return None
        return {"length": min(max(length, 0), LONGEST_LENGTH)}
    how = said.get("how") if isinstance(said, dict) else None
    return {"how": how} if how in _WAYS else None


def _number(value: Mapping[str, Any], name: str) -> int:
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= LARGEST_NUMBER:
        return found
    raise InvalidInput(name, f"{name} 应为正整数。")


def _said(value: Any) -> datetime | None:
    """The browser's clock is a hint: what cannot be read is left out."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _unreadable() -> NoReturn:
    raise InvalidInput("body", "内容无法识别，请刷新页面再答；没有保存的答案还在这台电脑上。")
