"""Acts of the editor on a rubric as JSON that need not be valid yet; what is given stays unchanged.

A place is ``s1`` (a section) or ``s1.i3`` (an item of it), both counted from 0.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .rubric import JsonObject

_PLACE = re.compile(r"s(\d{1,4})(?:\.i(\d{1,4}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a section or an item of it stands."""

    section: int
    item: int | None = None

    def __str__(self) -> str:
        return f"s{self.section}" + ("" if self.item is None else f".i{self.item}")

    @classmethod
    def of(cls, text: str) -> Place | None:
        """The place a text names, None for any other text."""
        found = _PLACE.fullmatch(text)
        if found is None:
            return None
        return cls(int(found[1]), None if found[2] is None else int(found[2]))


def sections(content: JsonObject) -> list[JsonObject]:
    """The sections of a rubric; what is none is left out."""
    return _objects(content, "sections")


def items(section: JsonObject) -> list[JsonObject]:
    return _objects(section, "items")


def _objects(owner: JsonObject, name: str) -> list[JsonObject]:
    found = owner.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def at(content: JsonObject, place: Place) -> JsonObject | None:
    """The section or item there, None where there is none."""
    there = sections(content)
    if place.section >= len(there):
        return None
    if place.item is None:
        return there[place.section]
    inside = items(there[place.section])
    return inside[place.item] if place.item < len(inside) else None


def placed(content: JsonObject) -> Iterator[tuple[Place, JsonObject]]:
    """Every item with its place."""
    for s, section in enumerate(sections(content)):
        for i, item in enumerate(items(section)):
            yield Place(s, i), item


def put(content: JsonObject, place: Place, value: JsonObject) -> JsonObject:
    """The rubric with another section or item there."""
    made = _copied(content)
    if place.item is None:
        made["sections"][place.section] = value
    else:
        made["sections"][place.section]["items"][place.item] = value
    return made


def fresh(content: JsonObject, letter: str) -> str:
    """A key that no section (``s``) or item (``q``) has."""
    there = sections(content)
    things = there if letter == "s" else [item for s in there for item in items(s)]
    taken = {str(each.get("key", "")) for each in things}
    return next(key for n in range(1, 10**5) if (key := f"{letter}{n}") not in taken)


def fresh_option(options: list[JsonObject]) -> str:
    """a, b, c … o27, o28: a key that none of the options has."""
    taken = {str(each.get("key", "")) for each in options}
    letters = [chr(n) for n in range(ord("a"), ord("z") + 1)]
    more = (f"o{n}" for n in range(27, 10**5))
    return next(key for key in (*letters, *more) if key not in taken)


def new_item(content: JsonObject) -> JsonObject:
    """An item that is valid as it is, and waits for its title."""
    worth = (0, -5) if content.get("mode") == "deduction" else (10, 0)
    words = ("没有问题", "有问题") if content.get("mode") == "deduction" else ("做到", "没有做到")
    options = [
        {"key": key, "title": title, "points": points}
        for key, title, points in zip("ab", words, worth, strict=True)
    ]
    return {"key": fresh(content, "q"), "title": "", "kind": "choice", "options": options}


def add_section(content: JsonObject) -> tuple[JsonObject, Place]:
    made = _copied(content)
    made["sections"].append({"key": fresh(content, "s"), "title": "", "items": []})
    made["sections"][-1]["items"].append(new_item(content))
    return made, Place(len(made["sections"]) - 1)


def add_item(content: JsonObject, place: Place) -> tuple[JsonObject, Place]:
    """After the item there, or at the end of the section there."""
    made = _copied(content)
    there = made["sections"][place.section]["items"]
    nth = len(there) if place.item is None else place.item + 1
    there.insert(nth, new_item(content))
    return made, Place(place.section, nth)


def move(content: JsonObject, place: Place, way: int) -> tuple[JsonObject, Place]:
    """One up (-1) or down (1); an item at an end of its section goes into the next one."""
    made = _copied(content)
    there = made["sections"]
    if place.item is None:
        goal = place.section + way
        if 0 <= goal < len(there):
            there.insert(goal, there.pop(place.section))
            return made, Place(goal)
        return made, place
    inside = there[place.section]["items"]
    if 0 <= place.item + way < len(inside):
        inside.insert(place.item + way, inside.pop(place.item))
        return made, Place(place.section, place.item + way)
    goal = place.section + way
    if not 0 <= goal < len(there):
        return made, place
    beyond = there[goal]["items"]
    nth = 0 if way > 0 else len(beyond)
    beyond.insert(nth, inside.pop(place.item))
    return made, Place(goal, nth)


