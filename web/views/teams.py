"""Teams: the groups people work in, which articles may be addressed to."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.errors import NotFound

from .. import roles
from ..access import needs
from ..audiences import addressed
from ..context import now, reading, work
from ..errors import Conflict, InvalidInput, WebError, status_of
from ..models import Team

blueprint = Blueprint("teams", __name__, url_prefix="/admin/teams")


@blueprint.get("")
@needs("people.manage")
def listing() -> ResponseReturnValue:
    return _page()


def _page(wrong: WebError | None = None, name: str = "", renaming: Team | None = None) -> str:
    """``wrong`` belongs to the form for a new team, or to that of the team being renamed."""
    teams = roles.all_teams(reading())
    return render_template(
        "teams/listing.html",
        teams=teams,
        members=roles.members(reading()),
        addressed={team.id: addressed(reading(), roles.names_of(team), now()) for team in teams},
        wrong=wrong,
        name=name,
        renaming=renaming,
        ask=isinstance(wrong, Conflict),
    )


@blueprint.post("")
@needs("people.manage")
def add() -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        with work("teams.add") as writes:
            roles.add_team(writes, name)
    except InvalidInput as wrong:
        return _page(wrong, name), status_of(wrong)
    flash(f"已新建班组“{name.strip()}”。", "success")
    return redirect(url_for("teams.listing"))


@blueprint.route("/<int:id>", methods=["GET", "POST"])
@needs("people.manage")
def rename(id: int) -> ResponseReturnValue:
    team = reading().get(Team, id)
    if team is None:
        raise NotFound("班组", str(id))
    if request.method == "GET":
        return _page(renaming=team, name=team.name)
    name = request.form.get("name", "")
    try:
        with work("teams.rename") as writes:
            stored = writes.get_one(Team, id)
            roles.rename(writes, stored, name, now(), even_so="even_so" in request.form)
    except (InvalidInput, Conflict) as wrong:
        return _page(wrong, name, team), status_of(wrong)
    flash(f"已改名为“{name.strip()}”。", "success")
    return redirect(url_for("teams.listing"))


@blueprint.post("/<int:id>/removal")
@needs("people.manage")
def remove(id: int) -> ResponseReturnValue:
    try:
        with work("teams.remove") as writes:
            team = writes.get(Team, id)
            if team is None:
                raise NotFound("班组", str(id))
            roles.remove_team(writes, team, now())
    except Conflict as wrong:
        flash(str(wrong), "error")
        return redirect(url_for("teams.listing"))
    flash(f"已删除班组“{team.name}”。", "success")
    return redirect(url_for("teams.listing"))
