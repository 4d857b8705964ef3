"""Marks: what an inspector answered to each item of a rubric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from . import jsonfile
from .errors import BadMarks, Fault
from .exact import NotANumber, exact, spelled
from .rubric import NA, AllOf, Answered, Condition, Item, Range, Rubric, mentioned


@dataclass(frozen=True, slots=True)
class Mark:
    """A valid answer: what was chosen or measured, its points, and whether it fails.

    ``applies`` is false for 不适用.
    """

    values: tuple[str | Fraction, ...]
    points: Fraction = Fraction(0)
    fails: bool = False
    applies: bool = True


NOT_APPLICABLE = Mark((NA,), applies=False)


@dataclass(frozen=True, slots=True)
class Marks:
    """Every visible item's mark, and the items hidden by their condition."""

    given: Mapping[str, Mark]
    hidden: tuple[str, ...]


def read(path: Path) -> dict[str, Any]:
    """The answers of a marks file, ``{"answers": {ITEM: …}}``. Raises BadFile, BadMarks."""
    return answers_of(jsonfile.load(path))


def answers_of(value: Any) -> dict[str, Any]:
    """The answers of a JSON value. Raises BadMarks."""
    answers = value.get("answers") if isinstance(value, dict) else None
    if not isinstance(answers, dict):
        raise BadMarks([Fault("", "", '应为 {"answers": {评分项: 答案}}')])
    return answers


def match(rubric: Rubric, answers: Mapping[str, Any]) -> Marks:
    """The answers held against the rubric. Raises BadMarks with every fault.

    An item whose condition does not hold is hidden, and an answer to it is left aside. Any
    other item must be answered, null being no answer.
    """
    found = _Matching(rubric, answers)
    for key in answers.keys() - found.items.keys():
        found.faults.append(Fault(f"answers.{key}", "", f"评分表里没有评分项 {key}"))
    given, hidden = found.all()
    if found.faults:
        raise BadMarks(sorted(found.faults, key=lambda fault: fault.path))
    return Marks(given, hidden)


def so_far(rubric: Rubric, answers: Mapping[str, Any]) -> tuple[Marks, dict[str, str]]:
    """The marks of a form that is not filled in yet, and {visible item without one: why}.

    Where an item has no valid answer, what depends on that answer stays hidden. Answers to items
    that the rubric does not have are left aside.
    """
    found = _Matching(rubric, answers)
    given, hidden = found.all()
    faults = {fault.path.removeprefix("answers."): fault.sentence for fault in found.faults}
    return Marks(given, hidden), {key: faults[key] for key in found.items if key in faults}


class _Matching:
    """Visibility and marks, each worked out once; conditions have no circles."""

    def __init__(self, rubric: Rubric, answers: Mapping[str, Any]) -> None:
        self.items = {item.key: item for item in rubric.items()}
        self.answers = answers
        self.faults: list[Fault] = []
        self._visible: dict[str, bool] = {}
        self._marks: dict[str, Mark | None] = {}

    def all(self) -> tuple[dict[str, Mark], tuple[str, ...]]:
        """Every item's mark, and what is hidden; both in the order of the rubric."""
        marks = {key: self.mark(key) for key in self.order() if self.visible(key)}
        given = {key: mark for key in self.items if (mark := marks.get(key)) is not None}
        return given, tuple(key for key in self.items if not self.visible(key))

    def order(self) -> Iterator[str]:
        """What others ask about comes first, so that a long chain of conditions is no recursion."""
        asks = {key: set(mentioned(item.when)) for key, item in self.items.items()}
        return iter(tuple(TopologicalSorter(asks).static_order()))

    def visible(self, key: str) -> bool:
        if key not in self._visible:
            when = self.items[key].when
            self._visible[key] = when is None or self._holds(when)
        return self._visible[key]

    def mark(self, key: str) -> Mark | None:
        if key not in self._marks:
            item = self.items[key]
            try:
                self._marks[key] = mark(item, self.answers.get(key))
            except ValueError as error:
                self.faults.append(Fault(f"answers.{key}", f"“{item.title}”（{key}）", str(error)))
                self._marks[key] = None
        return self._marks[key]

    def _holds(self, condition: Condition) -> bool:
        if isinstance(condition, Answered):
            if not self.visible(condition.item):
                return False
            found = self.mark(condition.item)
            return found is not None and not set(condition.among).isdisjoint(found.values)
        held = (self._holds(part) for part in condition.parts)
        return all(held) if isinstance(condition, AllOf) else any(held)


def mark(item: Item, answer: Any) -> Mark:
    """What one answer to one item is worth. Raises ValueError with a Chinese clause."""
    if answer is None:
        raise ValueError("没有作答")
    if answer == NA and isinstance(answer, str):
        if not item.na:
            raise ValueError("不能选“不适用”")
        return NOT_APPLICABLE
    if item.measured:
        return _measured(item, answer)
    if item.kind == "multi":
        return _several(item, answer)
    if not isinstance(answer, str):
        raise ValueError(f"应为一个选项：{_keys(item)}")
    return _chosen(item, (answer,))


def _several(item: Item, answer: Any) -> Mark:
    if not isinstance(answer, list | tuple) or not all(isinstance(key, str) for key in answer):
        raise ValueError(f"应为选项的列表，如 [{_keys(item)}]")
    if len(set(answer)) < len(answer):
        raise ValueError("同一选项选了两次")
    return _chosen(item, tuple(answer))


def _chosen(item: Item, keys: tuple[str, ...]) -> Mark:
    options = {option.key: option for option in item.options}
    for key in keys:
        if key not in options:
            raise ValueError(f"没有选项“{key[:50]}”，可选：{_keys(item)}")
    chosen = [options[key] for key in keys]
    points = sum((option.points for option in chosen), Fraction(0))
    if item.kind == "multi" and item.max is not None:
        points = min(points, item.max)
    return Mark(keys, points, any(option.fails for option in chosen))


def _keys(item: Item) -> str:
    return "、".join(option.key for option in item.options)


def _measured(item: Item, answer: Any) -> Mark:
    try:
        value = exact(answer)
    except NotANumber as error:
        raise ValueError(f"应为一个数字，这个答案{error}") from None
    found = range_of(item, value)
    if found is None:
        raise ValueError(f"数值 {spelled(value)} 不在任何区间内")
    return Mark((value,), found.points, found.fails)


def range_of(item: Item, value: Fraction) -> Range | None:
    """The range a number falls into; a bound shared by two ranges belongs to the upper one."""
    within = (each for each in item.ranges if each.holds(value))
    ending = (each for each in item.ranges if each.ends_at(value))
    return next(within, None) or next(ending, None)
