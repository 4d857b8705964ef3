"""Sampling plans: written, looked at before a draw, drawn, and looked back on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.errors import InvalidContent, Settled
from qa import drawing, plans
from qa.drawing import Drawn
from qa.eligible import Period
from qa.errors import BadPlan
from qa.plans import Content
from qa.sampled import ATTRIBUTES, STRATA
from qa.tables import Draw, Plan, Scorecard

from .. import inspectors, jobs, plan_form, qa_sight
from ..access import needs
from ..context import now, person, reading, work
from ..errors import status_of
from ..moments import typed
from ..pages import ZONE, day
from ..people_names import load_names, person_name
from ..plan_form import Form
from .scoring import CHOSEN, STATES

blueprint = Blueprint("plans", __name__, url_prefix="/qa/plans")
blueprint.add_app_template_filter(plan_form.told, "rule_words")

RECENT = 20
EARLY = 7
"""Days of a month in which one still draws for the month before."""


@blueprint.get("")
@needs("qa.plan")
def listing() -> ResponseReturnValue:
    draws = drawing.listing(reading())
    load_names(draw.by for draw in draws)
    return render_template(
        "plans/listing.html",
        plans=plans.listing(reading()),
        contents={plan.id: plans.parse(plan.content) for plan in plans.listing(reading())},
        last={draw.plan_id: draw for draw in reversed(draws)},
        draws=draws[:RECENT],
        total=len(draws),
        name=person_name,
        STRATA=STRATA,
    )


# Writing


@blueprint.route("/new", methods=["GET", "POST"])
@needs("qa.plan")
def new() -> ResponseReturnValue:
    if request.method == "GET":
        return _edit_page(Form())
    form = plan_form.read(request.form)
    try:
        with work("qa.plan") as writes:
            plan = plans.create(writes, form.wanted(writes), by=person().id, at=now())
    except (BadPlan, InvalidContent) as wrong:
        return _edit_page(_wrong(form, wrong)), 422
    flash(f"计划“{plan.name}”已保存。先预览，再抽。", "success")
    return redirect(url_for("plans.preview", id=plan.id))


@blueprint.route("/<int:id>", methods=["GET", "POST"])
@needs("qa.plan")
def edit(id: int) -> ResponseReturnValue:
    plan = plans.get(reading(), id)
    if request.method == "GET":
        return _edit_page(plan_form.of(plan), plan)
    form = plan_form.read(request.form)
    try:
        with work("qa.plan") as writes:
            held = plans.hold(writes, id)
            plans.save(writes, held, form.wanted(writes), form.saves)
    except (BadPlan, InvalidContent) as wrong:
        stale = getattr(wrong, "field", "") == "saves"
        if stale:  # what was typed goes over the newer one knowingly, if it is sent again
            form = replace(form, saves=plan.saves)
        return _edit_page(_wrong(form, wrong), plan), 409 if stale else 422
    flash("计划已保存。以前抽的不受影响。", "success")
    return redirect(url_for("plans.preview", id=id))


@blueprint.post("/<int:id>/closing")
@needs("qa.plan")
def close(id: int) -> ResponseReturnValue:
    """Out of use, or in use again."""
    with work("qa.plan") as writes:
        held = plans.hold(writes, id)
        plans.close(writes, held, None if "again" in request.form else now())
    flash(f"计划“{held.name}”已{'恢复使用' if 'again' in request.form else '停用'}。", "success")
    return redirect(url_for("plans.listing"))


def _wrong(form: Form, wrong: Exception) -> Form:
    return replace(form, errors={getattr(wrong, "field", "content"): str(wrong)})


def _edit_page(form: Form, plan: Plan | None = None) -> str:
    cards = reading().scalars(select(Scorecard).where(Scorecard.retired_at.is_(None)))
    return render_template(
        "plans/edit.html",
        form=form,
        plan=plan,
        cards=[(str(card.id), card.title) for card in cards if card.active],
        names=[("", "（不用）"), *((key, kind.label) for key, kind in ATTRIBUTES.items())],
        ATTRIBUTES=ATTRIBUTES,
        STRATA=STRATA,
    )


# Looking first, then drawing


@blueprint.get("/<int:id>/draw")
@needs("qa.plan")
def preview(id: int) -> ResponseReturnValue:
    """What would be drawn, and for whom it would be work."""
    plan = plans.get(reading(), id)
    return _preview_page(plan, request.args)


@blueprint.post("/<int:id>/draw")
@needs("qa.plan")
def draw(id: int) -> ResponseReturnValue:
    """Made in one go, exactly as it was looked at."""
    form = request.form
    plan = plans.get(reading(), id)
    try:
        with work("qa.draw") as writes:
            held = plans.hold(writes, id)
            drawn = _prepared(held, form, writes)
            seen = form.get("fingerprint", "")
            made = drawing.make(writes, held, drawn, seen, by=person().id, at=now())
            jobs.enqueue_suggesting(writes, (pick.call_id for pick in drawn.picks))
    except (InvalidContent, BadPlan, Settled) as wrong:
        return _preview_page(plan, form, wrong), status_of(wrong)
    flash(f"抽出 {len(drawn.picks)} 通，已派到各人的队列里。", "success")
    return redirect(url_for("plans.drawn", id=made.id))


def _prepared(plan: Plan, given: Mapping[str, str], session: Any = None) -> Drawn:
    session = session or reading()
    period = _period(given)
    seed = given.get("seed", "").strip() or drawing.usual_seed(plan, period)
    return drawing.prepare(
        session,
        plan,
        period,
        seed,
        inspectors.seats(session, _chosen(given)),
        at=now(),
        joined=inspectors.joined(session),
        expected=inspectors.agents(session),
    )


def _chosen(given: Mapping[str, str]) -> list[int]:
    """Over whom the work is spread."""
    known = inspectors.inspectors(reading())
    if "spread" not in given:
        return sorted(inspectors.usual(known))
    ticked = set(given.getlist("to"))  # type: ignore[attr-defined]
    return [one.id for one in known if str(one.id) in ticked]


def _period(given: Mapping[str, str]) -> Period:
    """From the first to the last day typed, both of them whole days."""
    first, last = _usual_days()
    return Period(
        _day(given.get("first", ""), "first", first),
        _day(given.get("last", ""), "last", last) + timedelta(days=1),
    )


def _day(text: str, field: str, usual: datetime) -> datetime:
    if not text.strip():
        return usual
    found = typed(text)
    if found is None:
        raise InvalidContent(field, f"“{text.strip()[:20]}”不是日期，请写成 2026-11-01。")
    return found.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def _usual_days() -> tuple[datetime, datetime]:
    """This month so far; in its first days the whole month before."""
    today = now().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = today.replace(day=1)
    if today.day > EARLY:
        return begin, today
    end = begin - timedelta(days=1)
    return end.replace(day=1), end


def _preview_page(plan: Plan, given: Mapping[str, str], wrong: Exception | None = None) -> str:
    drawn = None
    try:
        drawn = _prepared(plan, given)
    except (InvalidContent, BadPlan) as bad:
        wrong = wrong or bad
    first, last = _usual_days()
    people = inspectors.inspectors(reading())
    if drawn:
        load_names([*drawn.loads, *drawn.agents, *drawn.short])
    return render_template(
        "plans/preview.html",
        plan=plan,
        content=plans.parse(plan.content),
        drawn=drawn,
        usual=drawing.usual_seed(plan, drawn.period) if drawn else "",
        first=given.get("first") or day(first),
        last=given.get("last") or day(last),
        seed=given.get("seed", ""),
        people=people,
        ticked=set(_chosen(given)),
        wrong=wrong,
        name=person_name,
        STRATA=STRATA,
        CHOSEN=CHOSEN,
    )


# Looking back


@blueprint.get("/draws")
@needs("qa.plan")
def draws() -> ResponseReturnValue:
    found = drawing.listing(reading())
    load_names(draw.by for draw in found)
    return render_template("plans/draws.html", draws=found, name=person_name)


@blueprint.get("/draws/<int:id>")
@needs("qa.plan")
def drawn(id: int) -> ResponseReturnValue:
    """Every pick of a draw; ``replay`` draws once more and says whether it came out the same."""
    made = drawing.get(reading(), id)
    rows = drawing.reviews_of(reading(), made)
    qa_sight.load_agents(row.call.agent_id for row in rows)
    load_names([made.by, *(row.inspector_id for row in rows)])
    again = None
    if "replay" in request.args:
        again = drawing.replay(reading(), made, inspectors.joined(reading()))
    return render_template(
        "plans/drawn.html",
        draw=made,
        content=_content(made),
        rows=rows,
        replay=again,
        agent=lambda row: (
            qa_sight.HIDDEN
            if row.call_id in qa_sight.hidden_calls()
            else qa_sight.agent_label(row.call, row)
        ),
        name=person_name,
        until=made.last - timedelta(days=1),
        STRATA=STRATA,
        CHOSEN=CHOSEN,
        STATES=STATES,
    )


def _content(draw: Draw) -> Content:
    return plans.parse(draw.content)
