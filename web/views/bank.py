"""The bank of questions: the list, many changed at once, a question's page, trying it out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exams import analysis, bank_search, bulk, kept, refreshing, reviewing
from exams.bank_search import Wanted
from exams.errors import BadResponse
from exams.exact import decimal
from exams.formats import FORMATS
from exams.grade import Grade, grade
from exams.questions import DIFFICULTIES, KINDS, POLICIES
from exams.reviewing import REASONS, STATES
from exams.staleness import STALE
from exams.tables import BankQuestion
from kb.errors import InvalidContent

from .. import bank_sight, question_answers
from ..access import needs
from ..context import can, now, person, reading, viewer, work
from ..people_names import load_names
from .account import safe_target

blueprint = Blueprint("bank", __name__, url_prefix="/bank")
blueprint.add_app_template_filter(bank_sight.key_words, "key_words")
blueprint.add_app_template_filter(kept.question_of, "question_of")
blueprint.add_app_template_filter(question_answers.right_sides, "right_sides")
blueprint.add_app_template_filter(decimal, "decimal")

PAGE = 50
MOST_TICKED = 500
WORDS: dict[str, Any] = {
    "QUESTION_KINDS": KINDS,
    "DIFFICULTIES": DIFFICULTIES,
    "POLICIES": POLICIES,
    "STATES": STATES,
    "REASONS": REASONS,
    "STALE": STALE,
}


def wanted() -> Wanted:
    """What the address narrows the bank to; values that are not ours do not narrow."""
    given = {
        name: request.args.get(name, "").replace("\0", "").strip()[:400]
        for name in Wanted.__slots__
    }
    known = {"state": STATES, "kind": KINDS, "difficulty": DIFFICULTIES, "stale": {"1": ""}}
    for name, values in known.items():
        if given[name] not in values:
            given[name] = ""
    return Wanted(**given)


def arguments(asked: Wanted) -> dict[str, str]:
    """The query of an address that narrows in the same way."""
    return {name: value for name, value in asdict(asked).items() if value}


@blueprint.get("")
@needs("exams.bank")
def listing() -> ResponseReturnValue:
    asked = wanted()
    page = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    found = bank_search.search(reading(), viewer(), asked, offset=(page - 1) * PAGE, limit=PAGE)
    pages = max(1, -(-found.total // PAGE))
    if page > pages:
        return redirect(url_for("bank.listing", **arguments(asked), page=pages))
    grades = bank_search.grades(reading())
    return render_template(
        "bank/listing.html",
        wanted=asked,
        kept=arguments(asked),
        found=found,
        page=page,
        pages=pages,
        counts=bank_search.counts(reading(), viewer()),
        topics=bank_search.topics(reading()),
        grades=grades,
        grade_choices=[("", "全部"), *((grade, grade) for grade in grades)],
        FORMATS=FORMATS,
        **WORDS,
    )


@blueprint.post("/changes")
@needs("exams.bank")
def change_many() -> ResponseReturnValue:
    """One change to every ticked question, all or nothing."""
    back = safe_target(request.form.get("back") or url_for("bank.listing"))
    ids = list(dict.fromkeys(request.form.getlist("id", type=int)))[:MOST_TICKED]
    change = _change()
    if not ids:
        flash("没有勾选题目。请先在左边勾选。", "info")
        return redirect(back)
    if change == bulk.Change():
        flash("没有写要改什么。请选难度、知识点或适用等级，再按“改这些题”。", "info")
        return redirect(back)
    try:
        with work("exams.bulk") as writes:
            rows = [bank_search.hold(writes, viewer(), id) for id in sorted(ids)]
            changed = bulk.apply(writes, rows, change, person().id, now())
    except InvalidContent as wrong:
        flash(f"一道也没有改：{wrong}", "error")
        return redirect(back)
    same = f"，{len(ids) - changed} 道本来就是这样" if changed < len(ids) else ""
    flash(f"已改 {changed} 道{same}。", "success")
    return redirect(back)


NONE = "-"
"""In a list of choices: take away what there is."""


def _change() -> bulk.Change:
    form = request.form
    if state := form.get("act", ""):
        return bulk.Change(state=state if state in ("retire", "revive") else "")

    def chosen(name: str) -> str | None:
        value = " ".join(form.get(name, "").split())
        return None if not value else ("" if value == NONE else value)

    return bulk.Change(
        difficulty=chosen("difficulty"),
        grade=chosen("grade"),
        add=" ".join(form.get("add", "").split()),
        remove=" ".join(form.get("remove", "").split()),
    )


# One question


@blueprint.get("/<int:id>")
@needs("exams.bank")
def show(id: int) -> ResponseReturnValue:
    return _page(bank_search.seen(reading(), viewer(), id))


@blueprint.post("/<int:id>/tries")
@needs("exams.bank")
def answer(id: int) -> ResponseReturnValue:
    """Answer it as a trainee would; nothing is kept."""
    row = bank_search.seen(reading(), viewer(), id)
    question = kept.question_of(row.latest)
    response = question_answers.response(question, request.form)
    try:
        return _page(row, response, grade(question, response))
    except BadResponse as wrong:
        return _page(row, response, wrong=str(wrong)), 422


def _page(
    row: BankQuestion, response: Any = None, result: Grade | None = None, wrong: str = ""
) -> str:
    steps = bank_sight.history(row)
    load_names([row.reviewed_by, row.created_by, *(s.version.author_id for s in steps)])
    return render_template(
        "bank/show.html",
        row=row,
        question=kept.question_of(row.latest),
        evidence=bank_sight.evidence(row),
        steps=steps,
        likes=bank_sight.likes(row),
        records=analysis.record(reading(), (step.version.id for step in steps[::-1]), now()),
        usage=bank_search.usage(reading(), [row.id]).get(row.id),
        may_see=viewer().may_see,
        may_regrade=can("exams.regrade"),
        response=response,
        result=result,
        wrong=wrong,
        **WORDS,
    )


@blueprint.post("/<int:id>/retirement")
@needs("exams.bank")
def retire(id: int) -> ResponseReturnValue:
    with work("exams.retire") as writes:
        reviewing.retire(writes, bank_search.hold(writes, viewer(), id))
    flash("已停用：不再进新的试卷，已经考过的照旧。", "success")
    return redirect(safe_target(request.form.get("back") or url_for("bank.show", id=id)))


@blueprint.post("/<int:id>/revival")
@needs("exams.bank")
def revive(id: int) -> ResponseReturnValue:
    with work("exams.retire") as writes:
        row = bank_search.hold(writes, viewer(), id)
        reviewing.revive(writes, row)
        refreshing.follow(writes, row, now())
    flash("已恢复使用。", "success")
    return redirect(url_for("bank.show", id=id))
