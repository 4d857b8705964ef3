"""What the centre sets for its quality assurance: deadlines, bounds of statistics, thresholds."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qa import settings
from qa.errors import BadValue
from qa.settings import Value

from ..access import needs
from ..context import reading, work

blueprint = Blueprint("qa_settings", __name__, url_prefix="/qa/settings")


@blueprint.get("")
@needs("qa.settings")
def show() -> ResponseReturnValue:
    return _page({name: told(value) for name, value in settings.load(reading()).items()}, {})


@blueprint.post("")
@needs("qa.settings")
def save() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "") for name in settings.KINDS}
    values, errors = _parsed(typed)
    if not errors:
        try:
            with work("qa.settings") as writes:
                settings.put(writes, values)
        except BadValue as wrong:
            errors = {wrong.name: str(wrong)}
    if errors:
        return _page(typed, errors), 422
    flash("质检设定已保存。声音的门槛只影响以后的测量，旧录音可以重新测量。", "success")
    return redirect(url_for("qa_settings.show"))


def _page(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "qa_settings/show.html", groups=settings.GROUPS, typed=typed, errors=errors, told=told
    )


def _parsed(typed: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """(values, faults); all are looked at, so that all faults are told at once."""
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for name, text in typed.items():
        try:
            values[name] = settings.parse(name, text)
        except BadValue as wrong:
            errors[name] = str(wrong)
    return values, errors


def told(value: Value) -> str:
    """As it stands in a control: 5, 0.9, 1 for what is on."""
    if isinstance(value, bool):
        return "1" if value else ""
    return f"{value:g}"
