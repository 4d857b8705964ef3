"""The scoring desk: one call, its sound and words, and the form it is marked on."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.errors import InvalidContent, NotFound, Settled
from qa import commenting, queue, reviews
from qa.drafts import Marked
from qa.errors import NotYours, OwnCall, StaleDraft, Unfinished
from qa.rubric import Item, Rubric
from qa.tables import Calibration, Review

from .. import (
    marking,
    players,
    qa_sight,
    qa_suggestions,
    qa_ties,
    scorecard_articles,
    seen_articles,
    todo,
)
from ..access import needs
from ..context import can, look_again, now, person, reading, services, viewer, work
from ..errors import InvalidInput, status_of
from ..evidence.tables import ACTS
from ..pages import ZONE
from ..people_names import person_name
from . import finished

blueprint = Blueprint("scoring", __name__, url_prefix="/qa/reviews")

OPEN = ("waiting", "begun")
BLIND = ("recheck", "calibration")
CHOSEN = {"random": "随机抽中", "risk": "按风险抽中", "resample": "复查", "manual": "人工挑选"}
PURPOSES = {"score": "评分", "recheck": "复检", "calibration": "校准", "live": "实时评分"}
STATES = {"waiting": "待评", "begun": "评分中", "finished": "已评", "cancelled": "已取消"}
NOTE = "note."
ALL = "*"
"""In place of an item: every suggestion is asked for."""
MOST_TURNS = 10**9


@dataclass(frozen=True, slots=True)
class Difference:
    """An item answered otherwise on another page: its title, what is there, and what is here."""

    title: str
    there: str
    here: str


@blueprint.get("/<int:id>")
@needs("qa.score")
def show(id: int) -> ResponseReturnValue:
    review = seen(id)
    if _mine(review):
        return _desk(review)
    if review.state == "finished" and review.purpose in reviews.COUNTING:
        return finished.page(review)
    return render_template("scoring/read.html", **_facts(review), **_result(review))


def seen(id: int) -> Review:
    """The review, where this person may know of it. Raises NotFound.

    Whoever is to look at the call again, or for the first time, does not see another's marks.
    """
    review = reviews.get(reading(), id)
    if review.inspector_id == person().id or _mine(review):
        return review
    if _blind_to(review) or _not_compared(review):
        raise NotFound("评分", str(id))
    if can("qa.plan") or can("qa.appeals") or can("qa.reports"):
        return review
    if review.state == "finished" and review.purpose in reviews.COUNTING:
        return review
    raise NotFound("评分", str(id))


def _mine(review: Review) -> bool:
    """To be marked by whoever is asking: their own, or nobody's and one they may take."""
    if review.state not in OPEN:
        return False
    if review.inspector_id is None:
        own = qa_ties.never(reading(), person()) | {person().id}
        return review.call.agent_id not in own
    return review.inspector_id == person().id


def _blind_to(review: Review) -> bool:
    query = select(Review.id).where(
        Review.call_id == review.call_id,
        Review.inspector_id == person().id,
        Review.purpose.in_(BLIND),
        Review.state.in_(OPEN),
    )
    return reading().scalar(query.limit(1)) is not None


def _not_compared(review: Review) -> bool:
    """Marks of a calibration are nobody else's before it is closed."""
    if review.calibration_id is None:
        return False
    return reading().get_one(Calibration, review.calibration_id).closed_at is None


# Marking


@blueprint.post("/<int:id>/page")
@needs("qa.score")
def claim(id: int) -> ResponseReturnValue:
    """A page has been opened: it begins the review, and takes it over from an older page."""
    never = qa_ties.never(reading(), person())
    page, saves = request.form.get("page", "")[:40], request.form.get("saves", 0, type=int)
    try:
        with work("qa.mark") as writes:
            held = reviews.hold(writes, id)
            draft = reviews.claim(writes, held, page, saves, by=person().id, at=now(), never=never)
    except (StaleDraft, Settled, NotYours, OwnCall) as wrong:
        return _refused(wrong)
    return jsonify(saves=draft.saves)


@blueprint.post("/<int:id>/draft")
@needs("qa.score")
def save(id: int) -> ResponseReturnValue:
    """Keep the marks made so far: as JSON while one marks, else the page again."""
    review = seen(id)
    rubric = reviews.rubric_of(review.version)
    try:
        _save(review, rubric)
    except StaleDraft as stale:
        return _stale(review, rubric, stale)
    except (InvalidContent, Settled, NotYours, OwnCall) as wrong:
        if _by_script():
            return _refused(wrong)
        if isinstance(wrong, InvalidContent):
            return _desk(review, typed=_sent(rubric), wrong=str(wrong)), 422
        raise
    look_again()
    if _by_script():
        return jsonify(_state(reviews.get(reading(), id)))
    if "look" not in request.form:
        flash("已保存。", "success")
    return redirect(url_for("scoring.show", id=id, _anchor=_anchor(request.form.get("look", ""))))


