"""Reviews: the queue, and one text under review with what is said on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import approvals, articles, gate, lifecycle, markdown, remarks, reviews
from kb.compare import Difference
from kb.errors import EditConflict, InvalidContent, KbError, NotFound, NothingToPublish
from kb.models import DRAFT, Article, Remark, Revision

from .. import moments, radar
from ..access import needs
from ..comparing import differences
from ..context import can, now, person, reading, services, work
from ..errors import Conflict, InvalidInput
from ..evidence import recalls
from ..models import Person
from ..pages import moment
from ..people_names import load_names
from ..recalling import recalling
from .editor import edit_now, hold

blueprint = Blueprint("reviews", __name__, url_prefix="/reviews")

SCOPES = {"mine": "待我审核", "all": "全部待审", "urgent": "待补审", "asked": "我送审的"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A remark and where its words stand now; None when they are gone."""

    remark: Remark
    place: tuple[int, int] | None


@blueprint.get("")
@needs("kb.write")
def listing() -> ResponseReturnValue:
    scope = request.args.get("scope", "")
    if scope not in SCOPES:
        scope = "mine" if can("kb.review") else "asked"
    mine = person().id
    found = {
        "mine": lambda: reviews.queue(reading(), reviewer=mine),
        "all": lambda: reviews.queue(reading()),
        "urgent": lambda: reviews.queue(reading(), kind="urgent"),
        "asked": lambda: reviews.queue(reading(), asked_by=mine),
    }
    rows = found[scope]()
    load_names(id for row in rows for id in (row.asked_by, row.reviewer_id))
    return render_template(
        "reviews/listing.html",
        scope=scope,
        SCOPES=SCOPES,
        rows=rows,
        counts={name: len(find()) for name, find in found.items()},
        returned=reviews.sent_back_to(reading(), mine) if scope == "asked" else [],
    )


@blueprint.get("/<key>")
@needs("kb.write")
def show(key: str) -> ResponseReturnValue:
    return _page(key)


def _page(
    key: str, *, errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    article = articles.get(reading(), key.replace("\0", ""))
    revision = _subject(article)
    state = approvals.state_of(revision, now())
    placed = [
        Placed(remark, remarks.find_again(revision.body, remark.quote, remark.start))
        for remark in revision.remarks
    ]
    load_names(id for r in revision.remarks for id in (r.author_id, r.resolved_by))
    before = _before(article, revision)
    page = render_template(
        "reviews/show.html",
        article=article,
        revision=revision,
        state=state,
        STATES=lifecycle.STATES,
        review=approvals.current(revision),
        own=person().id in approvals.writers(revision)
        or (state == "urgent" and revision.published_by == person().id),
        may=lifecycle.open_to(state, [p for p in _PERMISSIONS if can(p)]),
        before=before,
        seen=radar.of(article, revision) if state in _BEFORE else None,
        changes=_changes(before, revision),
        html=markdown.render(revision.body, [p.place for p in placed if p.place and _open(p)]),
        placed=sorted(placed, key=lambda p: (p.remark.resolved_at is not None, _where(p))),
        reviewers=_reviewers(revision),
        errors=errors or {},
        typed=request.form,
        recall_hours=services().settings.recall_hours,
    )
    return page, status


_BEFORE = frozenset({"draft", "review", "approved", "urgent"})
"""States in which it still matters what the radar sees."""
_PERMISSIONS = ("kb.write", "kb.review", "kb.publish", "kb.publish_urgent")


def _open(placed: Placed) -> bool:
    return placed.remark.resolved_at is None


def _where(placed: Placed) -> tuple[int, int]:
    return (placed.place[0] if placed.place else 1_000_000, placed.remark.id)


def _subject(article: Article) -> Revision:
    """What there is to look at: the draft, what waits to be reviewed, what is to come, the last."""
    if article.draft is not None:
        return article.draft
    try:
        return reviews.waiting(article)
    except NothingToPublish:
        return reviews.scheduled(article, now()) or article.latest


def _before(article: Article, revision: Revision) -> Revision | None:
    """The text that this one takes the place of: what holds, or for an urgent one what held."""
    return gate.decide([r for r in article.published if r.number < revision.number], now())


def _changes(before: Revision | None, revision: Revision) -> Sequence[Difference]:
    return differences(before.record(), revision.record()) if before is not None else ()


def _reviewers(revision: Revision) -> list[tuple[str, str]]:
    """Those who may review and had no hand in it, for a list to choose from."""
    people = reading().scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.number)
    )
    writers = approvals.writers(revision)
    able = [
        p
        for p in people.unique()
        if p.id not in writers and any("kb.review" in role.permissions for role in p.roles)
    ]
    return [("", "有审核权限的任何人"), *((p.number, f"{p.name}（{p.number}）") for p in able)]


