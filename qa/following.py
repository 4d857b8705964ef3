"""What the steps after a score share: words somebody owes, and what another answer would bring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent

from . import settings
from .drafts import words
from .errors import BadMarks
from .exact import rounded
from .marks import mark, so_far
from .reviews import COUNTING, rubric_of
from .rubric import Rubric
from .score import score
from .tables import Appeal, Review, Score

LONGEST = 2000
"""Characters of what somebody has to say."""

HOLDS = and_(Score.review_id == Review.id, Score.number == Review.scored)
"""SQL: ``Score`` is the one that holds now."""


def said(text: str, field: str, needed: str, longest: int = LONGEST) -> str:
    """Words that must not be missing. Raises InvalidContent with ``needed``."""
    text = words(text, field, longest)
    if not text:
        raise InvalidContent(field, needed)
    return text


def counting() -> list[ColumnElement[bool]]:
    """SQL: finished reviews that count for the agent."""
    return [Review.state == "finished", Review.purpose.in_(sorted(COUNTING))]


def rubric_items(review: Review) -> dict[str, str]:
    """{key: title} of every item of the review's version."""
    return {item.key: item.title for item in rubric_of(review.version).items()}


def replaced(rubric: Rubric, answers: Mapping[str, Any], item: str, answer: Any) -> dict[str, Any]:
    """The answers with another one to ``item``. Raises InvalidContent where it cannot be."""
    found = rubric.item(item)
    if found is None:
        raise InvalidContent("item", "评分表里没有这一项。")
    try:
        mark(found, answer)
    except ValueError as error:
        raise InvalidContent("answer", f"“{found.title}”{error}。") from None
    return {**answers, item: answer}


def newly_asked(rubric: Rubric, answers: Mapping[str, Any]) -> list[str]:
    """Items that these answers make visible and that have no valid answer among them."""
    return list(so_far(rubric, answers)[1])


def would_report(rubric: Rubric, answers: Mapping[str, Any]) -> float | None:
    """The score these answers would be reported as. Raises InvalidContent with what is missing."""
    try:
        result = score(rubric, answers)
    except BadMarks as wrong:
        raise InvalidContent("answers", str(wrong)) from None
    return None if result.reported is None else rounded(result.reported)


def lowers(before: float | None, after: float | None) -> bool:
    """Nothing is lower than nothing, and nothing is no lower than something."""
    return before is not None and after is not None and after < before


def alike(one: Any, other: Any) -> bool:
    """The same answer; the order in which options were chosen means nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return set(one) == set(other)
    return bool(one == other)


def reopen(session: Session, review: Review, at: datetime) -> None:
    """A score changed without the agent having asked: he may appeal it as if it were new."""
    until = at + timedelta(days=settings.value(session, "appeal_days"))
    review.appeal_until = max(review.appeal_until or until, until)


def waiting_appeals(session: Session, review: Review) -> list[Appeal]:
    query = select(Appeal).where(Appeal.review_id == review.id, Appeal.state == "waiting")
    return list(session.scalars(query.order_by(Appeal.id)))


def failed_items(made: Score) -> list[str]:
    return [item.item for item in made.items if item.applies and item.failed]
