"""Calibration: several inspectors score the same calls blind, then see where they differ."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.errors import InvalidContent, NotFound, Settled
from qa import calibrations, settings
from qa.calibrations import Planned
from qa.tables import Calibration, Call, Review, Scorecard

from .. import qa_names as names
from .. import qa_sight
from ..access import needs, permissions_of
from ..context import can, now, person, reading, work
from ..errors import status_of
from ..models import Person
from ..pages import ZONE

blueprint = Blueprint("calibrations", __name__, url_prefix="/qa/calibrations")

OFFERED = 60
"""Calls listed to choose from: the latest that can be scored."""


@blueprint.get("")
@needs("qa.score")
def listing() -> ResponseReturnValue:
    sessions = [one for one in calibrations.all_sessions(reading()) if _may_see(one)]
    return render_template(
        "calibrations/listing.html",
        sessions=sessions,
        progress={one.id: calibrations.progress(reading(), one) for one in sessions},
        mine={one.id: _mine(one) for one in sessions},
        named=names.people(),
    )


def _may_see(calibration: Calibration) -> bool:
    return can("qa.calibrate") or any(s.person_id == person().id for s in calibration.seats)


def _mine(calibration: Calibration) -> list[Review]:
    """What the person who is asking has to score in it."""
    query = select(Review).where(
        Review.calibration_id == calibration.id,
        Review.inspector_id == person().id,
        Review.state != "cancelled",
    )
    return list(reading().scalars(query.order_by(Review.id)))


def _seen(id: int) -> Calibration:
    found = calibrations.get(reading(), id)
    if not _may_see(found):
        raise NotFound("校准", str(id))
    return found


# A new session


@blueprint.get("/new")
@needs("qa.calibrate")
def new() -> ResponseReturnValue:
    return _form({})


def _form(wrong: dict[str, str]) -> str:
    found = request.args.get("find", "").strip()[:64]
    return render_template(
        "calibrations/new.html",
        wrong=wrong,
        given=request.form,
        cards=_cards(),
        people=_inspectors(),
        calls=_offered(found),
        chosen=request.form.getlist("calls"),
        seated=request.form.getlist("inspectors"),
        find=found,
        label=qa_sight.agent_label,
    )


def _cards() -> list[tuple[str, str]]:
    """(version id, title) of every scorecard in use."""
    cards = reading().scalars(select(Scorecard).where(Scorecard.retired_at.is_(None)))
    return [
        (str(card.active.id), f"{card.title}（第{card.active.number}版）")
        for card in cards
        if card.active
    ]


def _inspectors() -> list[Person]:
    """Everybody in service who may score."""
    people = reading().scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    )
    return [one for one in people.unique() if "qa.score" in permissions_of(one)]


def _offered(find: str) -> list[Call]:
    query = select(Call).where(Call.ended_at.is_not(None) | Call.seconds.is_not(None))
    if find:
        query = query.where(Call.key.contains(find, autoescape=True))
    found = list(reading().scalars(query.order_by(Call.started_at.desc()).limit(OFFERED)))
    ticked = [int(id) for id in request.form.getlist("calls") if id.isdigit()]
    kept = reading().scalars(select(Call).where(Call.id.in_(ticked)))
    known = {call.id for call in found}
    calls = [*found, *(call for call in kept if call.id not in known)]
    qa_sight.load_agents(call.agent_id for call in calls)
    return calls


@blueprint.post("")
@needs("qa.calibrate")
def create() -> ResponseReturnValue:
    try:
        planned = _planned()
        with work("qa.calibrate") as writes:
            made = calibrations.create(writes, planned, person().id, now())
            id = made.id
    except InvalidContent as wrong:
        return _form({wrong.field: str(wrong)}), status_of(wrong)
    flash("已经派给每个人，大家各自评，互相看不到。", "success")
    return redirect(url_for("calibrations.show", id=id))


def _planned() -> Planned:
    form = request.form
    return Planned(
        title=form.get("title", ""),
        version=_whole(form.get("version", "")) or 0,
        calls=_wholes("calls"),
        inspectors=[id for id in _wholes("inspectors") if id in {p.id for p in _inspectors()}],
        expert=_whole(form.get("expert", "")),
        due_at=_due(form.get("due", "")),
        note=form.get("note", ""),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _wholes(name: str) -> list[int]:
    found = (_whole(text) for text in request.form.getlist(name))
    return [id for id in found if id is not None]


def _due(text: str) -> datetime | None:
    """The end of that day."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidContent("due_at", "日期要写成 2026-11-21 这样。") from None
    return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1, seconds=-1)


# One session


@blueprint.get("/<int:id>")
@needs("qa.score")
def show(id: int) -> ResponseReturnValue:
    return _page(_seen(id), {})


def _page(calibration: Calibration, wrong: dict[str, str]) -> str:
    given: dict[str, Any] = {"report": None}
    if calibration.closed_at is not None:
        enough = settings.value(reading(), "calibration_enough")
        given = {
            "report": calibrations.report(reading(), calibration, enough),
            "enough": enough,
            "notes": calibrations.notes(reading(), calibration),
        }
    return render_template(
        "calibrations/show.html",
        calibration=calibration,
        progress=calibrations.progress(reading(), calibration),
        mine=_mine(calibration),
        named=names.people(),
        titles=names.titles(calibration.version.content),
        answers=_answers(calibration),
        wrong=wrong,
        **given,
    )


def _answers(calibration: Calibration) -> dict[tuple[str, str], str]:
    """(item, mark) → how the rubric words it."""
    words: dict[tuple[str, str], str] = {}
    for section in calibration.version.content["sections"]:
        for item in section["items"]:
            words[item["key"], "na"] = "不适用"
            for option in item.get("options", ()):
                words[item["key"], option["key"]] = option.get("title") or option["key"]
    return words


@blueprint.post("/<int:id>/closing")
@needs("qa.calibrate")
def close(id: int) -> ResponseReturnValue:
    try:
        with work("qa.calibrate.close") as writes:
            calibrations.close(writes, calibrations.get(writes, id), person().id, now())
    except Settled as wrong:
        flash(str(wrong), "error")
    else:
        flash("校准结束了，下面是结果；一起听过以后，把商定的尺度写在各项下面。", "success")
    return redirect(url_for("calibrations.show", id=id))


@blueprint.post("/<int:id>/notes")
@needs("qa.score")
def add_note(id: int) -> ResponseReturnValue:
    found = _seen(id)
    item = request.form.get("item", "")
    try:
        with work("qa.calibrate.note") as writes:
            kept = calibrations.get(writes, id)
            text = request.form.get("text", "")
            calibrations.add_note(writes, kept, item, text, person().id, now())
    except InvalidContent as wrong:
        return _page(found, {item: str(wrong)}), status_of(wrong)
    except Settled as wrong:
        flash(str(wrong), "error")
    return redirect(url_for("calibrations.show", id=id) + "#notes")
