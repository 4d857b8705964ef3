"""Work of those who run exams: what goes on, what waits to be given out, what did not go out."""

from __future__ import annotations

from flask import url_for

from exams import arranging, repeating, tallies

from ..context import now, reading
from ..pages import moment
from .section import SHOWN, Line, Section


def going_on() -> Section | None:
    """Exams that are open now; nothing where none is."""
    found = arranging.listing(reading(), now(), state="open", limit=SHOWN)
    counts = tallies.tallies(reading(), found.rows)
    rows = [
        Line(
            exam.title,
            url_for("invigilating.show", id=exam.id),
            f"{counts[exam.id].begun} 人已开始，{moment(exam.closes_at)} 截止",
        )
        for exam in found.rows
    ]
    action = ("全部考试", url_for("exams.listing"))
    return Section("正在考", found.total, rows, "", action) if rows else None


def to_release() -> Section | None:
    """Exams that are over and wait for somebody to give out their marks."""
    found = arranging.listing(reading(), now(), state="waiting", limit=SHOWN)
    rows = [
        Line(exam.title, url_for("exams.show", id=exam.id), f"{moment(exam.closes_at)} 结束")
        for exam in found.rows
    ]
    action = ("全部", url_for("exams.listing", state="waiting"))
    return Section("等您公布成绩", found.total, rows, "", action) if rows else None


def not_sent() -> Section | None:
    """Exams that made themselves and could not be published."""
    found = repeating.unpublished(reading(), now())
    rows = [
        Line(exam.title, url_for("exams.show", id=exam.id), f"{moment(exam.closes_at)} 截止")
        for exam in found[:SHOWN]
    ]
    return Section("没有发出的重复考试", len(found), rows, "") if rows else None
