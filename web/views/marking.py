"""Marking essays: piles of answers to one question, and one answer at a time."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from exams import kept, keywords, marking, piles
from exams.exact import exact
from exams.grade import ZERO
from exams.questions import Question
from exams.tables import Attempt, AttemptQuestion, EssayClaim, EssayMark
from exams.totals import SPREAD
from kb.errors import InvalidContent, NotFound, Settled

from .. import bank_sight
from ..access import needs
from ..context import look_again, now, person, reading, work
from ..models import Person
from ..people_names import load_names, person_name

blueprint = Blueprint("marking", __name__, url_prefix="/marking")

TENTHS = 10


@blueprint.get("")
@needs("exams.mark")
def listing() -> str:
    found = piles.listed(reading(), person().id, now())
    questions = {pile.version.id: kept.question_of(pile.version) for pile in found}
    return render_template(
        "marking/listing.html",
        waiting=[pile for pile in found if pile.waiting],
        done=[pile for pile in found if not pile.waiting][:20],
        questions=questions,
        spread=float(100 * SPREAD),
    )


@blueprint.post("/<int:exam>/<int:version>/<any(next, settle):which>")
@needs("exams.mark")
def begin(exam: int, version: int, which: str) -> ResponseReturnValue:
    """Take the next answer of a pile, or the next whose markers are too far apart."""
    return _next(exam, version, settle=which == "settle")


def _next(
    exam: int, version: int, *, settle: bool, after: int | None = None
) -> ResponseReturnValue:
    with work("exams.mark.take") as writes:
        found = marking.claim(writes, exam, version, person().id, now(), settle=settle, after=after)
    if found is None:
        flash("这一堆里没有等您评的答案了。", "success")
        return redirect(url_for("marking.listing"))
    return redirect(url_for("marking.show", token=found.token))


@blueprint.get("/answers/<token>")
@needs("exams.mark")
def show(token: str) -> ResponseReturnValue:
    try:
        claim, answer = marking.held(reading(), token, person().id)
    except NotFound:
        flash("这份答案已经评过或放回，或考试已取消。请从下面接着评。", "info")
        return redirect(url_for("marking.listing"))
    return _page(claim, answer)


@blueprint.post("/answers/<token>")
@needs("exams.mark")
def give(token: str) -> ResponseReturnValue:
    """Keep the mark and go on to the next answer of the pile."""
    try:
        claim, answer = marking.held(reading(), token, person().id)
    except NotFound:
        return show(token)
    exam, version, settle = _pile_of(answer)
    try:
        share = _share(answer.points)
        with work("exams.mark") as writes:
            words = request.form.get("words", "").replace("\0", "")
            marking.mark(writes, token, person().id, share, words, now())
    except InvalidContent as wrong:
        return _page(claim, answer, wrong=wrong), 422
    except NotFound:
        look_again()
        return show(token)
    except Settled as wrong:
        _let_go(token)
        flash(str(wrong), "warning")
    return _next(exam, version, settle=settle)


@blueprint.post("/answers/<token>/back")
@needs("exams.mark")
def put_back(token: str) -> ResponseReturnValue:
    """Not this one now: it goes back to the pile, and the one behind it comes."""
    try:
        _, answer = marking.held(reading(), token, person().id)
    except NotFound:
        return show(token)
    exam, version, settle = _pile_of(answer)
    _let_go(token)
    if request.form.get("stop"):
        return redirect(url_for("marking.listing"))
    return _next(exam, version, settle=settle, after=answer.id)


def _let_go(token: str) -> None:
    with suppress(NotFound), work("exams.mark.take") as writes:  # the same form sent twice
        marking.put_back(writes, token, person().id)


@blueprint.post("/undo")
@needs("exams.mark")
def undo() -> ResponseReturnValue:
    """Take the last mark back; what was given and said stands in the form again."""
    try:
        with work("exams.mark.undo") as writes:
            gone, claim = marking.undo(writes, person().id, now())
            points = writes.get_one(AttemptQuestion, gone.question_id).points
    except Settled as wrong:
        flash(str(wrong), "warning")
        return redirect(url_for("marking.listing"))
    look_again()
    claim, answer = marking.held(reading(), claim.token, person().id)
    given = float((exact(gone.fraction) or ZERO) * (exact(points) or ZERO))
    return _page(claim, answer, typed=f"{given:g}", words=gone.words, undone=True)


# The page


def _pile_of(answer: AttemptQuestion) -> tuple[int, int, bool]:
    """The exam, the version, and whether the answer is there to be settled."""
    exam = reading().get_one(Attempt, answer.attempt_id).exam
    given = len(marking.marks_of(reading(), answer.id))
    return exam.id, answer.version_id, given >= (2 if exam.double else 1)


def _page(
    claim: EssayClaim,
    answer: AttemptQuestion,
    *,
    wrong: InvalidContent | None = None,
    typed: str | None = None,
    words: str | None = None,
    undone: bool = False,
) -> str:
    exam_id, version_id, settle = _pile_of(answer)
    found = piles.pile(reading(), exam_id, version_id, person().id, now())
    question = kept.question_of(answer.version)
    form = request.form if wrong else {}
    return render_template(
        "marking/answer.html",
        claim=claim,
        pile=found,
        question=question,
        points=answer.points,
        hints=_hints(question, answer.response),
        evidence=bank_sight.evidence(answer.version.question),
        settle=settle,
        marks=_marks(answer) if settle else [],
        who=None if found.exam.blind else _who(answer),
        wrong=wrong,
        typed=form.get("points", "") if typed is None else typed,
        tenth=form.get("tenths", ""),
        words=form.get("words", "") if words is None else words,
        undone=undone,
        last=marking.last_mark(reading(), person().id, now()),
        TENTHS=TENTHS,
        spread=float(100 * SPREAD),
    )


def _hints(question: Question, response: Any) -> keywords.Hints:
    return keywords.hints(question, response if isinstance(response, str) else "")


def _marks(answer: AttemptQuestion) -> list[EssayMark]:
    found = marking.marks_of(reading(), answer.id)
    load_names(mark.marker_id for mark in found)
    return found


def _who(answer: AttemptQuestion) -> str:
    """Whose answer it is, where the exam does not hide it."""
    query = (
        select(Person)
        .join(Attempt, Attempt.person_id == Person.id)
        .where(Attempt.id == answer.attempt_id)
    )
    found = reading().scalars(query).one()
    team = f"，{found.team.name}" if found.team else ""
    return f"{person_name(found.id)}（{found.number}{team}）"


def _share(worth: float) -> Fraction:
    """The share of the points that the form gives: points typed, else tenths."""
    typed = request.form.get("points", "").strip()
    possible = exact(worth) or ZERO
    if typed:
        given = exact(typed.translate(_NARROW))
        if given is None:
            raise InvalidContent("points", "得分要写成数字，如 7 或 7.5。")
        if not 0 <= given <= possible:
            raise InvalidContent("points", f"得分应在 0 到 {worth:g} 之间。")
        return given / possible if possible else ZERO
    tenths = request.form.get("tenths", type=int)
    if tenths is None or not 0 <= tenths <= TENTHS:
        raise InvalidContent("points", "还没有给分。请填得分，或选一个十分之几。")
    return Fraction(tenths, TENTHS)


_NARROW = str.maketrans("０１２３４５６７８９．。", "0123456789..")
