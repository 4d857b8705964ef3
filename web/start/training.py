"""Training that waits: today's practice."""

from __future__ import annotations

from flask import url_for

from exams import practice, practising

from ..context import now, person, reading
from .section import Line, Section


def practice_today() -> Section | None:
    """Today's practice, while it is not done; nothing where the bank has nothing to ask."""
    me, at = person(), now()
    sets = practising.of_day(reading(), me.id, at)
    first = next((made for made in sets if made.kind == practice.DAILY), None)
    action = ("练习", url_for("practice.home"))
    if first is not None:
        left = len(first.items) - practising.progress(reading(), [first]).get(first.id, (0, 0))[0]
        row = Line(f"还有 {left} 题", url_for("practice.go_on", id=first.id), "接着练")
        return Section("今日练习", left, [row], "", action) if left else None
    due = practising.due(reading(), me.id, at)
    if not due and not practising.anything(reading()):
        return None
    told = "五分钟，先出到期该复习的" if due else "五分钟，从有变化的和没见过的题里出"
    return Section("今日练习", None, [Line("还没有开始", action[1], told)], "", action)
