"""Small rubrics, and random ones with answers that fit them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from qa.rubric import Rubric
from qa.rubric_read import parse

JsonObject = dict[str, Any]
POINTS = st.integers(-10, 20)
WEIGHTS = st.integers(1, 40).map(lambda n: n / 4)


def item(key: str, points: JsonObject | None = None, **fields: Any) -> JsonObject:
    """A choice among ``{option: points}``; an option ending in ``!`` fails."""
    options = [
        {"key": name.rstrip("!"), "points": worth} | ({"fails": True} if "!" in name else {})
        for name, worth in (points or {"yes": 10, "half": 5, "no": 0}).items()
    ]
    return {"key": key, "title": key, "kind": "choice", "options": options, **fields}


def number(key: str, *ranges: tuple[Any, Any, Any], **fields: Any) -> JsonObject:
    made = [{"from": a, "to": b, "points": p} for a, b, p in ranges]
    return {"key": key, "title": key, "kind": "number", "ranges": made, **fields}


def section(key: str, *items: JsonObject, **fields: Any) -> JsonObject:
    return {"key": key, "title": key, "items": list(items), **fields}


def form(mode: str, *sections: JsonObject, **fields: Any) -> JsonObject:
    return {"title": "试卷", "mode": mode, "sections": list(sections), **fields}


def rubric(mode: str, *sections: JsonObject, **fields: Any) -> Rubric:
    return parse(form(mode, *sections, **fields))


@st.composite
def items(draw: st.DrawFn, key: str, lowest: int = -10) -> JsonObject:
    kind = draw(st.sampled_from(["choice", "multi", "number"]))
    points = st.integers(lowest, 20)
    made: JsonObject = {"key": key, "title": key, "kind": kind, "na": True}
    made["critical"] = draw(st.booleans())
    fatal = draw(st.sampled_from([None, None, "section", "form"]))
    if fatal:
        made["fatal"] = fatal
    if kind == "number":
        bounds = [None, *draw(st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True))]
        bounds = [None, *sorted(b for b in bounds if b is not None), None]
        made["ranges"] = [
            {"from": low, "to": high, "points": draw(points), "fails": draw(st.booleans())}
            for low, high in pairwise(bounds)
        ]
    else:
        count = draw(st.integers(1, 4))
        made["options"] = [
            {"key": f"o{n}", "points": draw(points), "fails": draw(st.booleans())}
            for n in range(count)
        ]
        if kind == "multi" and draw(st.booleans()):
            made["max"] = draw(st.integers(0, 30))
    return made


@st.composite
def forms(
    draw: st.DrawFn,
    modes: tuple[str, ...] = ("weighted", "points", "deduction"),
    lowest: int = -10,
    spread: bool = True,
) -> JsonObject:
    """A form of up to three sections, weights in any of the allowed ways."""
    sections = []
    for s in range(draw(st.integers(1, 3))):
        inside = [draw(items(f"s{s}i{n}", lowest)) for n in range(draw(st.integers(1, 4)))]
        made = section(f"s{s}", *inside)
        weighing = draw(st.sampled_from(["none", "items", "section"] if spread else ["items"]))
        if weighing == "items":
            for each in inside:
                each["weight"] = draw(WEIGHTS)
        elif weighing == "section":
            made["weight"] = draw(WEIGHTS)
        sections.append(made)
    return form(draw(st.sampled_from(modes)), *sections)


@st.composite
def answers(draw: st.DrawFn, made: JsonObject, na: bool = True) -> JsonObject:
    """Answers to every item of a form without conditions."""
    return {
        each["key"]: draw(answer(each, na)) for part in made["sections"] for each in part["items"]
    }


def answer(each: JsonObject, na: bool = True) -> st.SearchStrategy[Any]:
    if each["kind"] == "number":
        found: st.SearchStrategy[Any] = st.integers(-5, 120)
    elif each["kind"] == "multi":
        keys = [option["key"] for option in each["options"]]
        found = st.lists(st.sampled_from(keys), unique=True)
    else:
        found = st.sampled_from([option["key"] for option in each["options"]])
    return st.one_of(found, st.just("na")) if na else found


@st.composite
def answered(draw: st.DrawFn, na: bool = True, **kind: Any) -> tuple[JsonObject, JsonObject]:
    made = draw(forms(**kind))
    return made, draw(answers(made, na))