# What is done


def _do(
    key: str, doing: str, act: Callable[[Session, Article], str], *, onward: str = ""
) -> ResponseReturnValue:
    """One step of a text's life; what is wrong with it is said on its page, nothing is lost."""
    try:
        with work(doing) as writes:
            said = act(writes, hold(writes, key))
    except (InvalidContent, InvalidInput) as wrong:
        return _page(key, errors={wrong.field: str(wrong)}, status=422)
    except EditConflict:
        flash("这一稿在您打开页面以后又改过，请看过新的内容再决定。", "warning")
    except NotFound:
        raise
    except NothingToPublish:
        flash("没有可以处理的稿子，可能别人刚处理过。", "warning")
    except (Conflict, KbError) as wrong:
        flash(str(wrong), "warning")
    else:
        flash(said, "success")
        if onward:
            return redirect(onward)
    return redirect(url_for("reviews.show", key=key))


@blueprint.post("/<key>/request")
@needs("kb.write")
def submit(key: str) -> ResponseReturnValue:
    number = request.form.get("reviewer", "").strip()

    def act(writes: Session, article: Article) -> str:
        reviewer = _reviewer(writes, number) if number else None
        reason = request.form.get("message", "")
        reviews.submit(
            writes,
            article,
            edit_now(),
            reviewer=reviewer.id if reviewer else None,
            reason=reason,
        )
        return f"已送审，等 {reviewer.name if reviewer else '有审核权限的同事'} 来看。"

    return _do(key, "kb.submit", act)


def _reviewer(writes: Session, number: str) -> Person:
    """Raises InvalidInput for somebody who cannot review."""
    found = writes.scalars(select(Person).where(Person.number == number.replace("\0", ""))).first()
    able = found is not None and found.disabled_at is None
    if found is None or not able or not any("kb.review" in r.permissions for r in found.roles):
        raise InvalidInput("reviewer", f"“{number[:40]}”不能审核，请从列表里选一位。")
    return found


@blueprint.post("/<key>/withdrawal")
@needs("kb.write")
def withdraw(key: str) -> ResponseReturnValue:
    def act(writes: Session, article: Article) -> str:
        reviews.withdraw(writes, article, edit_now())
        return "已撤回送审，草稿还在。"

    return _do(key, "kb.withdraw", act)


@blueprint.post("/<key>/approval")
@needs("kb.review")
def approve(key: str) -> ResponseReturnValue:
    def act(writes: Session, article: Article) -> str:
        version = request.form.get("version", -1, type=int)
        revision = reviews.approve(writes, article, edit_now(), version)
        if revision.state == DRAFT:
            return "已通过，可以发布了。"
        return f"已补审通过第 {revision.number} 版。"

    return _do(key, "kb.approve", act)


@blueprint.post("/<key>/return")
@needs("kb.review")
def send_back(key: str) -> ResponseReturnValue:
    def act(writes: Session, article: Article) -> str:
        reviews.send_back(writes, article, edit_now(), request.form.get("reason", ""))
        return "已退回，作者会在首页看到理由。"

    return _do(key, "kb.send_back", act, onward=url_for("reviews.listing"))


