"""An article's life in time: its timeline, any two revisions compared, an old one brought back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb import approvals, articles, policy, reviews, verify
from kb.errors import InvalidContent
from kb.models import Article, Review, Revision

from ..access import needs
from ..comparing import differences
from ..context import now, person, reading, work
from ..models import Person
from .editor import edit_now, hold

blueprint = Blueprint("life", __name__)

WORDS = {
    "direct": "直接发布，由发布人负责",
    "import": "随导入发布，由导入人负责",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an article; ``by`` is a person's id."""

    at: datetime
    by: int | None
    what: str
    number: int | None = None
    words: str = ""
    kind: str = "info"


@blueprint.get("/articles/<key>/timeline")
@needs("kb.write")
def timeline(key: str) -> ResponseReturnValue:
    article = _get(key)
    events = sorted(_events(article), key=lambda e: e.at)[::-1]
    return render_template(
        "reviews/timeline.html",
        article=article,
        events=events,
        due=_due(article),
        people=_people(),
        owner=reading().get(Person, article.owner_id) if article.owner_id else None,
    )


def _get(key: str) -> Article:
    if "\0" in key:
        abort(404)
    return articles.get(reading(), key)


def _events(article: Article) -> Iterator[Event]:
    for revision in article.revisions:
        yield Event(revision.created_at, revision.author_id, "起草", revision.number, kind="draft")
        yield from _published(revision)
        for review in revision.reviews:
            yield from _reviewed(review, revision)
        for remark in revision.remarks:
            yield Event(remark.at, remark.author_id, "批注", revision.number, remark.text)
    for stretch in article.retirements:
        yield Event(stretch.retired_at, stretch.retired_by, "停用", kind="off")
        if stretch.revived_at is not None:
            yield Event(stretch.revived_at, stretch.revived_by, "恢复使用", kind="ok")
    if article.verified_at is not None:
        yield Event(article.verified_at, article.verified_by, "确认仍然有效", kind="ok")


def _published(revision: Revision) -> Iterator[Event]:
    at, by, number = revision.published_at, revision.published_by, revision.number
    if at is None:
        return
    if revision.scheduled_at is not None:
        yield Event(revision.scheduled_at, by, "定时发布", number)
    if at <= now():
        urgent = approvals.state_of(revision, now()) in ("urgent", "taken_back")
        kind = "warn" if urgent else "ok"
        yield Event(at, by, "紧急发布" if urgent else "发布", number, revision.note, kind)


def _reviewed(review: Review, revision: Revision) -> Iterator[Event]:
    if review.kind in WORDS:
        if review.decided_at is not None:
            yield Event(review.decided_at, review.decided_by, WORDS[review.kind], revision.number)
        return
    asked = "要求补审" if review.kind == "urgent" else "送审"
    yield Event(review.asked_at, review.asked_by, asked, revision.number, review.reason)
    if review.decided_at is not None:
        what, kind = {
            "approved": ("审核通过", "ok"),
            "sent_back": ("退回", "warn"),
            "withdrawn": ("撤回送审", "off"),
            "taken_back": ("补审未通过，撤回", "bad"),
        }[review.outcome]
        yield Event(
            review.decided_at, review.decided_by, what, revision.number, review.verdict, kind
        )


def _due(article: Article) -> datetime | None:
    published = [r for r in article.published if r.published_at and r.published_at <= now()]
    rules = policy.load(reading())
    return verify.due(published[-1], rules) if published and not article.retired_at else None


def _people() -> list[tuple[str, str]]:
    query = select(Person.number, Person.name).where(Person.disabled_at.is_(None))
    rows = reading().execute(query.order_by(Person.number))
    return [("", "没有"), *((row.number, f"{row.name}（{row.number}）") for row in rows)]


# Comparing


@blueprint.get("/articles/<key>/comparison")
@needs("kb.write")
def compare(key: str) -> ResponseReturnValue:
    """Two revisions by number; without them the newest and the one before it."""
    article = _get(key)
    numbers = {r.number: r for r in article.revisions}
    latest = article.latest
    new = numbers.get(request.args.get("new", latest.number, type=int))
    below = [n for n in numbers if new is not None and n < new.number]
    old = numbers.get(request.args.get("old", max(below, default=0), type=int))
    if new is None or (old is None and "old" in request.args):
        abort(404)
    return render_template(
        "reviews/compare.html",
        article=article,
        old=old,
        new=new,
        changes=differences(old.record(), new.record()) if old is not None else [],
        choices=[(str(n), f"第 {n} 版") for n in sorted(numbers, reverse=True)],
    )


@blueprint.post("/articles/<key>/revisions/<int:number>/restoration")
@needs("kb.write")
def restore(key: str, number: int) -> ResponseReturnValue:
    try:
        with work("kb.restore") as writes:
            reviews.restore(writes, hold(writes, key), number, edit_now())
    except InvalidContent as wrong:
        flash(str(wrong), "warning")
        return redirect(url_for("articles.revisions", key=key))
    flash(f"第 {number} 版的内容已成为一份新草稿，改好后送审或发布。", "success")
    return redirect(url_for("editor.edit", key=key))


# Confirming


@blueprint.post("/articles/<key>/confirmation")
@needs("kb.write")
def confirm(key: str) -> ResponseReturnValue:
    with work("kb.confirm") as writes:
        verify.confirm(writes, hold(writes, key), edit_now())
    flash("已记下：今天核对过，仍然有效。", "success")
    return redirect(url_for("life.timeline", key=key))


@blueprint.post("/articles/<key>/owner")
@needs("kb.write")
def entrust(key: str) -> ResponseReturnValue:
    number = request.form.get("owner", "").replace("\0", "").strip()
    with work("kb.entrust") as writes:
        owner = writes.scalars(select(Person).where(Person.number == number)).first()
        article = hold(writes, key)
        if owner is not None or not number:
            verify.entrust(writes, article, owner.id if owner else None)
    if number and owner is None:
        flash(f"没有工号“{number[:40]}”，负责人没有改。", "warning")
    else:
        flash("负责人已改。", "success")
    return redirect(url_for("life.timeline", key=key))


@blueprint.get("/edit/overdue")
@needs("kb.write")
def overdue() -> ResponseReturnValue:
    """What is past its confirmation: one's own, or everybody's."""
    mine = request.args.get("whose") != "all"
    total, found = verify.overdue(reading(), now(), owner=person().id if mine else None, limit=200)
    rules = policy.load(reading())
    return render_template(
        "reviews/overdue.html",
        mine=mine,
        total=total,
        rows=[(r, verify.overdue_days(r, rules, now())) for r in found],
    )
