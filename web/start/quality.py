"""Work of quality assurance: scores, appeals, re-checks, coaching."""

from __future__ import annotations

from flask import url_for

from qa import coachings, remedies, standing

from .. import qa_news, todo
from ..context import now, person, reading
from ..pages import moment
from ..people_names import person_name
from .section import SHOWN, Line, Section


def scores() -> Section | None:
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


def tasks() -> Section | None:
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


def appeals() -> Section | None:
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


def rechecks() -> Section | None:
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


def coached() -> Section | None:
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
