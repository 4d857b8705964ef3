"""Courses proposed for people, by what is known of them: one act gives one, or many."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import assigning, course_needs, courses
from exams.assigning import Terms
from exams.proposing import RULE, Proposal, propose
from kb.errors import InvalidContent, Settled

from .. import learners
from ..access import needs
from ..context import now, person, reading, work
from ..scorecard_articles import titles

blueprint = Blueprint("course_proposals", __name__, url_prefix="/courses/proposals")

MOST = 300
"""Shown at once: the rest comes up when these are settled."""


@blueprint.get("")
@needs("exams.courses")
def listing() -> ResponseReturnValue:
    found = _proposals()
    people = {one.id: one for one in learners.learners(reading())}
    return render_template(
        "courses/proposals.html",
        proposals=found[:MOST],
        total=len(found),
        people=people,
        courses={each.id: each for each in courses.in_use(reading())},
        articles=titles(each.about for each in found if each.why == "unsigned"),
        value=_value,
        RULE=RULE,
    )


def _proposals() -> list[Proposal]:
    people = learners.learners(reading())
    return propose(
        course_needs.offers(reading(), now()),
        course_needs.answers(reading(), [one.id for one in people], now()),
        learners.late(reading(), people),
        course_needs.standing(reading()),
    )


def _value(each: Proposal) -> str:
    return f"{each.course_id}-{each.person_id}"


@blueprint.post("")
@needs("exams.courses")
def assign() -> ResponseReturnValue:
    """Those that were ticked and are still proposed; the others are passed over."""
    wanted = set(request.form.getlist("id"))
    chosen = [each for each in _proposals() if _value(each) in wanted]
    given = 0
    try:
        with work("exams.course.assign") as writes:
            for each in chosen:
                course = courses.hold(writes, each.course_id)
                terms = Terms(why=each.why, again=True)
                people = [each.person_id]
                told = assigning.assign(writes, course, people, terms, by=person().id, at=now())
                given += len(told.new) + len(told.again)
    except (InvalidContent, Settled) as wrong:
        flash(f"一个也没有布置：{wrong}", "error")
    else:
        words = f"已布置 {given} 份。" if given else "没有布置：没有勾选，或者已经有人布置了。"
        flash(words, "success" if given else "info")
    return redirect(url_for("course_proposals.listing"))
