"""练习: five minutes a day, a set at a time, each answer explained at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import mistakes, practice, practising
from exams.choosing import minutes
from exams.days import day_of
from exams.errors import BadResponse
from exams.kept import question_of
from exams.questions import KINDS, Question
from exams.tables import PracticeSet
from exams.takers import Taker
from kb.errors import NotFound, Settled

from .. import practised, question_answers
from ..access import needs
from ..context import look_again, now, person, reading, work
from ..taking import taker

blueprint = Blueprint("practice", __name__, url_prefix="/practice")

WHYS = {
    "wrong": "错过的题",
    "again": "该复习了",
    "changed": "文章有变",
    "signed": "新签收的文章",
    "assigned": "布置要学的",
    "new": "新题",
}
"""Why a question is asked."""
UNANSWERED = "还没有作答。想不起来可以按“不会，看答案”。"


def asking_taker() -> Taker:
    """Who is asking, after what exams have told since."""
    if mistakes.behind(reading(), person().id, now()):
        with work("exams.take_in") as writes:
            mistakes.catch_up(writes, person().id, now())
        look_again()
    return taker(person())


@blueprint.get("")
@needs("exams.take")
def home() -> ResponseReturnValue:
    me, at = asking_taker(), now()
    rests = practice.sitting(reading(), me.person_id, at)
    today = practising.of_day(reading(), me.person_id, at)
    first = next((made for made in today if made.kind == practice.DAILY), None)
    coming = [] if rests or first else practice.preview(reading(), me, at)
    return render_template(
        "practice/home.html",
        rests=rests,
        first=first,
        today=[made for made in today if made is not first],
        progress=practising.progress(reading(), today),
        coming=coming,
        whys=Counter(one.why for one in coming),
        length=minutes(one.kind for one in coming),
        steady=practising.steadiness_of(reading(), me.person_id, at),
        topics=practising.topics(reading(), me, at),
        noted=mistakes.listing(reading(), me, at)[0],
        day=day_of(at),
        WHYS=WHYS,
        name=practised.set_name,
    )


@blueprint.post("/today")
@needs("exams.take")
def today() -> ResponseReturnValue:
    """Begin or go on with the daily set."""
    me = asking_taker()
    try:
        with work("exams.practise") as writes:
            made = practice.daily(writes, me, now())
    except Settled:
        return redirect(url_for("practice.home"))
    return _into(made)


@blueprint.post("/sets")
@needs("exams.take")
def begin() -> ResponseReturnValue:
    """One more set: daily, of a topic, or of the mistakes."""
    me, kind = asking_taker(), request.form.get("kind", practice.DAILY)
    if kind not in (practice.DAILY, practice.TOPIC, practice.MISTAKES):
        raise NotFound("练习", kind[:20])
    with work("exams.practise") as writes:
        about = request.form.get("about", "")[:400]
        made = practice.another(writes, me, kind, about, now())
    return _into(made)


def _into(made: PracticeSet | None) -> ResponseReturnValue:
    if made is None:
        return render_template("practice/none.html"), 409
    return redirect(url_for("practice.go_on", id=made.id))


@blueprint.get("/sets/<int:id>")
@needs("exams.take")
def go_on(id: int) -> ResponseReturnValue:
    """To the first question without an answer, or what came of the set."""
    made = practice.get(reading(), person().id, id)
    answers = practice.answered(reading(), made)
    at = practice.next_open(made, answers)
    if at is not None:
        return redirect(url_for("practice.question", id=id, n=at + 1))
    rows = [
        (n + 1, question_of(practice.version_of(reading(), made, n)), answers[n])
        for n in range(len(made.items))
    ]
    return render_template(
        "practice/done.html",
        made=made,
        rows=rows,
        right=sum(row.fraction >= 1 for row in answers.values()),
        name=practised.set_name(made),
    )


@blueprint.get("/sets/<int:id>/<int:n>")
@needs("exams.take")
def question(id: int, n: int) -> ResponseReturnValue:
    return _question(id, n)


@blueprint.post("/sets/<int:id>/<int:n>")
@needs("exams.take")
def answer(id: int, n: int) -> ResponseReturnValue:
    made = practice.get(reading(), person().id, id)
    version = practice.version_of(reading(), made, n - 1)
    given = None
    if "skip" not in request.form:
        given = question_answers.response(question_of(version), request.form)
        if practised.is_empty(given):
            return _question(id, n, UNANSWERED), 422
    try:
        with work("exams.practise") as writes:
            own = practice.get(writes, person().id, id)
            practice.answer(writes, taker(person()), own, n - 1, given, now())
    except BadResponse as wrong:
        return _question(id, n, str(wrong), given), 422
    return redirect(url_for("practice.question", id=id, n=n))


def _question(id: int, n: int, wrong: str = "", given: Any = None) -> str:
    made = practice.get(reading(), person().id, id)
    version = practice.version_of(reading(), made, n - 1)
    answers = practice.answered(reading(), made)
    answer = answers.get(n - 1)
    after = practice.next_open(made, [*answers, n - 1])
    rests = practice.sitting(reading(), person().id, now())
    return render_template(
        "practice/question.html",
        made=made,
        n=n,
        asked=_laid_out(question_of(version), made),
        why=WHYS.get(made.items[n - 1]["why"], ""),
        seen=practised.seen(n, version, answer) if answer and not rests else None,
        rests=rests,
        answers=answers,
        after=None if after is None else after + 1,
        wrong=wrong,
        given=given,
        KINDS=KINDS,
        STATES=practised.STATES,
        name=practised.set_name(made),
    )


def _laid_out(question: Question, made: PracticeSet) -> Question:
    """Options in an order of this set, so that no place is learnt."""
    if question.kind not in ("single", "multiple", "order"):
        return question
    return replace(question, options=practised.shuffled(question.options, f"{made.id}"))