@blueprint.post("/<int:id>/finish")
@needs("qa.score")
def finish(id: int) -> ResponseReturnValue:
    """Save, then score: what is missing is named, and what was marked stays saved."""
    review = seen(id)
    rubric = reviews.rubric_of(review.version)
    try:
        _save(review, rubric)
        with work("qa.finish") as writes:
            held = reviews.hold(writes, id)
            made = reviews.finish(writes, held, by=person().id, at=now())
            todo.after_finishing(writes, held, now())
    except StaleDraft as stale:
        return _stale(review, rubric, stale)
    except Unfinished as missing:
        return _missing(id, missing)
    except (InvalidContent, Settled, NotYours, OwnCall) as wrong:
        if _by_script():
            return _refused(wrong)
        if isinstance(wrong, InvalidContent):
            return _desk(review, typed=_sent(rubric), wrong=str(wrong)), 422
        raise
    told = "不计分" if made.reported is None else f"{made.reported:.2f} 分"
    flash(f"通话 {review.call.key} 已评完：{told}。", "success")
    look_again()
    following = queue.next_of(reading(), person().id, after=id)
    to = url_for("scoring.show", id=following.id) if following else url_for("queue.mine")
    return jsonify(next=to) if _by_script() else redirect(to)


def _save(review: Review, rubric: Rubric) -> None:
    never = qa_ties.never(reading(), person()) if review.state == "waiting" else frozenset[int]()
    saves = request.form.get("saves", 0, type=int)
    with work("qa.mark") as writes:
        held = reviews.hold(writes, review.id)
        if held.state == "waiting":
            reviews.begin(writes, held, by=person().id, at=now(), never=never)
        reviews.save(writes, held, _sent(rubric), saves, by=person().id, at=now())


def _sent(rubric: Rubric) -> Marked:
    """What the form holds."""
    form = request.form
    look = form.getlist("look")
    checked = [item.key for item in rubric.items() if item.check]
    return Marked(
        answers=marking.answers(rubric, form),
        notes={item.key: form.get(NOTE + item.key, "") for item in rubric.items()},
        comment=form.get("comment", ""),
        worked=form.get("worked", None, type=float) if form.get("worked") else None,
        page=form.get("page", ""),
        turn=min(max(form.get("turn", 0, type=int), 0), MOST_TURNS),
        looked=checked if ALL in look else [key for key in look if key in checked],
    )


def _by_script() -> bool:
    return "X-Autosave" in request.headers


# Answers to the script


def _state(review: Review) -> dict[str, Any]:
    """What changes on the page after a save."""
    current = reviews.current(reading(), review)
    shown = qa_suggestions.of(review, current.rubric)
    made = marking.marked(current.rubric, current.answers)
    return {
        "saves": current.saves,
        "at": now().astimezone(ZONE).strftime("%H:%M:%S"),
        "score": render_template("scoring/score.html", rubric=current.rubric, marked=made),
        "missing": len(current.open),
        "faults": {k: why for k, why in made.missing.items() if k in current.answers},
        "suggestions": {
            key: render_template("scoring/suggestion.html", one=one, id=review.id)
            for key, one in shown.items()
            if one.open
        },
    }


def _refused(wrong: Exception) -> ResponseReturnValue:
    return jsonify(error=str(wrong), kind=type(wrong).__name__), status_of(wrong)


def _stale(review: Review, rubric: Rubric, stale: StaleDraft) -> ResponseReturnValue:
    """Both contents: nothing is gone over, nothing is lost."""
    look_again()
    typed = _sent(rubric)
    newer = reviews.current(reading(), reviews.get(reading(), review.id))
    found = _differences(rubric, newer.answers, typed.answers)
    if _by_script():
        told = [{"title": d.title, "there": d.there, "here": d.here} for d in found]
        return jsonify(
            error=str(stale), kind="StaleDraft", saves=stale.saves, differences=told
        ), 409
    fresh = reviews.get(reading(), review.id)
    return _desk(fresh, typed=typed, wrong=str(stale), differences=found), 409


def _differences(
    rubric: Rubric, there: Mapping[str, Any], here: Mapping[str, Any]
) -> list[Difference]:
    return [
        Difference(item.title, _words(item, there.get(item.key)), _words(item, here.get(item.key)))
        for item in rubric.items()
        if there.get(item.key) != here.get(item.key)
    ]


def _words(item: Item, answer: Any) -> str:
    """An answer as people call it."""
    if answer is None:
        return "没有评"
    if answer == "na":
        return "不适用"
    titles = {option.key: option.title for option in item.options}
    if isinstance(answer, list):
        return "、".join(titles.get(str(key), str(key)) for key in answer) or "都没有"
    return titles.get(answer, answer) if isinstance(answer, str) else f"{answer:g}"


