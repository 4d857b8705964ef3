"""What somebody who used a withdrawn answer is told."""

from __future__ import annotations

from datetime import datetime

from flask import url_for

from ..pages import clock_at
from .recalls import Notice
from .tables import COPIED


def sentence(one: Notice, at: datetime) -> str:
    """您 10:03 复制的《…》第2版已于 10:20 作废"""
    did = "复制" if one.act == COPIED else "打开过"
    used, gone = clock_at(one.used_at, at), clock_at(one.recall.at, at)
    return f"您 {used} {did}的{_named(one)}已于 {gone} 作废"


def _named(one: Notice) -> str:
    """The text that was withdrawn, by its title only where it is still for this person."""
    if one.text is None:
        return "一篇您现在看不到的文章"
    return f"《{one.text.title}》第{one.text.number}版"


def detail(one: Notice) -> str:
    parts = [f"原因：{one.recall.reason.rstrip('。')}。"] if one.recall.reason else []
    if one.act == COPIED:
        parts.append("如果已经这样答复来电人，请更正。")
    if one.instead is None:
        parts.append("现在没有替代它的内容。")
    return "".join(parts)


def link(one: Notice) -> tuple[str, str] | None:
    if one.instead is None:
        return None
    address = url_for("articles.show", key=one.recall.article.key)
    return f"看新的内容（第{one.instead.number}版）", address
