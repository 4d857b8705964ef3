"""The start page: the work that waits for the person who signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from kb import broadcasts, editorial, feedback, gapbook, gate, policy, reviews, signing, verify
from kb.models import Review, Revision
from kb.signing import Duty
from qa import coachings, remedies, standing

from .. import qa_news, todo, voices
from .. import reading as traces
from ..access import SIGNED_IN, addressee, needs
from ..context import can, now, person, reading, viewer
from ..evidence import recall_words, recalls
from ..models import Job, Person
from ..pages import day, kind_name, moment
from ..people_names import person_name
from ..signing import reader_of

blueprint = Blueprint("home", __name__)

SHOWN = 6
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    url: str
    meta: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of work: how much there is, the first of it, and where to go on."""

    title: str
    count: int
    rows: Sequence[Line]
    empty: str
    action: tuple[str, str] | None = None


@blueprint.get("/")
@needs(SIGNED_IN)
def home() -> ResponseReturnValue:
    made = [make() for needed, make in SECTIONS if can(needed)]
    return render_template("home.html", sections=[section for section in made if section])


def _drafts() -> Section:
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


def _upcoming() -> Section:
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


def _to_review() -> Section:
    mine = reviews.queue(reading(), reviewer=person().id)
    rows = [_review_line(r, f"{person_name(r.asked_by)}，{moment(r.asked_at)} 送审") for r in mine]
    return Section(
        "待我审核",
        len(mine),
        rows[:SHOWN],
        "没有等您审核的稿子。",
        ("全部", url_for("reviews.listing")),
    )


def _urgent() -> Section | None:
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


def _returned() -> Section | None:
    found = reviews.sent_back_to(reading(), person().id)
    rows = [_review_line(r, f"{person_name(r.decided_by)}：{r.verdict[:30]}") for r in found]
    if not found:
        return None
    return Section("退回给我的稿子", len(found), rows[:SHOWN], "没有被退回的稿子。")


def _review_line(review: Review, meta: str) -> Line:
    revision = review.revision
    return Line(revision.title, url_for("reviews.show", key=revision.article.key), meta)


def _overdue() -> Section | None:
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


def _notices() -> Section:
    found = gate.browse(reading(), viewer(), now(), kind="notice", limit=SHOWN)
    return Section(
        "公告",
        found.total,
        [_article_line(r, f"{day(r.published_at)} 发布") for r in found.revisions],
        "现在没有公告。",
        ("全部公告", url_for("desk.desk", kind="notice")),
    )


def _favourites() -> Section:
    found = traces.favourites(reading(), person(), viewer(), now())
    rows = [_article_line(r, kind_name(r.kind)) for r in found[:SHOWN]]
    return Section("收藏", len(found), rows, "还没有收藏。在文章页按 F 收藏常用的文章。")


def _recents() -> Section:
    found = traces.recents(reading(), person(), viewer(), now())
    rows = [_article_line(r, kind_name(r.kind)) for r in found[:SHOWN]]
    return Section(
        "最近打开", len(found), rows, "还没有打开过文章。", ("去检索", url_for("desk.desk"))
    )


def _article_line(revision: Revision, meta: str) -> Line:
    return Line(revision.title, url_for("articles.show", key=revision.article.key), meta)


def _failed_jobs() -> Section:
    query = select(Job).where(Job.state == "failed").order_by(Job.finished_at.desc())
    found = reading().scalars(query.limit(SHOWN)).all()
    count = reading().scalar(select(func.count(Job.id)).where(Job.state == "failed")) or 0
    rows = [
        Line(job.kind, url_for("jobs.listing", state="failed"), moment(job.finished_at))
        for job in found
    ]
    return Section("失败的后台任务", count, rows, "没有失败的任务。")


def _waiting_people() -> Section:
    fresh = (Person.must_change_password.is_(True), Person.disabled_at.is_(None))
    found = reading().scalars(select(Person).where(*fresh).order_by(Person.id.desc()).limit(SHOWN))
    count = reading().scalar(select(func.count(Person.id)).where(*fresh)) or 0
    rows = [
        Line(f"{p.name}（{p.number}）", url_for("people.edit", number=p.number), day(p.created_at))
        for p in found
    ]
    return Section("还没换初始密码的人", count, rows, "所有人都已换过初始密码。")


def _answers() -> Section:
    found = voices.news(reading(), person().id, viewer(), now())
    rows = [Line(n.sentence, url_for("mine.page"), moment(n.at)) for n in found[:SHOWN]]
    return Section(
        "您提过的有了结果",
        len(found),
        rows,
        "没有新的答复。读文章时按 E 指出错误，搜不到时按 Ctrl + G 提交缺口。",
        ("我提过的", url_for("mine.page")),
    )


def _reports() -> Section:
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


def _gaps() -> Section:
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


