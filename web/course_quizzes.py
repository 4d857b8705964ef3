"""What a failed item leads to: courses on its article, assigned by themselves, and its questions.

Registered under ``todo.QUIZZES``; ``qa.remedies`` asks it when a loop begins.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import assigning, courses, learning, practice
from exams.tables import BankQuestion
from exams.tables.bank import KEPT
from qa import remedies
from qa.tables import Remedy

PRACTICE = "练习"
MOST_ASKED = 5
LATELY = timedelta(days=1)


class CourseQuizzes:
    """``qa.remedies.Quizzes`` over the courses that ask for failed items."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock

    def offer(self, session: Session, remedy: Remedy) -> str:
        """The title of the course that was assigned, or that there are questions to practise; ''
        where there is neither."""
        if not remedy.article_key:
            return ""
        key, agent = remedy.article_key, remedy.agent_id
        found = assigning.by_review(session, key, agent, at=self.clock())
        asked = practice.assign(session, agent, _questions(session, key), self.clock())
        return found.title if found else (PRACTICE if asked else "")

    def taken_at(self, session: Session, remedy: Remedy) -> datetime | None:
        """When the agent was done with a course on the article, since the loop began."""
        for course in courses.with_article(session, remedy.article_key):
            row = learning.assigned(session, course, remedy.agent_id)
            if row and row.done_at and row.done_at >= remedy.proposed_at:
                return row.done_at
        return None

    def address(self, remedy: Remedy) -> str:
        if remedy.quiz == PRACTICE:
            return url_for("practice.home")
        return url_for("learning.for_article", key=remedy.article_key)


def _questions(session: Session, key: str) -> list[int]:
    """A few questions that rest on the article; who may not read it is not asked them."""
    query = select(BankQuestion.id).where(
        BankQuestion.article_key == key,
        BankQuestion.state == KEPT,
        BankQuestion.stale_at.is_(None),
        BankQuestion.kind != "essay",
    )
    return list(session.scalars(query.order_by(BankQuestion.id).limit(MOST_ASKED)))


def offer_missed(session: Session, at: datetime) -> int:
    """Loops that began without anybody asking, by a decision on an appeal; says how many led to
    something."""
    quizzes, found = CourseQuizzes(lambda: at), 0
    for remedy in remedies.open_for(session):
        if not remedy.quiz and remedy.article_key and remedy.proposed_at > at - LATELY:
            remedy.quiz = quizzes.offer(session, remedy)[:100]
            found += bool(remedy.quiz)
    session.flush()
    return found
