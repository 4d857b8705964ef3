"""Which answer of its item follows from what a check saw.

An item with ranges takes the number the check counted. Any other takes, for each outcome, the
option its check names (``"pass": "yes"``, ``"fail": "no"``; ``null`` = leave it to a person;
``"na"`` where the item allows it), else what the outcome stands for: the option with the most
points, or the failing one (of several the one with the fewest points; without any the option
with the fewest points), or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..fields import Fields
from ..marks import range_of
from ..rubric import NA, Item, Option
from .contract import FAIL, PASS, Kind, Seen

Answer = str | Fraction | None


@dataclass(frozen=True, slots=True)
class Choice:
    """``answers``: outcome → option; None for an item that is measured."""

    item: Item
    answers: Mapping[str, str | None] | None

    def of(self, seen: Seen) -> tuple[Answer, str]:
        """The suggested answer, and why there is none where its number fits no range."""
        if self.answers is not None:
            return self.answers.get(seen.outcome), ""
        if seen.value is None or seen.outcome == "unsure":
            return None, ""
        if range_of(self.item, seen.value) is None:
            return None, "这个数不在评分项的任何区间内。"
        return seen.value, ""


def read_choice(fields: Fields, item: Item, kind: Kind) -> Choice:
    """The answers a check names, with those it leaves to us; faults kept."""
    if item.measured:
        if not kind.counts:
            fields.fault(f"{kind.title}量不出数，不能用于按区间评分的项。", "kind")
        for name in kind.outcomes:
            if fields.get(name) is not None:
                fields.fault(f"按区间评分的项用量出的数，不用写 {name}。", name)
        return Choice(item, None)
    if item.kind == "multi":
        fields.fault("多选项不能自动检查，请用单选。", "kind")
    made = {name: _answer(fields, item, kind, name) for name in kind.outcomes}
    if item.options and made.get(PASS) is not None and made.get(PASS) == made.get(FAIL):
        fields.fault("通过和不通过是同一个选项，请写明 pass 和 fail。", "pass")
    return Choice(item, made)


def _answer(fields: Fields, item: Item, kind: Kind, name: str) -> str | None:
    given = fields.get(name)
    if name in kind.for_people:
        if given is not None:
            fields.fault(f"{name} 只供人判断，不能自动评分。", name)
        return None
    if fields.has(name):
        if given is None or _answers(item, given):
            return given if isinstance(given, str) else None
        fields.fault(f"{name} 应为本项的一个选项（{_keys(item)}）或 null。", name)
        return None
    return _usual(item, kind.outcomes[name])


def _answers(item: Item, given: object) -> bool:
    return isinstance(given, str) and (
        (given == NA and item.na) or any(option.key == given for option in item.options)
    )


def _usual(item: Item, means: str) -> str | None:
    if not item.options or not means:
        return None
    if means == PASS:
        return max(item.options, key=lambda o: (not o.fails, o.points)).key
    failing = [option for option in item.options if option.fails] or item.options
    return min(failing, key=_points).key


def _points(option: Option) -> Fraction:
    return option.points


def _keys(item: Item) -> str:
    keys = [option.key for option in item.options] + ([NA] if item.na else [])
    return "、".join(keys)
