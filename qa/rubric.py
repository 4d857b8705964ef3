"""A rubric: what is asked about a call, and what each answer is worth.

A rubric is a frozen value, read by :func:`qa.rubric_read.parse` and written by ``as_json()``,
fields we do not know included. :func:`fingerprint` names it by its content, so that a score can
say exactly what it was given on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from .exact import plain

Mode = Literal["weighted", "points", "deduction"]
Kind = Literal["choice", "multi", "number", "check"]
Scope = Literal["section", "form"]

MODES: Mapping[str, str] = {"weighted": "加权百分制", "points": "得分制", "deduction": "扣分制"}
KINDS: Mapping[str, str] = {
    "choice": "单选",
    "multi": "多选",
    "number": "数值",
    "check": "自动检查",
}
SCOPES: Mapping[str, str] = {"section": "本部分清零", "form": "总分清零"}
NA = "na"
"""The answer 不适用; no option may have this key."""

JsonObject = dict[str, Any]
Extra = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    title: str
    points: Fraction
    fails: bool = False
    extra: Extra = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        named = {} if self.title == self.key else {"title": self.title}
        fails = {"fails": True} if self.fails else {}
        return {"key": self.key, **named, "points": plain(self.points), **fails, **self.extra}


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``start`` to ``end`` (None = without bound) and their points."""

    start: Fraction | None
    end: Fraction | None
    points: Fraction
    fails: bool = False
    extra: Extra = field(default_factory=dict)

    def holds(self, value: Fraction) -> bool:
        """Within, the end itself left out."""
        return self._reached(value) and (self.end is None or value < self.end)

    def ends_at(self, value: Fraction) -> bool:
        return self._reached(value) and value == self.end

    def _reached(self, value: Fraction) -> bool:
        return self.start is None or value >= self.start

    def as_json(self) -> JsonObject:
        bounds = {"from": self.start, "to": self.end}
        known = {name: plain(bound) for name, bound in bounds.items() if bound is not None}
        fails = {"fails": True} if self.fails else {}
        return {**known, "points": plain(self.points), **fails, **self.extra}


@dataclass(frozen=True, slots=True)
class Answered:
    """Holds when the answer to ``item`` is one of ``among`` (any chosen option of a multi)."""

    item: str
    among: tuple[str | Fraction, ...]

    def as_json(self) -> JsonObject:
        among = [value if isinstance(value, str) else plain(value) for value in self.among]
        return {"item": self.item, "in": among}


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]

    def as_json(self) -> JsonObject:
        return {"all": [part.as_json() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Condition, ...]

    def as_json(self) -> JsonObject:
        return {"any": [part.as_json() for part in self.parts]}


Condition = Answered | AllOf | AnyOf


def mentioned(condition: Condition | None) -> Iterator[str]:
    """Keys of the items a condition asks about."""
    if isinstance(condition, Answered):
        yield condition.item
    elif condition is not None:
        for part in condition.parts:
            yield from mentioned(part)


@dataclass(frozen=True, slots=True)
class Item:
    """One question. ``max`` caps the sum of a multi; ``check`` and ``article`` are for others."""

    key: str
    title: str
    kind: Kind
    options: tuple[Option, ...] = ()
    ranges: tuple[Range, ...] = ()
    weight: Fraction | None = None
    na: bool = False
    critical: bool = False
    bonus: bool = False
    fatal: Scope | None = None
    max: Fraction | None = None
    when: Condition | None = None
    check: Extra | None = None
    article: str | None = None
    extra: Extra = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Answered with a number, not by choosing."""
        return self.kind == "number" or (self.kind == "check" and not self.options)

    @property
    def worth(self) -> tuple[Option | Range, ...]:
        """What an answer is looked up in: ranges or options."""
        return self.ranges if self.measured else self.options

    @property
    def best(self) -> Fraction:
        """The most points it can bring."""
        if self.kind == "multi":
            total = sum((o.points for o in self.options if o.points > 0), Fraction(0))
            return total if self.max is None else min(total, self.max)
        worth = (
            [r.points for r in self.ranges] if self.measured else [o.points for o in self.options]
        )
        return max(worth, default=Fraction(0))

    def as_json(self) -> JsonObject:
        made: JsonObject = {"key": self.key, "title": self.title, "kind": self.kind}
        for name in ("weight", "max"):
            if (value := getattr(self, name)) is not None:
                made[name] = plain(value)
        made |= {name: True for name in ("na", "critical", "bonus") if getattr(self, name)}
        made |= {"fatal": self.fatal} if self.fatal else {}
        if self.options or not self.measured:
            made["options"] = [option.as_json() for option in self.options]
        if self.ranges:
            made["ranges"] = [each.as_json() for each in self.ranges]
        made |= {"when": self.when.as_json()} if self.when else {}
        made |= {"check": dict(self.check)} if self.check is not None else {}
        made |= {"article": self.article} if self.article is not None else {}
        return made | dict(self.extra)


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    items: tuple[Item, ...]
    weight: Fraction | None = None
    extra: Extra = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        weight = {} if self.weight is None else {"weight": plain(self.weight)}
        items = [item.as_json() for item in self.items]
        return {"key": self.key, "title": self.title, **weight, "items": items, **self.extra}


@dataclass(frozen=True, slots=True)
class Band:
    """Reported scores of at least ``start`` are called ``name``."""

    start: Fraction
    name: str

    def as_json(self) -> JsonObject:
        return {"from": plain(self.start), "name": self.name}


@dataclass(frozen=True, slots=True)
class Case:
    """A test the rubric carries: these answers must give what ``expect`` says of the result."""

    name: str
    answers: Extra
    expect: Extra

    def as_json(self) -> JsonObject:
        return {"name": self.name, "answers": dict(self.answers), "expect": dict(self.expect)}


@dataclass(frozen=True, slots=True)
class Rubric:
    title: str
    mode: Mode
    sections: tuple[Section, ...]
    base: Fraction | None = None
    floor: Fraction | None = None
    ceiling: Fraction | None = None
    bands: tuple[Band, ...] = ()
    cases: tuple[Case, ...] = ()
    extra: Extra = field(default_factory=dict)

    def items(self) -> Iterator[Item]:
        for section in self.sections:
            yield from section.items

    def item(self, key: str) -> Item | None:
        return next((item for item in self.items() if item.key == key), None)

    def as_json(self) -> JsonObject:
        bounds = {name: getattr(self, name) for name in ("base", "floor", "ceiling")}
        made: JsonObject = {"title": self.title, "mode": self.mode}
        made |= {name: plain(value) for name, value in bounds.items() if value is not None}
        made |= {"bands": [band.as_json() for band in self.bands]} if self.bands else {}
        made |= {"sections": [section.as_json() for section in self.sections]}
        made |= {"cases": [case.as_json() for case in self.cases]} if self.cases else {}
        return made | dict(self.extra)


def fingerprint(rubric: Rubric) -> str:
    """SHA-256 (hex) of the content; two rubrics with one fingerprint score alike."""
    text = json.dumps(rubric.as_json(), ensure_ascii=False, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
