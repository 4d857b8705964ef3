"""Calls: added once under the telephone system's own ID, corrected by being added again.

    call = add(session, Facts("C-1", agent_id=7, started_at=moment), by=1, at=now)

Adding the same ID again with the same facts changes nothing; with other facts it corrects the
call, and the trail shows what was there. A fact that is left out stays as it is. Whose call it is
and when it began are fixed once somebody has scored it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import NotFound

from .errors import BadCall, CallInUse, Fault
from .tables import Call, Review

NAMES: Mapping[str, str] = {
    "key": "通话编号",
    "agent_id": "座席",
    "extension": "分机",
    "customer": "来电号码",
    "direction": "方向",
    "queue": "队列",
    "started_at": "开始时间",
    "ended_at": "结束时间",
    "seconds": "时长",
    "satisfaction": "满意度",
    "consent": "录音同意",
    "data": "其他数据",
}
"""The facts of a call, as people call them."""

Outcome = Literal["created", "revised", "unchanged"]

LONGEST = 86_400.0
"""Seconds of a call."""
MOST_SATISFIED = 10
AHEAD = timedelta(minutes=15)
"""How far the telephone system's clock may be ahead of ours."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
SPARE = 1.0
"""Seconds by which a duration may outrun its times, which are often whole seconds."""
MOST_DATA = 20_000

NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(NAMES, ""),
    **dict.fromkeys(("agent_id", "started_at", "ended_at", "seconds", "satisfaction")),
    "direction": "in",
    "data": {},
}
"""A call of which nothing is told."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+\-]{0,63}")
_SPACING = re.compile(r"[\s\-()（）]+")
_FIXED = ("agent_id", "started_at")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call; '' and None: not told."""

    key: str
    agent_id: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    seconds: float | None = None
    extension: str = ""
    customer: str = ""
    direction: str = ""
    queue: str = ""
    satisfaction: int | None = None
    consent: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def get(session: Session, key: str) -> Call:
    """Raises NotFound."""
    found = find(session, key)
    if found is None:
        raise NotFound("通话", key[:64])
    return found


def find(session: Session, key: str) -> Call | None:
    if not _KEY.fullmatch(key):
        return None
    return session.scalars(select(Call).where(Call.key == key)).one_or_none()


def add(session: Session, facts: Facts, by: int | None, at: datetime) -> Call:
    """The call with these facts, new or corrected. Raises BadCall, CallInUse."""
    return put(session, facts, by, at)[0]


def put(session: Session, facts: Facts, by: int | None, at: datetime) -> tuple[Call, Outcome]:
    """As :func:`add`, and says what was done."""
    given = clean(facts)
    call = find(session, given["key"])
    stored = NOTHING if call is None else {name: getattr(call, name) for name in NAMES}
    merged = whole({**stored, **given}, at)
    if call is None:
        call = Call(**{**merged, "data": dict(merged["data"])}, added_at=at, added_by=by)
        session.add(call)
        session.flush()
        return call, "created"
    changed = {name: value for name, value in merged.items() if getattr(call, name) != value}
    if not changed:
        return call, "unchanged"
    _refuse_what_is_scored(session, call, changed)
    for name, value in changed.items():
        setattr(call, name, value)
    session.flush()
    return call, "revised"


def scored(session: Session, call: Call) -> bool:
    """Whether anybody has begun to score the call."""
    query = select(Review.id).where(Review.call_id == call.id, Review.state != "cancelled")
    return session.scalar(query.limit(1)) is not None


def clean(facts: Facts) -> dict[str, Any]:
    """The facts that are told, as they are kept: half width, without spaces around them."""
    given: dict[str, Any] = {name: _tidied(name, getattr(facts, name)) for name in NAMES}
    told = {name: value for name, value in given.items() if value not in ("", None, {})}
    return {"key": "", **told}


