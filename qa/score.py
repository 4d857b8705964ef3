"""The scoring kernel: one rubric, one set of answers, one result. Pure and exact.

    result = score(rubric, {"greeting": "yes", "silence": 12})
    result.reported, result.as_dict()

Order of work: what is visible → what applies → the score of the mode → fatal items → bounds →
rounding → band. Rationals inside; each figure is rounded once, half up, to two decimals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .exact import rounded
from .marks import Mark, Marks, match
from .rubric import Item, Rubric, Section

KERNEL = "1"
"""Version of the arithmetic; kept with every score, and new with every change of a result."""

ZERO = Fraction(0)
BASE = Fraction(100)
"""Where 扣分 starts from, and its ceiling, unless the rubric says otherwise; its floor is 0."""


@dataclass(frozen=True, slots=True)
class Line:
    """One item that applies: its points, and what it adds to both sides of the fraction."""

    item: Item
    mark: Mark
    weight: Fraction
    possible: Fraction
    above: Fraction
    below: Fraction


@dataclass(frozen=True, slots=True)
class Part:
    """A section's score without (``raw``) and with (``reported``) its fatal items; None = none."""

    raw: Fraction | None
    reported: Fraction | None


@dataclass(frozen=True, slots=True)
class Result:
    """Exact figures; :meth:`as_dict` rounds them.

    ``earned`` and ``possible`` are the two sides of the raw fraction (for 扣分: the points of
    the chosen options and of the best ones).
    """

    raw: Fraction | None
    reported: Fraction | None
    critical: Fraction | None
    earned: Fraction
    possible: Fraction
    band: str | None
    failed: tuple[str, ...]
    not_applicable: tuple[str, ...]
    hidden: tuple[str, ...]
    items: Mapping[str, Line | None]
    sections: Mapping[str, Part]

    def as_dict(self) -> dict[str, Any]:
        """The result of CONTRACTS.md; an item that does not apply is zero out of zero."""
        return {
            "raw": _rounded(self.raw),
            "reported": _rounded(self.reported),
            "critical": _rounded(self.critical),
            "earned": rounded(self.earned),
            "possible": rounded(self.possible),
            "band": self.band,
            "failed": list(self.failed),
            "not_applicable": list(self.not_applicable),
            "hidden": list(self.hidden),
            "items": {key: _line(line) for key, line in self.items.items()},
            "sections": {
                key: {"raw": _rounded(part.raw), "reported": _rounded(part.reported)}
                for key, part in self.sections.items()
            },
            "kernel": KERNEL,
        }


def _rounded(value: Fraction | None) -> float | None:
    return None if value is None else rounded(value)


def _line(line: Line | None) -> dict[str, float]:
    if line is None:
        return {"earned": 0.0, "possible": 0.0, "weight": 0.0}
    figures = {"earned": line.mark.points, "possible": line.possible, "weight": line.weight}
    return {name: rounded(value) for name, value in figures.items()}


def score(rubric: Rubric, answers: Mapping[str, Any]) -> Result:
    """The score of these answers. Raises BadMarks where they do not fit the rubric."""
    return worth(rubric, match(rubric, answers))


def worth(rubric: Rubric, marks: Marks) -> Result:
    """The score of marks; items without one count for nothing, as if they did not apply."""
    weight_of = weights(rubric)
    lines = {
        item.key: _weigh(rubric, item, marks.given[item.key], weight_of[item.key])
        for item in rubric.items()
        if item.key in marks.given and marks.given[item.key].applies
    }
    parts = {section.key: _part(rubric, section, lines) for section in rubric.sections}
    raw = _total(rubric, lines.values(), None)
    reported = _reported(rubric, lines)
    return Result(
        raw=raw,
        reported=reported,
        critical=_critical(lines.values()),
        earned=sum((line.above for line in lines.values()), ZERO),
        possible=sum((line.below for line in lines.values()), ZERO),
        band=_band(rubric, reported),
        failed=tuple(key for key, line in lines.items() if line.mark.fails),
        not_applicable=tuple(key for key, mark in marks.given.items() if not mark.applies),
        hidden=marks.hidden,
        items={item.key: lines.get(item.key) for item in rubric.items()},
        sections=parts,
    )


