"""Values in what was said or written: amounts, rates, time limits, counts, dates.

Two texts are compared by their values of one unit; 免费, 不收 and 全额退 are a rate and an amount
of nothing. Values that are denied (不是 5%) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from kb.text import analyse_folded, fold
from kb.text.numbers import Quantity, quantities

from .matching import denied

DATE = "日期"
FREE = "免费"
_CHARGED = ("%", "元")
_FREE = re.compile(
    r"免费|免收|全额退|不(?:再|另)?(?:收|扣)(?!据)|不(?:要|用)(?:付|交|花)?(?:手续费|退票费|钱|费)"
    r"|没有(?:手续费|退票费|费用)|无需(?:支付|缴|交|付)"
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value as ``text[start:end]`` says it. ``unit`` is the canonical one, or 日期, or 免费.

    ``amount`` is exact in that unit, None for a date; ``shown`` the canonical form (30天).
    ``within``: for a date, what it is part of.
    """

    unit: str
    amount: Fraction | None
    shown: str
    start: int
    end: int
    within: tuple[str, ...] = ()

    def agrees(self, other: Value) -> bool:
        """Do the two say the same? A date agrees with one that says less of the same day."""
        if self.unit == other.unit == DATE:
            same = self.shown == other.shown
            return same or self.shown in other.within or other.shown in self.within
        return self.amount == other.amount and bool(self.units & other.units)

    @property
    def units(self) -> frozenset[str]:
        """The units it can be compared in."""
        return frozenset(_CHARGED) if self.unit == FREE else frozenset({self.unit})


@lru_cache(maxsize=2048)
def values(text: str) -> tuple[Value, ...]:
    """The values of a text, by place."""
    folded = fold(text)
    words = {(t.start, t.end) for t in analyse_folded(folded.text) if t.kind == "quantity"}
    found = [
        _value(each, *folded.original(each.start, each.end))
        for each in quantities(folded.text)
        if (each.start, each.end) in words
    ]
    found += [
        Value(FREE, Fraction(0), FREE, *folded.original(m.start(), m.end()))
        for m in _FREE.finditer(folded.text)
    ]
    kept = (each for each in found if not denied(text[max(0, each.start - 8) : each.start]))
    return tuple(sorted(kept, key=lambda each: (each.start, each.end)))


def _value(quantity: Quantity, start: int, end: int) -> Value:
    measure = quantity.measure
    if measure is None:
        return Value(DATE, None, quantity.text, start, end, quantity.within)
    return Value(measure.unit, measure.value, str(measure), start, end)


@dataclass(frozen=True, slots=True)
class Compared:
    """What was said held against what should be: indices into the values said."""

    right: tuple[int, ...]
    wrong: tuple[int, ...]


def compare(said: Sequence[Value], standard: Iterable[Value], heard: Iterable[Value]) -> Compared:
    """Values said in a unit the standard uses: those it has are right, others wrong.

    A value ``heard`` from the other side and repeated is wrong only where nothing right was said:
    then it was agreed to; else it was the customer's own case that was spoken of.
    """
    wanted, theirs = tuple(standard), tuple(heard)
    units = frozenset(unit for each in wanted for unit in each.units)
    right: list[int] = []
    wrong: list[int] = []
    repeated: list[int] = []
    for place, each in enumerate(said):
        if any(each.agrees(other) for other in wanted):
            right.append(place)
        elif each.units & units:
            echo = any(each.agrees(other) for other in theirs)
            (repeated if echo else wrong).append(place)
    if not right and not wrong:
        wrong = repeated
    return Compared(tuple(right), tuple(wrong))
