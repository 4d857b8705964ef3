"""What everybody who reads the knowledge base is told."""

from __future__ import annotations

from flask import url_for

from kb import broadcasts, gate, signing
from kb.models import Revision
from kb.signing import Duty

from .. import reading as traces
from .. import voices
from ..access import addressee
from ..context import now, person, reading, viewer
from ..evidence import recall_words, recalls
from ..pages import day, kind_name, moment
from ..signing import reader_of
from .section import SHOWN, Line, Section


def notices() -> Section:
    found = gate.browse(reading(), viewer(), now(), kind="notice", limit=SHOWN)
    return Section(
        "公告",
        found.total,
        [_article_line(r, f"{day(r.published_at)} 发布") for r in found.revisions],
        "现在没有公告。",
        ("全部公告", url_for("desk.desk", kind="notice")),
    )


def favourites() -> Section:
    found = traces.favourites(reading(), person(), viewer(), now())
    rows = [_article_line(r, kind_name(r.kind)) for r in found[:SHOWN]]
    return Section("收藏", len(found), rows, "还没有收藏。在文章页按 F 收藏常用的文章。")


def recents() -> Section:
    found = traces.recents(reading(), person(), viewer(), now())
    rows = [_article_line(r, kind_name(r.kind)) for r in found[:SHOWN]]
    return Section(
        "最近打开", len(found), rows, "还没有打开过文章。", ("去检索", url_for("desk.desk"))
    )


def _article_line(revision: Revision, meta: str) -> Line:
    return Line(revision.title, url_for("articles.show", key=revision.article.key), meta)


def answers() -> Section:
    found = voices.news(reading(), person().id, viewer(), now())
    rows = [Line(n.sentence, url_for("mine.page"), moment(n.at)) for n in found[:SHOWN]]
    return Section(
        "您提过的有了结果",
        len(found),
        rows,
        "没有新的答复。读文章时按 E 指出错误，搜不到时按 Ctrl + G 提交缺口。",
        ("我提过的", url_for("mine.page")),
    )


def recalled() -> Section | None:
    """Answers this person used that turned out wrong; nothing where all are confirmed."""
    at = now()
    found = recalls.waiting(reading(), person().id, viewer(), at)
    rows = [Line(recall_words.sentence(one, at), url_for("recalls.mine")) for one in found[:SHOWN]]
    return (
        Section("作废通知", len(found), rows, "", ("去确认", url_for("recalls.mine")))
        if rows
        else None
    )


def to_sign() -> Section | None:
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


def on_air() -> Section | None:
    me = person()
    found = broadcasts.current(reading(), me.id, addressee(me), now())
    address = url_for("broadcasts.mine")
    rows = [
        Line(("紧急：" if b.urgent else "") + b.title, address, moment(b.valid_from))
        for b in found[:SHOWN]
    ]
    return Section("广播", len(found), rows, "", ("全部广播", address)) if rows else None
