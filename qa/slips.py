"""A plain slip of an inspector is corrected in one step that is logged, without an appeal.

The inspector may correct his own review while it can be appealed; whoever settles appeals may at
any time. Never while an appeal waits, never an item an appeal was decided on, and never so that
a score the agent has acknowledged becomes lower.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from . import appeals, remedies, reviews
from .drafts import clean_answers
from .errors import NotSecond, TooLate, WouldLower
from .following import alike, lowers, reopen, said, would_report
from .reviews import COUNTING
from .tables import Review, Score


def refusal(
    session: Session, review: Review, *, by: int, settles: bool, at: datetime
) -> Exception | None:
    """Why this person may not correct this review now; None where he may."""
    if review.state != "finished" or review.purpose not in COUNTING or review.score is None:
        return NotFound("成绩", str(review.id))
    if by == review.call.agent_id:
        return NotSecond()
    if by != review.inspector_id and not settles:
        return NotFound("成绩", str(review.id))
    if not settles and appeals.closed(review, at):
        return TooLate("更正笔误", review.appeal_until or at)
    if any(each.state == appeals.WAITING for each in appeals.of_review(session, review)):
        return Settled("这个成绩有申诉在等裁定，请等裁定以后再更正。")
    return None


def correct(
    session: Session,
    review: Review,
    answers: Mapping[str, Any],
    reason: str,
    *,
    by: int,
    settles: bool,
    at: datetime,
) -> Score:
    """The next score with these answers; those of items that are not named stay.

    Raises NotFound, NotSecond, TooLate, Settled, InvalidContent, WouldLower.
    """
    if (wrong := refusal(session, review, by=by, settles=settles, at=at)) is not None:
        raise wrong
    last = review.score
    assert last is not None
    rubric = reviews.rubric_of(review.version)
    changed = {
        key: value
        for key, value in clean_answers(rubric, answers).items()
        if not alike(value, last.answers.get(key))
    }
    if not changed:
        raise InvalidContent("answers", "没有改动任何一项。")
    _not_decided(session, review, changed)
    reason = said(reason, "reason", "请写明是什么笔误，座席会看到。", 1000)
    after = would_report(rubric, {**last.answers, **changed})
    if review.acknowledged_at is not None and lowers(last.reported, after):
        assert last.reported is not None
        assert after is not None
        raise WouldLower(last.reported, after)
    made = reviews.rescore(
        session, review, {**last.answers, **changed}, "slip", by=by, at=at, reason=reason
    )
    reopen(session, review, at)
    remedies.revise(session, review, at)
    return made


def _not_decided(session: Session, review: Review, changed: Mapping[str, Any]) -> None:
    decided = (appeals.UPHELD, appeals.REJECTED)
    for each in appeals.of_review(session, review):
        if each.item in changed and each.state in decided:
            raise Settled("申诉裁定过的评分项不能再按笔误更正。")
