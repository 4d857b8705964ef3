"""The centre's rules of review and verification."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import policy
from kb.errors import InvalidContent
from kb.records import KINDS

from ..access import needs
from ..context import reading, work

blueprint = Blueprint("policy", __name__, url_prefix="/admin/policy")


@blueprint.route("", methods=["GET", "POST"])
@needs("kb.policy")
def rules() -> ResponseReturnValue:
    errors: dict[str, str] = {}
    values: dict[str, object] = dict(policy.load(reading()))
    if request.method == "POST":
        given = {name: request.form.get(name, "") for name in policy.DEFAULTS}
        given[policy.FOUR_EYES] = "1" if policy.FOUR_EYES in request.form else "0"
        errors = _put(given)
        if not errors:
            flash("审核规则和核对周期已保存。", "success")
            return redirect(url_for("policy.rules"))
        values.update(given)
    page = render_template("reviews/policy.html", values=values, errors=errors, KINDS=KINDS)
    return page, 422 if errors else 200


def _put(given: dict[str, str]) -> dict[str, str]:
    """All of the rules, or none and what is wrong."""
    errors = {}
    numbers: dict[str, int] = {}
    for name, text in given.items():
        stripped = text.strip()
        if stripped.isdecimal() and len(stripped) < 6:
            numbers[name] = int(stripped)
        else:
            errors[name] = f"“{text[:20]}”不是天数，请填 0 到 {policy.MOST_DAYS} 的整数。"
    if errors:
        return errors
    try:
        with work("kb.policy") as writes:
            for name, value in numbers.items():
                policy.put(writes, name, value)
    except InvalidContent as wrong:
        return {wrong.field: str(wrong)}
    return {}
