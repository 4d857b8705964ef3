"""Who studies a course, how far they are, and giving it to more people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import assigning, courses, learning
from exams.assigning import WHY, Terms, Told
from exams.learning import View
from exams.tables import Assignment, Course
from kb.errors import InvalidContent, NotFound, Settled

from .. import learners, sheets
from ..access import needs
from ..context import can, now, person, reading, work
from ..models import Person
from ..moments import typed
from ..pages import ZONE, day, moment
from ..people_names import load_names, person_name
from ..roles import all_teams
from .courses import SEES

blueprint = Blueprint("course_people", __name__, url_prefix="/courses/<row:id>/people")

SHOWS = {"": "全部", "waiting": "没学完", "overdue": "逾期", "done": "学完"}
Row = tuple[Person, Assignment, View]


@blueprint.get("")
@needs(SEES)
def show(id: int) -> ResponseReturnValue:
    return _page(_course(id))


def _course(id: int) -> Course:
    """Who leads a team sees courses in use, as on the list. Raises NotFound."""
    course = courses.get(reading(), id)
    if not can("exams.courses") and courses.state(course) != "open":
        raise NotFound("课程", str(id))
    return course


def _rows(course: Course) -> list[Row]:
    """Those in sight who have it, by team and number."""
    given = assigning.of_course(reading(), course)
    people = [one for one in learners.in_sight() if one.id in given]
    rows = [given[one.id] for one in people]
    views = learning.views(reading(), course, rows, learners.viewers(people), now())
    return [(one, given[one.id], views[one.id]) for one in people]


def _page(course: Course, wrong: InvalidContent | Settled | None = None) -> str:
    rows = _rows(course)
    groups = {name: [row for row in rows if _is(name, row[1])] for name in SHOWS}
    only = request.args.get("only", "")
    only = only if only in SHOWS else ""
    load_names([row[1].assigned_by for row in rows])
    has = {row[0].id for row in rows}
    seen = learners.in_sight() if can("exams.courses") else []
    return render_template(
        "courses/people.html",
        course=course,
        lessons=courses.lessons(course),
        state=courses.state(course),
        rows=groups[only],
        counts={name: len(found) for name, found in groups.items()},
        only=only,
        SHOWS=SHOWS,
        others=[one for one in seen if one.id not in has],
        people=seen,
        teams=[team for team in all_teams(reading()) if team.id in learners.members(seen)],
        standing=[each.team_id for each in assigning.teams(reading(), course)],
        overdue=lambda row: learning.is_overdue(row, now()),
        due=day(now() + timedelta(days=course.days)),
        typed=request.form,
        wrong=wrong,
        wrong_field=getattr(wrong, "field", ""),
        WHY=WHY,
        name=person_name,
    )


def _is(name: str, row: Assignment) -> bool:
    if name == "done":
        return row.done_at is not None
    if name == "waiting":
        return row.done_at is None
    return name == "" or learning.is_overdue(row, now())


@blueprint.get("/progress.xlsx")
@needs(SEES)
def export(id: int) -> Response:
    course = _course(id)
    head = [
        "工号",
        "姓名",
        "班组",
        "状态",
        "已学课数",
        "课数",
        "小测",
        "原因",
        "布置",
        "期限",
        "学完",
    ]
    rows = [_cells(*row) for row in _rows(course)]
    return sheets.download(rows, head, f"学习进度-{course.title}", "xlsx", now())


def _cells(one: Person, row: Assignment, view: View) -> list[str]:
    state = "学完" if row.done_at else "逾期" if learning.is_overdue(row, now()) else "没学完"
    quiz = "" if view.quiz is None else "通过" if view.quiz else "未通过"
    return [
        one.number,
        one.name,
        one.team.name if one.team else "",
        state,
        str(view.steps_done),
        str(len(view.counting)),
        quiz,
        WHY[row.why],
        moment(row.assigned_at),
        moment(row.due_at),
        moment(row.done_at),
    ]


# Giving it


@blueprint.post("")
@needs("exams.courses")
def assign(id: int) -> ResponseReturnValue:
    """To ticked people and whole teams; to those who join a team later too, where asked."""
    course = courses.get(reading(), id)
    try:
        people, teams = _chosen()
        remark = request.form.get("remark", "").replace("\0", "")
        terms = Terms(_due(), remark, again="again" in request.form)
        with work("exams.course.assign") as writes:
            held = courses.hold(writes, id)
            told = assigning.assign(writes, held, people, terms, by=person().id, at=now())
            for team in teams if "later" in request.form else ():
                assigning.keep_for_team(writes, held, team, remark, by=person().id, at=now())
    except (InvalidContent, Settled) as wrong:
        return _page(course, wrong), 409 if isinstance(wrong, Settled) else 422
    flash(_told(told), "success" if told.new or told.again or told.changed else "info")
    return redirect(url_for("course_people.show", id=id))


def _chosen() -> tuple[list[int], list[int]]:
    """(ids of people who may learn, ids of teams that were chosen)"""
    everybody = learners.learners(reading())
    teams = set(request.form.getlist("team", type=int))
    ticked = set(request.form.getlist("to", type=int))
    chosen = [one.id for one in everybody if one.id in ticked or one.team_id in teams]
    known = {team.id for team in all_teams(reading())}
    return chosen, sorted(teams & known)


def _due() -> datetime | None:
    """The end of the day that was typed; None where the course's own days hold."""
    text = request.form.get("due", "").strip()
    if not text:
        return None
    found = typed(text)
    if found is None:
        raise InvalidContent("due", f"“{text[:20]}”不是日期，请写成 2026-12-01。")
    there = found.astimezone(ZONE)
    return there.replace(hour=23, minute=59, second=0, microsecond=0)


