"""我的成绩: what an agent is told of himself, hears again, confirms and disputes."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.errors import InvalidContent, KbError, Settled
from qa import appeals, coachings, loops, remedies, reviews, standing
from qa.errors import TooLate
from qa.tables import Appeal, Review

from .. import scored, todo
from ..access import needs
from ..context import now, person, reading, work
from ..errors import status_of
from ..people_names import load_names, person_name
from ..scorecard_articles import titles
from . import finished

blueprint = Blueprint("my_scores", __name__, url_prefix="/my/scores")

PAGE = 12
SPAN = timedelta(days=90)
"""What the means at the head of the page look back on."""


@blueprint.get("")
@needs("qa.own")
def listing() -> ResponseReturnValue:
    return _listing()


def _listing(wrong: KbError | None = None, task: int = 0, typed: str = "") -> str:
    me, at = person().id, now()
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    total, found = standing.listing(reading(), [me], offset=(page - 1) * PAGE, limit=PAGE)
    _, tasks = coachings.of(reading(), [me], open=True, limit=100)
    closed, done = coachings.of(reading(), [me], open=False, limit=10)
    learn = remedies.open_for(reading(), [me])
    load_names([*(t.coach_id for t in tasks), *(t.coach_id for t in done)])
    return render_template(
        "scores/mine.html",
        reviews=found,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        fresh={r.id for r in standing.news(reading(), me)},
        open_appeals=todo.appealed(reading(), found),
        standings=standing.standings(reading(), me, at - SPAN, at + timedelta(seconds=1)),
        failing=_failing(at),
        days=SPAN.days,
        tasks=tasks,
        done=done,
        closed=closed,
        overdue=coachings.overdue,
        learn=[(r, todo.item_title(reading(), r)) for r in learn],
        effects=loops.effects(reading(), learn, at),
        articles=titles([*(r.article_key for r in learn), *(t.article_key for t in tasks)]),
        quizzes=todo.quizzes(),
        points=scored.points,
        name=person_name,
        wrong=wrong,
        wrong_task=task,
        typed=typed,
    )


def _failing(at: datetime) -> list[tuple[standing.Failing, str]]:
    found = standing.failing(reading(), person().id, at - SPAN, at + timedelta(seconds=1))
    return [(one, todo.title_on(reading(), one.scorecard_id, one.item)) for one in found[:8]]


@blueprint.get("/<int:id>")
@needs("qa.own")
def show(id: int) -> ResponseReturnValue:
    review = reviews.get(reading(), id)
    if review.call.agent_id != person().id:  # the address of somebody who may see it elsewhere
        finished.may_see(review)
        return redirect(finished.address(id))
    return _page(standing.own(reading(), person().id, id))


def _page(
    review: Review, wrong: Exception | None = None, item: str = "", typed: str = "", words: str = ""
) -> str:
    at = now()
    _, mine = coachings.of(reading(), [person().id], open=True)
    return render_template(
        "scores/one.html",
        s=scored.shown(review),
        at=at,
        may_appeal=set(appeals.open_items(reading(), review, at)),
        too_late=appeals.closed(review, at),
        STATES=appeals.STATES,
        fresh=review.told < review.scored or any(_untold(a) for a in _appeals(review)),
        tasks=[t for t in mine if t.review_id == review.id],
        points=scored.points,
        name=person_name,
        CHOSEN=scored.CHOSEN,
        wrong=wrong,
        wrong_item=item,
        typed=typed,
        words=words,
    )


def _appeals(review: Review) -> list[Appeal]:
    return appeals.of_review(reading(), review)


def _untold(appeal: Appeal) -> bool:
    return appeal.decided_by is not None and appeal.told_at is None


@blueprint.post("/<int:id>/acknowledgement")
@needs("qa.own")
def acknowledge(id: int) -> ResponseReturnValue:
    """Seen, with whatever the agent wants to say; a second time changes nothing."""
    review = standing.own(reading(), person().id, id)
    words = request.form.get("words", "")
    try:
        with work("qa.acknowledge") as writes:
            held = reviews.hold(writes, id)
            first = standing.acknowledge(writes, held, words, by=person().id, at=now())
    except InvalidContent as wrong:
        return _page(review, wrong, words=words), status_of(wrong)
    flash("已确认。" if first else "这个成绩以前已经确认过，原来的话保留不变。", "success")
    return redirect(url_for("my_scores.show", id=id))


@blueprint.post("/<int:id>/note")
@needs("qa.own")
def note(id: int) -> ResponseReturnValue:
    """The agent has taken note of what changed."""
    standing.own(reading(), person().id, id)
    with work("qa.told") as writes:
        standing.note(writes, reviews.hold(writes, id), by=person().id, at=now())
    if "HX-Request" in request.headers or request.accept_mimetypes.best == "application/json":
        return "", 204
    return redirect(url_for("my_scores.show", id=id))


@blueprint.post("/<int:id>/appeals")
@needs("qa.own")
def appeal(id: int) -> ResponseReturnValue:
    review = standing.own(reading(), person().id, id)
    item, reason = request.form.get("item", ""), request.form.get("reason", "")
    try:
        with work("qa.appeal") as writes:
            held = reviews.hold(writes, id)
            appeals.make(writes, held, item, reason, by=person().id, at=now())
    except (InvalidContent, Settled, TooLate) as wrong:
        return _page(review, wrong, item, reason), status_of(wrong)
    flash("申诉已提交，由评分以外的人裁定；有了结果会告诉您。裁定以前可以撤回。", "success")
    return redirect(url_for("my_scores.show", id=id, _anchor=f"item-{item}"))


@blueprint.post("/<int:id>/appeals/<int:nth>/withdrawal")
@needs("qa.own")
def withdraw(id: int, nth: int) -> ResponseReturnValue:
    standing.own(reading(), person().id, id)
    try:
        with work("qa.withdraw") as writes:
            appeals.withdraw(writes, appeals.hold(writes, nth), by=person().id, at=now())
    except Settled as wrong:
        flash(str(wrong), "error")
    else:
        flash("申诉已撤回。截止以前还可以再提。", "success")
    return redirect(url_for("my_scores.show", id=id))


@blueprint.post("/coaching/<int:id>")
@needs("qa.own")
def reply(id: int) -> ResponseReturnValue:
    """The agent answers a coaching task."""
    typed = request.form.get("reply", "")
    try:
        with work("qa.coaching.reply") as writes:
            task = coachings.hold(writes, id)
            coachings.acknowledge(writes, task, typed, by=person().id, at=now())
    except (InvalidContent, Settled) as wrong:
        return _listing(wrong, id, typed), status_of(wrong)
    flash("已回复，辅导人会看到。", "success")
    return redirect(url_for("my_scores.listing", _anchor="coaching"))


@blueprint.post("/reading/<int:id>")
@needs("qa.own")
def read(id: int) -> ResponseReturnValue:
    """The agent confirms having read the article of a loop, which must be one he may read."""
    with work("qa.read_again") as writes:
        remedy = remedies.hold(writes, id)
        todo.confirm_read(writes, remedy)
    flash("记下了。以后的通话会再看这一项。", "success")
    return redirect(url_for("my_scores.listing", _anchor="learn"))
