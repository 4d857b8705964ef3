"""A score as it is kept: the result on the pinned version, and a row for every item.

A ``Score`` is never rewritten; :func:`qa.reviews.finish` and :func:`qa.reviews.rescore` add the
next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from .drafts import clean_notes
from .rubric import Rubric
from .rubric_read import parse
from .score import Result, score
from .tables import ItemScore, Review, Score


def add(
    session: Session,
    review: Review,
    answers: Mapping[str, Any],
    notes: Mapping[str, str],
    comment: str,
    cause: str,
    *,
    by: int | None,
    at: datetime,
    reason: str = "",
    automatic: Iterable[str] = (),
    first: Mapping[str, Any] | None = None,
) -> Score:
    """The next score on the pinned version, and its items. ``automatic``: what a check answered
    alone; ``first``: see ``Score``."""
    rubric = parse(review.version.content)
    result = score(rubric, answers)
    told = result.as_dict()
    made = Score(
        number=max((each.number for each in review.scores), default=0) + 1,
        cause=cause,
        answers={key: value for key, value in answers.items() if key not in result.hidden},
        notes=clean_notes(rubric, notes),
        comment=comment,
        automatic=[key for key in automatic if key not in result.hidden],
        first=dict(first or {}),
        result=told,
        kernel=told["kernel"],
        raw=told["raw"],
        reported=told["reported"],
        critical=told["critical"],
        at=at,
        by=by,
        reason=reason,
        items=items_of(rubric, result, answers),
    )
    review.scores.append(made)
    review.scored = made.number
    session.flush()
    return made


def items_of(rubric: Rubric, result: Result, answers: Mapping[str, Any]) -> list[ItemScore]:
    """A row for every item that was shown. Failed: less than its best answer earns, or failing;
    a bonus that was not earned is no failure."""
    rows = []
    for item in rubric.items():
        if item.key in result.hidden:
            continue
        line = result.items[item.key]
        fails = line is not None and (
            line.mark.fails or (not item.bonus and line.mark.points < item.best)
        )
        rows.append(
            ItemScore(
                item=item.key,
                applies=line is not None,
                failed=fails,
                earned=None if line is None else float(line.mark.points),
                possible=None if line is None else float(line.possible),
                answer=answers.get(item.key),
            )
        )
    return rows