def _recalls() -> Section | None:
    """Answers this person used that turned out wrong; nothing where all are confirmed."""
    at = now()
    found = recalls.waiting(reading(), person().id, viewer(), at)
    rows = [Line(recall_words.sentence(one, at), url_for("recalls.mine")) for one in found[:SHOWN]]
    return (
        Section("作废通知", len(found), rows, "", ("去确认", url_for("recalls.mine")))
        if rows
        else None
    )


def _to_sign() -> Section | None:
    """Texts that wait for this person's signature; nothing where none does."""
    found = signing.owed(reading(), reader_of(person()), now())
    rows = [
        Line(
            duty.revision.title,
            url_for("signing.show", key=duty.revision.article.key),
            _by_when(duty),
        )
        for duty in found[:SHOWN]
    ]
    action = ("去签收", url_for("signing.mine"))
    return Section("待签收", len(found), rows, "", action) if rows else None


def _by_when(duty: Duty) -> str:
    if duty.is_overdue(now()):
        return "已过期限"
    return f"期限 {moment(duty.due)}" if duty.due else ""


def _on_air() -> Section | None:
    me = person()
    found = broadcasts.current(reading(), me.id, addressee(me), now())
    address = url_for("broadcasts.mine")
    rows = [
        Line(("紧急：" if b.urgent else "") + b.title, address, moment(b.valid_from))
        for b in found[:SHOWN]
    ]
    return Section("广播", len(found), rows, "", ("全部广播", address)) if rows else None


def _scores() -> Section | None:
    """Scores and decisions this person has not taken note of."""
    found = standing.news(reading(), person().id)
    rows = [
        Line(
            qa_news.sentence(reading(), r),
            url_for("my_scores.show", id=r.id),
            f"{moment(r.appeal_until)} 前可以申诉"
            if r.appeal_until and now() < r.appeal_until
            else "",
        )
        for r in found[:SHOWN]
    ]
    action = ("我的成绩", url_for("my_scores.listing"))
    return Section("等您看的成绩", len(found), rows, "", action) if rows else None


def _tasks() -> Section | None:
    """Coaching that waits for an answer, and what is to be read again."""
    me, address = person().id, url_for("my_scores.listing")
    rows = [
        Line(
            task.title,
            f"{address}#coaching",
            ("已过期限，" if coachings.overdue(task, now()) else "") + "辅导任务",
        )
        for task in qa_news.waiting_tasks(reading(), me)
    ]
    rows += [
        Line(todo.item_title(reading(), r), f"{address}#learn", "再读一遍依据")
        for r in remedies.open_for(reading(), [me])
        if r.article_key and r.read_at is None
    ]
    action = ("我的成绩", address)
    return Section("辅导和补学", len(rows), rows[:SHOWN], "", action) if rows else None


def _appeals() -> Section | None:
    found = qa_news.to_judge(reading(), person())
    rows = [
        Line(
            todo.title(a.review.version, a.item),
            url_for("appeals.show", id=a.id),
            f"{person_name(a.by)}，{moment(a.at)}",
        )
        for a in found[:SHOWN]
    ]
    action = ("全部申诉", url_for("appeals.listing"))
    return Section("等您裁定的申诉", len(found), rows, "", action) if rows else None


def _rechecks() -> Section | None:
    found = qa_news.to_settle(reading(), person())
    rows = [
        Line(
            f"{moment(r.call.started_at)} 的通话",
            url_for("rechecks.show", id=r.id),
            f"{person_name(r.inspector_id)} 复检完",
        )
        for r in found[:SHOWN]
    ]
    action = ("全部复检", url_for("rechecks.listing"))
    return Section("等您决定的复检", len(found), rows, "", action) if rows else None


def _coached() -> Section | None:
    found = qa_news.to_close(reading(), person(), now())
    rows = [
        Line(
            t.title,
            url_for("coaching.listing"),
            f"{person_name(t.agent_id)}，"
            + ("已过期限" if coachings.overdue(t, now()) else "已回复"),
        )
        for t in found[:SHOWN]
    ]
    action = ("全部辅导", url_for("coaching.listing"))
    return Section("等您了结的辅导", len(found), rows, "", action) if rows else None


SECTIONS: Sequence[tuple[str, Callable[[], Section | None]]] = (
    ("kb.read", _recalls),
    (SIGNED_IN, _on_air),
    ("kb.read", _to_sign),
    ("qa.own", _scores),
    ("qa.own", _tasks),
    ("qa.appeals", _appeals),
    ("qa.plan", _rechecks),
    (SIGNED_IN, _coached),
    ("kb.read", _answers),
    ("kb.write", _reports),
    ("kb.write", _gaps),
    ("kb.review", _to_review),
    ("kb.review", _urgent),
    ("kb.write", _returned),
    ("kb.write", _overdue),
    ("kb.write", _drafts),
    ("kb.write", _upcoming),
    ("jobs.manage", _failed_jobs),
    ("people.manage", _waiting_people),
    ("kb.read", _notices),
    ("kb.read", _favourites),
    ("kb.read", _recents),
)
"""(permission, section) in the order of the page: duties first, then what is at hand."""