def _missing(id: int, missing: Unfinished) -> ResponseReturnValue:
    look_again()
    review = reviews.get(reading(), id)
    if _by_script():
        told = [{"item": key, "title": title, "why": why} for key, title, why in missing.items]
        return jsonify(error=str(missing), missing=told, state=_state(review)), 422
    return _desk(review, wrong=str(missing), told=True), 422


def _anchor(look: str) -> str | None:
    return f"item-{look}" if look and look != ALL else None


# Remarks


@blueprint.post("/<int:id>/comments")
@needs("qa.score")
def comment(id: int) -> ResponseReturnValue:
    form = request.form
    try:
        start, end = (players.seconds_of(side, form.get(side, "")) for side in ("start", "end"))
        with work("qa.comment") as writes:
            held = reviews.hold(writes, seen(id).id)
            if held.state == "waiting":
                never = qa_ties.never(reading(), person())
                reviews.begin(writes, held, by=person().id, at=now(), never=never)
            commenting.add(
                writes,
                held,
                form.get("text", ""),
                start,
                end,
                form.get("item", ""),
                by=person().id,
                at=now(),
            )
    except (InvalidContent, InvalidInput) as wrong:
        return _desk(seen(id), wrong=str(wrong)), 422
    return redirect(url_for("scoring.show", id=id, _anchor="notes"))


@blueprint.post("/<int:id>/comments/<int:number>/removal")
@needs("qa.score")
def remove_comment(id: int, number: int) -> ResponseReturnValue:
    with work("qa.comment") as writes:
        held = reviews.hold(writes, seen(id).id)
        commenting.remove(writes, held, number, by=person().id, at=now())
    return redirect(url_for("scoring.show", id=id, _anchor="notes"))


# The page


def _desk(
    review: Review,
    *,
    typed: Marked | None = None,
    wrong: str = "",
    told: bool = False,
    differences: Sequence[Difference] = (),
) -> str:
    current = reviews.current(reading(), review)
    given = current if typed is None else typed
    services().evidence.flush()
    return render_template(
        "scoring/desk.html",
        **_facts(review),
        rubric=current.rubric,
        marked=marking.marked(current.rubric, given.answers),
        notes=given.notes,
        comment=given.comment,
        saves=current.saves,
        worked=current.worked,
        last_page=current.page,
        page=secrets.token_urlsafe(15),
        suggestions=qa_suggestions.of(review, current.rubric),
        articles=scorecard_articles.linked(current.rubric),
        player=_player(review, current.rubric, open_=True),
        wrong=wrong,
        told=told,
        differences=differences,
        waiting=len(queue.of(reading(), person().id)),
    )


def _facts(review: Review) -> dict[str, Any]:
    """What is known of the call and of the review."""
    hidden = qa_sight.hides(review) or review.call_id in qa_sight.hidden_calls()
    reads = can("kb.read")
    return {
        "review": review,
        "call": review.call,
        "blind": hidden,
        "agent": qa_sight.HIDDEN if hidden else qa_sight.agent_label(review.call, review),
        "customer": qa_sight.customer(review.call),
        "used": seen_articles.during(reading(), viewer(), review.call, now()) if reads else [],
        "acts": ACTS,
        "CHOSEN": CHOSEN,
        "PURPOSES": PURPOSES,
        "STATES": STATES,
        "overdue": review.due_at is not None and review.state in OPEN and review.due_at < now(),
        "inspector": person_name(review.inspector_id) if review.inspector_id else "",
    }


def _result(review: Review) -> dict[str, Any]:
    """The score that holds, for those who only look."""
    score = review.score
    rubric = reviews.rubric_of(review.version)
    return {
        "rubric": rubric,
        "score": score,
        "marked": marking.marked(rubric, score.answers) if score else None,
        "words": lambda item: _words(item, score.answers.get(item.key)) if score else "",
        "suggestions": qa_suggestions.of(review, rubric, everything=True) if score else {},
        "player": _player(review, rubric, open_=False),
        "name": person_name,
    }


def _player(review: Review, rubric: Rubric, *, open_: bool) -> players.Player:
    titles = {item.key: item.title for item in rubric.items()}

    def removal(comment: players.Remark) -> str:
        if not open_ or comment.author_id != person().id:
            return ""
        return url_for("scoring.remove_comment", id=review.id, number=comment.id)

    return players.of(
        review.call,
        notes=players.notes(review.comments, person_name, titles, removal),
        comment_url=url_for("scoring.comment", id=review.id) if open_ else "",
        items=list(titles.items()) if open_ else (),
    )