def weights(rubric: Rubric) -> dict[str, Fraction]:
    """The weight of each item by the rules of the mode, all items applying.

    A section's weight is spread over its items that are no bonus; a bonus gets as much as one.
    """
    return {
        item.key: _weight(rubric, section, item)
        for section in rubric.sections
        for item in section.items
    }


def _weight(rubric: Rubric, section: Section, item: Item) -> Fraction:
    one = Fraction(1)
    if rubric.mode == "deduction":
        return one
    if rubric.mode == "points":
        return one if section.weight is None else section.weight
    if any(each.weight is not None for each in section.items):
        return one if item.weight is None else item.weight
    if section.weight is None:
        return one
    return section.weight / max(1, sum(not each.bonus for each in section.items))


def _weigh(rubric: Rubric, item: Item, mark: Mark, weight: Fraction) -> Line:
    best = item.best
    possible = ZERO if item.bonus else best
    if rubric.mode == "weighted":
        if best <= 0:  # nothing to earn: such an item has no share, only its fatal effect
            return Line(item, mark, ZERO, possible, ZERO, ZERO)
        above = weight * mark.points / best
        return Line(item, mark, weight, possible, above, ZERO if item.bonus else weight)
    return Line(item, mark, weight, possible, weight * mark.points, weight * possible)


def _part(rubric: Rubric, section: Section, lines: Mapping[str, Line]) -> Part:
    mine = [lines[item.key] for item in section.items if item.key in lines]
    earned, possible = _sides(mine)
    kept = min(earned, ZERO) if _falls(mine, "section") else earned
    if rubric.mode == "deduction":
        return Part(earned, kept) if mine else Part(None, None)
    if not possible:
        return Part(None, None)
    return Part(100 * earned / possible, 100 * kept / possible)


def _sides(lines: Iterable[Line]) -> tuple[Fraction, Fraction]:
    above = below = ZERO
    for line in lines:
        above, below = above + line.above, below + line.below
    return above, below


def _falls(lines: Iterable[Line], scope: str) -> bool:
    return any(line.item.fatal == scope and line.mark.fails for line in lines)


def _reported(rubric: Rubric, lines: Mapping[str, Line]) -> Fraction | None:
    """With fatal items. None of them ever raises a score: what is below nought stays there."""
    earned = ZERO
    for section in rubric.sections:
        mine = [lines[item.key] for item in section.items if item.key in lines]
        above, _ = _sides(mine)
        earned += min(above, ZERO) if _falls(mine, "section") else above
    total = _total(rubric, lines.values(), earned)
    if _falls(lines.values(), "form"):
        return ZERO if total is None else min(total, ZERO)
    return total


def _total(rubric: Rubric, lines: Iterable[Line], earned: Fraction | None) -> Fraction | None:
    """The score of the mode, within its bounds; ``earned`` in place of what the lines earned."""
    lines = list(lines)
    above, possible = _sides(lines)
    above = above if earned is None else earned
    if rubric.mode == "deduction":
        base = BASE if rubric.base is None else rubric.base
        return _held(rubric, base + above) if lines else None
    return _held(rubric, 100 * above / possible) if possible else None


def _held(rubric: Rubric, value: Fraction) -> Fraction:
    low, high = bounds(rubric)
    value = value if high is None else min(value, high)
    return value if low is None else max(value, low)


def bounds(rubric: Rubric) -> tuple[Fraction | None, Fraction | None]:
    """Floor and ceiling. 扣分 always has both: 0, and 100 or a higher base."""
    if rubric.mode != "deduction":
        return rubric.floor, rubric.ceiling
    high = rubric.ceiling if rubric.ceiling is not None else max(BASE, rubric.base or ZERO)
    return (ZERO if rubric.floor is None else rubric.floor), high


def _critical(lines: Iterable[Line]) -> Fraction | None:
    """Σ earned ÷ Σ possible × 100 over critical items alone, unweighted."""
    mine = [line for line in lines if line.item.critical]
    possible = sum((line.possible for line in mine), ZERO)
    if not possible:
        return None
    return 100 * sum((line.mark.points for line in mine), ZERO) / possible


def _band(rubric: Rubric, reported: Fraction | None) -> str | None:
    """By the figure as shown, so that 89.996, shown as 90.00, is in the band from 90."""
    if reported is None:
        return None
    shown = Fraction(str(rounded(reported)))
    reached = [band for band in rubric.bands if band.start <= shown]
    return max(reached, key=lambda band: band.start).name if reached else None
