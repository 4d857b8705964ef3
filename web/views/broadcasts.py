"""Broadcasts: what a person was told, and sending, withdrawing and following them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import broadcasts, gate
from kb.articles import Edit
from kb.broadcasts import Broadcast
from kb.errors import InvalidContent, NotFound
from kb.models import Revision

from ..access import SIGNED_IN, addressee, needs
from ..context import now, person, reading, viewer, work
from ..forms.broadcast import LABELS, BroadcastForm
from ..models import Person, Role, Team
from ..people_names import load_names

blueprint = Blueprint("broadcasts", __name__, url_prefix="/broadcasts")

PAGE = 30
NO_TEAM = "没有班组"


@blueprint.get("")
@needs(SIGNED_IN)
def mine() -> ResponseReturnValue:
    """What is and was on the air for the person, since they have been here."""
    me = person()
    found = broadcasts.received(reading(), me.id, addressee(me), now(), me.created_at)
    read = broadcasts.read_of(reading(), me.id, [b.id for b in found])
    load_names(b.created_by for b in found)
    return render_template(
        "broadcasts/mine.html",
        current=[b for b in found if b.state(now()) == "current"],
        past=[b for b in found if b.state(now()) == "over"][:200],
        read=read,
        texts=_texts(found),
    )


def _texts(found: Sequence[Broadcast]) -> dict[int, Revision]:
    """The linked articles that this person may read now, by their id."""
    ids = [b.article_id for b in found if b.article_id is not None]
    return gate.in_force_of(reading(), viewer(), now(), ids)


@blueprint.post("/<int:id>/reading")
@needs(SIGNED_IN)
def read(id: int) -> ResponseReturnValue:
    """The person says that they know."""
    with work("broadcasts.read") as writes:
        found = writes.get(Broadcast, id)
        if found is None or not _is_mine(found):
            raise NotFound("广播", str(id))
        broadcasts.note_read(writes, found, person().id, now())
    if "HX-Request" in request.headers:
        return "", 204
    return redirect(url_for("broadcasts.mine"))


def _is_mine(broadcast: Broadcast) -> bool:
    begun = broadcast.state(now()) in ("current", "over")
    return begun and broadcast.is_for(person().id, addressee(person()))


# Management


@blueprint.get("/sent")
@needs("kb.broadcast")
def sent() -> ResponseReturnValue:
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    total, found = broadcasts.sent(reading(), (page - 1) * PAGE, PAGE)
    everybody = _everybody(reading())
    load_names(b.created_by for b in found)
    return render_template(
        "broadcasts/sent.html",
        found=found,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
        read=broadcasts.read_counts(reading(), [b.id for b in found]),
        asked={b.id: sum(b.is_for(p.id, addressee(p)) for p in everybody) for b in found},
    )


def _everybody(session: Session) -> list[Person]:
    query = select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    return list(session.scalars(query))


@blueprint.route("/new", methods=["GET", "POST"])
@needs("kb.broadcast")
def new() -> ResponseReturnValue:
    if request.method == "GET":
        return _form_page(BroadcastForm(article=request.args.get("article", "")[:200]))
    form = BroadcastForm.read(request.form)
    message, errors = form.check(reading(), viewer(), now())
    if message is None:
        return _form_page(form, errors), 422
    try:
        with work("broadcasts.send") as writes:
            made = broadcasts.send(writes, message, Edit(person().id, now()))
    except InvalidContent as wrong:
        return _form_page(form, {wrong.field: str(wrong)}), 422
    coming = made.state(now()) == "coming"
    flash(
        "已排好，到开始时间发出。" if coming else "已发出，几秒内出现在他们打开的页面上。",
        "success",
    )
    return redirect(url_for("broadcasts.show", id=made.id))


def _form_page(form: BroadcastForm, errors: Mapping[str, str] | None = None) -> str:
    return render_template(
        "broadcasts/new.html",
        form=form,
        errors=errors or {},
        LABELS=LABELS,
        roles=list(reading().scalars(select(Role.name).order_by(Role.id))),
        teams=list(reading().scalars(select(Team.name).order_by(Team.name))),
    )


@blueprint.get("/<int:id>")
@needs("kb.broadcast")
def show(id: int) -> ResponseReturnValue:
    found = reading().get(Broadcast, id)
    if found is None:
        flash("没有这条广播。", "warning")
        return redirect(url_for("broadcasts.sent"))
    load_names([found.created_by, found.withdrawn_by])
    return render_template(
        "broadcasts/show.html",
        one=found,
        state=found.state(now()),
        teams=_by_team(found),
        text=_texts([found]).get(found.article_id or 0),
    )


def _by_team(found: Broadcast) -> list[dict[str, Any]]:
    """Who has read it, team by team, those who have not first."""
    read = broadcasts.read_by(reading(), found)
    teams: dict[str, list[tuple[Person, Any]]] = {}
    for one in _everybody(reading()):
        if found.is_for(one.id, addressee(one)):
            name = one.team.name if one.team else NO_TEAM
            teams.setdefault(name, []).append((one, read.get(one.id)))
    return [
        {
            "name": name,
            "rows": sorted(rows, key=lambda row: (row[1] is not None, row[0].number)),
            "read": sum(at is not None for _, at in rows),
        }
        for name, rows in sorted(teams.items(), key=lambda pair: (pair[0] == NO_TEAM, pair[0]))
    ]


@blueprint.post("/<int:id>/withdrawal")
@needs("kb.broadcast")
def withdraw(id: int) -> ResponseReturnValue:
    with work("broadcasts.withdraw") as writes:
        broadcasts.withdraw(writes, broadcasts.get(writes, id), Edit(person().id, now()))
    flash("已撤回，几秒内从所有页面上消失；谁看过仍然留着。", "success")
    return redirect(url_for("broadcasts.show", id=id))
