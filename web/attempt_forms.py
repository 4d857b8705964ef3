"""An answer as the exam page's plain forms send it, in the letters it was shown with."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from exams.attempts import Asked
from exams.questions import KINDS, POLICIES

USUAL: dict[str, str] = {
    "multiple": "全对才得分",
    "order": "全部排对才得分",
    "blank": "按空给分",
    "match": "按对给分",
}
"""How a question of several parts is marked where its author said nothing."""


def response(asked: Asked, form: MultiDict[str, str]) -> Any:
    """What was answered: ``r`` for one value, ``r-0``, ``r-1``, … for several; None = nothing."""
    kind = asked.kind
    if kind in ("single", "number", "essay"):
        return form.get("r") or None
    if kind == "judge":
        return {"yes": True, "no": False}.get(form.get("r", ""))
    if kind == "multiple":
        return form.getlist("r") or None
    if kind == "blank":
        return [form.get(f"r-{n}", "") for n in range(asked.blanks)]
    if kind == "match":
        return {left: form.get(f"r-{n}", "") for n, left in enumerate(asked.lefts)}
    placed = [(form.get(f"r-{n}", ""), letter) for n, (letter, _) in enumerate(asked.options)]
    named = {int(place[:9]): letter for place, letter in placed if place.isdecimal()}
    return [named[place] for place in sorted(named)] or None


def how_marked(asked: Asked) -> str:
    """'' where a question has one part."""
    if asked.kind not in USUAL:
        return ""
    return POLICIES.get(asked.policy) or USUAL[asked.kind]


def kind_name(asked: Asked) -> str:
    return KINDS[asked.kind]
