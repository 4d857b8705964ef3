"""事后重检: a share of finished reviews looked at again blind, compared, and decided on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled
from qa import drawing, rechecks, reviews, settings
from qa.assigning import Inspector
from qa.errors import NotSecond
from qa.rechecks import Wish
from qa.tables import Review

from .. import inspectors, qa_sight, scored
from ..access import needs
from ..context import now, person, reading, work
from ..errors import status_of
from ..pages import ZONE
from ..people_names import load_names, person_name
from ..periods import EARLIEST, LATEST, Period
from ..qa_ties import ties

blueprint = Blueprint("rechecks", __name__, url_prefix="/qa/rechecks")

PAGE = 30
DUE = timedelta(days=7)
STATES = {"waiting": "待复检", "begun": "复检中", "finished": "已复检", "cancelled": "已取消"}


@blueprint.get("")
@needs("qa.plan")
def listing() -> ResponseReturnValue:
    return _listing()


def _listing(wrong: InvalidContent | None = None, typed: Mapping[str, str] | None = None) -> str:
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    total, found = rechecks.listing(reading(), offset=(page - 1) * PAGE, limit=PAGE)
    firsts = {second.id: rechecks.first_of(reading(), second) for second, _ in found}
    figures = rechecks.figures(reading())
    load_names([*(s.inspector_id for s, _ in found), *(f.inspector_id for f in figures)])
    load_names(first.inspector_id for first in firsts.values())
    qa_sight.load_agents(second.call.agent_id for second, _ in found)
    return render_template(
        "rechecks/listing.html",
        found=found,
        firsts=firsts,
        figures=figures,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        form=typed or _usual(),
        wrong=wrong,
        STATES=STATES,
        OUTCOMES=rechecks.OUTCOMES,
        points=scored.points,
        name=person_name,
        agent=qa_sight.agent_label,
    )


def _usual() -> dict[str, str]:
    """Last month, as much as the centre has set, a seed that names the month."""
    today = now().astimezone(ZONE).date()
    last = today.replace(day=1) - timedelta(days=1)
    return {
        "from": last.replace(day=1).isoformat(),
        "to": last.isoformat(),
        "percent": str(settings.value(reading(), "recheck_percent")),
        "seed": f"{last:%Y-%m}",
    }


@blueprint.post("")
@needs("qa.plan")
def draw() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "") for name in ("from", "to", "percent", "seed")}
    try:
        wish = _wish(typed)
        with work("qa.recheck.draw") as writes:
            drawn = rechecks.draw(writes, wish, _seats(writes), by=person().id, at=now())
    except InvalidContent as wrong:
        return _listing(wrong, typed), status_of(wrong)
    left = f"另有 {len(drawn.left)} 次没有合适的人复检。" if drawn.left else ""
    flash(
        f"从 {drawn.population} 次已完成的评分里抽出 {len(drawn.made)} 次，已派给别的质检员，"
        f"他们看不到原来的成绩。{left}",
        "success",
    )
    return redirect(url_for("rechecks.listing"))


def _wish(typed: Mapping[str, str]) -> Wish:
    try:
        period = Period(date.fromisoformat(typed["from"]), date.fromisoformat(typed["to"]))
        if not EARLIEST <= period.first <= period.last <= LATEST:
            raise ValueError
    except ValueError:
        raise InvalidContent("from", "日期要写成 2026-11-21 这样，“从”不晚于“到”。") from None
    try:
        percent = int(typed["percent"])
    except ValueError:
        raise InvalidContent("percent", "比例要填 1 到 100 的整数。") from None
    due: datetime = now() + DUE
    return Wish(period.begin, period.end, percent, typed["seed"], due)


def _seats(session: Session) -> list[Inspector]:
    loads = drawing.loads(session)
    people = inspectors.inspectors(session)
    seats = inspectors.seats(session, inspectors.usual(people))
    if len(seats) < 2:  # a small centre: whoever may score helps
        seats = inspectors.seats(session, [one.id for one in people])
    return [
        Inspector(str(s.person), loads.get(s.person, 0), {str(agent) for agent in s.never})
        for s in seats
    ]


@blueprint.get("/<int:id>")
@needs("qa.plan")
def show(id: int) -> ResponseReturnValue:
    return _page(_second(id))


def _second(id: int) -> Review:
    found = reviews.get(reading(), id)
    mine = found.inspector_id == person().id and found.state != "finished"
    if found.purpose != "recheck" or found.call.id in qa_sight.hidden_scores() or mine:
        raise NotFound("复检", str(id))
    return found


def _page(
    second: Review, wrong: Exception | None = None, outcome: str = "", words: str = ""
) -> str:
    first = rechecks.first_of(reading(), second)
    done = second.score is not None
    load_names([first.inspector_id, second.inspector_id])
    made = rechecks.decided(reading(), second)
    return render_template(
        "rechecks/show.html",
        first=first,
        second=second,
        lines=rechecks.compare(first, second) if done else [],
        words_of=scored.answer_words,
        made=made,
        agent=qa_sight.agent_label(second.call),
        STATES=STATES,
        OUTCOMES=rechecks.OUTCOMES,
        points=scored.points,
        name=person_name,
        wrong=wrong,
        outcome=outcome,
        words=words,
    )


@blueprint.post("/<int:id>")
@needs("qa.plan")
def settle(id: int) -> ResponseReturnValue:
    second = _second(id)
    outcome, words = request.form.get("outcome", ""), request.form.get("words", "")
    try:
        with work("qa.recheck.settle") as writes:
            held = reviews.hold(writes, id)
            mine = ties(writes, person())
            rechecks.settle(writes, held, outcome, words, by=person().id, at=now(), ties=mine)
    except (InvalidContent, Settled, NotSecond) as wrong:
        return _page(second, wrong, outcome, words), status_of(wrong)
    flash(
        "已改用复检的成绩，座席会得到通知。"
        if outcome == rechecks.REPLACED
        else "已维持原来的成绩。",
        "success",
    )
    return redirect(url_for("rechecks.show", id=id))
