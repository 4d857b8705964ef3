"""Exams as they are arranged: the list, the form, one exam's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import arranging, exam_rules, papers, readiness, repeating, tallies, watching
from exams.errors import BadExam, FrozenExam
from exams.exam_rules import COUNTS, KINDS, REPEATS, STATES, WHEN
from exams.tables import Exam
from kb.errors import EditConflict

from .. import exam_form, exam_people, exam_words, roles
from ..access import needs
from ..context import now, person, reading, work
from ..exam_form import Form
from ..models import Person
from ..moments import typed
from ..pages import ZONE
from ..people_names import load_names, person_name
from ..taking import taker

blueprint = Blueprint("exams", __name__, url_prefix="/exams/manage")
blueprint.add_app_template_filter(exam_words.percent, "percent_words")

PAGE = 30
ARRANGED = ("daily", "monthly", "promotion", "practice")
"""Kinds one makes here; the quiz of a course is made with the course."""
MARKS: Mapping[str, str] = {
    "draft": "draft",
    "upcoming": "info",
    "open": "ok",
    "over": "off",
    "cancelled": "bad",
}
"""The mark of each state; its word says the same."""
FILTERS: Mapping[str, str] = {**STATES, "waiting": "待公布"}


# The list


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address narrows the list to; '' does not narrow."""

    text: str = ""
    kind: str = ""
    state: str = ""
    since: str = ""
    before: str = ""

    @property
    def query(self) -> dict[str, Any]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}


