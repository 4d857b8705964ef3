"""What somebody may sit: the list of exams, the rules of one, and its beginning."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from exams import attempts, papers, sittings
from exams.attempts import HANDED_IN
from exams.errors import MayNotSit, NotInvited, PoolTooSmall
from exams.exam_rules import COUNTS, KINDS
from exams.tables import Attempt, Exam
from kb.errors import NotFound

from .. import attempt_ends
from ..access import needs
from ..context import look_again, now, person, reading, services, work
from ..errors import status_of
from ..taking import taker
from ..visits import origin

blueprint = Blueprint("sitting", __name__, url_prefix="/exams")

NOW, COMING = ("going_on", "open"), ("later",)
RECENT = 20
"""Attempts handed in that the list shows; all of them are with the results."""


@blueprint.get("")
@needs("exams.take")
def listing() -> ResponseReturnValue:
    _settle_mine()
    found = sittings.open_for(reading(), taker(person()), now())
    groups = {
        "现在可以考": [each for each in found if each.state in NOW],
        "还没有开考": [each for each in found if each.state in COMING],
        "不能再考": [each for each in found if each.state not in (*NOW, *COMING)],
    }
    query = select(Attempt).where(Attempt.person_id == person().id, Attempt.state == HANDED_IN)
    done = reading().scalars(query.order_by(Attempt.submitted_at.desc()).limit(RECENT)).all()
    return render_template("sitting/listing.html", groups=groups, done=done, EXAM_KINDS=KINDS)


@blueprint.get("/<row:id>")
@needs("exams.take")
def show(id: int) -> ResponseReturnValue:
    """The rules in words, before one begins."""
    _settle_mine()
    return _rules(_exam(id))


@blueprint.post("/<row:id>/begin")
@needs("exams.take")
def begin(id: int) -> ResponseReturnValue:
    exam = _exam(id)
    try:
        ready = _prepared(exam)
        with work("exams.begin") as writes:
            held = writes.get_one(Exam, id)
            attempt = attempts.begin(writes, held, taker(person()), now(), origin(), prepared=ready)
    except NotInvited:
        raise NotFound("考试", str(id)) from None
    except (MayNotSit, PoolTooSmall) as wrong:
        look_again()
        return _rules(_exam(id), str(wrong)), status_of(wrong)
    return redirect(url_for("attempt.show", id=attempt.id))


def _prepared(exam: Exam) -> attempts.Prepared | None:
    """The questions, drawn before anything is locked; none where an attempt goes on."""
    if attempts.open_one(reading(), exam, person().id) is not None:
        return None
    sittings.check(reading(), exam, taker(person()), now())
    return attempts.prepare(reading(), exam, taker(person()), now())


def _exam(id: int) -> Exam:
    """A published exam. Raises NotFound."""
    found = reading().get(Exam, id)
    if found is None or found.published_at is None:
        raise NotFound("考试", str(id))
    return found


def _rules(exam: Exam, wrong: str = "") -> str:
    try:
        invitation = sittings.invitation(reading(), exam, taker(person()), now())
    except NotInvited:
        raise NotFound("考试", str(exam.id)) from None
    extra = sittings.extra_of(reading(), exam, person().id)
    query = select(Attempt).where(Attempt.exam_id == exam.id, Attempt.person_id == person().id)
    return render_template(
        "sitting/rules.html",
        exam=exam,
        invitation=invitation,
        extra=extra,
        content=papers.content(exam.paper),
        possible=papers.possible(exam.paper),
        mine=reading().scalars(query.order_by(Attempt.number)).all(),
        wrong=wrong,
        COUNTS=COUNTS,
        EXAM_KINDS=KINDS,
    )


def _settle_mine() -> None:
    """What is over of one's own is handed in before it is shown as going on."""
    query = select(Attempt.id).where(
        Attempt.person_id == person().id, Attempt.state == "open", Attempt.deadline_at < now()
    )
    ended = [attempt_ends.settle_one(services().db, id, now()) for id in reading().scalars(query)]
    if any(ended):
        look_again()
