"""The loop of a failed item: its article to read again, and the item looked at on later calls.

    opened = propose(session, review, at=now)

``RULE`` says which failures begin one. It stays open until somebody closes it with a reason;
meanwhile plans draw later calls of this agent for this item (``open_for``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import gate
from kb.errors import NotFound, Settled

from .following import HOLDS, counting, failed_items, said
from .reviews import COUNTING, rubric_of
from .rubric import Item
from .tables import Call, ItemScore, Remedy, Review, Score

SPAN = timedelta(days=90)
TIMES = 2
RULE = (
    "关键项和致命项一次不合格，其他写明了依据的评分项 "
    f"{SPAN.days} 天内 {TIMES} 次不合格，就要补学。"
)
OVERTURNED = "成绩改过，这一项不再算不合格。"


class Quizzes(Protocol):
    """What an examination module offers; registered by whoever composes the two."""

    def offer(self, session: Session, remedy: Remedy) -> str:
        """The name of a quiz on the article of the remedy; '' where there is none."""

    def taken_at(self, session: Session, remedy: Remedy) -> datetime | None:
        """When the agent passed it, if he has."""

    def address(self, remedy: Remedy) -> str:
        """Where it is taken."""


def propose(
    session: Session, review: Review, at: datetime, quizzes: Quizzes | None = None
) -> list[Remedy]:
    """Open a loop for each failed item of a finished review that the rule asks for.

    An item that has an open one gets no second. Calibration and second looks begin none.
    """
    if review.purpose not in COUNTING or review.score is None:
        return []
    rubric = rubric_of(review.version)
    made = []
    for key in failed_items(review.score):
        item = rubric.item(key)
        if (
            item is not None
            and _asks(session, review, item, at)
            and not _open(session, review, key)
        ):
            made.append(_begin(session, review, item, at))
    session.flush()
    for remedy in made if quizzes is not None else []:
        assert quizzes is not None
        remedy.quiz = quizzes.offer(session, remedy)[:100]
    session.flush()
    return made


def revise(session: Session, review: Review, at: datetime) -> None:
    """After a later score: loops that its change leaves without ground end, new ones begin."""
    failed = failed_items(review.score) if review.score else []
    query = select(Remedy).where(Remedy.review_id == review.id, Remedy.closed_at.is_(None))
    for remedy in session.scalars(query):
        if remedy.item not in failed:
            remedy.closed_at, remedy.closed_why = at, OVERTURNED
    session.flush()
    propose(session, review, at)


def _asks(session: Session, review: Review, item: Item, at: datetime) -> bool:
    if item.critical or item.fatal:
        return True
    if not item.article:
        return False
    query = (
        select(func.count(Review.id))
        .join(Call, Call.id == Review.call_id)
        .join(Score, HOLDS)
        .join(ItemScore, ItemScore.score_id == Score.id)
        .where(
            *counting(),
            Call.agent_id == review.call.agent_id,
            Review.scorecard_id == review.scorecard_id,
            Review.finished_at > at - SPAN,
            ItemScore.item == item.key,
            ItemScore.applies.is_(True),
            ItemScore.failed.is_(True),
        )
    )
    return (session.scalar(query) or 0) >= TIMES


def _open(session: Session, review: Review, item: str) -> bool:
    query = select(Remedy.id).where(
        Remedy.agent_id == review.call.agent_id,
        Remedy.scorecard_id == review.scorecard_id,
        Remedy.item == item,
        Remedy.closed_at.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def _begin(session: Session, review: Review, item: Item, at: datetime) -> Remedy:
    key = item.article or ""
    made = Remedy(
        agent_id=review.call.agent_id,
        scorecard_id=review.scorecard_id,
        item=item.key,
        review_id=review.id,
        article_key=key,
        article_revision=_revision(session, key, at) if key else None,
        proposed_at=at,
    )
    session.add(made)
    return made


def _revision(session: Session, key: str, at: datetime) -> int | None:
    """The number in force, whoever may read it: no text passes here."""
    try:
        return gate.in_force(session, gate.EVERYTHING, at, key).number
    except NotFound:
        return None


def get(session: Session, id: int) -> Remedy:
    """Raises NotFound."""
    found = session.get(Remedy, id) if 0 < id < 2**31 else None
    if found is None:
        raise NotFound("补学", str(id))
    return found


def hold(session: Session, id: int) -> Remedy:
    """The loop, kept from other writers. Raises NotFound."""
    get(session, id)
    query = select(Remedy).where(Remedy.id == id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def open_for(session: Session, agents: Sequence[int] | None = None) -> list[Remedy]:
    """Open loops of these agents (None: of all), the longest open first: what to look at again."""
    query = select(Remedy).where(Remedy.closed_at.is_(None))
    if agents is not None:
        query = query.where(Remedy.agent_id.in_(list(agents)))
    return list(session.scalars(query.order_by(Remedy.proposed_at, Remedy.id)))


def opened(session: Session, agent: int, key: str, revision: int, at: datetime) -> None:
    """The agent has opened an article: loops that wait for its reading know it."""
    query = select(Remedy).where(
        Remedy.agent_id == agent,
        Remedy.closed_at.is_(None),
        Remedy.read_at.is_(None),
        Remedy.article_key == key,
    )
    for remedy in session.scalars(query):
        remedy.read_at, remedy.article_revision = at, revision
    session.flush()


def quizzed(session: Session, agent: int, keys: Sequence[str], at: datetime) -> None:
    """The agent has passed what was offered on these articles: loops that wait for it know."""
    query = select(Remedy).where(
        Remedy.agent_id == agent,
        Remedy.closed_at.is_(None),
        Remedy.quizzed_at.is_(None),
        Remedy.article_key.in_(list(keys)),
    )
    for remedy in session.scalars(query):
        remedy.quizzed_at = at
    session.flush()


def close(session: Session, remedy: Remedy, why: str, *, by: int, at: datetime) -> None:
    """Raises InvalidContent without a reason, Settled where it is closed."""
    if remedy.closed_at is not None:
        raise Settled("这次补学已经了结。")
    remedy.closed_why = said(why, "why", "请写明为什么可以了结，或者为什么不用再看。", 1000)
    remedy.closed_at, remedy.closed_by = at, by
    session.flush()
