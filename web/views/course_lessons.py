"""The lessons of a course, as a trainer puts them together."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from exams import courses, lessons
from exams.tables import Lesson
from kb.errors import InvalidContent

from .. import course_files, course_form, scorecard_articles
from ..access import needs
from ..context import now, reading, services, viewer, work
from ..security import LARGEST_LESSON, takes
from .courses import edit_page

blueprint = Blueprint("course_lessons", __name__, url_prefix="/courses/<row:id>/lessons")

LARGEST_TITLE = 200


@blueprint.post("/text")
@needs("exams.courses")
def add_text(id: int) -> ResponseReturnValue:
    """An article, named by its key or its whole title."""
    named = request.form.get("article", "").replace("\0", "").strip()[:LARGEST_TITLE]
    key = scorecard_articles.key_of(named) if named else None
    try:
        if key is None:
            raise InvalidContent("article", _unknown(named))
        with work("exams.course") as writes:
            made = lessons.add_text(writes, courses.hold(writes, id), key, viewer(), now())
    except InvalidContent as wrong:
        return _again(id, wrong), 422
    return _back(id, made)


def _unknown(named: str) -> str:
    if not named:
        return "请写文章的标题，从列出的文章里选。"
    return f"没有叫“{named[:60]}”的文章在用。请从列出的文章里选，或写它的编号。"


@blueprint.post("/media")
@needs("exams.courses")
@takes(LARGEST_LESSON)
def add_media(id: int) -> ResponseReturnValue:
    """A sound or film. A page with script sends it by itself and shows how far it is."""
    title = request.form.get("title", "").replace("\0", "")[: LARGEST_TITLE * 2]
    by_script = "X-Upload" in request.headers
    try:
        courses.get(reading(), id)
        file = request.files.get("file")
        usual = (file.filename or "").rsplit(".", 1)[0][: lessons.LONGEST_TITLE] if file else ""
        store, most = services().lessons, services().settings.lesson_mb
        kept, found = course_files.received(file, store, most)
        with work("exams.course.media") as writes:
            held = courses.hold(writes, id)
            made = lessons.add_media(writes, held, title.strip() or usual, kept.sha256, found)
    except InvalidContent as wrong:
        if by_script:
            return jsonify(sentence=str(wrong)), 422
        return _again(id, wrong), 422
    where = _back(id, made)
    return jsonify(address=where.location) if by_script else where


def _again(id: int, wrong: InvalidContent) -> str:
    course = courses.get(reading(), id)
    return edit_page(course_form.of(reading(), course), course, **{wrong.field: str(wrong)})


def _back(id: int, lesson: Lesson | None = None) -> Response:
    anchor = f"lesson-{lesson.id}" if lesson else "lessons"
    return redirect(url_for("courses.edit", id=id, _anchor=anchor))


@blueprint.post("/<row:lesson>/order")
@needs("exams.courses")
def move(id: int, lesson: int) -> ResponseReturnValue:
    """One place up or down."""
    by = -1 if request.form.get("to") == "up" else 1
    with work("exams.course") as writes:
        course = courses.hold(writes, id)
        lessons.move(writes, course, moved := lessons.get(writes, course, lesson), by)
    return _back(id, moved)


@blueprint.post("/<row:lesson>/title")
@needs("exams.courses")
def rename(id: int, lesson: int) -> ResponseReturnValue:
    title = request.form.get("title", "").replace("\0", "")
    try:
        with work("exams.course") as writes:
            found = lessons.get(writes, courses.hold(writes, id), lesson)
            lessons.rename(writes, found, title)
    except InvalidContent as wrong:
        flash(str(wrong), "error")
    return _back(id)


@blueprint.post("/<row:lesson>/removal")
@needs("exams.courses")
def remove(id: int, lesson: int) -> ResponseReturnValue:
    with work("exams.course") as writes:
        found = lessons.get(writes, courses.hold(writes, id), lesson)
        lessons.remove(writes, found, now())
    flash("这一课已移出课程；学过它的记录还在。", "success")
    return _back(id)


@blueprint.post("/<row:lesson>/length")
@needs("exams.courses")
def measure(id: int, lesson: int) -> ResponseReturnValue:
    """What a trainer's player says of a file that does not say it itself."""
    seconds = request.form.get("seconds", 0.0, type=float)
    found = lessons.get(reading(), courses.get(reading(), id), lesson)
    size = services().lessons.size(found.sha256) or 0
    with work("exams.course") as writes:
        held = lessons.get(writes, courses.hold(writes, id), lesson)
        told = lessons.told_length(writes, held, seconds, size)
    return "", 204 if told else 422
