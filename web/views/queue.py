"""What waits for an inspector, soonest due first; for those who plan, what waits for everybody."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qa import queue
from qa.tables import Review

from .. import qa_sight
from ..access import needs
from ..context import now, person, reading
from ..people_names import load_names, person_name
from .scoring import CHOSEN, OPEN, PURPOSES, STATES

blueprint = Blueprint("queue", __name__, url_prefix="/qa/queue")

MOST = 200


@blueprint.get("")
@needs("qa.score")
def mine() -> ResponseReturnValue:
    open_ = queue.of(reading(), person().id)
    done = queue.finished(reading(), person().id)
    return render_template(
        "queue/mine.html", open=open_, done=done, late=_late(open_), **_shown([*open_, *done])
    )


@blueprint.get("/next")
@needs("qa.score")
def following() -> ResponseReturnValue:
    """To the one that is due first."""
    found = queue.next_of(reading(), person().id)
    if found is None:
        flash("没有等您评的通话。", "info")
        return redirect(url_for("queue.mine"))
    return redirect(url_for("scoring.show", id=found.id))


@blueprint.get("/all")
@needs("qa.plan")
def everybody() -> ResponseReturnValue:
    who = request.args.get("person", "")
    chosen = int(who) if who.isdecimal() and len(who) < 10 else None
    rows = queue.everybody(reading(), person=chosen, nobody=who == "nobody", limit=MOST)
    loads = queue.loads(reading(), now())
    load_names(load.person for load in loads)
    return render_template(
        "queue/everybody.html",
        rows=rows,
        loads=loads,
        chosen=who if who == "nobody" or chosen is not None else "",
        late=_late(rows),
        MOST=MOST,
        **_shown(rows),
    )


def _late(rows: Sequence[Review]) -> set[int]:
    return {row.id for row in rows if row.due_at and row.due_at < now() and row.state in OPEN}


def _shown(rows: Sequence[Review]) -> dict[str, object]:
    load_names(row.inspector_id for row in rows)
    qa_sight.load_agents(row.call.agent_id for row in rows)
    hidden = qa_sight.hidden_calls()

    def agent(row: Review) -> str:
        if row.call_id in hidden:
            return qa_sight.HIDDEN
        return qa_sight.agent_label(row.call, row)

    return {
        "agent": agent,
        "name": person_name,
        "CHOSEN": CHOSEN,
        "PURPOSES": PURPOSES,
        "STATES": STATES,
    }
