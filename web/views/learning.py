"""Studying: what is assigned to whoever is asking, and the lessons of a course."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import assigning, courses, learning, lessons, progress, spans
from exams.assigning import WHY
from exams.learning import Step, View
from exams.tables import Assignment, Course, Exam, Lesson
from kb import markdown
from kb.errors import NotFound

from .. import studying
from ..access import needs
from ..context import can, look_again, now, person, reading, services, viewer, work
from ..people_names import load_names, person_name
from ..ranges import ranged
from ..security import locked
from .desk import note_opened

blueprint = Blueprint("learning", __name__, url_prefix="/learning")

BLOCK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Studied:
    """A course somebody has; a trainer who has not sees it without anything being kept."""

    course: Course
    mine: Assignment | None
    view: View


@blueprint.get("")
@needs("exams.take")
def listing() -> ResponseReturnValue:
    me = person()
    if me.team_id is not None and assigning.awaits(reading(), me.team_id, me.id):
        with work("exams.learn") as writes:
            assigning.newcomers(writes, {me.team_id: [me.id]}, now())
        look_again()
    mine = [_studied(row) for row in learning.mine(reading(), person().id)]
    load_names([each.mine.assigned_by for each in mine if each.mine])
    return render_template(
        "learning/listing.html",
        waiting=[each for each in mine if each.mine and each.mine.done_at is None],
        done=[each for each in mine if each.mine and each.mine.done_at],
        overdue=lambda row: learning.is_overdue(row, now()),
        WHY=WHY,
        name=person_name,
    )


def _studied(row: Assignment) -> Studied:
    view = learning.view(reading(), row.course, row, viewer(), now())
    return Studied(row.course, row, view)


def _course(id: int) -> Studied:
    """What was assigned to whoever is asking, or is a trainer's to look at. Raises NotFound."""
    course = courses.get(reading(), id)
    mine = learning.assigned(reading(), course, person().id)
    retired = courses.state(course) != "open" and (mine is None or mine.done_at is None)
    if (mine is None or retired) and not can("exams.courses"):
        raise NotFound("课程", str(id))
    return Studied(course, mine, learning.view(reading(), course, mine, viewer(), now()))


@blueprint.get("/<row:id>")
@needs("exams.take")
def show(id: int) -> ResponseReturnValue:
    found = _course(id)
    if found.mine is not None and found.mine.done_at is None and found.view.is_done:
        _settle(id)  # the quiz was passed since
        return redirect(url_for("learning.show", id=id))
    exam = reading().get(Exam, found.course.exam_id) if found.course.exam_id else None
    return render_template(
        "learning/course.html",
        course=found.course,
        mine=found.mine,
        view=found.view,
        exam=exam,
        overdue=found.mine is not None and learning.is_overdue(found.mine, now()),
        WHY=WHY,
        name=person_name,
    )


def _settle(id: int) -> None:
    with work("exams.learn") as writes:
        studying.settle(writes, courses.get(writes, id), person(), now())


@blueprint.get("/article/<key>")
@needs("exams.take")
def for_article(key: str) -> ResponseReturnValue:
    """The course on an article that whoever is asking has; else all that they have."""
    mine = learning.mine(reading(), person().id)
    for row in mine:
        if any(each.article_key == key for each in courses.lessons(row.course)):
            return redirect(url_for("learning.show", id=row.course_id))
    flash("这篇文章现在没有布置给您的课程。", "info")
    return redirect(url_for("learning.listing"))


# One lesson


@blueprint.get("/<row:id>/<row:lesson>")
@needs("exams.take")
def lesson(id: int, lesson: int) -> ResponseReturnValue:
    found = _course(id)
    step = _step(found, lesson)
    html = markdown.render(step.text.body) if step.text else ""
    if step.text is not None:
        note_opened(step.text, html)
    rows = progress.of(reading(), [step.lesson], person().id) if found.mine else {}
    row = rows.get(step.lesson.id)
    heard = spans.length(spans.parse(row.heard)) if row else 0.0
    return render_template(
        "learning/lesson.html",
        course=found.course,
        mine=found.mine,
        view=found.view,
        step=step,
        html=html,
        heard=heard,
        before=_beside(found.view, step, -1),
        after=_beside(found.view, step, 1),
        ENOUGH=progress.ENOUGH,
    )


