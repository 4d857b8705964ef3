"""The start page: the work that waits for the person who signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from kb import editorial, gate
from kb.models import Revision

from .. import reading as traces
from ..access import SIGNED_IN, needs
from ..context import can, now, person, reading, viewer
from ..models import Job, Person
from ..pages import day, kind_name, moment

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
    return render_template(
        "home.html", sections=[make() for needed, make in SECTIONS if can(needed)]
    )


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
    if revision.effective_from and revision.effective_from > now():
        parts.append(f"{moment(revision.effective_from)} 生效")
    if revision.effective_to:
        parts.append(f"{moment(revision.effective_to)} 失效")
    return "，".join(parts)


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


SECTIONS: Sequence[tuple[str, Callable[[], Section]]] = (
    ("kb.write", _drafts),
    ("kb.write", _upcoming),
    ("jobs.manage", _failed_jobs),
    ("people.manage", _waiting_people),
    ("kb.read", _notices),
    ("kb.read", _favourites),
    ("kb.read", _recents),
)
"""(permission, section) in the order of the page: duties first, then what is at hand."""
