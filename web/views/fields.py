"""The centre's own fields of articles: which there are, kind by kind."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from kb import fieldrules
from kb.errors import InvalidContent
from kb.fieldrules import SORTS, FieldRule, Wanted

from ..access import needs
from ..context import reading, work

blueprint = Blueprint("fields", __name__, url_prefix="/admin/fields")


@blueprint.get("")
@needs("kb.policy")
def listing() -> ResponseReturnValue:
    return _page(Wanted("notice", "", ""))


def _page(
    typed: Wanted, errors: dict[str, str] | None = None, changing: FieldRule | None = None
) -> str:
    """``typed`` belongs to the form for a new field, or to that of the one being changed."""
    return render_template(
        "fields/listing.html",
        rules=fieldrules.all_rules(reading()),
        typed=typed,
        errors=errors or {},
        changing=changing,
        SORTS=SORTS,
    )


def _typed(kind: str, key: str) -> Wanted:
    form = request.form
    return Wanted(
        kind,
        key,
        form.get("name", "")[:400],
        form.get("sort", "")[:20],
        "required" in form,
        form.get("choices", "")[:10_000],
    )


@blueprint.post("")
@needs("kb.policy")
def add() -> ResponseReturnValue:
    wanted = _typed(request.form.get("kind", "")[:20], request.form.get("key", "")[:400])
    try:
        with work("kb.field.add") as writes:
            name = fieldrules.add(writes, wanted).name
    except InvalidContent as wrong:
        return _page(wanted, {wrong.field: str(wrong)}), 422
    except IntegrityError:  # sent twice at once
        return _page(wanted, {"key": "这类文章刚加了同样的字段，请看下面的列表。"}), 422
    flash(f"已加上字段“{name}”，写这类文章时就能填。", "success")
    return redirect(url_for("fields.listing"))


@blueprint.route("/<int:id>", methods=["GET", "POST"])
@needs("kb.policy")
def change(id: int) -> ResponseReturnValue:
    rule = fieldrules.get(reading(), id)
    if request.method == "GET":
        kept = Wanted(
            rule.kind, rule.key, rule.name, rule.sort, rule.required, "\n".join(rule.choices)
        )
        return _page(kept, changing=rule)
    wanted = _typed(rule.kind, rule.key)
    try:
        with work("kb.field.change") as writes:
            fieldrules.change(writes, id, wanted)
    except InvalidContent as wrong:
        return _page(wanted, {wrong.field: str(wrong)}, rule), 422
    flash(f"字段“{wanted.name.strip()}”已保存。", "success")
    return redirect(url_for("fields.listing"))


@blueprint.post("/<int:id>/removal")
@needs("kb.policy")
def remove(id: int) -> ResponseReturnValue:
    with work("kb.field.remove") as writes:
        name = fieldrules.remove(writes, id).name
    flash(f"已删去字段“{name}”；文章里填过的内容还在，再加同样标识的字段就看得到。", "success")
    return redirect(url_for("fields.listing"))
