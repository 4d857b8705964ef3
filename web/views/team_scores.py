"""The scores of one's own team, for whoever leads it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from qa import reviews, standing

from .. import qa_sight, scored, todo
from ..access import needs
from ..context import person, reading
from ..people_names import load_names, person_name
from ..qa_ties import team_of
from . import finished

blueprint = Blueprint("team_scores", __name__, url_prefix="/qa/team")

PAGE = 30


@blueprint.get("")
@needs("qa.team")
def listing() -> ResponseReturnValue:
    """Finished reviews of the team, newest first; ``agent`` narrows to one of it."""
    team = team_of(reading(), person())
    agent = request.args.get("agent", type=int)
    ids = [one.id for one in team if agent is None or one.id == agent]
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    total, found = standing.listing(reading(), ids, offset=(page - 1) * PAGE, limit=PAGE)
    qa_sight.load_agents(r.call.agent_id for r in found)
    load_names(r.inspector_id for r in found)
    return render_template(
        "scores/team.html",
        reviews=found,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        agent=agent,
        people=[(one.id, f"{one.name}（{one.number}）") for one in team],
        waiting=todo.appealed(reading(), found),
        label=qa_sight.agent_label,
        name=person_name,
        points=scored.points,
        CHOSEN=scored.CHOSEN,
    )


@blueprint.get("/<int:id>")
@needs("qa.team")
def show(id: int) -> ResponseReturnValue:
    return finished.page(reviews.get(reading(), id))
