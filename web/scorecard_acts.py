"""What the buttons of the editor do: ``up:s0.i2``, ``row.add:o``, ``open:form`` and so on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from qa import rubric_editing as editing
from qa.rubric import JsonObject
from qa.rubric_editing import Place

from . import scorecard_form

FORM = "form"
"""The open part that is no place: title, mode, bounds and bands."""

_LISTS = {"o": "options", "r": "ranges", "b": "bands"}
_OPEN = "~open"
"""A mark on the open part while others are moved around it."""


@dataclass(frozen=True, slots=True)
class Done:
    """The rubric after an act, the part that is open then, and the field to be on."""

    content: JsonObject
    open: str = ""
    focus: str = ""


def perform(content: JsonObject, open: str, form: MultiDict[str, str], act: str) -> Done:
    """What was typed, then what the button says; an act we do not know only keeps the typing."""
    content = scorecard_form.apply(content, open, form, act)
    name, _, where = act.partition(":")
    if name == "open":
        return _opened(content, where)
    if name == "close":
        return Done(content, "", f"open-{open}")
    if name == "add-section":
        content, made = editing.add_section(content)
        return Done(content, str(made), "title")
    if name.startswith("row.") and (found := re.fullmatch(r"([orb])(?::(\d{1,4}))?", where)):
        return _row(content, open, name, found[1], int(found[2] or 0))
    if name.startswith("when."):
        return Done(content, open, _waiting(content, open))
    if name == "unused":
        return Done(_without_unused(content, open), open, "kind")
    if name == "case.remove" and where.isdigit():
        return Done(_without(content, "cases", int(where)), open, "cases")
    place = Place.of(where)
    if place is not None and editing.at(content, place) is not None and name in _PLACED:
        return _PLACED[name](content, place, open)
    return Done(content, open)


def relocate(content: JsonObject, open: str, key: str) -> tuple[JsonObject, str]:
    """Where an open part stands in a draft that others have changed; put back where it is gone."""
    place = Place.of(open)
    if place is None:
        return content, open
    there = editing.at(content, place)
    if there is not None and str(there.get("key", "")) == key:
        return content, open
    if place.item is None:
        for s, section in enumerate(editing.sections(content)):
            if str(section.get("key", "")) == key:
                return content, str(Place(s))
        content, fresh = editing.add_section(content)
        return content, str(fresh)
    for found, item in editing.placed(content):
        if str(item.get("key", "")) == key:
            return content, str(found)
    if not editing.sections(content):
        content, _ = editing.add_section(content)
    last = min(place.section, len(editing.sections(content)) - 1)
    content, fresh = editing.add_item(content, Place(last))
    return content, str(fresh)


def _opened(content: JsonObject, where: str) -> Done:
    place = Place.of(where)
    if where == FORM or (place is not None and editing.at(content, place) is not None):
        return Done(content, where, "title")
    return Done(content)


# On sections and items


def _add_item(content: JsonObject, place: Place, open: str) -> Done:
    made, there = editing.add_item(content, place)
    return Done(made, str(there), "title")


def _copy(content: JsonObject, place: Place, open: str) -> Done:
    made, there = editing.duplicate(content, place)
    return Done(made, str(there), "title")


def _remove(content: JsonObject, place: Place, open: str) -> Done:
    made, kept = _around(content, open, lambda c: (editing.remove(c, place), place))[::2]
    if place.item is None:
        return Done(made, kept, "add-section")
    left = len(editing.items(editing.sections(made)[place.section]))
    near = Place(place.section, min(place.item, left - 1)) if left else Place(place.section)
    return Done(made, kept, f"open-{near}")


def _move(name: str, way: int) -> Callable[[JsonObject, Place, str], Done]:
    def moved(content: JsonObject, place: Place, open: str) -> Done:
        made, there, kept = _around(content, open, lambda c: editing.move(c, place, way))
        return Done(made, kept, f"{name}-{there}")

    return moved


def _around(
    content: JsonObject, open: str, act: Callable[[JsonObject], tuple[JsonObject, Place]]
) -> tuple[JsonObject, Place, str]:
    """An act that moves things, and where the open part stands after it ('' = gone)."""
    place = Place.of(open)
    thing = editing.at(content, place) if place else None
    if place is not None and thing is not None:
        content = editing.put(content, place, {**thing, _OPEN: True})
    made, there = act(content)
    if open == FORM:
        return made, there, FORM
    parts = [(str(Place(s)), each) for s, each in enumerate(editing.sections(made))]
    parts += [(str(found), item) for found, item in editing.placed(made)]
    for name, each in parts:
        if each.pop(_OPEN, None):
            return made, there, name
    return made, there, ""


_PLACED: dict[str, Callable[[JsonObject, Place, str], Done]] = {
    "add-item": _add_item,
    "copy": _copy,
    "remove": _remove,
    "up": _move("up", -1),
    "down": _move("down", 1),
}


# On the rows of the open part


def _row(content: JsonObject, open: str, name: str, letter: str, nth: int) -> Done:
    owner = _owner(content, open)
    if owner is None:
        return Done(content, open)
    stored = owner.get(_LISTS[letter])
    rows: list[Any] = list(stored) if isinstance(stored, list) else []
    goal = nth
    if name == "row.add":
        rows.append(_new_row(letter, rows))
        goal = len(rows) - 1
        focus = f"{letter}{goal}.{'title' if letter == 'o' else 'from'}"
    elif nth >= len(rows):
        return Done(content, open)
    elif name == "row.remove":
        del rows[nth]
        near = min(nth, len(rows) - 1)
        focus = (
            f"{letter}{near}.{'title' if letter == 'o' else 'from'}" if rows else f"{letter}.add"
        )
    else:
        goal = max(0, min(len(rows) - 1, nth + (-1 if name == "row.up" else 1)))
        rows.insert(goal, rows.pop(nth))
        focus = f"{letter}{goal}.{name.removeprefix('row.')}"
    return Done(_with(content, open, {_LISTS[letter]: rows}), open, focus)


def _new_row(letter: str, rows: list[Any]) -> JsonObject:
    if letter == "o":
        return {"key": editing.fresh_option([r for r in rows if isinstance(r, dict)]), "points": 0}
    if letter == "r":
        last = rows[-1].get("to") if rows and isinstance(rows[-1], dict) else None
        return {"points": 0} if last is None else {"from": last, "points": 0}
    return {"name": ""}


def _owner(content: JsonObject, open: str) -> JsonObject | None:
    place = Place.of(open)
    return content if open == FORM else (editing.at(content, place) if place else None)


def _with(content: JsonObject, open: str, changed: JsonObject) -> JsonObject:
    """The open part with some of its fields changed; None takes a field away."""
    owner = _owner(content, open)
    place = Place.of(open)
    made = {k: v for k, v in {**(owner or {}), **changed}.items() if v is not None}
    return made if place is None else editing.put(content, place, made)


def _without_unused(content: JsonObject, open: str) -> JsonObject:
    """Options of an item that is measured, ranges of one that is chosen from."""
    owner = _owner(content, open) or {}
    measured = owner.get("kind") == "number"
    return _with(content, open, {"options" if measured else "ranges": None})


def _without(content: JsonObject, name: str, nth: int) -> JsonObject:
    stored = content.get(name)
    rows = list(stored) if isinstance(stored, list) else []
    left = [each for n, each in enumerate(rows) if n != nth]
    made = {k: v for k, v in content.items() if k != name}
    return made | ({name: left} if left else {})


def _waiting(content: JsonObject, open: str) -> str:
    """The first row of the condition that waits for its item, else the button to add one."""

    def find(when: Any, path: str) -> str:
        if not isinstance(when, dict):
            return ""
        if when.get("item") == "":
            return f"{path}.item"
        parts = when.get("all") or when.get("any") or []
        return next((f for n, p in enumerate(parts) if (f := find(p, f"{path}.{n}"))), "")

    owner = _owner(content, open) or {}
    return find(owner.get("when"), "w") or "w.add"