@blueprint.post("/<key>/publication")
@needs("kb.publish")
def publish(key: str) -> ResponseReturnValue:
    """Publish what was approved, or vouch for it; at a later time where one is given."""
    seen = radar.before_publishing(key)

    def act(writes: Session, article: Article) -> str:
        typed = request.form.get("at", "").strip()
        at = moments.typed(typed) if typed else None
        if typed and at is None:
            raise InvalidInput("at", f"“{typed[:40]}”不是时间，请写成 2026-11-21 14:05 的样子。")
        version = request.form.get("version", type=int)
        with recalling(writes, article):
            revision = reviews.publish(writes, article, edit_now(), at=at, version=version)
        radar.note(writes, revision, seen)
        if at is not None:
            said = f"已定时：第 {revision.number} 版 {moment(at)} 发布，在那以前谁也看不到。"
            return said + radar.said(seen)
        return f"已发布第 {revision.number} 版。{radar.said(seen)}"

    return _do(key, "kb.publish", act)


@blueprint.post("/<key>/schedule/removal")
@needs("kb.publish")
def unschedule(key: str) -> ResponseReturnValue:
    def act(writes: Session, article: Article) -> str:
        reviews.unschedule(writes, article, edit_now())
        return "已取消定时，它又是一份通过了的草稿。"

    return _do(key, "kb.unschedule", act)


@blueprint.post("/<key>/urgency")
@needs("kb.publish_urgent")
def publish_urgently(key: str) -> ResponseReturnValue:
    seen = radar.before_publishing(key)

    def act(writes: Session, article: Article) -> str:
        reason = request.form.get("urgent_reason", "")
        try:
            with recalling(writes, article):
                revision = reviews.publish_urgently(writes, article, edit_now(), reason)
        except InvalidContent as wrong:
            raise InvalidInput("urgent_reason", str(wrong)) from None
        radar.note(writes, revision, seen)
        return f"已紧急发布第 {revision.number} 版，等待补审。{radar.said(seen)}"

    return _do(key, "kb.urgent", act)


@blueprint.post("/<key>/taking-back")
@needs("kb.review")
def take_back(key: str) -> ResponseReturnValue:
    def act(writes: Session, article: Article) -> str:
        reason = request.form.get("reason", "")
        with recalling(writes, article, reason=reason[: recalls.LONGEST_REASON]):
            again = reviews.take_back(writes, article, edit_now(), reason)
        if again is not None:
            return f"已撤回；原来的内容作为第 {again.number} 版重新生效。"
        return "已撤回；这篇文章现在没有可用的内容。"

    return _do(key, "kb.take_back", act)


# Remarks


@blueprint.post("/<key>/remarks")
@needs("kb.write")
def remark(key: str) -> ResponseReturnValue:
    def act(writes: Session, article: Article) -> str:
        remarks.add(
            writes,
            _subject(article),
            edit_now(),
            text=request.form.get("text", ""),
            quote=request.form.get("quote", ""),
        )
        return "批注已记下。"

    return _do(key, "kb.remark", act)


@blueprint.post("/<key>/remarks/<int:id>/resolution")
@needs("kb.write")
def resolve(key: str, id: int) -> ResponseReturnValue:
    return _settle(key, id, True)


@blueprint.post("/<key>/remarks/<int:id>/reopening")
@needs("kb.write")
def reopen(key: str, id: int) -> ResponseReturnValue:
    return _settle(key, id, False)


def _settle(key: str, id: int, resolved: bool) -> ResponseReturnValue:
    def act(writes: Session, article: Article) -> str:
        found = remarks.get(_subject(article), id)
        remarks.settle(writes, found, edit_now(), resolved=resolved)
        return "已标为解决。" if resolved else "已重新打开。"

    return _do(key, "kb.remark", act)
