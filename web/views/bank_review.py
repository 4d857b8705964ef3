"""Generated questions: made by a job, looked at one by one, and what their articles did since."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from exams import bank_search, kept, refreshing, reviewing
from exams.tables import BankQuestion
from kb import gate
from kb.errors import InvalidContent, Settled
from qa.intervals import wilson

from .. import bank_sight
from ..access import needs
from ..context import now, person, reading, viewer, work
from ..jobs import enqueue
from ..models import Job
from .bank import WORDS, blueprint

MOST_ARTICLES = 500
RECENT = 5
PAGE = 20


# Looking at what was generated


@blueprint.get("/review")
@needs("exams.bank")
def review() -> ResponseReturnValue:
    """The question of the address, or the next that waits."""
    at = request.args.get("at", type=int)
    row = bank_search.seen(reading(), viewer(), at) if at else None
    if row is not None and row.state != "proposed":
        row = reviewing.following(reading(), viewer(), row)
    elif row is None:
        row = reviewing.following(reading(), viewer())
    return _review_page(row)


def _review_page(row: BankQuestion | None, wrong: InvalidContent | None = None) -> str:
    last = request.args.get("last", type=int)
    figures = reviewing.figures(reading(), viewer())
    return render_template(
        "bank/review.html",
        row=row,
        mark=kept.mark(row) if row else "",
        question=kept.question_of(row.latest) if row else None,
        evidence=bank_sight.evidence(row) if row else None,
        likes=bank_sight.likes(row) if row else [],
        following=reviewing.following(reading(), viewer(), row) if row else None,
        last=_last(last) if last else None,
        figures=figures,
        untouched=wilson(figures.accepted - figures.edited, figures.judged),
        wrong=wrong,
        reason=request.form.get("reason", ""),
        remark=request.form.get("remark", ""),
        **WORDS,
    )


def _last(id: int) -> BankQuestion | None:
    """What was judged just now and may be taken back."""
    if not 0 < id <= bank_search.LARGEST_ID:
        return None
    query = select(BankQuestion).where(BankQuestion.id == id, bank_search.visible(viewer()))
    row = reading().scalars(query).one_or_none()
    return row if row is not None and row.reviewed_at is not None else None


@blueprint.post("/<int:id>/acceptance")
@needs("exams.bank")
def accept(id: int) -> ResponseReturnValue:
    try:
        with work("exams.accept") as writes:
            row = bank_search.hold(writes, viewer(), id)
            if kept.mark(row) != request.form.get("mark", kept.mark(row)):
                raise Settled("这道题刚刚有人改过，请看过现在的再决定。")
            reviewing.accept(writes, row, person().id, now())
    except Settled as wrong:
        flash(str(wrong), "warning")
        return redirect(url_for("bank.review", at=id))
    return _go_on(id)


@blueprint.post("/<int:id>/rejection")
@needs("exams.bank")
def reject(id: int) -> ResponseReturnValue:
    form = request.form
    try:
        with work("exams.reject") as writes:
            row = bank_search.hold(writes, viewer(), id)
            reviewing.reject(
                writes,
                row,
                form.get("reason", ""),
                form.get("remark", "").replace("\0", ""),
                person().id,
                now(),
            )
    except InvalidContent as wrong:
        return _review_page(bank_search.seen(reading(), viewer(), id), wrong), 422
    except Settled as wrong:
        flash(str(wrong), "warning")
        return redirect(url_for("bank.review"))
    return _go_on(id)


def _go_on(id: int) -> ResponseReturnValue:
    done = bank_search.seen(reading(), viewer(), id)
    found = reviewing.following(reading(), viewer(), done)
    return redirect(url_for("bank.review", at=found.id if found else None, last=id))


@blueprint.post("/<int:id>/undoing")
@needs("exams.bank")
def undo(id: int) -> ResponseReturnValue:
    try:
        with work("exams.undo") as writes:
            reviewing.undo(writes, bank_search.hold(writes, viewer(), id))
    except Settled as wrong:
        flash(str(wrong), "warning")
        return redirect(url_for("bank.review"))
    flash("已收回，请重新审核这一道。", "success")
    return redirect(url_for("bank.review", at=id))


# Generating


@blueprint.get("/generation")
@needs("exams.bank")
def generation() -> ResponseReturnValue:
    category = request.args.get("category", "").replace("\0", "")[:400]
    found = gate.browse(reading(), viewer(), now(), category=category, limit=MOST_ARTICLES)
    jobs = reading().scalars(
        select(Job).where(Job.kind == "exams.generate").order_by(Job.id.desc()).limit(RECENT)
    )
    return render_template(
        "bank/generation.html",
        category=category,
        category_choices=[
            (path, path) for path in sorted(gate.counts_by_category(reading(), viewer(), now()))
        ],
        found=found,
        asked=_questions_of(),
        jobs=jobs.all(),
        counts=bank_search.counts(reading(), viewer()),
        MOST=MOST_ARTICLES,
        **WORDS,
    )


def _questions_of() -> dict[str, int]:
    """{article: how many questions in use or proposed rest on it}"""
    query = (
        select(BankQuestion.article_key, func.count())
        .where(BankQuestion.state.in_(kept.ASKABLE), bank_search.visible(viewer()))
        .group_by(BankQuestion.article_key)
    )
    return dict(reading().execute(query).all())


@blueprint.post("/generation")
@needs("exams.bank")
def generate() -> ResponseReturnValue:
    """Ask for questions from the ticked articles, or from all that are shown."""
    category = request.form.get("category", "").replace("\0", "")[:400]
    back = redirect(url_for("bank.generation", category=category or None))
    shown = gate.browse(reading(), viewer(), now(), category=category, limit=MOST_ARTICLES)
    keys = [revision.article.key for revision in shown.revisions]
    if "all" not in request.form:
        ticked = set(request.form.getlist("article"))
        keys = [key for key in keys if key in ticked]
    if not keys:
        flash("没有选文章。请勾选要出题的文章，或按“这里全部的文章”。", "info")
        return back
    with work("exams.generate") as writes:
        enqueue(writes, "exams.generate", {"articles": keys})
    flash(f"已安排由 {len(keys)} 篇文章出题，几分钟后到“审核”里看；审核过的题不会动。", "success")
    return back


# Out of date


@blueprint.get("/stale")
@needs("exams.bank")
def stale() -> ResponseReturnValue:
    page = max(1, min(request.args.get("page", 1, type=int), 1_000_000))
    total = bank_search.stale_count(reading(), viewer())
    if page > max(1, -(-total // PAGE)):
        abort(404)
    found = bank_search.stale(reading(), viewer(), offset=(page - 1) * PAGE, limit=PAGE)
    return render_template(
        "bank/stale.html",
        rows=[
            (row, kept.mark(row), kept.question_of(row.latest), bank_sight.evidence(row))
            for row in found
        ],
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
        **WORDS,
    )


@blueprint.post("/<int:id>/confirmation")
@needs("exams.bank")
def still_right(id: int) -> ResponseReturnValue:
    """The question holds by the new text as well."""
    try:
        with work("exams.still_right") as writes:
            row = bank_search.hold(writes, viewer(), id)
            if kept.mark(row) != request.form.get("mark", kept.mark(row)):
                raise Settled("这道题刚刚有人改过，请看过现在的再决定。")
            refreshing.still_right(writes, row, person().id, now())
    except (InvalidContent, Settled) as wrong:
        flash(str(wrong), "error")
    else:
        flash("已确认，出处移到文章现在的句子。", "success")
    return redirect(url_for("bank.stale"))
