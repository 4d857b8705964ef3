"""Training and exams for other programs: questions, papers, exams, results, learning."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import joinedload, selectinload

from exams import bank_search, gradings, papers, results, sittings, visibility
from exams.exact import plain
from exams.exam_rules import state as standing
from exams.questions import KINDS
from exams.results import Result
from exams.tables import Assignment, Attempt, BankQuestion, Course, Exam, Paper
from kb.database import LARGEST_ID
from kb.errors import NotFound

from .. import exam_figures, qa_names
from ..access import needs
from ..context import can, now, person, reading, viewer
from ..errors import InvalidInput
from ..models import Person
from ..taking import taker
from . import shapes
from .spec_training import STATES
from .views import _page, _paging, _query, _text, blueprint, limit, limiter

# The bank and its papers


@blueprint.get("/questions")
@needs("exams.bank")
@limiter.limit(limit)
def list_questions() -> ResponseReturnValue:
    page, size = _paging()
    wanted = bank_search.Wanted(
        text=_text("q", 200), kind=_choice("kind", KINDS), state=_choice("state", STATES)
    )
    found = bank_search.search(reading(), viewer(), wanted, offset=(page - 1) * size, limit=size)
    return _page(found.total, page, size, [_question(row) for row in found.rows])


@blueprint.get("/questions/<int:id>")
@needs("exams.bank")
@limiter.limit(limit)
def get_question(id: int) -> ResponseReturnValue:
    row = bank_search.seen(reading(), viewer(), id)
    return {**_question(row), "question": row.latest.content}


@blueprint.get("/papers")
@needs("exams.papers")
@limiter.limit(limit)
def list_papers() -> ResponseReturnValue:
    return _query(select(Paper).order_by(Paper.id.desc()), _paper)


@blueprint.get("/papers/<int:id>")
@needs("exams.papers")
@limiter.limit(limit)
def get_paper(id: int) -> ResponseReturnValue:
    row = papers.get(reading(), _known(id, "试卷"))
    return {**_paper(row), "content": papers.content(row).as_json()}


# Exams


@blueprint.get("/exams")
@needs("api.use")
@limiter.limit(limit)
def list_exams() -> ResponseReturnValue:
    """All of them for whoever arranges or evaluates exams; else those one may sit."""
    if can("exams.papers") or can("exams.results"):
        query = select(Exam).where(_listed()).order_by(Exam.opens_at.desc(), Exam.id.desc())
        return _query(query, _exam)
    _may_sit()
    page, size = _paging()
    mine = [each.exam for each in sittings.open_for(reading(), taker(person()), now())]
    part = mine[(page - 1) * size : page * size]
    return _page(len(mine), page, size, [_exam(exam) for exam in part])


@blueprint.get("/exams/<int:id>")
@needs("api.use")
@limiter.limit(limit)
def get_exam(id: int) -> ResponseReturnValue:
    if can("exams.papers") or can("exams.results"):
        query = select(Exam).where(Exam.id == _known(id, "考试"), _listed())
        found = reading().scalars(query).unique().one_or_none()
        if found is None:
            raise NotFound("考试", str(id))
        return _exam(found)
    _may_sit()
    exam = reading().get(Exam, _known(id, "考试"))
    if exam is None or exam.published_at is None:
        raise NotFound("考试", str(id))
    if not sittings.invited(reading(), exam, taker(person())):
        raise NotFound("考试", str(id))
    return _exam(exam)


def _listed() -> ColumnElement[bool]:
    return true() if can("exams.papers") else Exam.published_at.is_not(None)


def _may_sit() -> None:
    if not can("exams.take"):
        abort(403)


@blueprint.get("/exams/<int:id>/results")
@needs("api.use")
@limiter.limit(limit)
def list_results(id: int) -> ResponseReturnValue:
    """What counts for each person who began; a leader of a team sees it once marks may be seen."""
    if not (can("exams.results") or can("exams.team")):
        abort(403)
    exam = reading().get(Exam, _known(id, "考试"))
    team = exam_figures.team()
    if exam is None or exam.published_at is None:
        raise NotFound("考试", str(id))
    if team is not None and not visibility.marks_visible(exam, now()):
        raise NotFound("成绩", str(id))
    found = exam_figures.seen(results.results(reading(), exam), team)
    page, size = _paging()
    part = found[(page - 1) * size : page * size]
    ids = [one.person_id for one in part]
    numbers = dict(
        reading().execute(select(Person.id, Person.number).where(Person.id.in_(ids))).all()
    )
    named = qa_names.teams()
    rows = [_result(one, numbers.get(one.person_id, ""), named(one.team_id)) for one in part]
    return _page(len(found), page, size, rows)


@blueprint.get("/attempts")
@needs("exams.take")
@limiter.limit(limit)
def list_attempts() -> ResponseReturnValue:
    """One's own, the newest first; a mark only when it may be seen."""
    page, size = _paging()
    mine = Attempt.person_id == person().id
    total = reading().scalar(select(func.count()).select_from(Attempt).where(mine)) or 0
    query = (
        select(Attempt)
        .where(mine)
        .options(joinedload(Attempt.exam).selectinload(Exam.allowances))
        .order_by(Attempt.begun_at.desc(), Attempt.id.desc())
    )
    found = reading().scalars(query.offset((page - 1) * size).limit(size)).all()
    seen = visibility.sights(reading(), list({each.exam for each in found}), now())
    held = gradings.currents(reading(), (each.id for each in found))
    rows = [
        _attempt(each, held.get(each.id) if seen[each.exam_id].marks else None) for each in found
    ]
    return _page(total, page, size, rows)


