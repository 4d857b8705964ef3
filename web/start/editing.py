"""Work on the knowledge base: drafts, reviews, feedback, gaps."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for

from kb import editorial, feedback, gapbook, policy, reviews, verify
from kb.models import Review, Revision

from ..context import now, person, reading, viewer
from ..pages import kind_name, moment
from ..people_names import person_name
from .section import SHOWN, Line, Section

SOON = timedelta(days=30)


def drafts() -> Section:
    page = editorial.listing(reading(), now(), state="draft", limit=SHOWN)
    rows = [
        Line(
            row.latest.title,
            url_for("editor.edit", key=row.article.key),
            f"{kind_name(row.latest.kind)}，{moment(row.latest.changed_at)} 修改",
        )
        for row in page.rows
    ]
    return Section(
        "草稿",
        page.total,
        rows,
        "没有未发布的草稿。",
        ("全部草稿", url_for("editor.listing", state="draft")),
    )


def upcoming() -> Section:
    found = editorial.upcoming(reading(), now(), SOON)
    rows = [
        Line(r.title, url_for("editor.edit", key=r.article.key), _dates(r)) for r in found[:SHOWN]
    ]
    return Section("30 天内生效或失效", len(found), rows, "近期没有到期或待生效的文章。")


def _dates(revision: Revision) -> str:
    parts = []
    if revision.published_at and revision.published_at > now():
        parts.append(f"{moment(revision.published_at)} 发布")
    if revision.effective_from and revision.effective_from > now():
        parts.append(f"{moment(revision.effective_from)} 生效")
    if revision.effective_to:
        parts.append(f"{moment(revision.effective_to)} 失效")
    return "，".join(parts)


def to_review() -> Section:
    mine = reviews.queue(reading(), reviewer=person().id)
    rows = [_review_line(r, f"{person_name(r.asked_by)}，{moment(r.asked_at)} 送审") for r in mine]
    return Section(
        "待我审核",
        len(mine),
        rows[:SHOWN],
        "没有等您审核的稿子。",
        ("全部", url_for("reviews.listing")),
    )


def urgent() -> Section | None:
    found = reviews.queue(reading(), kind="urgent")
    rows = [_review_line(r, f"{moment(r.asked_at)} 紧急发布") for r in found]
    if not found:
        return None
    return Section(
        "待补审",
        len(found),
        rows[:SHOWN],
        "没有紧急发布后待补审的文章。",
        ("全部", url_for("reviews.listing", scope="urgent")),
    )


def returned() -> Section | None:
    found = reviews.sent_back_to(reading(), person().id)
    rows = [_review_line(r, f"{person_name(r.decided_by)}：{r.verdict[:30]}") for r in found]
    if not found:
        return None
    return Section("退回给我的稿子", len(found), rows[:SHOWN], "没有被退回的稿子。")


def _review_line(review: Review, meta: str) -> Line:
    revision = review.revision
    return Line(revision.title, url_for("reviews.show", key=revision.article.key), meta)


def overdue() -> Section | None:
    total, found = verify.overdue(reading(), now(), owner=person().id, limit=SHOWN)
    rules = policy.load(reading())
    rows = [
        Line(
            r.title,
            url_for("life.timeline", key=r.article.key),
            f"已过核对期 {verify.overdue_days(r, rules, now())} 天",
        )
        for r in found
    ]
    if not total:
        return None
    return Section(
        "我负责的，过了核对期",
        total,
        rows,
        "您负责的文章都在核对期内。",
        ("逐篇核对", url_for("life.overdue")),
    )


def reports() -> Section:
    total, found = feedback.queue(reading(), owner=person().id, limit=SHOWN)
    rows = [
        Line(
            r.reason if viewer().may_see(r.revision.audiences) else "一条反馈",
            url_for("reports.listing", _anchor=f"report-{r.id}"),
            ("已过期，" if r.is_late(now()) else "") + f"{moment(r.due_at)} 前答复",
        )
        for r in found
    ]
    return Section(
        "等您答复的反馈",
        total,
        rows,
        "没有等您答复的反馈。",
        ("全部反馈", url_for("reports.listing", show="all")),
    )


def gaps() -> Section:
    found = gapbook.waiting(reading())
    mine = [g for g in found if g.assignee_id == person().id]
    first = [*mine, *(g for g in found if g.assignee_id is None)][:SHOWN]
    rows = [
        Line(
            g.question,
            url_for("gaps.show", id=g.id),
            f"{len({a.person_id for a in g.askings})} 人问"
            + ("，由您承办" if g.assignee_id == person().id else ""),
        )
        for g in first
    ]
    return Section(
        "要补的缺口", len(found), rows, "没有待补的缺口。", ("全部缺口", url_for("gaps.listing"))
    )
