"""Withdrawing a text as wrong, from the forms that publish and retire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.models import Article

from .context import now, person, services
from .evidence import recalls
from .evidence.tables import RecallNotice


@contextmanager
def recalling(writes: Session, article: Article, *, reason: str | None = None) -> Iterator[None]:
    """Around what takes a text from the readers: if the form says that it was wrong, whoever
    used it is told. With ``reason`` they are told in any case.

    What was before the readers' eyes is looked up first; when the work fails nobody is told.
    """
    wrong = recalls.recall_of(writes, article, now())
    yield
    if wrong is None or (reason is None and "recall" not in request.form):
        return
    made = recalls.recall(
        writes,
        wrong,
        person().id,
        now(),
        reason=request.form.get("recall_reason", "") if reason is None else reason,
        hours=services().settings.recall_hours,
    )
    told = select(func.count()).where(RecallNotice.recall_id == made.id)
    count = writes.scalar(told) or 0
    said = f"已通知 {count} 个用过旧答案的人，看过后会在“作废通知”里逐个确认。"
    flash(
        said if count else "最近没有人用过旧答案，不用通知谁；还开着旧页的人若再复制会被告知。",
        "info",
    )
