"""One call: facts, sound and words, what was measured, what the agent saw, how it was scored."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from qa import listening
from qa.reviews import COUNTING
from qa.tables import Call, Review

from .. import call_figures, players, qa_sight, seen_articles
from ..access import SIGNED_IN, needs
from ..context import can, now, person, reading, services, viewer
from ..evidence.tables import ACTS
from ..people_names import load_names, person_name

blueprint = Blueprint("call", __name__, url_prefix="/qa/calls")

MOST_LISTENINGS = 100
STATES = {"waiting": "待评", "begun": "评分中", "finished": "已评", "cancelled": "已取消"}
PURPOSES = {"score": "评分", "recheck": "复检", "calibration": "校准", "live": "实时评分"}


@blueprint.get("/<key>")
@needs(SIGNED_IN)
def show(key: str) -> ResponseReturnValue:
    call = qa_sight.seen(key)
    services().evidence.flush()
    blind = call.id in qa_sight.hidden_calls()
    listenings = listening.of_call(reading(), call) if _may_see_listeners() else None
    load_names(row.person_id for row in listenings or ())
    player = players.of(call)
    figures = _figures(call)
    return render_template(
        "calls/show.html",
        call=call,
        blind=blind,
        agent=qa_sight.HIDDEN if blind else qa_sight.agent_label(call),
        customer=qa_sight.customer(call),
        player=player,
        recogniser=bool(services().settings.recogniser),
        figures=call_figures.rows(figures) if figures else [],
        source=call_figures.source(figures) if figures else "",
        measured_at=player.recording.measured_at if player.recording else None,
        used=seen_articles.during(reading(), viewer(), call, now()) if can("kb.read") else [],
        acts=ACTS,
        reviews=_reviews(call),
        address=_address,
        states=STATES,
        purposes=PURPOSES,
        listenings=None if listenings is None else listenings[:MOST_LISTENINGS],
        listened=0 if listenings is None else len(listenings),
        name=person_name,
    )


def _may_see_listeners() -> bool:
    return can("qa.plan") or can("qa.reports")


def _figures(call: Call) -> dict[str, object] | None:
    """Of the newest recording that was measured, also one whose sound is gone."""
    return next((r.figures for r in reversed(call.recordings) if r.figures), None)


# Reviews


def _reviews(call: Call) -> Sequence[Review]:
    """Those the person who is asking may know of, oldest first.

    Whoever is to look at the call again without knowing the first score is not shown it here.
    """
    query = select(Review).where(Review.call_id == call.id, Review.state != "cancelled")
    found = reading().scalars(query.order_by(Review.created_at, Review.id)).all()
    mine = [review for review in found if review.inspector_id == person().id]
    if call.id in qa_sight.hidden_scores():
        return mine
    return [review for review in found if review in mine or _open_to_me(review)]


def _open_to_me(review: Review) -> bool:
    if can("qa.plan") or can("qa.appeals") or can("qa.reports"):
        return review.purpose != "calibration"
    return review.state == "finished" and review.purpose in COUNTING


def _address(review: Review) -> str:
    """Where this person reads the review; '' where there is no such page for them."""
    if can("qa.score"):
        return url_for("scoring.show", id=review.id)
    if review.state != "finished":
        return ""
    if can("qa.team"):
        return url_for("team_scores.show", id=review.id)
    return url_for("my_scores.show", id=review.id)
