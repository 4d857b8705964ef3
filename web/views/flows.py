"""Following a script during a call: one step at a time, by keyboard, through the gate each time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import flows, gate, markdown
from kb.errors import NotFound
from kb.flows import Flow, Step
from kb.models import Revision

from ..access import needs
from ..context import now, reading, viewer
from .desk import note_opened

blueprint = Blueprint("flows", __name__, url_prefix="/flows")

MOST_STEPS = 200


@blueprint.get("/<key>")
@needs("kb.read")
def show(key: str) -> ResponseReturnValue:
    """``way``: the options chosen so far, by number with dots between; ``version``: in which
    revision. A flow that was revised meanwhile begins again, and the page says so."""
    revision = gate.in_force(reading(), viewer(), now(), key)
    flow = flows.of(revision.data)
    if flow is None:
        return redirect(url_for("articles.show", key=key))
    version = request.args.get("version", type=int)
    stale = version is not None and version != revision.number
    choices = [] if stale else choices_of(request.args.get("way", ""))
    steps = flows.walk(flow, choices)
    if not choices:
        note_opened(revision, markdown.render(revision.body))
    return page(revision, flow, steps, stale=stale, linked=_linked(steps))


def page(
    revision: Revision,
    flow: Flow,
    steps: Sequence[Step],
    *,
    stale: bool = False,
    linked: Iterable[Revision] = (),
    preview: bool = False,
) -> str:
    """Where the agent stands; ``preview`` is an editor's, of a draft."""
    taken = [step.chosen for step in steps[:-1] if step.chosen is not None]
    return render_template(
        "flows/show.html",
        revision=revision,
        key=revision.article.key,
        flow=flow,
        steps=steps,
        here=steps[-1].node if steps else None,
        ways=[_way(taken[:length]) for length in range(len(taken) + 1)],
        way=_way(taken),
        stale=stale,
        linked=list(linked),
        preview=preview,
    )


def choices_of(text: str) -> list[int]:
    parts = text.split(".")[:MOST_STEPS] if text else []
    return [
        int(part) if part.isascii() and part.isdigit() and len(part) < 3 else 0 for part in parts
    ]


def _way(choices: Sequence[int]) -> str:
    return ".".join(map(str, choices))


def _linked(steps: Sequence[Step]) -> list[Revision]:
    """The articles of this step that this person may see now. Of the others nothing is shown."""
    found = []
    for key in steps[-1].node.articles if steps else ():
        try:
            found.append(gate.in_force(reading(), viewer(), now(), key))
        except NotFound:
            continue
    return found
