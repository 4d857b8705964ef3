"""A response as a form sends it, in the shape that ``exams.grade`` marks."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from exams.questions import Question

LONGEST = 20_000


def response(question: Question, form: MultiDict[str, str]) -> Any:
    """What was answered: ``r`` for one value, ``r-0``, ``r-1``, … for several; None = nothing."""
    kind = question.kind
    if kind in ("single", "number", "essay"):
        return form.get("r", "")[:LONGEST].strip() or None
    if kind == "judge":
        return {"yes": True, "no": False}.get(form.get("r", ""))
    if kind == "multiple":
        return form.getlist("r") or None
    if kind == "blank":
        return [form.get(f"r-{n}", "")[:LONGEST].strip() for n in range(len(question.answer))]
    if kind == "order":
        return _order(question, form)
    chosen = {left: form.get(f"r-{n}", "") for n, (left, _) in enumerate(question.answer)}
    return {left: right for left, right in chosen.items() if right} or None


def _order(question: Question, form: MultiDict[str, str]) -> list[str] | None:
    """The options by the place each was given; None unless each has one."""
    places = {
        option.key: form.get(f"r-{n}", 0, type=int) for n, option in enumerate(question.options)
    }
    return sorted(places, key=lambda key: places[key]) if all(places.values()) else None


def right_sides(question: Question) -> list[str]:
    """What a left side of a match can be put to, in an order that tells nothing."""
    return sorted({*(right for _, right in question.answer), *question.texts().values()})
