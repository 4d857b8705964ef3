"""For editors: why does an article stand where it stands for a question?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from kb import gate
from kb.explain import NAMES, WHY, compared, rows, weight_of
from kb.search import WINDOW

from ..access import needs
from ..context import now, reading, services, viewer
from .desk import Ask

blueprint = Blueprint("why", __name__)


@blueprint.get("/desk/why/<path:key>")
@needs("kb.write")
def show(key: str) -> ResponseReturnValue:
    """The parts of the score, for the question as the desk would ask it of the same person."""
    ask = Ask.from_request()
    revision = gate.in_force(reading(), viewer(), now(), key)
    if not ask.q:
        return redirect(url_for("articles.show", key=key))
    told = services().library.explain(
        ask.q,
        revision,
        session=reading(),
        viewer=viewer(),
        filters=ask.filters,
        literal=ask.literal,
    )
    return render_template(
        "desk/why.html",
        ask=ask,
        key=key,
        told=told,
        rows=rows(told),
        compared=compared(told),
        names=NAMES,
        reasons=WHY,
        weight_of=weight_of,
        window=WINDOW,
    )
