"""Gradings over the tables, and which attempt counts."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from exams import counting, gradings
from exams.counting import Sat, counted
from exams.tables import Attempt, Correction, EssayMark, Exam
from kb.errors import Settled

from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..world import NOW

LATER = NOW + timedelta(hours=1)


def sat(session: Session, *responses: object, exam: Exam | None = None, who: int = 11) -> Attempt:
    return add_attempt(session, exam or two(session), who, responses)


def two(session: Session, **fields: object) -> Exam:
    asked = [add_question(session), add_question(session, kind="match")]
    return add_exam(session, add_paper(session, asked, points=2), **fields)


def grade(session: Session, attempt: Attempt, cause: str = "automatic") -> gradings.Grading:
    return gradings.grade(session, attempt, LATER, cause=cause)


def test_a_grading_says_what_every_answer_earned(session: Session) -> None:
    attempt = sat(session, "B", {"G": "高速动车"})
    made = grade(session, attempt)
    assert (made.number, made.points, made.possible, made.passed, made.complete) == (
        1,
        8 / 3,
        4,
        True,
        True,
    )
    assert made.details["2"]["per_part"] == {"G": 1, "D": 0, "K": 0}
    assert made.details["1"]["version"] == attempt.questions[0].version_id
    assert attempt.graded == 1
    session.expire_all()
    assert gradings.current(session, attempt) == made
    assert gradings.currents(session, [attempt.id, 999]) == {attempt.id: made}


def test_the_same_again_is_the_same_grading(session: Session) -> None:
    attempt = sat(session, "B", {"G": "高速动车"})
    made = grade(session, attempt)
    session.expire_all()
    assert grade(session, attempt) is made
    assert [each.number for each in gradings.history(session, attempt)] == [1]


def test_a_correction_makes_a_new_grading_and_leaves_the_old_one(session: Session) -> None:
    attempt = sat(session, "C")
    first = grade(session, attempt)
    version = attempt.questions[0].version
    for key, lowers, points in [("C", False, 2), ("D", True, 0)]:
        content = version.content | {"answer": key}
        row = Correction(version_id=version.id, mode="key", content=content, lowers=lowers)
        row.reason, row.at = "错", LATER
        session.add(row)
        made = gradings.grade(session, attempt, LATER, cause="regrade", by=41, reason="错")
        assert (made.points, made.reason, made.by) == (points, "错", 41)
    session.expire_all()
    kept = gradings.history(session, attempt)
    assert [(each.number, each.points, each.cause) for each in kept] == [
        (1, 0, "automatic"),
        (2, 2, "regrade"),
        (3, 0, "regrade"),
    ]
    assert first.details["1"]["points"] == 0
    assert attempt.graded == 3


def test_marks_of_an_essay_complete_it(session: Session) -> None:
    exam = add_exam(session, add_paper(session, [add_question(session, kind="essay")], points=10))
    attempt = sat(session, "可以退票", exam=exam)
    assert grade(session, attempt).complete is False
    session.add(
        EssayMark(
            question_id=attempt.questions[0].id, marker_id=41, fraction=0.3, words="", at=LATER
        )
    )
    made = grade(session, attempt, "marking")
    assert (made.points, made.complete, made.passed) == (3, True, False)


def test_of_two_that_grade_at_once_one_is_told(session: Session) -> None:
    attempt = sat(session, "B")
    moved = update(Attempt).where(Attempt.id == attempt.id).values(graded=1)
    session.execute(moved.execution_options(synchronize_session=False))
    with pytest.raises(Settled, match="重新判过分"):
        gradings._advance(session, attempt.id, 0)


# Which attempt counts


def of(number: int, points: int, complete: bool = True, possible: int = 10) -> Sat:
    return Sat(number, number, Fraction(points), Fraction(possible), complete)


@pytest.mark.parametrize(
    ("rule", "percent", "passed", "ids"),
    [
        ("best", 80.0, True, [2]),
        ("last", 40.0, False, [3]),
        ("first", 50.0, False, [1]),
        ("mean", 170 / 3, False, [1, 2, 3]),
    ],
)
def test_the_rule_says_which_attempt_counts(
    rule: str, percent: float, passed: bool, ids: list[int]
) -> None:
    found = counted([of(1, 5), of(2, 8), of(3, 4)], rule, 60.0)
    assert (found.percent, found.passed, found.attempts) == (percent, passed, ids)
    assert found.complete


def test_a_result_is_open_as_long_as_a_mark_can_change_it() -> None:
    waiting = of(2, 1, complete=False)
    assert counted([of(1, 5), waiting], "best", 60).passed is None
    assert counted([of(1, 9), waiting], "best", 60).passed is True
    assert counted([of(1, 9), waiting], "best", 60).complete is False
    assert counted([of(1, 5), waiting], "first", 60).passed is False
    assert counted([of(1, 9), waiting], "last", 60).passed is None
    assert counted([of(1, 9), waiting], "mean", 60).passed is None
    assert counted([of(1, 0, possible=0)], "best", 60).percent is None


def test_a_mean_of_thirds_reaches_its_pass_mark_exactly() -> None:
    thirds = [Sat(n, n, Fraction(n, 3), Fraction(1), True) for n in (1, 2)]
    found = counted(thirds, "mean", 50.0)
    assert (found.percent, found.passed) == (50.0, True)


def test_everybody_who_submitted_is_counted(session: Session) -> None:
    exam = two(session, counts="best", attempts=0)
    for responses in (["B"], ["B", {"G": "高速动车", "D": "动车", "K": "快速"}]):
        grade(session, sat(session, *responses, exam=exam))
    sat(session, "B", exam=exam, who=12)
    add_attempt(session, exam, 13, open=True)
    found = counting.counting(session, exam)
    assert sorted(found) == [11, 12]
    assert (found[11].percent, found[11].passed) == (100.0, True)
    assert (found[12].complete, found[12].passed) == (False, None)
