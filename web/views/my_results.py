"""我的考试成绩: marks, and in their time what was wrong and the sentence that settles it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from exams import certificates, gradings, visibility
from exams.exam_rules import COUNTS, KINDS
from exams.tables import Attempt, Exam
from kb.errors import NotFound

from .. import paper_sight
from ..access import needs
from ..context import now, person, reading

blueprint = Blueprint("my_exams", __name__, url_prefix="/my/exams")

PAGE = 20
CAUSES = {"automatic": "自动判分", "marking": "阅卷", "regrade": "重新判分"}


@blueprint.get("")
@needs("exams.take")
def listing() -> ResponseReturnValue:
    mine = (Attempt.person_id == person().id, Attempt.state == "submitted")
    total = reading().scalar(select(func.count()).select_from(Attempt).where(*mine)) or 0
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    query = (
        select(Attempt)
        .where(*mine)
        .options(joinedload(Attempt.exam).selectinload(Exam.allowances))
        .order_by(Attempt.submitted_at.desc(), Attempt.id.desc())
    )
    found = reading().scalars(query.offset((page - 1) * PAGE).limit(PAGE)).all()
    return render_template(
        "my_exams/listing.html",
        attempts=found,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        sights=visibility.sights(reading(), {each.exam for each in found}, now()),
        gradings=gradings.currents(reading(), (each.id for each in found)),
        certificates=certificates.of_person(reading(), person().id),
        exams=_titles(),
        KINDS=KINDS,
    )


def _titles() -> dict[int, str]:
    """{exam: its title} of one's certificates."""
    ids = [one.exam_id for one in certificates.of_person(reading(), person().id)]
    query = select(Exam.id, Exam.title).where(Exam.id.in_(ids))
    return dict(reading().execute(query).all()) if ids else {}


@blueprint.get("/<row:id>")
@needs("exams.take")
def show(id: int) -> ResponseReturnValue:
    """One's own attempt; what may not be seen yet does not reach the page at all."""
    attempt = _own(id)
    if attempt.state != "submitted":
        return redirect(url_for("attempt.show", id=id))
    sight = visibility.of(attempt.exam, now())
    steps = gradings.history(reading(), attempt) if sight.marks else []
    grading = next((step for step in steps if step.number == attempt.graded), None)
    paper = paper_sight.paper(attempt, grading) if sight.answers else []
    return render_template(
        "my_exams/show.html",
        attempt=attempt,
        exam=attempt.exam,
        sight=sight,
        grading=grading,
        steps=steps if len(steps) > 1 else [],
        paper=paper,
        strengths=paper_sight.strengths(paper),
        STATES=paper_sight.STATES,
        KINDS=KINDS,
        COUNTS=COUNTS,
        CAUSES=CAUSES,
    )


def _own(id: int) -> Attempt:
    query = select(Attempt).where(Attempt.id == id, Attempt.person_id == person().id)
    found = reading().scalars(query.options(joinedload(Attempt.exam))).one_or_none()
    if found is None:
        raise NotFound("答卷", str(id))
    return found
