"""Who scores a call: one picked by hand, one given to somebody else, one cancelled."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.errors import InvalidContent, NotFound, Settled
from qa import calls, reviews
from qa.errors import OwnCall
from qa.tables import Review, Scorecard

from .. import jobs, qa_sight, qa_ties
from ..access import needs
from ..context import can, now, person, reading, work
from ..errors import status_of
from ..inspectors import inspectors
from ..models import Person
from ..people_names import person_name

blueprint = Blueprint("assigning", __name__, url_prefix="/qa/reviews")

DUE = timedelta(days=7)


@blueprint.route("/new", methods=["GET", "POST"])
@needs("qa.score")
def new() -> ResponseReturnValue:
    """A call picked by hand: for oneself, or with ``qa.plan`` for anybody."""
    if request.method == "GET":
        return _new_page()
    try:
        review = _pick()
    except (InvalidContent, NotFound, Settled, OwnCall) as wrong:
        return _new_page(wrong), status_of(wrong) if not isinstance(wrong, NotFound) else 422
    if review.inspector_id == person().id:
        return redirect(url_for("scoring.show", id=review.id))
    flash(f"通话 {review.call.key} 已派给{_called(review.inspector_id)}。", "success")
    return redirect(url_for("queue.everybody"))


def _pick() -> Review:
    form = request.form
    call = qa_sight.seen(form.get("call", "").replace("\0", "").strip())
    with work("qa.pick") as writes:
        held = calls.get(writes, call.key)
        number = form.get("scorecard", "")
        known = number.isdecimal() and len(number) < 10
        card = writes.get(Scorecard, int(number)) if known else None
        if card is None:
            raise InvalidContent("scorecard", "请选评分表。")
        to = _to(form.get("inspector", ""))
        never = _never(to)
        review = reviews.pick(
            writes,
            held,
            card,
            by=person().id,
            at=now(),
            inspector=to,
            reason=form.get("reason", ""),
            blind="blind" in form and can("qa.plan"),
            due_at=now() + DUE,
            never=never,
            purpose="live" if held.seconds is None else "score",
        )
        jobs.enqueue_suggesting(writes, [held.id])
        return review


def _to(text: str) -> int | None:
    """Whom it is given to: oneself, unless one hands work out."""
    if not can("qa.plan"):
        return person().id
    if not text:
        return None
    known = {str(one.id): one.id for one in inspectors(reading())}
    if text not in known:
        raise InvalidContent("inspector", "请选一位在用的质检员。")
    return known[text]


def _never(to: int | None) -> frozenset[int]:
    found = None if to is None else reading().get(Person, to)
    return frozenset() if found is None else qa_ties.never(reading(), found)


def _called(id: int | None) -> str:
    return person_name(id) if id is not None else "质检组（还没有派人）"


def _new_page(wrong: Exception | None = None) -> str:
    source = request.form if request.method == "POST" else request.args
    cards = reading().scalars(select(Scorecard).where(Scorecard.retired_at.is_(None)))
    return render_template(
        "queue/new.html",
        wrong=wrong,
        field=getattr(wrong, "field", "call") if wrong else "",
        call=source.get("call", "").replace("\0", "")[:64],
        scorecard=source.get("scorecard", ""),
        inspector=source.get("inspector", str(person().id)),
        reason=source.get("reason", ""),
        blind="blind" in source,
        cards=[(str(card.id), card.title) for card in cards if card.active],
        people=_choices() if can("qa.plan") else [],
    )


def _choices() -> list[tuple[str, str]]:
    return [(str(one.id), f"{one.name}（{one.number}）") for one in inspectors(reading())]


# Given to somebody else, or cancelled


@blueprint.get("/<int:id>/assignment")
@needs("qa.plan")
def edit(id: int) -> ResponseReturnValue:
    return _edit_page(reviews.get(reading(), id))


@blueprint.post("/<int:id>/assignment")
@needs("qa.plan")
def assign(id: int) -> ResponseReturnValue:
    review = reviews.get(reading(), id)
    text = request.form.get("inspector", "")
    try:
        to = _to(text)
        with work("qa.assign") as writes:
            held = reviews.hold(writes, id)
            reviews.reassign(
                writes,
                held,
                to,
                by=person().id,
                at=now(),
                reason=request.form.get("reason", ""),
                never=_never(to),
            )
    except (InvalidContent, OwnCall) as wrong:
        return _edit_page(review, wrong), status_of(wrong)
    flash(f"通话 {review.call.key} 已改派给{_called(to)}。", "success")
    return redirect(url_for("queue.everybody"))


@blueprint.post("/<int:id>/cancellation")
@needs("qa.plan")
def cancel(id: int) -> ResponseReturnValue:
    review = reviews.get(reading(), id)
    reason = request.form.get("reason", "")
    try:
        with work("qa.cancel") as writes:
            held = reviews.hold(writes, id)
            reviews.cancel(writes, held, by=person().id, at=now(), reason=reason)
    except InvalidContent as wrong:
        return _edit_page(review, wrong), status_of(wrong)
    flash(f"通话 {review.call.key} 的评分已取消，以后还可以再抽到它。", "success")
    return redirect(url_for("queue.everybody"))


def _edit_page(review: Review, wrong: Exception | None = None) -> str:
    hidden = review.call_id in qa_sight.hidden_calls()
    return render_template(
        "queue/assign.html",
        review=review,
        agent=qa_sight.HIDDEN if hidden else qa_sight.agent_label(review.call, review),
        name=person_name,
        people=[("", "先不派人"), *_choices()],
        chosen=request.form.get("inspector", str(review.inspector_id or "")),
        reason=request.form.get("reason", ""),
        wrong=wrong,
    )
