"""成绩分析: what the people who sat an exam came to, for trainers and, of their team, leaders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from exams import analysis, gradings, items, results, visibility
from exams.answered import about, taken
from exams.exam_rules import COUNTS, KINDS
from exams.questions import DIFFICULTIES
from exams.results import FEWEST, Result
from exams.tables import Attempt, Exam
from kb.errors import NotFound

from .. import exam_figures as figures
from .. import paper_sight, qa_names
from ..access import needs
from ..context import can, now, reading, viewer

blueprint = Blueprint("results", __name__, url_prefix="/results")

PAGE = 20
ITEMS = 100
CAUSES = {"automatic": "自动判分", "marking": "阅卷", "regrade": "重新判分"}
EITHER = "exams.results | exams.team"


@blueprint.get("")
@needs(EITHER)
def listing() -> ResponseReturnValue:
    team, kind = figures.team(), request.args.get("kind", "")
    where: list[Any] = [Exam.published_at.is_not(None), Exam.opens_at <= now()]
    if kind in KINDS:
        where.append(Exam.kind == kind)
    if team is not None:
        sat = select(Attempt.exam_id).where(Attempt.person_id.in_(team))
        where.append(Exam.id.in_(sat))
    total = reading().scalar(select(func.count()).select_from(Exam).where(*where)) or 0
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    query = select(Exam).where(*where).order_by(Exam.opens_at.desc(), Exam.id.desc())
    query = query.options(selectinload(Exam.allowances))
    exams = reading().scalars(query.offset((page - 1) * PAGE).limit(PAGE)).all()
    found = results.of_exams(reading(), exams)
    return render_template(
        "results/listing.html",
        exams=exams,
        overviews={exam.id: figures.overview(figures.seen(found[exam.id], team)) for exam in exams},
        shown=_shown(exams, team),
        total=total,
        page=page,
        pages=-(-total // PAGE),
        kind=kind if kind in KINDS else "",
        KINDS=KINDS,
        team=team is not None,
    )


def _shown(exams: Sequence[Exam], team: frozenset[int] | None) -> frozenset[int]:
    """Exams whose marks this person may see: a leader of a team not before the team itself."""
    if team is None:
        return frozenset(exam.id for exam in exams)
    sights = visibility.sights(reading(), exams, now())
    return frozenset(id for id, sight in sights.items() if sight.marks)


@blueprint.get("/<row:id>")
@needs(EITHER)
def show(id: int) -> ResponseReturnValue:
    exam, team = exam_of(id), figures.team()
    if team is not None and not _shown([exam], team):
        return _not_yet(exam)
    found = figures.seen(results.results(reading(), exam), team)
    attempts = taken(reading(), exam, attempts=figures.counting_ids(found))
    ready = [each for each in attempts if each.complete]
    named = about(reading(), (a.version_id for each in ready for a in each.answers))
    named_team = qa_names.teams()
    whole = figures.overview(found, figures.invited(exam, team))
    return render_template(
        "results/show.html",
        exam=exam,
        team=team is not None,
        whole=whole,
        bins=results.histogram(whole.whole.percents),
        teams=figures.rows(results.groups(found, lambda one: one.team_id)),
        grades=figures.rows(results.groups(found, lambda one: one.grade)),
        topics=figures.part_rows(ready, named, lambda one: one.topics),
        difficulties=figures.by_difficulty(ready, named),
        earlier=_earlier(exam, team, whole),
        team_name=named_team,
        FEWEST=FEWEST,
        KINDS=KINDS,
        COUNTS=COUNTS,
        DIFFICULTIES=DIFFICULTIES,
    )


def _earlier(
    exam: Exam, team: frozenset[int] | None, whole: figures.Overview
) -> list[tuple[Exam, figures.Overview]]:
    """The repetitions before this one, and it; empty where there was none before."""
    before = results.earlier(reading(), exam)
    found = results.of_exams(reading(), before)
    made = [(each, figures.overview(figures.seen(found[each.id], team))) for each in before]
    return [*made, (exam, whole)] if made else []


def _not_yet(exam: Exam) -> str:
    return render_template(
        "results/not_yet.html", exam=exam, sight=visibility.of(exam, now()), KINDS=KINDS
    )


def exam_of(id: int) -> Exam:
    """A published exam. Raises NotFound."""
    found = reading().get(Exam, id)
    if found is None or found.published_at is None:
        raise NotFound("考试", str(id))
    return found


# People


SORTS: Mapping[str, Callable[[Result], Any]] = {
    "person": lambda one: one.person_id,
    "percent": lambda one: (one.percent is not None, one.percent or 0.0),
    "seconds": lambda one: one.seconds or 0.0,
    "submitted": lambda one: one.submitted_at.timestamp() if one.submitted_at else 0.0,
    "attempts": lambda one: one.submitted,
    "grade": lambda one: one.grade,
}


@blueprint.get("/<row:id>/people")
@needs(EITHER)
def people(id: int) -> ResponseReturnValue:
    exam, team = exam_of(id), figures.team()
    if team is not None and not _shown([exam], team):
        return _not_yet(exam)
    found = figures.seen(results.results(reading(), exam), team)
    person_named, team_named = qa_names.people(), qa_names.teams()
    sort = request.args.get("sort", "-percent")
    key: Callable[[Result], Any] = SORTS.get(sort.removeprefix("-"), SORTS["percent"])
    if sort.removeprefix("-") == "person":
        key = lambda one: person_named(one.person_id)  # noqa: E731 - names are known only here
    elif sort.removeprefix("-") == "team":
        key = lambda one: team_named(one.team_id)  # noqa: E731
    found.sort(key=lambda one: one.person_id)
    found.sort(key=key, reverse=sort.startswith("-"))
    return render_template(
        "results/people.html",
        exam=exam,
        team=team is not None,
        found=found,
        sort=sort,
        named=person_named,
        team_name=team_named,
        may_open=team is None or visibility.answers_visible(exam, now()),
        KINDS=KINDS,
        COUNTS=COUNTS,
    )


@blueprint.get("/<row:id>/attempts/<row:nth>")
@needs(EITHER)
def paper(id: int, nth: int) -> ResponseReturnValue:
    """One person's paper; a leader of a team sees it once its answers may be seen."""
    exam, team = exam_of(id), figures.team()
    attempt = reading().get(Attempt, nth)
    if (
        attempt is None
        or attempt.exam_id != id
        or attempt.state != "submitted"
        or (team is not None and attempt.person_id not in team)
    ):
        raise NotFound("答卷", str(nth))
    if team is not None and not visibility.answers_visible(exam, now()):
        return _not_yet(exam)
    steps = gradings.history(reading(), attempt)
    grading = next((step for step in steps if step.number == attempt.graded), None)
    seen = paper_sight.paper(attempt, grading)
    others = select(Attempt).where(
        Attempt.exam_id == id, Attempt.person_id == attempt.person_id, Attempt.state == "submitted"
    )
    return render_template(
        "results/one.html",
        exam=exam,
        team=team is not None,
        attempt=attempt,
        grading=grading,
        steps=steps if len(steps) > 1 else [],
        paper=[one for one in seen if viewer().may_see(one.about.audiences)],
        hidden=sum(not viewer().may_see(one.about.audiences) for one in seen),
        others=reading().scalars(others.order_by(Attempt.number)).all(),
        named=qa_names.people(),
        team_name=qa_names.teams(),
        STATES=paper_sight.STATES,
        KINDS=KINDS,
        CAUSES=CAUSES,
    )


