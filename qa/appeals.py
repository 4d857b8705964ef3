"""An agent disputes one item of a score; a second person judges it, evidence first.

    appeal = make(session, review, "greeting", "开头报了工号", by=agent, at=now)
    opine(session, hold(session, appeal.id), "yes", by=lead, at=now)     # before seeing the marks
    decide(session, hold(session, appeal.id), Verdict(True, "录音里听得到"), by=lead, at=now)

An appeal never lowers the reported score: where another answer would, the score stays and the
finding is kept with the appeal. ``Ties`` are the people the second person is too close to.
Sessions come in; nothing here commits. Reviews and appeals that are written to come held.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from . import remedies, reviews
from .errors import NotSecond, TooLate
from .following import alike, lowers, newly_asked, replaced, said, would_report
from .reviews import COUNTING
from .tables import Appeal, Review, Score

WAITING, UPHELD, REJECTED, WITHDRAWN = "waiting", "upheld", "rejected", "withdrawn"
STATES: Mapping[str, str] = {
    WAITING: "等裁定",
    UPHELD: "成立",
    REJECTED: "不成立",
    WITHDRAWN: "已撤回",
}
HELD = timedelta(days=1)
"""How long a case whose evidence somebody has judged waits for him before another may take it."""


@dataclass(frozen=True, slots=True)
class Ties:
    """``agents``: those whose calls are not for this person; ``leads``: those who lead him."""

    agents: AbstractSet[int] = frozenset()
    leads: AbstractSet[int] = frozenset()


NONE = Ties()


@dataclass(frozen=True, slots=True)
class Verdict:
    """``answer``: another one than the opinion, None = the opinion. ``more``: answers to items
    that the new answer makes visible."""

    upheld: bool
    words: str
    answer: Any = None
    more: Mapping[str, Any] = field(default_factory=dict)


# Looking


def get(session: Session, id: int) -> Appeal:
    """Raises NotFound."""
    found = session.get(Appeal, id) if 0 < id < 2**31 else None
    if found is None:
        raise NotFound("申诉", str(id))
    return found


def hold(session: Session, id: int) -> Appeal:
    """The appeal and its review, kept from other writers. Raises NotFound."""
    reviews.hold(session, get(session, id).review_id)
    query = select(Appeal).where(Appeal.id == id).execution_options(populate_existing=True)
    return session.scalars(query).one()


def queue(
    session: Session, state: str = WAITING, *, offset: int = 0, limit: int = 50
) -> tuple[int, list[Appeal]]:
    """How many there are in this state, and a page of them: what waits longest, else the newest."""
    total = session.scalar(select(func.count(Appeal.id)).where(Appeal.state == state)) or 0
    order = (Appeal.at, Appeal.id) if state == WAITING else (Appeal.at.desc(), Appeal.id.desc())
    query = select(Appeal).where(Appeal.state == state).order_by(*order)
    return total, list(session.scalars(query.offset(offset).limit(limit)))


def of_review(session: Session, review: Review) -> list[Appeal]:
    query = select(Appeal).where(Appeal.review_id == review.id).order_by(Appeal.id)
    return list(session.scalars(query))


def may_judge(review: Review, made: Score, person: int, ties: Ties = NONE) -> bool:
    """Whether this person is far enough from agent, inspector and whoever made the score."""
    agent, judged = review.call.agent_id, {review.inspector_id, made.by}
    if person == agent or agent in ties.agents:
        return False
    return person not in judged and ties.leads.isdisjoint({agent, *filter(None, judged)})


def open_items(session: Session, review: Review, at: datetime) -> list[str]:
    """Items the agent may appeal now."""
    if review.score is None or closed(review, at):
        return []
    past = of_review(session, review)
    return [key for key in review.score.answers if not _refusal(past, review.score, key)]


def closed(review: Review, at: datetime) -> bool:
    """The deadline itself is too late."""
    return review.appeal_until is None or at >= review.appeal_until


# The agent


def make(
    session: Session, review: Review, item: str, reason: str, *, by: int, at: datetime
) -> Appeal:
    """Appeal an item; the same once more is the same appeal.

    Raises NotFound (not one's own), TooLate, InvalidContent, Settled.
    """
    made = review.score
    if review.call.agent_id != by or review.purpose not in COUNTING or made is None:
        raise NotFound("成绩", str(review.id))
    reason = said(reason, "reason", "请写明理由：哪里评错了，录音里从几分几秒听得到。")
    past = of_review(session, review)
    same = next((a for a in past if (a.item, a.reason, a.state) == (item, reason, WAITING)), None)
    if same is not None:
        return same
    if closed(review, at):
        raise TooLate("申诉", review.appeal_until or at)
    if item not in made.answers:
        raise InvalidContent("item", "这次成绩里没有这一项，请刷新页面。")
    if wrong := _refusal(past, made, item):
        raise Settled(wrong)
    appeal = Appeal(
        review=review, item=item, score=made, reason=reason, state=WAITING, by=by, at=at
    )
    session.add(appeal)
    session.flush()
    return appeal


def _refusal(past: list[Appeal], made: Score, item: str) -> str:
    mine = [each for each in past if each.item == item]
    if any(each.state == WAITING for each in mine):
        return "这一项的申诉已经在等裁定。"
    decided = [each for each in mine if each.state in (UPHELD, REJECTED)]
    if decided and alike(_ruled(decided[-1]), made.answers.get(item)):
        return "这一项已经裁定过，评定没有再变，不能再申诉。"
    return ""


def _ruled(appeal: Appeal) -> Any:
    """The answer that stood after it was decided."""
    return (appeal.result or appeal.score).answers.get(appeal.item)


def withdraw(session: Session, appeal: Appeal, *, by: int, at: datetime) -> None:
    """Twice does no harm. Raises NotFound, Settled."""
    if appeal.by != by:
        raise NotFound("申诉", str(appeal.id))
    if appeal.state == WITHDRAWN:
        return
    _waits(appeal)
    appeal.state, appeal.decided_at = WITHDRAWN, at
    session.flush()


# The second person


def opine(
    session: Session, appeal: Appeal, answer: Any, *, by: int, at: datetime, ties: Ties = NONE
) -> None:
    """One's own answer from the evidence. Once given it stays; the same again does no harm.

    Raises NotSecond, InvalidContent, Settled.
    """
    _second(appeal, by, ties)
    _waits(appeal)
    rubric = reviews.rubric_of(appeal.review.version)
    replaced(rubric, {}, appeal.item, answer)
    if appeal.opinion_by == by:
        if appeal.opinion != answer:
            raise Settled("您已经给出评定，看过原来的评定以后不能再改；可以在裁定里写明新的看法。")
        return
    if appeal.opinion_by is not None and at < taken_until(appeal):
        raise Settled("另一位同事已经在裁定这件申诉。一天后还没有裁定，才可以接手。")
    appeal.opinion, appeal.opinion_by, appeal.opinion_at = answer, by, at
    session.flush()


def taken_until(appeal: Appeal) -> datetime:
    assert appeal.opinion_at is not None
    return appeal.opinion_at + HELD


def decide(
    session: Session,
    appeal: Appeal,
    verdict: Verdict,
    *,
    by: int,
    at: datetime,
    ties: Ties = NONE,
) -> None:
    """Uphold or reject, with words; the score that comes of it is ``appeal.result``.

    Raises NotSecond, InvalidContent, Settled.
    """
    _second(appeal, by, ties)
    _waits(appeal)
    if appeal.opinion_by != by:
        raise Settled("请先听录音、看依据，给出自己的评定，再来裁定。")
    words = said(verdict.words, "verdict", "请写明裁定的理由，座席和质检员都会看到。", 1000)
    if verdict.upheld:
        _uphold(session, appeal, verdict, words, by, at)
    appeal.state = UPHELD if verdict.upheld else REJECTED
    appeal.decided_by, appeal.decided_at, appeal.verdict = by, at, words
    session.flush()


def asked_besides(appeal: Appeal, answer: Any) -> list[str]:
    """Items without an answer that this answer would make visible."""
    answers = _standing(appeal).answers
    rubric = reviews.rubric_of(appeal.review.version)
    return newly_asked(rubric, replaced(rubric, answers, appeal.item, answer))


def _uphold(
    session: Session, appeal: Appeal, verdict: Verdict, words: str, by: int, at: datetime
) -> None:
    review, standing = appeal.review, _standing(appeal)
    answer = appeal.opinion if verdict.answer is None else verdict.answer
    if alike(answer, standing.answers.get(appeal.item)):
        raise InvalidContent("answer", "这和原来的评定一样。申诉成立要给出不同的评定。")
    rubric = reviews.rubric_of(review.version)
    answers = replaced(rubric, standing.answers, appeal.item, answer)
    wanted = newly_asked(rubric, answers)
    answers |= {key: value for key, value in verdict.more.items() if key in wanted}
    appeal.answer = answer
    if lowers(standing.reported, would_report(rubric, answers)):
        return
    appeal.result = reviews.rescore(session, review, answers, "appeal", by=by, at=at, reason=words)
    remedies.revise(session, review, at)


def _standing(appeal: Appeal) -> Score:
    found = appeal.review.score
    if found is None:
        raise Settled("这次评分没有成绩。")
    return found


def _second(appeal: Appeal, person: int, ties: Ties) -> None:
    if not may_judge(appeal.review, appeal.score, person, ties):
        raise NotSecond


def _waits(appeal: Appeal) -> None:
    if appeal.state != WAITING:
        raise Settled(f"这件申诉{STATES[appeal.state]}，已经了结，不用再裁定。")
