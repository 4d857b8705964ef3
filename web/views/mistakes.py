"""错题本: what one answered wrongly, with what would have been right and why."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import mistakes, practice
from exams.kept import question_of
from exams.questions import KINDS

from ..access import needs
from ..context import now, person, reading, work
from ..grounds import grounds
from .practice import asking_taker

blueprint = Blueprint("mistakes", __name__, url_prefix="/practice/mistakes")


@blueprint.get("")
@needs("exams.take")
def listing() -> ResponseReturnValue:
    me, at = asking_taker(), now()
    if practice.sitting(reading(), me.person_id, at):
        return render_template("practice/resting.html")
    topic = request.args.get("topic", "")[:400]
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    start = (page - 1) * mistakes.PAGE
    total, cards = mistakes.listing(reading(), me, at, topic, offset=start)
    questions = {card.question_id: question_of(card.question.latest) for card in cards}
    settled = grounds(question.source for question in questions.values())
    return render_template(
        "practice/mistakes.html",
        cards=cards,
        questions=questions,
        settled=settled,
        topics=mistakes.topics(reading(), me, at),
        topic=topic,
        total=total,
        page=page,
        pages=-(-total // mistakes.PAGE),
        KINDS=KINDS,
        MASTERED=practice.MASTERED,
    )


@blueprint.post("/<int:id>/drop")
@needs("exams.take")
def drop(id: int) -> ResponseReturnValue:
    with work("exams.drop_mistake") as writes:
        mistakes.drop(writes, person().id, id)
    flash("已经移出错题本；到了该复习的时候还会考到。", "ok")
    topic, page = request.form.get("topic", "")[:400], request.form.get("page", 1, type=int)
    return redirect(url_for("mistakes.listing", topic=topic or None, page=page))
