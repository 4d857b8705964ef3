"""Work of those who run exams: what goes on, what waits to be given out, what did not go out."""

from __future__ import annotations

from flask import url_for

from exams import arranging, piles, repeating, sittings, tallies

from ..context import now, person, reading
from ..pages import moment
from ..taking import taker
from .section import SHOWN, Line, Section

MOST = 100
"""Exams that are open at the same time."""


def to_sit() -> Section | None:
    """Exams that whoever is asking has begun, may begin or will; nothing where none waits.
    Quizzes stand with their courses."""
    found = [
        one
        for one in sittings.open_for(reading(), taker(person()), now())
        if one.exam.kind != "course" and one.state in ("going_on", "open", "later")
    ]
    rows = [
        Line(one.exam.title, url_for("sitting.show", id=one.exam.id), _when(one))
        for one in found[:SHOWN]
    ]
    action = ("考试", url_for("sitting.listing"))
    return Section("要参加的考试", len(found), rows, "", action) if rows else None


def _when(one: sittings.Invitation) -> str:
    if one.state == "later":
        return f"{moment(one.begins)} 开考"
    if one.state == "going_on" and one.deadline is not None:
        return f"正在考，{moment(one.deadline)} 收卷"
    return f"{moment(one.exam.closes_at)} 截止"


def to_mark() -> Section | None:
    """Essays that whoever is asking may mark or settle, by exam."""
    waiting: dict[int, tuple[str, int]] = {}
    for pile in piles.listed(reading(), person().id, now()):
        count = waiting.get(pile.exam.id, ("", 0))[1] + pile.open + pile.settle
        waiting[pile.exam.id] = pile.exam.title, count
    some = [(title, count) for title, count in waiting.values() if count]
    url = url_for("marking.listing")
    rows = [Line(title, url, f"{count} 份") for title, count in some[:SHOWN]]
    total = sum(count for _, count in some)
    return Section("等您阅卷", total, rows, "", ("阅卷", url)) if rows else None


def going_on() -> Section | None:
    """Exams that are open now; nothing where none is. Quizzes of courses are always open."""
    found = arranging.listing(reading(), now(), state="open", limit=MOST)
    exams = [exam for exam in found.rows if exam.kind != "course"]
    counts = tallies.tallies(reading(), exams[:SHOWN])
    rows = [
        Line(
            exam.title,
            url_for("invigilating.show", id=exam.id),
            f"{counts[exam.id].begun} 人已开始，{moment(exam.closes_at)} 截止",
        )
        for exam in exams[:SHOWN]
    ]
    action = ("全部考试", url_for("exams.listing"))
    return Section("正在考", len(exams), rows, "", action) if rows else None


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
