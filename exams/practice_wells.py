"""What somebody could practise now, and why: what ``exams.choosing`` chooses from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gate
from kb.models import Article, Revision
from kb.receipts import Signature

from . import blueprints, pools, visibility
from .choosing import SECONDS, Candidate
from .days import day_of, end_of
from .tables import (
    Attempt,
    AttemptQuestion,
    Card,
    Exam,
    PracticeAnswer,
    QuestionTopic,
    QuestionVersion,
)
from .takers import Taker

FRESH = timedelta(days=14)
"""How long a revised or newly signed article is news."""
SPAN = timedelta(days=180)
"""How far back answers say which topics are weak."""


class Wells:
    """The questions one person may practise at a moment."""

    def __init__(self, session: Session, taker: Taker, at: datetime) -> None:
        self._session, self._taker, self._at = session, taker, at

    @cached_property
    def pool(self) -> dict[int, pools.Candidate]:
        """{id: a question} that may be asked and that a machine can mark."""
        hidden = withheld(self._session, self._taker.person_id, self._at)
        found = pools.candidates(self._session, self._taker.viewer, self._at)
        return {
            one.id: one
            for one in found
            if one.kind in SECONDS and one.id not in hidden and one.grade in ("", self._taker.grade)
        }

    @cached_property
    def cards(self) -> dict[int, Card]:
        """{id of a question: what the person remembers} of those that may be asked."""
        query = select(Card).where(Card.person_id == self._taker.person_id)
        return {
            c.question_id: c for c in self._session.scalars(query) if c.question_id in self.pool
        }

    def everything(self) -> Iterator[Candidate]:
        """What a daily practice chooses from."""
        until = end_of(day_of(self._at))
        news = self._news()
        weakness = weak_topics(self._session, self._taker.person_id, self._at - SPAN)
        for id, one in self.pool.items():
            card = self.cards.get(id)
            if card is None:
                fresh = news.get(one.article, "new")
                rank = _strength(one.topics, weakness) if fresh == "new" else 0.0
                yield _candidate(one, fresh, rank)
            elif card.version_id is not None and card.version_id != one.version:
                yield _candidate(one, "changed")
            elif card.why == "assigned" and card.due_at <= until:
                yield _candidate(one, "assigned")
            elif card.due_at <= until:
                why = "wrong" if card.noted_at else "again"
                yield _candidate(one, why, card.due_at.timestamp())

    def mistakes(self, topic: str = "") -> Iterator[Candidate]:
        """What stands among the mistakes, of a topic or all; the oldest first."""
        for id, card in self.cards.items():
            one = self.pool[id]
            if card.noted_at and _of(topic, one.topics):
                yield _candidate(one, "wrong", card.noted_at.timestamp())

    def of_topic(self, topic: str) -> Iterator[Candidate]:
        """Questions of a topic: those never met first, then those whose turn comes next."""
        for id, one in self.pool.items():
            if _of(topic, one.topics):
                card = self.cards.get(id)
                yield _candidate(one, "new", card.due_at.timestamp() if card else 0.0)

    def _news(self) -> dict[str, str]:
        """{key of an article: why its questions are news}"""
        since = self._at - FRESH
        revised = (
            select(Article.key)
            .join(Article.revisions)
            .where(gate.holds(self._at), Revision.number > 1, Revision.published_at > since)
        )
        signed = (
            select(Article.key)
            .join(Signature, Signature.article_id == Article.id)
            .where(Signature.person_id == self._taker.person_id, Signature.signed_at > since)
        )
        found = dict.fromkeys(self._session.scalars(revised), "changed")
        return found | dict.fromkeys(self._session.scalars(signed), "signed")


def _candidate(one: pools.Candidate, why: str, rank: float = 0.0) -> Candidate:
    return Candidate(one.id, one.version, one.kind, one.article, why, rank)


def _of(topic: str, topics: frozenset[str]) -> bool:
    return not topic or any(t == topic or t.startswith(topic + "/") for t in topics)


def _strength(topics: frozenset[str], shares: dict[str, tuple[float, int]]) -> float:
    """Share of right answers in the weakest of the topics, drawn to one half where few are known;
    in tenths, so that chance orders what is nearly the same."""
    found = [shares[topic] for topic in topics if topic in shares]
    return min((round((right + 1) / (n + 2), 1) for right, n in found), default=0.5)


def weak_topics(session: Session, person_id: int, since: datetime) -> dict[str, tuple[float, int]]:
    """{topic: (answers that were right, by fraction, of how many)} of practice since a moment."""
    query = (
        select(QuestionTopic.topic, PracticeAnswer.fraction)
        .join(QuestionVersion, QuestionVersion.question_id == QuestionTopic.question_id)
        .join(PracticeAnswer, PracticeAnswer.version_id == QuestionVersion.id)
        .where(PracticeAnswer.person_id == person_id, PracticeAnswer.at > since)
    )
    found: dict[str, tuple[float, int]] = {}
    for topic, fraction in session.execute(query):
        right, n = found.get(topic, (0.0, 0))
        found[topic] = (right + fraction, n + 1)
    return found


def withheld(session: Session, person_id: int, at: datetime) -> frozenset[int]:
    """Ids of questions that practice must not show: those of the person's own attempts whose
    answers may not be seen yet, and those of fixed papers of exams that are still to come or
    open. Blueprints draw from the whole bank, which may be practised."""
    own = (
        select(Attempt.exam_id, QuestionVersion.question_id)
        .join(AttemptQuestion, AttemptQuestion.attempt_id == Attempt.id)
        .join(QuestionVersion, QuestionVersion.id == AttemptQuestion.version_id)
        .where(Attempt.person_id == person_id)
    )
    met: dict[int, set[int]] = {}
    for exam_id, question_id in session.execute(own):
        met.setdefault(exam_id, set()).add(question_id)
    exams = session.scalars(select(Exam).where(Exam.id.in_(met))).all() if met else []
    seen = visibility.sights(session, exams, at)
    hidden = {id for exam in exams if not seen[exam.id].answers for id in met[exam.id]}
    return frozenset(hidden | _to_come(session, at))


def _to_come(session: Session, at: datetime) -> set[int]:
    open = select(Exam).where(
        Exam.published_at.is_not(None),
        Exam.cancelled_at.is_(None),
        Exam.closes_at > at,
        Exam.kind.in_(("monthly", "promotion")),
    )
    versions = {
        each.version
        for exam in session.scalars(open)
        if isinstance(content := blueprints.read(exam.paper.content), blueprints.Fixed)
        for each in content.questions
    }
    query = select(QuestionVersion.question_id).where(QuestionVersion.id.in_(versions))
    return set(session.scalars(query)) if versions else set()