# Learning


@blueprint.get("/courses")
@needs("exams.courses")
@limiter.limit(limit)
def list_courses() -> ResponseReturnValue:
    query = select(Course).options(selectinload(Course.lessons)).order_by(Course.id.desc())
    return _query(query, _course)


@blueprint.get("/assignments")
@needs("exams.take")
@limiter.limit(limit)
def list_assignments() -> ResponseReturnValue:
    """One's own, the newest first."""
    query = select(Assignment).where(Assignment.person_id == person().id)
    return _query(query.order_by(Assignment.assigned_at.desc(), Assignment.id.desc()), _assignment)


# What was asked for


def _choice(name: str, known: Any) -> str:
    value = request.args.get(name, "")
    if value and value not in known:
        raise InvalidInput(name, f"{name} 可选：{'、'.join(known)}。")
    return value


def _known(id: int, what: str) -> int:
    if not 0 < id <= LARGEST_ID:
        raise NotFound(what, str(id)[:20])
    return id


# Shapes


def _question(row: BankQuestion) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "stem": row.latest.content["stem"],
        "difficulty": row.difficulty,
        "grade": row.grade,
        "state": row.state,
        "stale_at": shapes.moment(row.stale_at),
        "version": row.latest.number,
        "article": row.article_key,
        "topics": [topic.topic for topic in row.topics],
    }


def _paper(row: Paper) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "state": papers.state(row),
        "questions": papers.content(row).number,
        "points": plain(papers.possible(row)),
        "created_at": shapes.moment(row.created_at),
        "used_at": shapes.moment(row.used_at),
    }


def _exam(row: Exam) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "kind": row.kind,
        "state": standing(row, now()),
        "opens_at": shapes.moment(row.opens_at),
        "closes_at": shapes.moment(row.closes_at),
        "minutes": row.minutes,
        "attempts": row.attempts,
        "pass_percent": row.pass_percent,
        "published_at": shapes.moment(row.published_at),
        "released_at": shapes.moment(row.released_at),
    }


def _result(one: Result, number: str, team: str) -> dict[str, Any]:
    found = one.counted
    return {
        "person": number,
        "team": team,
        "grade": one.grade,
        "percent": one.percent,
        "points": found.points if found else None,
        "possible": found.possible if found else None,
        "passed": one.passed,
        "complete": bool(found and found.complete),
        "submitted": one.submitted,
        "begun_at": shapes.moment(one.begun_at),
        "submitted_at": shapes.moment(one.submitted_at),
    }


def _attempt(row: Attempt, grading: Any) -> dict[str, Any]:
    done = grading is not None and grading.complete and grading.possible
    return {
        "id": row.id,
        "exam": row.exam_id,
        "title": row.exam.title,
        "number": row.number,
        "state": row.state,
        "begun_at": shapes.moment(row.begun_at),
        "deadline_at": shapes.moment(row.deadline_at),
        "submitted_at": shapes.moment(row.submitted_at),
        "percent": 100 * grading.points / grading.possible if done else None,
        "passed": grading.passed if done else None,
    }


def _course(row: Course) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "about": row.about,
        "lessons": [{"kind": one.kind, "title": one.title} for one in row.lessons],
        "exam": row.exam_id,
        "published_at": shapes.moment(row.published_at),
        "retired_at": shapes.moment(row.retired_at),
    }


def _assignment(row: Assignment) -> dict[str, Any]:
    return {
        "id": row.id,
        "course": row.course_id,
        "title": row.course.title,
        "why": row.why,
        "assigned_at": shapes.moment(row.assigned_at),
        "due_at": shapes.moment(row.due_at),
        "done_at": shapes.moment(row.done_at),
    }