# Questions


ITEM_SORTS: Mapping[str, Callable[[analysis.Item], Any]] = {
    "flags": lambda item: (not item.flags, not any(flag.wrong for flag in item.flags)),
    "facility": lambda item: (item.figures.facility is None, item.figures.facility or 0.0),
    "discrimination": lambda item: (
        item.figures.discrimination is None,
        item.figures.discrimination or 0.0,
    ),
    "n": lambda item: item.figures.n,
}


@blueprint.get("/<row:id>/questions")
@needs("exams.results")
def questions(id: int) -> ResponseReturnValue:
    exam = exam_of(id)
    first = request.args.get("which") != "all"
    found = analysis.analyse(reading(), exam, first=first)
    sort = request.args.get("sort", "flags")
    key = ITEM_SORTS.get(sort.removeprefix("-"), ITEM_SORTS["flags"])
    ordered = sorted(found.items, key=key, reverse=sort.startswith("-"))
    page = max(1, min(request.args.get("page", 1, type=int) or 1, 10_000))
    return render_template(
        "results/questions.html",
        exam=exam,
        team=False,
        found=found,
        items=ordered[(page - 1) * ITEMS : page * ITEMS],
        page=page,
        pages=-(-len(ordered) // ITEMS),
        sort=sort,
        which="first" if first else "all",
        kinds=items.by_kind(item.flags for item in found.items),
        may_see=viewer().may_see,
        may_regrade=can("exams.regrade"),
        MINIMUM=items.MINIMUM,
        KINDS=KINDS,
        DIFFICULTIES=DIFFICULTIES,
    )
