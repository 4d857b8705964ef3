"""A rubric as people read it: conditions and spans in words, what each item is worth."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from .exact import plain, spelled
from .rubric import NA, AllOf, Answered, Condition, Item, Range, Rubric
from .score import weights


def condition(rubric: Rubric, when: Condition | None) -> str:
    """“来意”是“退票”或“改签”, ready to stand after 当; '' for no condition."""
    return "" if when is None else _told(rubric, when, False)


def _told(rubric: Rubric, when: Condition, inside: bool) -> str:
    if isinstance(when, Answered):
        return _answered(rubric, when)
    joint = "，并且" if isinstance(when, AllOf) else "，或者"
    parts = [_told(rubric, part, True) for part in when.parts]
    told = joint.join(parts)
    return f"（{told}）" if inside and len(parts) > 1 else told


def _answered(rubric: Rubric, when: Answered) -> str:
    asked = rubric.item(when.item)
    title = asked.title if asked else when.item
    return f"“{title}”是" + "或".join(_value(asked, value) for value in when.among)


def _value(asked: Item | None, value: str | Fraction) -> str:
    if isinstance(value, Fraction):
        return f" {spelled(value)} "
    if value == NA:
        return "“不适用”"
    options = asked.options if asked else ()
    return f"“{next((o.title for o in options if o.key == value), value)}”"


def span(each: Range) -> str:
    """140 到 180（不含 180）, 300 及以上."""
    if each.start is None and each.end is None:
        return "任何数"
    if each.start is None:
        assert each.end is not None
        return f"{spelled(each.end)} 以下"
    if each.end is None:
        return f"{spelled(each.start)} 及以上"
    return f"{spelled(each.start)} 到 {spelled(each.end)}"


def signed(value: Fraction) -> str:
    """-3, 0, +5 for points that are added to a base."""
    return f"+{spelled(value)}" if value > 0 else spelled(value)


def shares(rubric: Rubric) -> Mapping[str, float]:
    """Each item's part of the whole in per cent, all items applying; bonuses come on top.

    Empty for 扣分, where there is no whole.
    """
    if rubric.mode == "deduction":
        return {}
    weight = weights(rubric)
    worth = {i.key: _worth(rubric, i, weight[i.key]) for i in rubric.items()}
    whole = sum((worth[i.key] for i in rubric.items() if not i.bonus), Fraction(0))
    if not whole:
        return {}
    return {key: float(100 * value / whole) for key, value in worth.items()}


def _worth(rubric: Rubric, item: Item, weight: Fraction) -> Fraction:
    if item.best <= 0:
        return Fraction(0)
    return weight if rubric.mode == "weighted" else weight * item.best


def at_stake(item: Item) -> str:
    """Fewest and most points of an item: -5 到 0."""
    points = [each.points for each in item.worth] or [Fraction(0)]
    low, high = min(points), max(item.best, max(points))
    if item.kind == "multi":
        low = sum((p for p in points if p < 0), Fraction(0))
    return spelled(high) if low == high else f"{plain(low)} 到 {plain(high)}"
