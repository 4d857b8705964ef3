"""From JSON to a rubric; every fault is found in one pass and said with its place.

rubric = read(Path("rubric.json"))
rubric = parse({"title": …, "mode": "weighted", "sections": […]})
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, cast

from . import jsonfile
from .errors import BadRubric, Fault
from .exact import NotANumber, exact
from .fields import Fields
from .rubric import (
    KINDS,
    MODES,
    NA,
    SCOPES,
    AllOf,
    Answered,
    AnyOf,
    Band,
    Case,
    Condition,
    Item,
    Kind,
    Mode,
    Option,
    Range,
    Rubric,
    Scope,
    Section,
    mentioned,
)

MOST_ITEMS = 500
DEEPEST = 8
"""Conditions within conditions."""


def read(path: Path) -> Rubric:
    """The rubric of a JSON file. Raises BadFile, BadRubric."""
    return parse(jsonfile.load(path))


def parse(value: Any) -> Rubric:
    """The rubric of a JSON value. Raises BadRubric with every fault."""
    faults: list[Fault] = []
    if not isinstance(value, dict):
        raise BadRubric([Fault("", "", "应为一个 JSON 对象 {…}")])
    rubric = _rubric(Fields(value, "", "", faults))
    if not faults:
        _check_keys(rubric, faults)
    if not faults:
        _check_conditions(rubric, faults)
    if faults:
        raise BadRubric(faults)
    return rubric


def _rubric(fields: Fields) -> Rubric:
    made = Rubric(
        title=fields.text("title"),
        mode=cast(Mode, fields.one_of("mode", MODES, needed=True)),
        base=fields.number("base"),
        floor=fields.number("floor"),
        ceiling=fields.number("ceiling"),
        bands=tuple(_band(each) for each in fields.objects("bands", "个等级")),
        sections=tuple(_section(each) for each in fields.objects("sections", "部分", needed=True)),
        cases=tuple(_case(each) for each in fields.objects("cases", "个用例")),
        extra=fields.rest,
    )
    if made.floor is not None and made.ceiling is not None and made.floor > made.ceiling:
        fields.fault("floor 大于 ceiling。", "floor")
    if sum(len(section.items) for section in made.sections) > MOST_ITEMS:
        fields.fault(f"评分项超过 {MOST_ITEMS} 个。", "sections")
    return made


def _band(fields: Fields) -> Band:
    start = fields.number("from", needed=True)
    return Band(start if start is not None else Fraction(0), fields.text("name", needed=True))


def _case(fields: Fields) -> Case:
    answers, expect = fields.mapping("answers"), fields.mapping("expect")
    if answers is None or expect is None:
        fields.fault("用例要有 answers 和 expect。")
    return Case(fields.text("name"), answers or {}, expect or {})


def _section(fields: Fields) -> Section:
    key = fields.text("key", needed=True)
    return Section(
        key=key,
        title=fields.text("title") or key,
        weight=_weight(fields),
        items=tuple(_item(each) for each in fields.objects("items", "项", needed=True)),
        extra=fields.rest,
    )


def _weight(fields: Fields, name: str = "weight") -> Fraction | None:
    value = fields.number(name)
    if value is not None and value < 0:
        fields.fault(f"{name} 不能为负。", name)
    return value


def _item(fields: Fields) -> Item:
    key = fields.text("key", needed=True)
    kind = cast(Kind, fields.one_of("kind", KINDS, needed=True))
    made = Item(
        key=key,
        title=fields.text("title") or key,
        kind=kind,
        options=tuple(_option(each) for each in fields.objects("options", "个选项")),
        ranges=tuple(_range(each) for each in fields.objects("ranges", "个区间")),
        weight=_weight(fields),
        na=fields.flag("na"),
        critical=fields.flag("critical"),
        bonus=fields.flag("bonus"),
        fatal=cast(Scope | None, fields.one_of("fatal", SCOPES)),
        max=_weight(fields, "max"),
        when=_condition(fields.get("when"), fields),
        check=fields.mapping("check"),
        article=fields.text("article") or None,
        extra=fields.rest,
    )
    _check_answers(made, fields)
    return made


def _option(fields: Fields) -> Option:
    key = fields.text("key", needed=True)
    if key == NA:
        fields.fault(f"选项不能叫 {NA}，这是“不适用”。", "key")
    points = fields.number("points", needed=True)
    return Option(
        key, fields.text("title") or key, points or Fraction(0), fields.flag("fails"), fields.rest
    )


def _range(fields: Fields) -> Range:
    start, end = fields.number("from"), fields.number("to")
    if start is not None and end is not None and start > end:
        fields.fault("from 大于 to。", "from")
    points = fields.number("points", needed=True)
    return Range(start, end, points or Fraction(0), fields.flag("fails"), fields.rest)


def _check_answers(item: Item, fields: Fields) -> None:
    """Every kind has something to answer with."""
    if item.kind in ("choice", "multi") and not item.options:
        fields.fault("要有至少一个选项（options）。", "options")
    elif item.kind == "number" and not item.ranges:
        fields.fault("数值题要有区间（ranges）。", "ranges")
    elif item.kind == "check" and not item.options and not item.ranges:
        fields.fault("自动检查要有选项（options）或区间（ranges）。", "options")
    for key in _repeated(option.key for option in item.options):
        fields.fault(f"选项 {key} 写了两次。", "options")


def _condition(value: Any, fields: Fields, depth: int = 0) -> Condition | None:
    if value is None:
        return None
    if depth > DEEPEST:
        fields.fault(f"when 套了 {DEEPEST} 层以上。", "when")
        return None
    if isinstance(value, dict) and len(value) == 1:
        for name, made in (("all", AllOf), ("any", AnyOf)):
            if isinstance(parts := value.get(name), list) and parts:
                found = [_condition(part, fields, depth + 1) for part in parts]
                return made(tuple(part for part in found if part is not None))
    if isinstance(value, dict) and set(value) == {"item", "in"}:
        item, among = value["item"], value["in"]
        if isinstance(item, str) and isinstance(among, list) and among:
            return Answered(item.strip(), tuple(_value(each, fields) for each in among))
    fields.fault(
        'when 应为 {"item", "in": […]}、{"all": […]} 或 {"any": […]}，列表不能空。', "when"
    )
    return None


def _value(value: Any, fields: Fields) -> str | Fraction:
    if isinstance(value, str):
        return value.strip()
    try:
        return exact(value)
    except NotANumber:
        fields.fault("when 的 in 里应为选项或数字。", "when")
        return ""


def _check_keys(rubric: Rubric, faults: list[Fault]) -> None:
    sections = _repeated(section.key for section in rubric.sections)
    items = _repeated(item.key for item in rubric.items())
    faults += [Fault("sections", "", f"部分 {key} 写了两次。") for key in sections]
    faults += [Fault("sections", "", f"评分项 {key} 写了两次。") for key in items]


def _check_conditions(rubric: Rubric, faults: list[Fault]) -> None:
    """Conditions ask about items there are, and not in a circle."""
    items = {item.key: item for item in rubric.items()}
    faults += [
        Fault(f"sections[{s}].items[{i}].when", f"“{item.title}”", f"when 里没有评分项 {key}。")
        for s, section in enumerate(rubric.sections)
        for i, item in enumerate(section.items)
        for key in mentioned(item.when)
        if key not in items
    ]
    asks = {key: set(mentioned(item.when)) for key, item in items.items()}
    try:
        TopologicalSorter(asks).prepare()
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        faults.append(Fault("sections", "", f"when 绕成了圈：{circle}。"))


def _repeated(keys: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for key in keys:
        if key in seen:
            twice[key] = None
        seen.add(key)
    return list(twice)
