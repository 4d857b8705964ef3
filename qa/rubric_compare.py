"""Two versions of a rubric side by side: what changed, in words, and whether scores compare."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .rubric import Rubric

_SILENT = frozenset({"title", "article", "cases", "note", "description", "version"})
"""Fields that change what people read, and no score."""


@dataclass(frozen=True, slots=True)
class Change:
    """``scores`` says whether the same answers may now give another score."""

    kind: Literal["added", "removed", "changed"]
    where: str
    sentence: str
    scores: bool


def compare(old: Rubric, new: Rubric) -> list[Change]:
    """What changed from ``old`` to ``new``, in the order of the new one."""
    before, after = _things(old), _things(new)
    made = [
        Change("added", name, f"新增{name}。", True)
        for key, (name, _) in after.items()
        if key not in before
    ]
    for key, (name, fields) in after.items():
        if key in before:
            made += _changed(name, before[key][1], fields)
    made += [
        Change("removed", name, f"删去{name}。", True)
        for key, (name, _) in before.items()
        if key not in after
    ]
    return made


def comparable(old: Rubric, new: Rubric) -> bool:
    """Whether scores on both may stand in one average: nothing that scores has changed."""
    return not any(change.scores for change in compare(old, new))


def _things(rubric: Rubric) -> dict[tuple[str, ...], tuple[str, Mapping[str, Any]]]:
    """Form, sections and items by their keys, each with its name and its own fields."""
    whole = rubric.as_json()
    found: dict[tuple[str, ...], tuple[str, Mapping[str, Any]]] = {}
    found[()] = "评分表", {k: v for k, v in whole.items() if k != "sections"}
    for section in whole["sections"]:
        own = {k: v for k, v in section.items() if k != "items"}
        found["section", section["key"]] = f"部分“{section['title']}”", own
        for item in section["items"]:
            # Its section counts for its weight and for a fatal error.
            placed = {**item, "section": section["key"]}
            found["item", item["key"]] = f"评分项“{item['title']}”", placed
    return found


def _changed(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for field in dict.fromkeys((*old, *new)):
        if old.get(field) == new.get(field):
            continue
        silent = field in _SILENT or (field == "options" and _bare(old) == _bare(new))
        told = f"{name}的 {field} 由 {_told(old.get(field))} 改为 {_told(new.get(field))}。"
        yield Change("changed", name, told, not silent)


def _bare(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Options without their titles."""
    options = fields.get("options") or []
    return [{k: v for k, v in option.items() if k not in _SILENT} for option in options]


def _told(value: Any) -> str:
    if value is None:
        return "空"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
