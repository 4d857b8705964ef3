"""错题本: what somebody answered wrongly, in practice and in exams, until it is known.

catch_up(session, person_id, at)      # exams whose answers may be seen by now
listing(session, person_id)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from kb.database import LARGEST_ID
from kb.errors import NotFound

from . import gradings, visibility
from .bank_search import visible
from .exact import share
from .practice import remember
from .practice_wells import withheld
from .tables import (
    Attempt,
    AttemptQuestion,
    BankQuestion,
    Card,
    Exam,
    Grading,
    NotedAttempt,
    QuestionTopic,
)
from .takers import Taker

PAGE = 20


def catch_up(session: Session, person_id: int, at: datetime) -> int:
    """Take in the person's submitted attempts whose answers may be seen by now; says how many.

    An attempt is taken in once, as of when it was submitted; a later grading of it changes no
    card. What was right makes no new card: a passed exam would fill weeks of practice.
    """
    waiting = _waiting(session, person_id, at)
    for attempt, grading in waiting:
        session.add(NotedAttempt(attempt_id=attempt.id, at=at))
        for asked in _asked(session, attempt):
            earned = share(grading.details[str(asked.position)]["fraction"])
            if earned is not None and (earned < 1 or _is_known(session, person_id, asked)):
                when = attempt.submitted_at or at
                remember(session, person_id, asked.version, earned, when)
    session.flush()
    return len(waiting)


def _is_known(session: Session, person_id: int, asked: AttemptQuestion) -> bool:
    return session.get(Card, (person_id, asked.version.question_id)) is not None


def behind(session: Session, person_id: int, at: datetime) -> bool:
    """Whether there is anything to catch up with."""
    return bool(_waiting(session, person_id, at))


def _waiting(session: Session, person_id: int, at: datetime) -> list[tuple[Attempt, Grading]]:
    """Attempts that nobody has to mark any more, with the grading that holds."""
    query = (
        select(Attempt)
        .where(
            Attempt.person_id == person_id,
            Attempt.state == "submitted",
            Attempt.graded > 0,
            ~select(NotedAttempt.attempt_id).where(NotedAttempt.attempt_id == Attempt.id).exists(),
        )
        .order_by(Attempt.submitted_at, Attempt.id)
    )
    attempts = session.scalars(query).all()
    exams: dict[int, Exam] = {attempt.exam_id: attempt.exam for attempt in attempts}
    seen = visibility.sights(session, list(exams.values()), at)
    shown = [attempt for attempt in attempts if seen[attempt.exam_id].answers]
    found = gradings.currents(session, (attempt.id for attempt in shown))
    return [(a, found[a.id]) for a in shown if a.id in found and found[a.id].complete]


def _asked(session: Session, attempt: Attempt) -> Sequence[AttemptQuestion]:
    query = (
        select(AttemptQuestion)
        .where(AttemptQuestion.attempt_id == attempt.id)
        .options(selectinload(AttemptQuestion.version))
        .order_by(AttemptQuestion.position)
    )
    return session.scalars(query).all()


def listing(
    session: Session, taker: Taker, at: datetime, topic: str = "", *, offset: int = 0
) -> tuple[int, Sequence[Card]]:
    """(how many, one page of them), the newest mistake first.

    Left out is what may not be read, and what practice must not show (``withheld``).
    """
    query = select(Card).join(Card.question).where(*_noted(session, taker, at))
    if topic:
        query = query.where(BankQuestion.topics.any(QuestionTopic.topic == topic))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.options(selectinload(Card.question).selectinload(BankQuestion.versions)).order_by(
        Card.noted_at.desc(), Card.question_id
    )
    return total, session.scalars(page.offset(offset).limit(PAGE)).all()


def _noted(session: Session, taker: Taker, at: datetime) -> list[ColumnElement[bool]]:
    """SQL: ``Card`` of ``BankQuestion`` stands among the mistakes and may be shown."""
    hidden = withheld(session, taker.person_id, at)
    mine = [Card.person_id == taker.person_id, Card.noted_at.is_not(None), visible(taker.viewer)]
    return [*mine, BankQuestion.id.not_in(hidden)] if hidden else mine


def topics(session: Session, taker: Taker, at: datetime) -> list[tuple[str, int]]:
    """(topic, mistakes of it), the most first."""
    query = (
        select(QuestionTopic.topic, func.count())
        .join(Card, Card.question_id == QuestionTopic.question_id)
        .join(BankQuestion, BankQuestion.id == Card.question_id)
        .where(*_noted(session, taker, at))
        .group_by(QuestionTopic.topic)
        .order_by(func.count().desc(), QuestionTopic.topic)
    )
    return [(topic, count) for topic, count in session.execute(query)]


def drop(session: Session, person_id: int, question_id: int) -> None:
    """Out of the mistakes; it may still be asked when its turn comes. Raises NotFound."""
    key = (person_id, question_id)
    card = session.get(Card, key, with_for_update=True) if 0 < question_id <= LARGEST_ID else None
    if card is None:
        raise NotFound("错题", str(question_id))
    card.noted_at = None
    session.flush()
