"""The editor of scorecards: what its form sends becomes a rubric as JSON, valid or not.

One part is open at a time: the form itself (``form``), a section (``s0``) or an item (``s0.i2``).
Only its fields are sent; the rest is the stored draft, whose ``saves`` the form names.
"""

from __future__ import annotations

import re
from typing import Any

from werkzeug.datastructures import MultiDict

from qa import rubric_editing as editing
from qa.rubric import JsonObject
from qa.rubric_editing import Place

from . import check_fields
from .check_fields import number

Form = MultiDict[str, str]
MOST_ROWS = 200
"""Options, ranges, bands or conditions that a form is read for."""
MOST_NESTED = 4
EMPTY: JsonObject = {"item": "", "in": []}
"""A condition that waits to be filled in."""


def apply(content: JsonObject, open: str, form: Form, act: str = "") -> JsonObject:
    """The draft with the open part as it was typed. A place that is gone changes nothing.

    ``act`` may be one on its condition: ``when.add:w``, ``when.group:w.0``, ``when.remove:w.1``.
    """
    if open == "form":
        return _basics(content, form)
    place = Place.of(open)
    thing = editing.at(content, place) if place else None
    if place is None or thing is None:
        return content
    if place.item is None:
        return editing.put(content, place, _section(thing, form))
    made = _item(thing, form, act)
    changed = editing.put(content, place, made)
    return _renamed(changed, thing, made)


def _basics(content: JsonObject, form: Form) -> JsonObject:
    made = dict(content)
    made["mode"] = form.get("mode", "")
    _texts(made, form, "title", "note")
    made.setdefault("title", "")
    _numbers(made, form, "base", "floor", "ceiling")
    bands = [
        {"from": number(form.get(f"b{n}.from", "")), "name": _text(form, f"b{n}.name")}
        for n in _rows(form, "b")
    ]
    made["bands"] = [{k: v for k, v in band.items() if v is not None} for band in bands]
    if not made["bands"]:
        del made["bands"]
    return made


def _section(before: JsonObject, form: Form) -> JsonObject:
    made = dict(before)
    _texts(made, form, "key", "title", "note")
    _numbers(made, form, "weight")
    return made


def _item(before: JsonObject, form: Form, act: str) -> JsonObject:
    made = dict(before)
    made["kind"] = form.get("kind", "")
    _texts(made, form, "key", "title", "note", "article", "fatal")
    _numbers(made, form, "weight", "max")
    for name in ("na", "critical", "bonus"):
        _set(made, name, True if name in form else None)
    if "o.n" in form:
        _set(made, "options", _options(before, form) or None)
    if "r.n" in form:
        _set(made, "ranges", _ranges(before, form) or None)
    if "w.n" in form:
        _set(made, "when", _condition(form, "w", act, 0))
    if "check.kind" in form:
        check = before.get("check")
        _set(made, "check", check_fields.typed(check if isinstance(check, dict) else {}, form))
    return _answerable(made)


def _answerable(item: JsonObject) -> JsonObject:
    """An item that has just become another kind gets something to answer with."""
    if item["kind"] == "number" and not item.get("ranges"):
        item["ranges"] = [{"to": 60, "points": 0}, {"from": 60, "points": 10}]
    elif item["kind"] in ("choice", "multi") and not item.get("options"):
        item["options"] = [
            {"key": "a", "title": "做到", "points": 10},
            {"key": "b", "title": "没有做到", "points": 0},
        ]
    elif item["kind"] == "check" and not item.get("options") and not item.get("ranges"):
        item["options"] = [
            {"key": "pass", "title": "符合", "points": 10},
            {"key": "fail", "title": "不符合", "points": 0},
        ]
    return item


def _options(before: JsonObject, form: Form) -> list[JsonObject]:
    made = []
    for n, old in _with_old(before, "options", form, "o"):
        one = dict(old)
        _texts(one, form, "key", "title", at=f"o{n}.")
        _numbers(one, form, "points", at=f"o{n}.")
        _set(one, "fails", True if f"o{n}.fails" in form else None)
        made.append(one)
    return made


def _ranges(before: JsonObject, form: Form) -> list[JsonObject]:
    made = []
    for n, old in _with_old(before, "ranges", form, "r"):
        one = dict(old)
        _numbers(one, form, "from", "to", "points", at=f"r{n}.")
        _set(one, "fails", True if f"r{n}.fails" in form else None)
        made.append(one)
    return made


def _with_old(
    before: JsonObject, name: str, form: Form, letter: str
) -> list[tuple[int, JsonObject]]:
    """The rows of a list that was on the page, with what is stored of each; else as stored."""
    stored = before.get(name) if isinstance(before.get(name), list) else []
    assert isinstance(stored, list)
    old = [each if isinstance(each, dict) else {} for each in stored]
    return [(n, old[n] if n < len(old) else {}) for n in _rows(form, letter)]


def _rows(form: Form, letter: str) -> range:
    text = form.get(f"{letter}.n", "0")
    count = int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else 0
    return range(min(count, MOST_ROWS))


def _condition(form: Form, path: str, act: str, depth: int) -> JsonObject | None:
    """A group of conditions; rows without an item are left out, one alone stands for itself."""
    parts: list[JsonObject] = []
    for n in _rows(form, path):
        each = f"{path}.{n}"
        if act == f"when.remove:{each}":
            continue
        if f"{each}.n" in form and depth < MOST_NESTED:
            inner = _condition(form, each, act, depth + 1)
            parts += [] if inner is None else [inner]
        elif item := _text(form, f"{each}.item"):
            typed = re.split(r"[、,，\s]+", form.get(f"{each}.text", "").strip())
            values = [number(text) for text in typed if text]
            parts.append({"item": item, "in": [*form.getlist(f"{each}.in"), *values]})
    name = "any" if form.get(f"{path}.op") == "any" else "all"
    if act == f"when.add:{path}":
        return {name: [*parts, dict(EMPTY)]}
    if act == f"when.group:{path}":
        return {name: [*parts, {"any": [dict(EMPTY), dict(EMPTY)]}]}
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {name: parts}


def _renamed(content: JsonObject, before: JsonObject, after: JsonObject) -> JsonObject:
    """Other items and cases follow where a key was changed to one that is free."""
    old, new = str(before.get("key", "")), str(after.get("key", ""))
    keys = [str(item.get("key", "")) for _, item in editing.placed(content)]
    if old != new and new and old and keys.count(new) == 1 and old not in keys:
        content = editing.rename_item(content, old, new)
    pairs = zip(_keys(before), _keys(after), strict=False)
    for was, now in pairs:
        if was and now and was != now and was not in _keys(after) and now not in _keys(before):
            content = editing.rename_option(content, new, was, now)
    return content


def _keys(item: JsonObject) -> list[str]:
    options = item.get("options")
    found = options if isinstance(options, list) else []
    return [str(each.get("key", "")) for each in found if isinstance(each, dict)]


def _text(form: Form, name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()


def _texts(made: JsonObject, form: Form, *names: str, at: str = "") -> None:
    for name in names:
        if at + name in form:
            _set(made, name, _text(form, at + name) or None)


def _numbers(made: JsonObject, form: Form, *names: str, at: str = "") -> None:
    for name in names:
        if at + name in form:
            _set(made, name, number(form.get(at + name, "")))


def _set(made: JsonObject, name: str, value: Any) -> None:
    if value is None:
        made.pop(name, None)
    else:
        made[name] = value