def _step(found: Studied, lesson: int) -> Step:
    for step in found.view.steps:
        if step.lesson.id == lesson:
            return step
    raise NotFound("课", str(lesson))


def _beside(view: View, step: Step, by: int) -> Step | None:
    place = step.number - 1 + by
    return view.steps[place] if 0 <= place < len(view.steps) else None


@blueprint.post("/<row:id>/<row:lesson>/read")
@needs("exams.take")
def read(id: int, lesson: int) -> ResponseReturnValue:
    """Somebody says that they have read the text that was on the screen to its end."""
    found = _course(id)
    step = _step(found, lesson)
    if step.text is None:
        raise NotFound("文章", str(lesson))
    here = redirect(url_for("learning.lesson", id=id, lesson=lesson))
    if found.mine is None:
        flash("这是预览，不记进度。", "info")
        return here
    if request.form.get("revision", type=int) != step.text.number:
        flash("您读的时候这篇文章换了新的一版，请读过新的内容再确认。", "warning")
        return here
    if "read" not in request.form:
        flash("请先把正文读到末尾，再勾选“我已读到末尾”。", "error")
        return here
    with work("exams.learn") as writes:
        held = lessons.get(writes, courses.get(writes, id), lesson)
        progress.read(writes, held, person().id, step.text.number, now())
        done = studying.settle(writes, courses.get(writes, id), person(), now())
    return _onward(found, step, done)


def _onward(found: Studied, step: Step, done: bool) -> ResponseReturnValue:
    """To the next lesson that is not done; else to the course."""
    if done:
        flash(f"课程“{found.course.title}”学完了。", "success")
        return redirect(url_for("learning.show", id=found.course.id))
    left = [each for each in found.view.counting if not each.done and each.number != step.number]
    later = [each for each in left if each.number > step.number]
    for each in [*later, *left]:
        flash(f"第 {step.number} 课读完了，接着学第 {each.number} 课。", "success")
        return redirect(url_for("learning.lesson", id=found.course.id, lesson=each.lesson.id))
    flash("课都学完了，还差最后的小测。", "success")
    return redirect(url_for("learning.show", id=found.course.id))


# Sounds and films


@blueprint.get("/<row:id>/<row:lesson>/media")
@needs("exams.take")
def media(id: int, lesson: int) -> ResponseReturnValue:
    """The bytes a player asks for."""
    step = _step(_course(id), lesson)
    if step.lesson.kind == "text":
        raise NotFound("课", str(lesson))
    return _sent(step.lesson)


def _sent(lesson: Lesson) -> ResponseReturnValue:
    size = services().lessons.size(lesson.sha256)
    file = services().lessons.open(lesson.sha256)

    def blocks(start: int, stop: int) -> Iterator[bytes]:
        file.seek(start)
        left = stop - start
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block

    try:
        media = lesson.media_type
        response = ranged(request, size or 0, lesson.sha256, media, blocks, file.close)
    except BaseException:
        file.close()
        raise
    return locked(response)


@blueprint.post("/<row:id>/<row:lesson>/heard")
@needs("exams.take")
def heard(id: int, lesson: int) -> ResponseReturnValue:
    """A page reports all that it has played; without anything played: the player has started.

    ``spans`` as ``exams.spans`` writes them, ``at`` where it is. Answers with what counts.
    """
    found = _course(id)
    step = _step(found, lesson)
    if found.mine is None:
        return jsonify(preview=True)
    played = spans.parse(request.form.get("spans", "")[:60_000])
    at_second = request.form.get("at", 0.0, type=float)
    with work("exams.learn") as writes:
        held = lessons.get(writes, courses.get(writes, id), lesson)
        if played:
            row = progress.heard(writes, held, person().id, played, at_second, now())
        else:
            row = progress.begin(writes, held, person().id, now())
        course_done = studying.settle(writes, courses.get(writes, id), person(), now())
        share, done = progress.share(row, held), row.done_at is not None
    return jsonify(share=round(share, 4), done=done, course_done=course_done, number=step.number)
