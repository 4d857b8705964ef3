"""Which calls an address asks for: one reading of it for the page, the export and the API."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from qa.call_search import ORDERS, REVIEWED, SaidBy, Wanted

from . import accounts
from .context import reading
from .models import Person
from .pages import ZONE

LONGEST = 200
"""Characters of a condition."""
CONSENTS: Mapping[str, str] = {"yes": "同意", "no": "不同意", "unknown": "没有说"}
DIRECTIONS: Mapping[str, str] = {"in": "呼入", "out": "呼出"}
SAID_BY: Mapping[str, SaidBy] = {"": "", "agent": "agent", "customer": "customer"}
SOUND: Mapping[str, bool] = {"yes": True, "no": False}
DAY_LONG, MOST = 86_400.0, 1000.0
"""The longest call in seconds, the most points; so says the description of the API."""

NAMES = (
    "from",
    "to",
    "key",
    "extension",
    "agent",
    "team",
    "queue",
    "direction",
    "shortest",
    "longest",
    "score_from",
    "score_to",
    "satisfaction_from",
    "satisfaction_to",
    "consent",
    "sound",
    "reviewed",
    "words",
    "said_by",
)
"""What narrows, by its name in the address; ``sort`` and ``page`` come on top."""


@dataclass(slots=True)
class Asked:
    """What is wanted, what is wrong with the question by its name, and the address again."""

    wanted: Wanted
    errors: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def narrowed(self) -> bool:
        return any(name in self.kept for name in NAMES)


def read(args: Mapping[str, str]) -> Asked:
    """The question in an address. What cannot be understood is told and narrows nothing."""
    return _Reader(args).read()


class _Reader:
    def __init__(self, args: Mapping[str, str]) -> None:
        texts = {name: _tidy(args.get(name, "")) for name in (*NAMES, "sort")}
        self.given = {name: text for name, text in texts.items() if text}
        self.errors: dict[str, str] = {}
        for name in NAMES:
            if len(args.get(name, "")) > LONGEST:
                self.errors[name] = f"最多 {LONGEST} 个字。"

    def read(self) -> Asked:
        first, last = self._day("from"), self._day("to")
        if first and last and last < first:
            self.errors["to"] = "“到”不能早于“从”。"
        wanted = Wanted(
            first=first,
            last=last + timedelta(days=1) if last else None,
            key=self._text("key"),
            extension=self._text("extension"),
            agents=self._agents(),
            queue=self._text("queue"),
            direction=self._one_of("direction", {name: name for name in DIRECTIONS}, ""),
            seconds=self._bounds("shortest", "longest", _length),
            score=self._bounds("score_from", "score_to", _number),
            satisfaction=self._bounds("satisfaction_from", "satisfaction_to", _whole),
            consent=self._one_of("consent", {name: name for name in CONSENTS}, ""),
            sound=self._one_of("sound", SOUND, None),
            reviewed=self._one_of("reviewed", {name: name for name in REVIEWED}, ""),
            words=self._text("words"),
            said_by=self._one_of("said_by", SAID_BY, ""),
            sort=self._sort(),
        )
        return Asked(wanted, self.errors, self.given)

    def _text(self, name: str) -> str:
        return self.given.get(name, "")

    def _one_of(self, name: str, among: Mapping[str, Any], default: Any) -> Any:
        text = self.given.get(name, "")
        if text and text not in among:
            self.errors[name] = f"没有“{text[:20]}”这一种。"
        return among.get(text, default) if text else default

    def _sort(self) -> str:
        sort = self.given.get("sort", "")
        if sort.removeprefix("-") in (*ORDERS, "score"):
            return sort
        self.given.pop("sort", None)
        return "-started"

    def _day(self, name: str) -> datetime | None:
        text = self.given.get(name, "")
        if not text:
            return None
        try:
            day = date.fromisoformat(text.replace("/", "-"))
            if not 2000 <= day.year <= 2100:
                raise ValueError(text)
        except ValueError:
            self.errors[name] = f"“{text[:20]}”不是日期，请写成 2026-11-21。"
            return None
        return datetime(day.year, day.month, day.day, tzinfo=ZONE)

    def _bounds(self, least: str, most: str, read: Callable[[str], Any]) -> tuple[Any, Any]:
        values = [self._value(name, read) for name in (least, most)]
        if None not in values and values[0] > values[1]:
            self.errors[most] = "不能小于前一个数。"
        return values[0], values[1]

    def _value(self, name: str, read: Callable[[str], Any]) -> Any:
        text = self.given.get(name, "")
        if not text:
            return None
        try:
            value = read(text)
            if not 0 <= value <= (DAY_LONG if read is _length else MOST):
                raise ValueError(text)
        except ValueError:
            like = "如 90 或 1:30" if read is _length else "如 60"
            self.errors[name] = f"“{text[:20]}”不是数，请写成{like}。"
            return None
        return value

    def _agents(self) -> frozenset[int] | None:
        """By number or a part of the name, and by team; None where neither is asked for."""
        agent, team = self._text("agent"), self.given.get("team", "")
        query = select(Person.id)
        if team:
            if not (team.isascii() and team.isdigit() and len(team) < 10):
                self.errors["team"] = "没有这个班组。"
                return None
            query = query.where(Person.team_id == int(team))
        if agent:
            number = accounts.clean_number(agent)
            named = Person.name.contains(agent, autoescape=True)
            query = query.where(or_(Person.number == number, named))
        return frozenset(reading().scalars(query)) if agent or team else None


def _tidy(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _number(text: str) -> float:
    return float(text) if len(text) < 40 else float("nan")


def _whole(text: str) -> int:
    return int(text) if len(text) < 6 else -1


def _length(text: str) -> float:
    """Seconds; also 1:30 and 1:02:03."""
    seconds = 0.0
    for part in text.split(":")[:3]:
        seconds = seconds * 60 + _number(part)
    return seconds
