"""Checks before a rubric is put to use: what would make its scores wrong or surprising.

Errors forbid activation, warnings are for the author to judge. A rubric that could not be read
at all never comes here (see :mod:`qa.rubric_read`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from . import checks
from .exact import spelled
from .rubric import NA, AllOf, Answered, AnyOf, Condition, Item, Range, Rubric, Section, mentioned
from .rubric_cases import failing
from .score import BASE, bounds, weights


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know: an error, or a warning; ``where`` and ``sentence`` are for people."""

    error: bool
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}：{self.sentence}" if self.where else self.sentence


def check(rubric: Rubric) -> list[Notice]:
    """Everything to know before activation, errors first."""
    found = [notice for look in _LOOKS for notice in look(rubric)]
    if not any(notice.error for notice in found):
        found += _cases(rubric)
    return sorted(found, key=lambda notice: not notice.error)


def _error(where: str, sentence: str) -> Notice:
    return Notice(True, where, sentence)


def _warning(where: str, sentence: str) -> Notice:
    return Notice(False, where, sentence)


def _on(item: Item) -> str:
    return f"“{item.title}”（{item.key}）"


def _form(rubric: Rubric) -> Iterator[Notice]:
    if not rubric.title:
        yield _error("", "评分表没有名称（title）。")
    if rubric.mode == "deduction":
        yield from _deduction(rubric)
    elif rubric.base is not None:
        yield _warning("", "base 只在扣分制里有用。")
    if rubric.mode != "deduction" and not _scored(rubric):
        yield _error("", "没有一项能得分，算不出总分。")


def _scored(rubric: Rubric) -> bool:
    weight_of = weights(rubric)
    return any(i.best > 0 and weight_of[i.key] and not i.bonus for i in rubric.items())


def _deduction(rubric: Rubric) -> Iterator[Notice]:
    low, high = bounds(rubric)
    assert low is not None
    assert high is not None
    base = BASE if rubric.base is None else rubric.base
    for name, value in (("base", base), ("floor", low), ("ceiling", high)):
        if getattr(rubric, name) is None:
            yield _warning("", f"没有写 {name}，按 {spelled(value)} 计。")
    if not low <= base <= high:
        yield _error("", f"起评分 {spelled(base)} 不在 {spelled(low)} 到 {spelled(high)} 之间。")


def _bands(rubric: Rubric) -> Iterator[Notice]:
    starts = [band.start for band in rubric.bands]
    if len(set(starts)) < len(starts):
        yield _error("", "有两个等级从同一分数开始。")
    if starts and min(starts) > 0:
        yield _warning("", f"低于 {spelled(min(starts))} 分没有等级。")


def _weights(rubric: Rubric) -> Iterator[Notice]:
    for section in rubric.sections:
        where = f"“{section.title}”（{section.key}）"
        own = [item.weight for item in section.items if item.weight is not None]
        if rubric.mode != "weighted":
            if own:
                yield _warning(where, "评分项的权重只在加权百分制里有用。")
            if section.weight is not None and rubric.mode == "deduction":
                yield _warning(where, "扣分制不用权重。")
        elif own:
            yield from _own_weights(section, where, own)
    if rubric.mode == "weighted":
        counted = (item for item in rubric.items() if not item.bonus)
        weight_of = weights(rubric)
        total = sum((weight_of[item.key] for item in counted), Fraction(0))
        if any(section.weight is not None for section in rubric.sections) and total != 100:
            yield _warning("", f"权重合计 {spelled(total)}，不是 100，将按比例折算。")


def _own_weights(section: Section, where: str, own: list[Fraction]) -> Iterator[Notice]:
    if len(own) < len(section.items):
        yield _error(where, "有的项写了权重，有的没写；请都写或都不写。")
    elif section.weight is not None and sum(own) != section.weight:
        told = (
            f"各项权重合计 {spelled(sum(own, Fraction(0)))}，与本部分的 {spelled(section.weight)}"
        )
        yield _warning(where, f"{told} 不符；以各项的为准。")


