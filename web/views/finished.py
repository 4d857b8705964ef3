"""A finished review as those who judge see it, and the one step that corrects a plain slip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.errors import InvalidContent, NotFound, Settled
from qa import appeals, reviews, slips
from qa.errors import TooLate, WouldLower
from qa.reviews import COUNTING
from qa.tables import Review

from .. import marking, qa_sight, scored
from ..access import SIGNED_IN, needs
from ..context import can, now, person, reading, work
from ..errors import status_of
from ..people_names import person_name
from ..qa_ties import ties
from ..scorecard_articles import linked

blueprint = Blueprint("finished", __name__, url_prefix="/qa/reviews")


def page(review: Review) -> str:
    """The read view of a finished review that the person who is asking may see.

    Whoever is to settle an appeal of it is asked first to judge the evidence himself.
    """
    may_see(review)
    waiting = [a for a in appeals.of_review(reading(), review) if a.state == appeals.WAITING]
    mine = [a for a in waiting if may_settle(review) and a.opinion_by != person().id]
    if mine and "look" not in request.args:
        return render_template("reviews/wait.html", review=review, appeals=mine)
    return render_template(
        "reviews/finished.html",
        s=scored.shown(review),
        customer=qa_sight.customer(review.call),
        CHOSEN=scored.CHOSEN,
        waiting=waiting,
        may_settle=may_settle(review),
        may_correct=_refusal(review) is None,
        may_coach=may_coach(review),
        points=scored.points,
        name=person_name,
        STATES=appeals.STATES,
    )


def may_see(review: Review) -> None:
    """Raises NotFound for what is not finished, does not count, or is to be looked at blind."""
    seen = review.state == "finished" and review.purpose in COUNTING and review.score is not None
    if not seen or not qa_sight.may_see(review.call):
        raise NotFound("评分", str(review.id))
    if review.call.id in qa_sight.hidden_scores():
        raise NotFound("评分", str(review.id))


def may_settle(review: Review) -> bool:
    """Whether the person who is asking may decide appeals of this review."""
    return (
        can("qa.appeals")
        and review.score is not None
        and appeals.may_judge(review, review.scores[0], person().id, ties(reading(), person()))
    )


def may_coach(review: Review) -> bool:
    return review.call.agent_id != person().id and (can("qa.score") or can("qa.team"))


def _refusal(review: Review) -> Exception | None:
    settles = can("qa.appeals")
    return slips.refusal(reading(), review, by=person().id, settles=settles, at=now())


@blueprint.route("/<int:id>/slip", methods=["GET", "POST"])
@needs(SIGNED_IN)
def slip(id: int) -> ResponseReturnValue:
    """Correct a plain slip: the form with the answers as they stand, and why."""
    review = reviews.get(reading(), id)
    may_see(review)
    if (refused := _refusal(review)) is not None:
        raise refused
    rubric = reviews.rubric_of(review.version)
    assert review.score is not None
    if request.method == "GET":
        return _slip(review, review.score.answers)
    given = {**review.score.answers, **marking.answers(rubric, request.form)}
    reason = request.form.get("reason", "")
    try:
        with work("qa.slip") as writes:
            held = reviews.hold(writes, id)
            settles = can("qa.appeals")
            slips.correct(writes, held, given, reason, by=person().id, settles=settles, at=now())
    except (InvalidContent, Settled, TooLate, WouldLower) as wrong:
        return _slip(review, given, wrong, reason), status_of(wrong)
    flash("已更正，座席会得到通知；原来的成绩留在经过里。", "success")
    return redirect(address(id))


def _slip(
    review: Review, answers: Mapping[str, Any], wrong: Exception | None = None, reason: str = ""
) -> str:
    rubric = reviews.rubric_of(review.version)
    return render_template(
        "reviews/slip.html",
        review=review,
        rubric=rubric,
        marked=marking.marked(rubric, answers),
        articles=linked(rubric),
        back=address(review.id),
        points=scored.points,
        wrong=wrong,
        reason=reason,
    )


def address(id: int) -> str:
    """Where the person who is asking reads a finished review."""
    return url_for("scoring.show", id=id) if can("qa.score") else url_for("team_scores.show", id=id)
