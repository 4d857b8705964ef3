"""What is known of people that asks for a course: answers in exams, by topic (``proposing``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from kb import gate
from kb.gate import EVERYTHING
from kb.models import Article

from . import courses
from .proposing import SPAN, Answer, Offer, Standing
from .tables.attempts import Attempt, AttemptQuestion
from .tables.bank import BankQuestion, QuestionTopic, QuestionVersion
from .tables.courses import Assignment, Course
from .tables.gradings import Grading


def offers(session: Session, at: datetime) -> list[Offer]:
    """Courses in use: topics are the categories of their articles, and those of the questions
    that rest on them."""
    found = courses.in_use(session)
    keys = {each.article_key for course in found for each in courses.lessons(course)} - {""}
    topics = _topics(session, keys, at)
    made = []
    for course in found:
        articles = {each.article_key for each in courses.lessons(course)} - {""}
        about = frozenset(topic for key in articles for topic in topics.get(key, ()))
        made.append(Offer(course.id, about, frozenset(articles)))
    return made


def _topics(session: Session, keys: Collection[str], at: datetime) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    ids = session.scalars(select(Article.id).where(Article.key.in_(keys))).all()
    for text in gate.in_force_of(session, EVERYTHING, at, ids).values():
        if text.category is not None:
            found.setdefault(text.article.key, set()).add(text.category.path)
    query = (
        select(BankQuestion.article_key, QuestionTopic.topic)
        .join(QuestionTopic, QuestionTopic.question_id == BankQuestion.id)
        .where(BankQuestion.article_key.in_(keys))
    )
    for key, topic in session.execute(query.distinct()):
        found.setdefault(key, set()).add(topic)
    return found


def answers(session: Session, people: Collection[int], at: datetime) -> list[Answer]:
    """What these people got in exams of the last while, by the grading that holds now."""
    query = (
        select(Attempt.id, Attempt.person_id, Attempt.submitted_at, Grading.details)
        .join(Grading, and_(Grading.attempt_id == Attempt.id, Grading.number == Attempt.graded))
        .where(Attempt.submitted_at > at - SPAN, Attempt.person_id.in_(people))
    )
    rows = session.execute(query).all() if people else []
    topics = _asked(session, [row.id for row in rows])
    return [
        Answer(person_id, topics[id, int(position)], float(told["fraction"]), submitted)
        for id, person_id, submitted, details in rows
        for position, told in details.items()
        if told.get("fraction") is not None and topics.get((id, int(position)))
    ]


def _asked(session: Session, attempts: Sequence[int]) -> dict[tuple[int, int], tuple[str, ...]]:
    """{(attempt, position): topics of the question}"""
    query = (
        select(AttemptQuestion.attempt_id, AttemptQuestion.position, QuestionTopic.topic)
        .join(QuestionVersion, QuestionVersion.id == AttemptQuestion.version_id)
        .join(QuestionTopic, QuestionTopic.question_id == QuestionVersion.question_id)
        .where(AttemptQuestion.attempt_id.in_(attempts))
        .order_by(QuestionTopic.topic)
    )
    found: dict[tuple[int, int], tuple[str, ...]] = {}
    for attempt_id, position, topic in session.execute(query) if attempts else ():
        found[attempt_id, position] = (*found.get((attempt_id, position), ()), topic)
    return found


def standing(session: Session) -> dict[tuple[int, int], Standing]:
    """{(course, person): how it stands} of courses that are assigned."""
    query = select(Assignment.course_id, Assignment.person_id, Assignment.done_at)
    rows = session.execute(query.join(Course).where(Course.retired_at.is_(None)))
    return {(course_id, person_id): Standing(done_at) for course_id, person_id, done_at in rows}