@blueprint.get("")
@needs("exams.papers")
def listing() -> ResponseReturnValue:
    wanted, wrong = _wanted()
    page = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    before = _day(wanted.before)
    found = arranging.listing(
        reading(),
        now(),
        kind=wanted.kind,
        state=wanted.state,
        text=wanted.text,
        since=_day(wanted.since),
        before=before and before + timedelta(days=1),
        offset=(page - 1) * PAGE,
        limit=PAGE,
    )
    pages = max(1, -(-found.total // PAGE))
    if page > pages:
        return redirect(url_for("exams.listing", **wanted.query, page=pages))
    return render_template(
        "exams/listing.html",
        wanted=wanted,
        kept=wanted.query,
        wrong=wrong,
        found=found,
        page=page,
        pages=pages,
        tallies=tallies.tallies(reading(), found.rows),
        waiting=arranging.listing(reading(), now(), state="waiting", limit=1).total,
        state=lambda exam: exam_rules.state(exam, now()),
        window=exam_words.window,
        MARKS=MARKS,
        STATES=STATES,
        FILTERS=FILTERS,
        KINDS=KINDS,
    )


def _wanted() -> tuple[Wanted, str]:
    """What the address asks for, and what of it is wrong."""
    given = {
        name: request.args.get(name, "").replace("\0", "").strip()[:120]
        for name in Wanted.__slots__
    }
    for name, known in (("kind", KINDS), ("state", FILTERS)):
        if given[name] not in known:
            given[name] = ""
    wrong = [name for name in ("since", "before") if given[name] and _day(given[name]) is None]
    for name in wrong:
        given[name] = ""
    return Wanted(**given), "日期请写成 2026-11-21 这样。" if wrong else ""


def _day(text: str) -> datetime | None:
    """The beginning of the day, in Chinese time."""
    found = typed(text) if text else None
    if found is None:
        return None
    return found.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


# Writing


@blueprint.route("/new", methods=["GET", "POST"])
@needs("exams.papers")
def new() -> ResponseReturnValue:
    if request.method == "GET":
        kind = request.args.get("kind", "monthly")
        form = exam_form.new(kind if kind in ARRANGED else "monthly", now())
        return _edit_page(replace(form, paper_id=request.args.get("paper", "")[:12]))
    form = exam_form.read(request.form, reading())
    if form.kind == "course":
        form = replace(form, kind="")
    try:
        with work("exams.arrange") as writes:
            rules, by = form.rules(writes), person().id
            again = arranging.just_made(writes, rules.title, by=by, at=now())
            exam = again or arranging.create(writes, rules, by=by, at=now())
    except BadExam as wrong:
        return _edit_page(replace(form, errors=wrong.faults)), 422
    flash(f"“{exam.title}”已存为草稿。看一遍，再发布。", "success")
    return redirect(url_for("exams.show", id=exam.id))


@blueprint.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("exams.papers")
def edit(id: int) -> ResponseReturnValue:
    exam = arranging.get(reading(), id)
    if request.method == "GET":
        if exam.published_at is not None or exam.cancelled_at is not None:
            flash(str(FrozenExam(exam.title)), "info")
            return redirect(url_for("exams.show", id=id))
        return _edit_page(exam_form.of(exam, reading()), exam)
    form = exam_form.read(request.form, reading())
    course = _course_audience(exam)
    if form.kind == "course" and exam.kind != "course":
        form = replace(form, kind="")
    try:
        with work("exams.arrange") as writes:
            held = arranging.hold(writes, id)
            arranging.save(writes, held, form.rules(writes, course), form.saves)
    except BadExam as wrong:
        return _edit_page(replace(form, errors=wrong.faults), exam), 422
    except EditConflict as stale:
        # What was typed goes over the newer one knowingly, if it is sent again.
        form = replace(form, saves=exam.saves, errors={"saves": str(stale)})
        return _edit_page(form, exam), 409
    flash("规则已保存。", "success")
    return redirect(url_for("exams.show", id=id))


def _course_audience(exam: Exam) -> frozenset[tuple[str, str]]:
    return frozenset((each.kind, each.value) for each in exam.audience if each.kind == "course")


def _edit_page(form: Form, exam: Exam | None = None) -> str:
    choices = [(str(paper.id), paper.title) for paper in papers.listing(reading())]
    if exam is not None and form.paper_id not in {value for value, _ in choices}:
        choices.append((str(exam.paper_id), f"{exam.paper.title}（已停用）"))
    return render_template(
        "exams/edit.html",
        form=form,
        exam=exam,
        papers=[("", "（请选）"), *choices],
        teams=roles.all_teams(reading()),
        grades=exam_people.grades(reading()),
        KINDS=KINDS,
        ARRANGED=ARRANGED,
        COUNTS=COUNTS,
        WHEN=WHEN,
        REPEATS=REPEATS,
    )


# One exam


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who is invited, and who of them has not begun."""

    invited: int
    waiting: Sequence[Person]
    going_on: int


@blueprint.get("/<int:id>")
@needs("exams.papers")
def show(id: int) -> ResponseReturnValue:
    return page(arranging.get(reading(), id))


def page(exam: Exam, wrong: Exception | None = None) -> str:
    """The page of an exam; ``wrong`` is why what was asked for was not done."""
    at = now()
    state = exam_rules.state(exam, at)
    people = exam_people.invited(reading(), exam)
    load_names([exam.created_by, *(each.person_id for each in exam.allowances)])
    return render_template(
        "exams/show.html",
        exam=exam,
        state=state,
        wrong=wrong,
        field=getattr(wrong, "field", ""),
        given=request.form,
        rules=[*exam_words.rules(exam), *exam_words.inner_rules(exam)],
        audience=exam_people.audience_words(
            reading(), [(each.kind, each.value) for each in exam.audience]
        ),
        attendance=_attendance(exam, people),
        tally=tallies.tallies(reading(), [exam]).get(exam.id, tallies.NONE),
        cautions=exam_rules.cautions(exam_rules.of(exam)) if state == "draft" else [],
        unready=arranging.unready(exam, at) if state == "draft" else "",
        shortages=shortages(exam, people) if state == "draft" else [],
        next_day=repeating.next_day(exam, at),
        series=repeating.series(reading(), exam)[:PAGE],
        closes_local=exam_form.local(exam.closes_at),
        state_of=lambda other: exam_rules.state(other, at),
        window=exam_words.window,
        name=person_name,
        MARKS=MARKS,
        STATES=STATES,
        KINDS=KINDS,
    )


def shortages(exam: Exam, people: Sequence[Person]) -> Sequence[readiness.Shortage]:
    """For whom of the people the bank does not fill the paper now."""
    return readiness.shortages(reading(), exam.paper, [taker(each) for each in people], now())


def _attendance(exam: Exam, people: Sequence[Person]) -> Attendance:
    begun: dict[int, Any] = {}
    for seat in watching.sat(reading(), exam):
        begun.setdefault(seat.person_id, []).append(seat.state)
    waiting = [each for each in people if each.id not in begun]
    return Attendance(len(people), waiting, sum("open" in states for states in begun.values()))