def duplicate(content: JsonObject, place: Place) -> tuple[JsonObject, Place]:
    """The same again behind it, under keys of its own; conditions within a section go along."""
    made = _copied(content)
    if place.item is not None:
        inside = made["sections"][place.section]["items"]
        twin = copy.deepcopy(inside[place.item])
        twin |= {"key": fresh(made, "q"), "title": _again(twin)}
        inside.insert(place.item + 1, twin)
        return made, Place(place.section, place.item + 1)
    twin = copy.deepcopy(made["sections"][place.section])
    twin |= {"key": fresh(made, "s"), "title": _again(twin)}
    made["sections"].insert(place.section + 1, {**twin, "items": []})
    target = made["sections"][place.section + 1]
    names: dict[str, str] = {}
    for item in twin["items"]:
        old = str(item.get("key", ""))
        item["key"] = names[old] = fresh(made, "q")
        target["items"].append(item)
    for item in target["items"]:
        for asked in _asked(item.get("when")):
            asked["item"] = names.get(str(asked["item"]), asked["item"])
    return made, Place(place.section + 1)


def _again(thing: JsonObject) -> str:
    return f"{thing.get('title') or thing.get('key') or ''}（副本）"


def remove(content: JsonObject, place: Place) -> JsonObject:
    made = _copied(content)
    if place.item is None:
        del made["sections"][place.section]
    else:
        del made["sections"][place.section]["items"][place.item]
    return made


def rename_item(content: JsonObject, old: str, new: str) -> JsonObject:
    """Conditions and cases go on speaking of an item whose key has become another."""
    made = _copied(content)
    for asked in _conditions(made):
        if asked["item"] == old:
            asked["item"] = new
    for case in _objects(made, "cases"):
        _rename_key(case.get("answers"), old, new)
        expect = case.get("expect")
        if isinstance(expect, dict):
            _rename_key(expect.get("items"), old, new)
            for name in ("failed", "hidden", "not_applicable"):
                if isinstance(expect.get(name), list):
                    expect[name] = [new if key == old else key for key in expect[name]]
    return made


def _rename_key(owner: Any, old: str, new: str) -> None:
    if isinstance(owner, dict) and old in owner:
        owner[new] = owner.pop(old)


def rename_option(content: JsonObject, item: str, old: str, new: str) -> JsonObject:
    """The same of an option: in conditions, cases, and the answers of the item's own check."""
    made = _copied(content)
    for asked in _conditions(made):
        if asked["item"] == item and isinstance(asked.get("in"), list):
            asked["in"] = [new if value == old else value for value in asked["in"]]
    for case in _objects(made, "cases"):
        answers = case.get("answers")
        if isinstance(answers, dict) and item in answers:
            given = answers[item]
            if isinstance(given, list):
                answers[item] = [new if value == old else value for value in given]
            elif given == old:
                answers[item] = new
    return made


def asking(content: JsonObject) -> dict[str, list[str]]:
    """{key of an item: titles of those whose condition asks about it}."""
    found: dict[str, list[str]] = {}
    for _, item in placed(content):
        title = str(item.get("title") or item.get("key", ""))
        for key in dict.fromkeys(str(asked["item"]) for asked in _asked(item.get("when"))):
            found.setdefault(key, []).append(title)
    return found


def _conditions(content: JsonObject) -> Iterator[JsonObject]:
    for _, item in placed(content):
        yield from _asked(item.get("when"))


def _asked(when: Any) -> Iterator[JsonObject]:
    """Every ``{"item", "in"}`` in a condition."""
    waiting = [when]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, dict):
            continue
        if "item" in each:
            yield each
        for name in ("all", "any"):
            if isinstance(each.get(name), list):
                waiting += each[name]


def _copied(content: JsonObject) -> JsonObject:
    """A copy in which sections and items are lists of objects, whatever they were."""
    made = copy.deepcopy(content)
    made["sections"] = sections(made)
    for section in made["sections"]:
        section["items"] = items(section)
    return made
