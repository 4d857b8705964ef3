"""Courses: the list, writing one, publishing it."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import course_quiz, courses, learning, papers
from exams.assigning import WHY
from exams.tables import Course
from kb.errors import EditConflict, InvalidContent

from .. import course_form, learners, scorecard_articles
from ..access import needs
from ..context import can, now, person, reading, services, viewer, work
from ..course_form import Form

blueprint = Blueprint("courses", __name__, url_prefix="/courses")

SEES = "exams.courses | exams.team"


@blueprint.get("")
@needs(SEES)
def listing() -> ResponseReturnValue:
    """Who leads a team sees what is in use, and how many of the team have it."""
    show = request.args.get("show", "")
    show = show if show in courses.STATES else ""
    every = courses.listing(reading())
    if not can("exams.courses"):
        every, show = [each for each in every if courses.state(each) == "open"], ""
    groups = {name: [c for c in every if courses.state(c) == name] for name in courses.STATES}
    return render_template(
        "courses/listing.html",
        courses=groups[show] if show else [*groups["open"], *groups["draft"]],
        show=show,
        counts={name: len(found) for name, found in groups.items()},
        lessons=courses.lessons,
        state=courses.state,
        tallies=learning.tallies(reading(), [one.id for one in learners.in_sight()], now()),
        STATES=courses.STATES,
    )


# Writing


@blueprint.route("/new", methods=["GET", "POST"])
@needs("exams.courses")
def new() -> ResponseReturnValue:
    if request.method == "GET":
        return _page(Form())
    form = course_form.read(request.form)
    try:
        with work("exams.course") as writes:
            wanted, by = form.wanted(), person().id
            again = courses.just_made(writes, wanted.title, by=by, at=now())
            made = again or courses.create(writes, wanted, by=by, at=now())
            course_quiz.choose(writes, made, form.quiz(), by=by, at=now())
    except InvalidContent as wrong:
        return _page(_wrong(form, wrong)), 422
    flash(f"课程“{made.title}”已新建。接着加课，加完再发布。", "success")
    return redirect(url_for("courses.edit", id=made.id))


@blueprint.route("/<row:id>", methods=["GET", "POST"])
@needs("exams.courses")
def edit(id: int) -> ResponseReturnValue:
    course = courses.get(reading(), id)
    if request.method == "GET":
        return _page(course_form.of(reading(), course), course)
    form = course_form.read(request.form)
    try:
        with work("exams.course") as writes:
            held = courses.hold(writes, id)
            courses.save(writes, held, form.wanted(), form.known_saves)
            course_quiz.choose(writes, held, form.quiz(), by=person().id, at=now())
    except InvalidContent as wrong:
        return _page(_wrong(form, wrong), course), 422
    except EditConflict:
        sentence = "这门课程刚被别人改过。您写的还在，核对以后再保存一次，就以您的为准。"
        fresh = replace(form, saves=str(course.saves), errors={"saves": sentence})
        return _page(fresh, course), 409
    flash("课程已保存。", "success")
    return redirect(url_for("courses.edit", id=id))


def _wrong(form: Form, wrong: InvalidContent) -> Form:
    return replace(form, errors={wrong.field: str(wrong)})


def _page(form: Form, course: Course | None = None) -> str:
    return edit_page(form, course)


def edit_page(form: Form, course: Course | None, **faults: str) -> str:
    """``faults``: what was wrong with adding a lesson, by field."""
    used = papers.listing(reading())
    return render_template(
        "courses/edit.html",
        form=form,
        course=course,
        view=learning.view(reading(), course, None, viewer(), now()) if course else None,
        state=courses.state(course) if course else "draft",
        papers=[("", "没有小测"), *((str(paper.id), paper.title) for paper in used)],
        megabytes=services().settings.lesson_mb,
        faults=faults,
        typed=request.form,
        STATES=courses.STATES,
        WHY=WHY,
    )


@blueprint.get("/articles")
@needs("exams.courses")
def articles() -> ResponseReturnValue:
    """Options for the box in which an article is chosen."""
    found = scorecard_articles.suggested(request.args.get("article", ""))
    return render_template("scorecards/articles.html", found=found)


# Publishing and after


@blueprint.post("/<row:id>/publication")
@needs("exams.courses")
def publish(id: int) -> ResponseReturnValue:
    try:
        with work("exams.course.publish") as writes:
            held = courses.hold(writes, id)
            courses.publish(writes, held, now())
            course_quiz.publish(writes, held, now())
    except InvalidContent as wrong:
        flash(f"还不能发布：{wrong}", "error")
        return redirect(url_for("courses.edit", id=id))
    flash(f"课程“{held.title}”已发布，可以布置了。", "success")
    return redirect(url_for("course_people.show", id=id))


@blueprint.post("/<row:id>/retirement")
@needs("exams.courses")
def retire(id: int) -> ResponseReturnValue:
    """Out of use, or in use again."""
    again = "again" in request.form
    with work("exams.course.publish") as writes:
        held = courses.hold(writes, id)
        courses.retire(writes, held, None if again else now())
    flash(f"课程“{held.title}”已{'恢复使用' if again else '停用'}。", "success")
    return redirect(url_for("courses.edit", id=id))


@blueprint.post("/<row:id>/copy")
@needs("exams.courses")
def copy(id: int) -> ResponseReturnValue:
    with work("exams.course") as writes:
        made = courses.copy(writes, courses.get(writes, id), by=person().id, at=now())
    flash("已复制成一门没有发布的课程；小测要另选试卷。", "success")
    return redirect(url_for("courses.edit", id=made.id))