def _points(rubric: Rubric) -> Iterator[Notice]:
    asked = {key for item in rubric.items() for key in mentioned(item.when)}
    for item in rubric.items():
        worth = [each.points for each in item.worth]
        fails = any(each.fails for each in item.worth)
        if rubric.mode == "weighted" and item.best <= 0 and any(worth):
            yield _error(_on(item), "没有得分的选项，加权百分制里算不出得分率。")
        elif item.kind != "multi" and not fails and len(set(worth)) == 1 and item.key not in asked:
            yield _warning(_on(item), "怎么评都是一样的分。")
        if item.max is not None and item.kind != "multi":
            yield _warning(_on(item), "max 只对多选有用。")
        elif item.max is not None and item.max > sum((p for p in worth if p > 0), Fraction(0)):
            yield _warning(_on(item), f"全选也到不了上限 {spelled(item.max)}。")


def _fatal(rubric: Rubric) -> Iterator[Notice]:
    for item in rubric.items():
        fails = any(each.fails for each in item.worth)
        if item.fatal and not fails:
            yield _error(_on(item), "是致命项，却没有一个选项会判为不合格（fails）。")
        if item.bonus and (item.fatal or item.critical):
            yield _error(_on(item), "加分项不能同时是致命项或关键项。")


def _ranges(rubric: Rubric) -> Iterator[Notice]:
    for item in rubric.items():
        if item.measured:
            yield from _gaps(item)
            if item.options:
                yield _warning(_on(item), "数值题不用选项（options）。")
        elif item.ranges:
            yield _warning(_on(item), "按选项评分，区间（ranges）没有用。")
        if item.kind == "check" and not item.check:
            yield _error(_on(item), "是自动检查，却没有写检查什么（check）。")


def _automatic(rubric: Rubric) -> Iterator[Notice]:
    """What the items would check by themselves."""
    for fault in checks.faults(rubric):
        yield _error(fault.where, f"自动检查（check）：{fault.sentence}")


def _gaps(item: Item) -> Iterator[Notice]:
    order = sorted(item.ranges, key=lambda each: (each.start is not None, each.start or 0))
    for lower, upper in pairwise(order):
        if upper.start is None or lower.end is None or upper.start < lower.end:
            yield _error(_on(item), f"区间 {_span(lower)} 与 {_span(upper)} 重叠。")
        elif upper.start > lower.end:
            told = f"{spelled(lower.end)} 与 {spelled(upper.start)} 之间的数"
            yield _warning(_on(item), f"{told}不在任何区间内。")
    if order[0].start is not None and order[0].start > 0:
        yield _warning(_on(item), f"小于 {spelled(order[0].start)} 的数不在任何区间内。")
    if order[-1].end is not None:
        yield _warning(_on(item), f"大于 {spelled(order[-1].end)} 的数不在任何区间内。")


def _span(each: Range) -> str:
    low = "…" if each.start is None else spelled(each.start)
    return f"{low}–{'…' if each.end is None else spelled(each.end)}"


def _conditions(rubric: Rubric) -> Iterator[Notice]:
    for item in rubric.items():
        for asked in _asked(item.when):
            target = rubric.item(asked.item)
            if target is None or target.measured:
                continue
            known = {option.key for option in target.options} | ({NA} if target.na else set())
            for value in asked.among:
                if value not in known:
                    told = value if isinstance(value, str) else spelled(value)
                    yield _error(_on(item), f"条件里“{target.title}”没有选项 {told}。")


def _asked(condition: Condition | None) -> Iterator[Answered]:
    if isinstance(condition, Answered):
        yield condition
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _asked(part)


def _unknown(rubric: Rubric) -> Iterator[Notice]:
    """Fields that are kept but not understood: perhaps misspelled."""
    places = [("", rubric.extra)]
    for section in rubric.sections:
        places.append((f"“{section.title}”（{section.key}）", section.extra))
        for item in section.items:
            places.append((_on(item), item.extra))
            places += [(_on(item), each.extra) for each in item.worth]
    for where, extra in places:
        for name in extra:
            if name not in ("note", "description", "version"):
                yield _warning(where, f"不认识的字段 {name}，会原样保留，不影响评分。")


def _cases(rubric: Rubric) -> Iterator[Notice]:
    if not rubric.cases:
        yield _warning("", "没有用例（cases）；写几个“这样打分应得几分”，改动时不会出错。")
    for outcome in failing(rubric):
        yield _error(f"用例“{outcome.name}”", "；".join(outcome.differences) + "。")


_LOOKS: tuple[Callable[[Rubric], Iterator[Notice]], ...] = (
    _form,
    _bands,
    _weights,
    _points,
    _fatal,
    _ranges,
    _automatic,
    _conditions,
    _unknown,
)
