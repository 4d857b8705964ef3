"""Coaching tasks: given to agents of one's own team, or to all by those who score; and closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled
from qa import coachings, reviews
from qa.coachings import Task
from qa.tables import Coaching, Review

from .. import inspectors, qa_sight, scored, todo
from ..access import SIGNED_IN, needs
from ..context import can, now, person, reading, work
from ..errors import NotPermitted, status_of
from ..models import Person
from ..people_names import load_names, person_name
from ..periods import EARLIEST, LATEST, Period
from ..qa_ties import team_of
from ..scorecard_articles import key_of, titles
from . import finished

blueprint = Blueprint("coaching", __name__, url_prefix="/qa/coaching")

PAGE = 30
FIELDS = ("agent", "title", "text", "due", "review", "item", "article")


@blueprint.get("")
@needs(SIGNED_IN)
def listing() -> ResponseReturnValue:
    _may_coach()
    review = _review(request.args.get("review", ""))
    return _page(review, _prefilled(review))


def _may_coach() -> None:
    if not (can("qa.team") or can("qa.score")):
        raise NotPermitted


def _agents() -> list[Person]:
    """Those the person who is asking may coach, by number."""
    if not can("qa.score"):
        return team_of(reading(), person())
    ids = inspectors.agents(reading())
    query = select(Person).where(Person.id.in_(ids), Person.id != person().id)
    return sorted(reading().scalars(query).unique(), key=lambda one: one.number)


def _covered() -> list[int] | None:
    """Whose tasks this person sees: None for everybody's."""
    return None if can("qa.score") else [one.id for one in team_of(reading(), person())]


def _review(text: str) -> Review | None:
    """The finished review a task is to come from. Raises NotFound for one not to be seen."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    found = reviews.get(reading(), int(text))
    finished.may_see(found)
    return found


def _prefilled(review: Review | None) -> dict[str, str]:
    made = dict.fromkeys(FIELDS, "")
    if review is not None:
        item = request.args.get("item", "")
        rubric = reviews.rubric_of(review.version)
        found = rubric.item(item)
        made |= {
            "review": str(review.id),
            "agent": str(review.call.agent_id),
            "item": found.key if found else "",
            "article": (found.article or "") if found else "",
        }
    return made


def _page(
    review: Review | None, form: Mapping[str, str], wrong: InvalidContent | None = None
) -> str:
    show = "closed" if request.args.get("show") == "closed" else "open"
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    agents, at = _covered(), now()
    total, tasks = coachings.of(
        reading(), agents, open=show == "open", offset=(page - 1) * PAGE, limit=PAGE
    )
    load_names(id for task in tasks for id in (task.agent_id, task.coach_id, task.closed_by))
    people = _agents()
    return render_template(
        "coaching/listing.html",
        tasks=tasks,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        show=show,
        counts={
            name: coachings.of(reading(), agents, open=name == "open", limit=0)[0]
            for name in ("open", "closed")
        },
        people=[(str(one.id), f"{one.name}（{one.number}）") for one in people],
        review=review,
        about=qa_sight.agent_label(review.call) if review else "",
        items=[
            ("", "整通电话"),
            *((i.key, i.title) for i in reviews.rubric_of(review.version).items()),
        ]
        if review
        else [],
        form=form,
        wrong=wrong,
        articles=titles(task.article_key for task in tasks),
        title_of=lambda task: _item_title(task),
        overdue=lambda task: coachings.overdue(task, at),
        address=finished.address,
        points=scored.points,
        name=person_name,
        me=person().id,
    )


def _item_title(task: Coaching) -> str:
    if not task.item or task.review_id is None:
        return ""
    return todo.title(reading().get_one(Review, task.review_id).version, task.item)


@blueprint.post("")
@needs(SIGNED_IN)
def give() -> ResponseReturnValue:
    _may_coach()
    typed = {name: request.form.get(name, "") for name in FIELDS}
    review = _review(typed["review"])
    try:
        agent, task = _task(typed, review)
        with work("qa.coaching.give") as writes:
            coachings.give(writes, agent, _attached(writes, task), by=person().id, at=now())
    except InvalidContent as wrong:
        return _page(review, typed, wrong), status_of(wrong)
    flash("已布置，座席会在首页和“我的成绩”里看到。", "success")
    return redirect(url_for("coaching.listing"))


def _attached(session: Session, task: Task) -> Task:
    """The task with its review as the session knows it."""
    if task.review is None:
        return task
    found = session.get_one(Review, task.review.id)
    return Task(task.title, task.text, task.due_at, found, task.item, task.article_key)


def _task(typed: Mapping[str, str], review: Review | None) -> tuple[int, Task]:
    agent = {str(one.id): one.id for one in _agents()}.get(typed["agent"])
    if agent is None:
        raise InvalidContent("agent", "请选一位您可以辅导的座席。")
    article = typed["article"].strip()
    key = key_of(article) if article and "\0" not in article and len(article) <= 300 else None
    if article and key is None:
        raise InvalidContent("article", "找不到这篇文章，请写文章的编号或完整的标题。")
    due = _due(typed["due"].strip())
    return agent, Task(typed["title"], typed["text"], due, review, typed["item"], key or "")


def _due(text: str) -> datetime | None:
    """The last second of the day that was meant. Raises InvalidContent."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidContent("due_at", "期限要写成 2026-11-21 这样的日期。") from None
    if not EARLIEST <= day <= LATEST:
        raise InvalidContent("due_at", "期限要写成 2026-11-21 这样的日期。")
    return Period(day, day).end - timedelta(seconds=1)


@blueprint.post("/<int:id>/outcome")
@needs(SIGNED_IN)
def close(id: int) -> ResponseReturnValue:
    _may_coach()
    task = coachings.get(reading(), id)
    covered = _covered()
    if covered is not None and task.agent_id not in covered:
        raise NotFound("辅导", str(id))
    try:
        with work("qa.coaching.close") as writes:
            held = coachings.hold(writes, id)
            outcome = request.form.get("outcome", "")
            coachings.close(writes, held, outcome, by=person().id, at=now())
    except (InvalidContent, Settled) as wrong:
        flash(str(wrong), "error")
    else:
        flash("辅导已了结，座席会看到结果。", "success")
    return redirect(url_for("coaching.listing"))