def _told(told: Told) -> str:
    parts = [
        f"{len(people)} 人{words}"
        for people, words in (
            (told.new, "新布置"),
            (told.again, "重新学一遍"),
            (told.changed, "改了期限或说明"),
            (told.kept, "本来就有，没有变"),
        )
        if people
    ]
    return f"已布置：{'，'.join(parts)}。"


@blueprint.post("/removal")
@needs("exams.courses")
def take_back(id: int) -> ResponseReturnValue:
    with work("exams.course.take_back") as writes:
        course = courses.hold(writes, id)
        rows = _ticked(assigning.of_course(writes, course).values())
        open_ones = [row for row in rows if row.done_at is None]
        for row in open_ones:
            assigning.take_back(writes, row)
    done = len(rows) - len(open_ones)
    rest = f"；{done} 人已经学完，记录留着" if done else ""
    flash(f"已收回 {len(open_ones)} 人的{rest}。" if rows else "没有勾选人员。", "info")
    return redirect(url_for("course_people.show", id=id))


@blueprint.post("/reminders")
@needs(SEES)
def remind(id: int) -> ResponseReturnValue:
    """Ticked people, or everybody in sight who is not done."""
    course, seen = _course(id), {one.id for one in learners.in_sight()}
    with work("exams.course.remind") as writes:
        rows = assigning.of_course(writes, courses.hold(writes, course.id)).values()
        wanted = list(rows) if "all" in request.form else _ticked(rows)
        mine = [row for row in wanted if row.person_id in seen]
        count = assigning.remind(writes, mine, by=person().id, at=now())
    words = f"已提醒 {count} 人，提醒会出现在他们打开的页面上。" if count else "没有要提醒的人。"
    flash(words, "success" if count else "info")
    return redirect(url_for("course_people.show", id=id))


@blueprint.post("/teams/<row:team>/removal")
@needs("exams.courses")
def stop(id: int, team: int) -> ResponseReturnValue:
    """Whoever joins the team from now on gets nothing."""
    with work("exams.course.assign") as writes:
        assigning.stop_for_team(writes, courses.hold(writes, id), team)
    flash("以后进班组的人不再自动布置。已经布置的不变。", "success")
    return redirect(url_for("course_people.show", id=id))


def _ticked(rows: Iterable[Assignment]) -> list[Assignment]:
    wanted = set(request.form.getlist("id", type=int))
    return [row for row in rows if row.id in wanted]
