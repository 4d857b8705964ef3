"""A number that must lie between two bounds, both included; ``from`` or ``to`` may be left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..exact import plain, spelled
from ..fields import Fields
from .contract import FAIL, PASS, JsonObject, Seen


@dataclass(frozen=True, slots=True)
class Bounds:
    low: Fraction | None
    high: Fraction | None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"至少 {_told(self.low)}" if self.high is None else f"至多 {_told(self.high)}"
        return f"{_told(self.low)}–{_told(self.high)}"

    def holds(self, value: Fraction) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def judge(
        self, what: str, value: Fraction, unit: str, settings: Mapping[str, Any] | None = None
    ) -> Seen:
        """Pass or fail, with the sentence that says so."""
        inside = self.holds(value)
        told = f"{what} {round(float(value), 2):g}{unit}，要求{self}{unit}"
        return Seen(
            PASS if inside else FAIL,
            f"{told}{'。' if inside else '，不在范围内。'}",
            value=value,
            settings={**(settings or {}), **self.as_json()},
        )

    def as_json(self) -> JsonObject:
        bounds = {"from": self.low, "to": self.high}
        return {name: plain(value) for name, value in bounds.items() if value is not None}


def _told(value: Fraction | None) -> str:
    return "" if value is None else spelled(value)


def read_bounds(fields: Fields) -> Bounds:
    low, high = fields.number("from"), fields.number("to")
    if low is None and high is None:
        fields.fault("要写 from 或 to，或都写。", "from")
    if low is not None and high is not None and low > high:
        fields.fault("from 大于 to。", "from")
    return Bounds(low, high)
