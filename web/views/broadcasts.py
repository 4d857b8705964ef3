"""Broadcasts: what a person was told, and sending, withdrawing and following them up."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb import broadcasts
from kb.broadcasts import Broadcast
from kb.errors import NotFound

from ..access import SIGNED_IN, needs
from ..context import now, person, viewer, work

blueprint = Blueprint("broadcasts", __name__, url_prefix="/broadcasts")


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
    return redirect(url_for("home.home"))


def _is_mine(broadcast: Broadcast) -> bool:
    begun = broadcast.state(now()) in ("current", "over")
    return begun and broadcast.is_for(person().id, viewer())
