"""Remarks of an inspector at a moment of the recording, or over a span of it."""

from __future__ import annotations

import math
from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from .drafts import ENDED, words
from .errors import NotYours
from .reviews import rubric_of
from .tables import Comment, Review

LONGEST = 2000
MOST = 200
LATE = 5.0
"""Seconds by which a moment may lie behind the end: players round."""


def add(
    session: Session,
    review: Review,
    text: str,
    start: float | None,
    end: float | None = None,
    item: str = "",
    *,
    by: int,
    at: datetime,
) -> Comment:
    """Raises InvalidContent, NotYours, Settled. The review comes held."""
    _workable(review, by)
    said = words(text, "text", LONGEST)
    if not said:
        raise InvalidContent("text", "请写下批注的内容。")
    if item and rubric_of(review.version).item(item) is None:
        raise InvalidContent("item", "评分表里没有这一项，请刷新页面。")
    if sum(comment.removed_at is None for comment in review.comments) >= MOST:
        raise InvalidContent("text", f"一次评分最多 {MOST} 条批注。")
    start, end = _span(review, start, end)
    made = Comment(
        review_id=review.id, author_id=by, item=item, start=start, end=end, text=said, at=at
    )
    review.comments.append(made)
    session.flush()
    return made


def remove(session: Session, review: Review, id: int, *, by: int, at: datetime) -> None:
    """Taken back; it stays in the trail."""
    _workable(review, by)
    found = next((c for c in review.comments if c.id == id and c.removed_at is None), None)
    if found is None:
        raise NotFound("批注", str(id))
    found.removed_at = at
    session.flush()


def _workable(review: Review, by: int) -> None:
    if review.state in ENDED:
        raise Settled(ENDED[review.state])
    if review.inspector_id != by:
        raise NotYours("批注")


def _span(review: Review, start: float | None, end: float | None) -> tuple[float, float | None]:
    if start is None or not math.isfinite(start) or start < 0:
        raise InvalidContent("start", "请写明从录音的哪一刻起，如 02:15.4。")
    length = max([review.call.seconds or 0.0, *(each.seconds for each in review.call.recordings)])
    if length and start > length + LATE:
        raise InvalidContent("start", "这一刻在录音结束以后，请改小一些。")
    if end is None:
        return start, None
    if not math.isfinite(end) or end <= start:
        raise InvalidContent("end", "“到”要晚于“从”；只记一刻时可以不填。")
    return start, min(end, length + LATE) if length else end
