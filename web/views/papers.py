"""Papers: the list, writing one, looking at it before it is sat, printing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from exams import bank_search, drawing, feasibility, item_history, papers, pools, printing
from exams.bank_search import Wanted
from exams.blueprints import Blueprint as Rows
from exams.blueprints import Fixed
from exams.blueprints import Row as Asking
from exams.drawing import Drawn
from exams.errors import ExamError, PoolTooSmall
from exams.questions import DIFFICULTIES, KINDS
from exams.tables import BankQuestion, Paper
from exams.takers import Taker
from kb import gate
from kb.errors import EditConflict, InvalidContent
from kb.models import Article

from .. import paper_form
from ..access import needs
from ..context import now, person, reading, viewer, work
from ..errors import status_of
from ..models import Person
from ..paper_form import Form
from ..people_names import load_names

blueprint = Blueprint("papers", __name__, url_prefix="/papers")
blueprint.add_app_template_filter(papers.state, "paper_state")

RECENT = 10
"""Articles of the last days that the page names."""
FOUND = 20
"""Questions that a search while writing a fixed paper shows."""
WORDS: dict[str, Any] = {
    "QUESTION_KINDS": KINDS,
    "DIFFICULTIES": DIFFICULTIES,
    "PAPER_STATES": papers.STATES,
}


@blueprint.get("")
@needs("exams.papers")
def listing() -> ResponseReturnValue:
    text, state = request.args.get("text", "")[:200], request.args.get("state", "")
    found = papers.listing(reading(), text=text, state=state if state in papers.STATES else "")
    load_names(paper.created_by for paper in found)
    return render_template(
        "papers/listing.html",
        papers=found,
        contents={paper.id: papers.content(paper) for paper in found},
        text=text,
        state=state,
        **WORDS,
    )


# Writing


@blueprint.route("/new", methods=["GET", "POST"])
@needs("exams.papers")
def new() -> ResponseReturnValue:
    if request.method == "GET":
        return _edit_page(paper_form.fresh("fixed" in request.args))
    return _written(None)


@blueprint.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("exams.papers")
def edit(id: int) -> ResponseReturnValue:
    paper = papers.get(reading(), id)
    if request.method == "POST":
        return _written(paper)
    if paper.used_at is not None:
        return redirect(url_for("papers.show", id=id))
    return _edit_page(paper_form.of(paper), paper)


def _written(paper: Paper | None) -> ResponseReturnValue:
    """An act changes the form and comes back; anything else saves."""
    form, asked = paper_form.read(request.form), request.form.get("act", "")
    if asked == "find":
        return _edit_page(form, paper, focus="found")
    if asked == "pick":
        picked = request.form.getlist("pick")
        return _edit_page(paper_form.with_questions(form, picked), paper, focus="found")
    if asked == "newest":
        return _edit_page(_with_newest(form), paper)
    if asked:
        form, focus = paper_form.act(form, asked)
        return _edit_page(form, paper, focus=focus)
    return _saved(form, paper)


def _saved(form: Form, paper: Paper | None) -> ResponseReturnValue:
    try:
        if form.twice and not form.fixed:
            raise InvalidContent("weights", f"“{form.twice}”的难度比例写了两行，请留一行。")
        with work("exams.paper") as writes:
            if paper is None:
                kept = papers.create(writes, form.wanted(), by=person().id, at=now())
            else:
                held = papers.hold(writes, paper.id)
                kept = papers.save(writes, held, form.wanted(), form.saves, at=now())
    except EditConflict:
        assert paper is not None
        words = "这份试卷刚被别人改过。您写的还在下面：再保存一次，就用您的；或先打开新的看看。"
        form = replace(form, saves=paper.saves, errors={"saves": words})
        return _edit_page(form, paper), 409
    except (InvalidContent, ExamError) as wrong:
        form = replace(form, errors={getattr(wrong, "field", "content"): str(wrong)})
        return _edit_page(form, paper), status_of(wrong)
    flash(f"试卷“{kept.title}”已保存。下面是考前检查。", "success")
    return redirect(url_for("papers.show", id=kept.id))


def _with_newest(form: Form) -> Form:
    """Every question in the newest version the bank has of it."""
    there = _questions(form)
    newest = {version: str(row.latest.id) for version, row in there.items()}
    return replace(
        form,
        questions=tuple(
            replace(each, version=newest.get(each.version, each.version)) for each in form.questions
        ),
    )


def _edit_page(form: Form, paper: Paper | None = None, focus: str = "") -> str:
    asked = _questions(form) if form.fixed else {}
    found = _found(form) if form.fixed else None
    grades = {*bank_search.grades(reading()), *_people_grades()}
    return render_template(
        "papers/edit.html",
        form=form,
        paper=paper,
        focus=focus,
        asked=asked,
        versions={v.id: v for row in asked.values() for v in row.versions},
        found=found,
        counts=[] if form.fixed else _counts(form.rows),
        topics=bank_search.topics(reading()),
        grades=sorted(grades),
        **WORDS,
    )


def _people_grades() -> Sequence[str]:
    return reading().scalars(select(Person.grade).where(Person.grade != "").distinct()).all()


def _questions(form: Form) -> dict[str, BankQuestion]:
    """{version id as it is typed: its question} of those this person may see."""
    typed = (each.version for each in form.questions)
    ids = [int(version) for version in typed if version.isdecimal() and len(version) < 10]
    found = bank_search.of_versions(reading(), viewer(), ids)
    return {str(version): row for version, row in found.items()}


def _found(form: Form) -> bank_search.Found:
    wanted = Wanted(
        text=form.find.get("text", ""),
        state="kept",
        kind=form.find.get("kind", "") if form.find.get("kind") in KINDS else "",
        difficulty=(
            form.find.get("difficulty", "") if form.find.get("difficulty") in DIFFICULTIES else ""
        ),
        topic=form.find.get("topic", "").strip(),
    )
    return bank_search.search(reading(), viewer(), wanted, limit=FOUND)


# How much there is for a row


@blueprint.get("/pool")
@needs("exams.papers")
def pool() -> ResponseReturnValue:
    """A row of the form as it is typed, counted: a fragment."""
    names = paper_form.Row.__slots__
    row = paper_form.Row(*(request.args.get(name, "")[:400].strip() for name in names))
    return render_template("papers/pool.html", count=_counts([row])[0])


def _counts(rows: Sequence[paper_form.Row]) -> list[tuple[int, int | None] | None]:
    """(questions there are, how many are wanted if that is a number) of each row; None = empty."""
    there = pools.candidates(reading(), viewer(), now())
    made: list[tuple[int, int | None] | None] = []
    for row in rows:
        if row.empty:
            made.append(None)
            continue
        asking = Asking(1, Fraction(1), row.topic, row.difficulty, row.kind, row.grade)
        wanted = paper_form.number(row.number)
        count = sum(1 for each in there if each.fits(asking, ""))
        made.append((count, wanted if isinstance(wanted, int) else None))
    return made


# Looking at it


@blueprint.get("/<int:id>")
@needs("exams.papers")
def show(id: int) -> ResponseReturnValue:
    """What it asks, and what is to be expected of it."""
    paper = papers.get(reading(), id)
    content = papers.content(paper)
    grade = _grade()
    found = feasibility.check(reading(), paper, viewer(), grade, now())
    load_names([paper.created_by])
    by_grade: dict[str, str] = {}
    if isinstance(content, Rows):
        named = sorted({*content.weights, *_people_grades(), ""})
        by_grade = feasibility.by_grade(reading(), content, named, now())
    asked = {}
    if isinstance(content, Fixed):
        ids = [each.version for each in content.questions]
        asked = bank_search.of_versions(reading(), viewer(), ids)
    return render_template(
        "papers/show.html",
        paper=paper,
        content=content,
        fixed=isinstance(content, Fixed),
        check=found,
        grade=grade,
        grade_choices=_grade_choices({*by_grade, grade}),
        others=_others(by_grade, {"", found.short, found.least_short}),
        mix=_mix(found),
        recent=_titles(found.recent_articles),
        asked=asked,
        versions={v.id: v for row in asked.values() for v in row.versions},
        origin=reading().get(Paper, paper.of_id) if paper.of_id else None,
        ENOUGH=item_history.ENOUGH,
        **WORDS,
    )


def _grade_choices(more: set[str]) -> list[tuple[str, str]]:
    named = {*more, *bank_search.grades(reading()), *_people_grades()} - {""}
    return [("", "没有等级的"), *((grade, grade) for grade in sorted(named))]


def _others(by_grade: Mapping[str, str], told: set[str]) -> list[tuple[str, str]]:
    """(grades, why they get no paper), what is told already left out."""
    found: dict[str, list[str]] = {}
    for grade, words in by_grade.items():
        if words not in told:
            found.setdefault(words, []).append(grade or "没有等级的人")
    return [("、".join(grades), words) for words, grades in found.items()]


def _titles(keys: Sequence[str]) -> list[tuple[str, str]]:
    """(key, title) of the first articles of those that this person may read now."""
    query = select(Article.id).where(Article.key.in_(keys[:RECENT])).order_by(Article.key)
    ids = reading().scalars(query).all()
    found = gate.in_force_of(reading(), viewer(), now(), ids)
    return [(found[id].article.key, found[id].title) for id in ids if id in found]


def _mix(found: feasibility.Feasibility) -> list[tuple[str, str | None]]:
    """How many of each difficulty, in words; what there is none of is left out."""
    words = {**DIFFICULTIES, "": "没有定"}
    return [
        (words[key], f"{count:.1f}".removesuffix(".0") + " 题" if count else None)
        for key, count in found.mix.items()
    ]


def _grade() -> str:
    return " ".join(request.args.get("grade", "").split())[:20]


@blueprint.get("/<int:id>/preview")
@needs("exams.papers")
def preview(id: int) -> ResponseReturnValue:
    return _drawn_page(id, "papers/preview.html")


@blueprint.get("/<int:id>/print")
@needs("exams.papers")
def print_(id: int) -> ResponseReturnValue:
    return _drawn_page(id, "papers/print.html")


@blueprint.get("/<int:id>/file")
@needs("exams.papers")
def file(id: int) -> ResponseReturnValue:
    """The same as PDF."""
    from .. import paper_pdf  # takes a while to load, and only who asks for a file needs it

    paper = papers.get(reading(), id)
    drawn = _drawn(paper)
    answers = "answers" in request.args
    data = paper_pdf.paper(paper.title, _mark(paper), printing.parts(drawn), answers)
    name = quote(f"{paper.title}{'（含答案）' if answers else ''}.pdf")
    disposition = f"attachment; filename*=UTF-8''{name}"
    return Response(
        data, content_type="application/pdf", headers={"Content-Disposition": disposition}
    )


def _drawn_page(id: int, template: str) -> ResponseReturnValue:
    paper = papers.get(reading(), id)
    wrong, drawn = None, []
    try:
        drawn = _drawn(paper)
    except PoolTooSmall as short:
        wrong = str(short)
    page = render_template(
        template,
        paper=paper,
        wrong=wrong,
        parts=printing.parts(drawn),
        total=sum((each.points for each in drawn), Fraction(0)),
        number=len(drawn),
        mark=_mark(paper),
        seed=_seed(),
        grade=_grade(),
        grade_choices=_grade_choices({_grade()}),
        fixed=isinstance(papers.content(paper), Fixed),
        answers="answers" in request.args,
        **WORDS,
    )
    return page, 409 if wrong else 200


def _drawn(paper: Paper) -> list[Drawn]:
    """For somebody of the grade that is asked for, who may read what the examiner may."""
    taker = Taker(person().id, None, _grade(), viewer())
    return drawing.draw(
        reading(), paper, taker, seed=_seed(), unseen_first=False, seen=(), at=now()
    )


def _seed() -> str:
    return " ".join(request.args.get("seed", "").split())[:40] or "A"


def _mark(paper: Paper) -> str:
    """What stands on the printed paper, and finds the same one again."""
    return "-".join(filter(None, (str(paper.id), _grade(), _seed())))


# Acts


@blueprint.post("/<int:id>/copies")
@needs("exams.papers")
def copy(id: int) -> ResponseReturnValue:
    with work("exams.paper") as writes:
        made = papers.copy(writes, papers.get(writes, id), by=person().id, at=now())
    flash(f"已复制成“{made.title}”，可以改了。原来的不变。", "success")
    return redirect(url_for("papers.edit", id=made.id))


@blueprint.post("/<int:id>/retirement")
@needs("exams.papers")
def retire(id: int) -> ResponseReturnValue:
    """Out of use, or in use again."""
    again = "again" in request.form
    with work("exams.paper_retire") as writes:
        held = papers.hold(writes, id)
        papers.retire(writes, held, None if again else now())
    words = "已恢复使用" if again else "已停用：不能再安排新的考试，已经安排的照旧"
    flash(f"试卷“{held.title}”{words}。", "success")
    return redirect(url_for("papers.show", id=id))
