"""Beginning an attempt: once, with an order that stays; and what of it a browser may be told."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import attempts
from exams.ending import Origin
from exams.errors import MayNotSit
from exams.tables import Attempt, AttemptQuestion, QuestionVersion
from kb.errors import NotFound

from ..exam_world import AGENT, OTHER_AGENT, a_taker, add_attempt, add_exam, add_paper, add_question
from ..world import NOW
from .test_attempt_log import KINDS, logged

SECRET = "绝不可见"


def of(session: Session, attempt: Attempt) -> list[AttemptQuestion]:
    query = select(AttemptQuestion).where(AttemptQuestion.attempt_id == attempt.id)
    return list(session.scalars(query.order_by(AttemptQuestion.position)))


def test_beginning_again_goes_on_with_the_same_attempt_until_its_time_is_over(
    session: Session,
) -> None:
    exam = add_exam(session, add_paper(session, [add_question(session) for _ in range(8)]))
    exam.attempts = 2
    first = attempts.begin(session, exam, a_taker(), NOW, Origin("10.0.0.7", "Firefox"))
    again = attempts.begin(session, exam, a_taker(), NOW + timedelta(minutes=59))
    assert first is again
    assert first.deadline_at == NOW + timedelta(minutes=60)
    second = attempts.begin(session, exam, a_taker(), NOW + timedelta(minutes=61))
    assert (first.state, second.state, second.number) == ("submitted", "open", 2)
    begun = logged(session, first)[0]
    assert (begun.kind, begun.address) == ("begun", "10.0.0.7")
    with pytest.raises(MayNotSit):
        attempts.begin(session, exam, a_taker(), NOW + timedelta(minutes=130))


def test_questions_and_options_are_laid_out_by_the_seed_and_stay(session: Session) -> None:
    paper = add_paper(session, [add_question(session) for _ in range(8)], points=2.5)
    exam = add_exam(session, paper)
    one = attempts.prepare(session, exam, a_taker(), NOW, seed="x")
    assert one == attempts.prepare(session, exam, a_taker(), NOW, seed="x")
    other = attempts.prepare(session, exam, a_taker(), NOW, seed="y")
    assert [q.version_id for q in one.questions] != [q.version_id for q in other.questions]
    assert {tuple(q.order) for q in one.questions} != {("A", "B", "C", "D")}
    attempt = attempts.begin(session, exam, a_taker(), NOW, prepared=one)
    laid = [(row.version_id, row.points, row.order) for row in of(session, attempt)]
    assert laid == [(q.version_id, q.points, q.order) for q in one.questions]
    assert paper.used_at == NOW
    assert not session.scalars(select(QuestionVersion).filter_by(used_at=None)).all()


def test_without_shuffling_everything_stands_as_on_the_paper(session: Session) -> None:
    asked = [add_question(session) for _ in range(5)]
    exam = add_exam(
        session, add_paper(session, asked), shuffle_questions=False, shuffle_options=False
    )
    attempt = attempts.begin(session, exam, a_taker(), NOW)
    rows = of(session, attempt)
    assert [row.version_id for row in rows] == [question.latest.id for question in asked]
    assert {tuple(row.order) for row in rows} == {("A", "B", "C", "D")}


def test_what_a_browser_is_told_of_a_question_says_nothing_of_its_answer(session: Session) -> None:
    """Every part of the questions that is not for the person has a word that is looked for."""
    hidden: dict[str, Any] = {"explanation": SECRET, "source": {"article": SECRET, "quote": SECRET}}
    answers: dict[str, dict[str, Any]] = {
        "blank": {"answer": [[SECRET]]},
        "number": {"answer": {"value": 97531, "tolerance": 86420, "unit": "天"}},
        "essay": {"answer": [{"words": [SECRET], "points": 1}]},
    }
    options = [
        {"key": "secret-right", "text": "一", "fraction": 0.86420},
        {"key": "secret-wrong", "text": "二", "fraction": -0.5},
    ]
    for kind, right in {
        "single": "secret-right",
        "multiple": ["secret-right"],
        "order": ["secret-right", "secret-wrong"],
    }.items():
        answers[kind] = {"options": options, "answer": right}
    asked = [add_question(session, kind=kind, **hidden, **answers.get(kind, {})) for kind in KINDS]
    attempt = add_attempt(session, add_exam(session, add_paper(session, asked)), open=True)
    told = json.dumps([asdict(each) for each in attempts.asked(session, attempt.id)])
    told = told.encode().decode("unicode_escape")
    assert "天" in told
    assert "高速动车" in told
    for secret in (SECRET, "secret", "97531", "86420", "8642"):
        assert secret not in told


def test_an_attempt_of_another_is_not_there(session: Session) -> None:
    attempt = add_attempt(session, add_exam(session), open=True)
    assert attempts.get(session, attempt.id, AGENT) is attempt
    for id, person in ((attempt.id, OTHER_AGENT), (10**12, AGENT)):
        with pytest.raises(NotFound):
            attempts.get(session, id, person)
