"""An exam while it is written. The page saves by script (``attempt_wire``), or by plain forms."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf  # type: ignore[import-untyped]

from exams import attempts, deadlines, visibility
from exams.attempts import OPEN, Ack, Sent
from exams.errors import BadResponse, HeldElsewhere
from exams.responses import LONGEST_BLANK, LONGEST_ESSAY, LONGEST_NUMBER
from exams.tables import Attempt
from kb.errors import NotFound

from .. import attempt_ends, attempt_forms, attempt_wire, studying
from ..access import needs
from ..api.views import limiter
from ..context import look_again, now, person, reading, services, work
from ..errors import InvalidInput, status_of
from ..security import takes
from ..visits import origin

blueprint = Blueprint("attempt", __name__, url_prefix="/attempts/<row:id>")

RATE = "600/minute"
"""Requests of one person: ten a second is more than anybody's typing, and no more than that."""
LIMITS = {"essay": LONGEST_ESSAY, "blank": LONGEST_BLANK, "number": LONGEST_NUMBER}


def rate() -> str:
    return RATE


@blueprint.after_request
def tell_the_time(response: Response) -> Response:
    response.headers["X-Server-Now"] = attempt_wire.moment(now())
    return response


def as_json(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """What a script sent and cannot be taken is told in its own language."""

    @wraps(view)
    def told(**arguments: Any) -> ResponseReturnValue:
        try:
            return view(**arguments)
        except (BadResponse, HeldElsewhere, InvalidInput, NotFound) as wrong:
            kind = type(wrong).__name__
            return jsonify(error=str(wrong), kind=kind), status_of(wrong)

    return told


# By script


@blueprint.post("/events")
@needs("exams.take")
@limiter.limit(rate)
@takes(attempt_wire.LARGEST_BODY)
@as_json
def events(id: int) -> ResponseReturnValue:
    """The answer leaves when what it acknowledges is on the disk."""
    page, sent = attempt_wire.sent(request.get_data())
    with work("exams.sit") as writes:
        ack = attempts.record(writes, id, person().id, page, sent, now(), origin())
    told = attempt_wire.acknowledged(ack, now())
    wrong = [why for reason, why in ack.refused.values() if reason == "invalid"]
    return (jsonify(told | {"error": wrong[0]}), 422) if wrong else jsonify(told)


@blueprint.post("/take")
@needs("exams.take")
@limiter.limit(rate)
@as_json
def take(id: int) -> ResponseReturnValue:
    """A page takes the attempt over from the one it knows of, and hears what stands by now:
    what the last one sent as it closed may have come in after this one was made."""
    wanted = attempt_wire.taking(request.get_data())
    _end_if_over(id)
    with work("exams.sit") as writes:
        attempts.take(
            writes, id, person().id, wanted.page, wanted.sequence, wanted.over, now(), origin()
        )
    look_again()
    return jsonify(_state(_mine(id), wanted.page) | _answers(id))


@blueprint.get("/state")
@needs("exams.take")
@limiter.limit(rate)
@as_json
def state(id: int) -> ResponseReturnValue:
    """Where the attempt stands, with its answers; ``brief=1`` without them."""
    found = _state(_mine(id), request.args.get("page", ""))
    if not request.args.get("brief"):
        found |= _answers(id)
    return jsonify(found)


def _answers(id: int) -> dict[str, Any]:
    asked = attempts.asked(reading(), id)
    return {
        "responses": {str(q.position): q.response for q in asked if q.response is not None},
        "flagged": [q.position for q in asked if q.flagged],
    }


def _state(attempt: Attempt, page: str) -> dict[str, Any]:
    standing = attempt_wire.standing(attempt.state, attempt.ended, attempt.deadline_at, now())
    return standing | {
        "holder": bool(page) and attempt.holder == page,
        "held_by": attempt.holder,
        "csrf": generate_csrf(),
    }


@blueprint.post("/submit")
@needs("exams.take")
@limiter.limit(rate)
def submit(id: int) -> ResponseReturnValue:
    """Hand in; again is harmless."""
    return _submit_by_script(id=id) if request.is_json else _submit_by_form(id)


@as_json
def _submit_by_script(id: int) -> ResponseReturnValue:
    attempt = _handed_in(id, attempt_wire.page_of(request.get_data()))
    return jsonify(_state(attempt, "") | {"next": url_for("attempt.show", id=id)})


def _handed_in(id: int, page: str) -> Attempt:
    with work("exams.submit") as writes:
        attempt = attempts.submit(writes, id, person().id, page, now(), origin())
    studying.after_attempt(attempt)
    return attempt


# By plain forms


@blueprint.get("")
@needs("exams.take")
def show(id: int) -> ResponseReturnValue:
    """The exam page; once handed in, that it was."""
    _end_if_over(id)
    return _page(_mine(id))


@blueprint.post("/answers/<int(max=100000):position>")
@needs("exams.take")
@limiter.limit(rate)
def answer(id: int, position: int) -> ResponseReturnValue:
    """One question by a form: its answer, or the flag on it."""
    _end_if_over(id)
    asked = {each.position: each for each in attempts.asked(reading(), id)}
    if position not in asked:
        raise NotFound("题目", str(position))
    act = request.form.get("act", "save")
    if act in ("flag", "unflag"):
        event = Sent(0, "flagged", position, act == "flag")
    else:
        given = attempt_forms.response(asked[position], request.form) if act == "save" else None
        event = Sent(0, "answered", position, given)
    ack = _by_form(id, event)
    if ack.refused:
        look_again()
        _, (reason, sentence) = ack.refused.popitem()
        more = "要在这里继续，请再按一次“保存”。" if reason == "elsewhere" else ""
        typed = {} if event.kind == "flagged" else {position: event.data}
        status = 422 if reason == "invalid" else 409
        return _page(_mine(id), typed, {position: sentence + more}), status
    return redirect(url_for("attempt.show", id=id, _anchor=f"q-{position}"))


def _by_form(id: int, event: Sent) -> Ack:
    page, held = attempt_wire.page(request.form), request.form.get("held", "")[:40]
    with work("exams.sit") as writes:
        return attempts.record_form(writes, id, person().id, page, held, event, now(), origin())


@blueprint.get("/submit")
@needs("exams.take")
def confirm(id: int) -> ResponseReturnValue:
    """What is unanswered, before handing in without script."""
    attempt = _mine(id)
    if attempt.state != OPEN:
        return redirect(url_for("attempt.show", id=id))
    asked = attempts.asked(reading(), id)
    return render_template("sitting/confirm.html", attempt=attempt, asked=asked)


def _submit_by_form(id: int) -> ResponseReturnValue:
    try:
        _handed_in(id, request.form.get("held", "")[:40])
    except HeldElsewhere as wrong:
        flash(str(wrong), "warning")
    return redirect(url_for("attempt.show", id=id))


# The page


def _mine(id: int) -> Attempt:
    return attempts.get(reading(), id, person().id)


def _end_if_over(id: int) -> None:
    """Nobody is shown an exam that goes on when it does not."""
    attempt = _mine(id)
    grace = attempt.exam.grace_seconds
    if attempt.state == OPEN and deadlines.closed(attempt.deadline_at, grace, now()):
        attempt_ends.settle_one(services().db, id, now())
        look_again()


def _page(
    attempt: Attempt,
    typed: Mapping[int, Any] | None = None,
    wrong: Mapping[int, str] | None = None,
) -> str:
    asked = attempts.asked(reading(), attempt.id)
    if attempt.state != OPEN:
        sight = visibility.of(attempt.exam, now())
        return render_template("sitting/done.html", attempt=attempt, asked=asked, sight=sight)
    return render_template(
        "sitting/attempt.html",
        attempt=attempt,
        asked=asked,
        typed=typed or {},
        wrong=wrong or {},
        page=secrets.token_urlsafe(15),
        now_text=attempt_wire.moment(now()),
        deadline_text=attempt_wire.moment(attempt.deadline_at),
        left=deadlines.left(attempt.deadline_at, now()),
        how_marked=attempt_forms.how_marked,
        kind_name=attempt_forms.kind_name,
        LIMITS=LIMITS,
    )