def whole(values: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """A whole set of facts, completed. Raises BadCall with everything that is wrong."""
    made = _completed(dict(values))
    faults = [Fault(name, NAMES[name], sentence) for name, sentence in _faults(made, at)]
    if faults:
        raise BadCall(faults)
    return made


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """The end from the duration, or the duration from the end, where one is missing."""
    start, end, seconds = values["started_at"], values["ended_at"], values["seconds"]
    if not _is_moment(start):
        return values
    if seconds is None and _is_moment(end):
        return values | {"seconds": (end - start).total_seconds()}
    if end is None and _is_length(seconds):
        return values | {"ended_at": start + timedelta(seconds=seconds)}
    return values


def _refuse_what_is_scored(session: Session, call: Call, changed: Mapping[str, Any]) -> None:
    fixed = [NAMES[name] for name in _FIXED if name in changed]
    if fixed and scored(session, call):
        raise CallInUse(call.key, "和".join(fixed))


def _tidied(name: str, value: Any) -> Any:
    if isinstance(value, str):
        value = unicodedata.normalize("NFKC", value).strip()
        if name == "customer" and re.fullmatch(r"[+\d*#]+", bare := _SPACING.sub("", value)):
            return bare
        return value
    if isinstance(value, Mapping):
        return dict(value)
    if _is_moment(value):
        return value.astimezone(UTC)
    return value


def _faults(values: Mapping[str, Any], at: datetime) -> Iterator[tuple[str, str]]:
    key = values["key"]
    if not key:
        yield "key", "缺少通话编号。"
    elif not isinstance(key, str) or not _KEY.fullmatch(key):
        yield "key", "只能用字母、数字和 - _ . : @ +，以字母或数字开头，最多 64 个字符。"
    if values["agent_id"] is None:
        yield "agent_id", "没有说明是谁的通话。"
    elif type(values["agent_id"]) is not int:
        yield "agent_id", "应为人员编号。"
    yield from _wrong_times(values, at)
    yield from _wrong_words(values)


def _wrong_times(values: Mapping[str, Any], at: datetime) -> Iterator[tuple[str, str]]:
    start, end, seconds = values["started_at"], values["ended_at"], values["seconds"]
    if start is None:
        yield "started_at", "缺少开始时间。"
    elif not _is_moment(start):
        yield "started_at", "应为带时区的时间。"
    elif not EARLIEST <= start <= at + AHEAD:
        yield "started_at", "开始时间在将来。" if start > at else "开始时间早于 2000 年。"
    if end is not None and not _is_moment(end):
        yield "ended_at", "应为带时区的时间。"
    elif end is not None and _is_moment(start):
        if end < start:
            yield "ended_at", "结束时间早于开始时间。"
        elif (end - start).total_seconds() > LONGEST:
            yield "ended_at", "一通通话不能超过 24 小时。"
    if seconds is None:
        return
    if not _is_length(seconds):
        yield "seconds", "应为 0 到 86400 秒。"
    elif _is_moment(start) and _is_moment(end) and end >= start:
        longest = (end - start).total_seconds() + SPARE
        if seconds > longest:
            yield "seconds", "比开始到结束的时间还长。"


def _wrong_words(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, most in (("extension", 20), ("customer", 40), ("queue", 60)):
        value = values[name]
        if not isinstance(value, str):
            yield name, "应为文字。"
        elif len(value) > most:
            yield name, f"有 {len(value)} 个字，最多 {most} 个。"
        elif any(unicodedata.category(c).startswith("C") for c in value):
            yield name, "有不能显示的字符。"
    if values["direction"] not in ("in", "out"):
        yield "direction", "应为 in（呼入）或 out（呼出）。"
    if values["consent"] not in ("yes", "no", ""):
        yield "consent", "应为 yes（同意）、no（不同意），或留空。"
    satisfaction = values["satisfaction"]
    if satisfaction is not None and (
        type(satisfaction) is not int or not 0 <= satisfaction <= MOST_SATISFIED
    ):
        yield "satisfaction", f"应为 0 到 {MOST_SATISFIED} 的整数，或留空。"
    if not isinstance(values["data"], dict):
        yield "data", "应为一个对象。"
    elif len(repr(values["data"])) > MOST_DATA or "\\x00" in repr(values["data"]):
        yield "data", f"太长，或有不能保存的字符，最多 {MOST_DATA} 个字。"


def _is_moment(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _is_length(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value <= LONGEST
