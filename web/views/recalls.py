"""Recalled answers: being told, confirming, and following who has confirmed."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ..access import needs
from ..context import now, person, reading, viewer, work
from ..evidence import recalls
from ..evidence.tables import Recall
from ..people_names import load_names, person_name

blueprint = Blueprint("recalls", __name__)


@blueprint.get("/recalls")
@needs("kb.read")
def mine() -> ResponseReturnValue:
    """What this person was told, confirmed or not."""
    found = recalls.all_of(reading(), person().id, viewer(), now())
    return render_template("recalls/mine.html", recalled=found)


@blueprint.post("/recalls/<int:id>/confirmation")
@needs("kb.read")
def confirm(id: int) -> ResponseReturnValue:
    with work("recall.confirm") as writes:
        recalls.confirm(writes, person().id, id, now())
    if "HX-Request" in request.headers or request.accept_mimetypes.best == "application/json":
        return "", 204
    return redirect(url_for("recalls.mine"))


@blueprint.get("/kb/recalls")
@needs("kb.write")
def listing() -> ResponseReturnValue:
    seen = viewer()
    found = [t for t in recalls.tallies(reading()) if seen.may_see(t.recall.revision.audiences)]
    load_names(one.recall.by for one in found)
    return render_template("recalls/listing.html", tallies=found, person_name=person_name)


@blueprint.get("/kb/recalls/<int:id>")
@needs("kb.write")
def show(id: int) -> ResponseReturnValue:
    """Who was told of one recall, and who has confirmed."""
    made = reading().get(Recall, id)
    if made is None or not viewer().may_see(made.revision.audiences):
        abort(404)
    told = recalls.told(reading(), id)
    load_names([made.by, *(one.person_id for one in told)])
    return render_template("recalls/show.html", recall=made, told=told, person_name=person_name)
