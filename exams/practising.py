"""How far somebody is with practice: sets of a day, days of practice, topics and their shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .days import begin_of, day_of, end_of
from .practice_wells import SPAN, Wells, weak_topics
from .streaks import WEEKS, Steadiness, steadiness
from .tables import BankQuestion, Card, PracticeAnswer, PracticeSet
from .tables.bank import KEPT
from .takers import Taker

LOOK_BACK = timedelta(days=92)


def of_day(session: Session, person_id: int, at: datetime) -> Sequence[PracticeSet]:
    """The sets of today, in their order."""
    query = select(PracticeSet).where(
        PracticeSet.person_id == person_id, PracticeSet.day == str(day_of(at))
    )
    return session.scalars(query.order_by(PracticeSet.number)).all()


def progress(session: Session, sets: Sequence[PracticeSet]) -> dict[int, tuple[int, int]]:
    """{id of a set: (answered, of them right)}"""
    right = func.count().filter(PracticeAnswer.fraction >= 1)
    query = (
        select(PracticeAnswer.set_id, func.count(), right)
        .where(PracticeAnswer.set_id.in_([made.id for made in sets]))
        .group_by(PracticeAnswer.set_id)
    )
    return {id: (count, int(well)) for id, count, well in session.execute(query)}


def due(session: Session, person_id: int, at: datetime) -> int:
    """Questions whose turn comes today."""
    query = select(func.count()).where(
        Card.person_id == person_id, Card.due_at < end_of(day_of(at))
    )
    return session.scalar(query) or 0


def anything(session: Session) -> bool:
    """Whether the bank has a question in use at all."""
    query = select(BankQuestion.id).where(BankQuestion.state == KEPT).limit(1)
    return session.scalar(query) is not None


def steadiness_of(session: Session, person_id: int, at: datetime) -> Steadiness:
    """Of the last three months."""
    today = day_of(at)
    since = min(at - LOOK_BACK, begin_of(today - timedelta(weeks=WEEKS)))
    query = select(PracticeAnswer.at).where(
        PracticeAnswer.person_id == person_id, PracticeAnswer.at > since
    )
    return steadiness((day_of(moment) for moment in session.scalars(query)), today)


@dataclass(frozen=True, slots=True)
class TopicShare:
    """A branch of the topics for one person: ``questions`` they may practise, ``right`` of
    ``answers`` lately (a half-right answer is half a one). ``below``: its finer topics."""

    topic: str
    questions: int
    right: float
    answers: int
    below: Sequence[str]

    @property
    def percent(self) -> float | None:
        return 100 * self.right / self.answers if self.answers else None


def topics(session: Session, taker: Taker, at: datetime) -> list[TopicShare]:
    """The branches that can be practised, the weakest first, then those never practised."""
    shares = weak_topics(session, taker.person_id, at - SPAN)
    questions: dict[str, set[int]] = {}
    below: dict[str, set[str]] = {}
    for one in Wells(session, taker, at).pool.values():
        for topic in one.topics:
            branch = topic.partition("/")[0]
            questions.setdefault(branch, set()).add(one.id)
            below.setdefault(branch, set()).add(topic)
    found = [
        TopicShare(name, len(ids), *_together(shares, below[name]), sorted(below[name] - {name}))
        for name, ids in questions.items()
    ]
    return sorted(found, key=lambda t: (t.percent is None, t.percent or 0.0, t.topic))


def _together(shares: dict[str, tuple[float, int]], topics: set[str]) -> tuple[float, int]:
    found = [shares[topic] for topic in topics if topic in shares]
    return sum(right for right, _ in found), sum(n for _, n in found)
