"""Essays and their markers, over the tables."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy.orm import Session

from exams import gradings, keywords, marking, piles
from exams.tables import Attempt, EssayClaim, Exam
from kb.errors import InvalidContent, NotFound, Settled

from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..world import NOW
from .asked import question

ONE, TWO, THREE = 41, 42, 43
TENTH = Fraction(1, 10)


def essays(session: Session, *people: int, **fields: Any) -> Exam:
    """An exam of one essay and one single choice that these people handed in."""
    asked = [add_question(session, kind="essay"), add_question(session)]
    exam = add_exam(session, add_paper(session, asked, points=10), **fields)
    for person in people:
        attempt = add_attempt(session, exam, person, [f"{person}说可以退票", "B"])
        gradings.grade(session, attempt, NOW, cause="automatic")
    return exam


def claim(session: Session, exam: Exam, who: int, **how: object) -> EssayClaim | None:
    version = exam.paper.content["questions"][0]["version"]
    at = how.pop("at", NOW)
    return marking.claim(session, exam.id, version, who, at, **how)  # type: ignore[arg-type]


def give(session: Session, exam: Exam, who: int, tenths: int, **how: object) -> Attempt:
    """Take the next answer and mark it; returns whose attempt it was."""
    held = claim(session, exam, who, **how)
    assert held is not None
    row = marking.held(session, held.token, who)[1]
    marking.mark(session, held.token, who, tenths * TENTH, "评语", NOW)
    return session.get_one(Attempt, row.attempt_id)


def pile(session: Session, exam: Exam, who: int) -> piles.Pile:
    [found] = piles.listed(session, who, NOW)
    return found


def test_a_mark_completes_the_grading(session: Session) -> None:
    exam = essays(session, 11, 12)
    assert (pile(session, exam, ONE).open, pile(session, exam, ONE).decided) == (2, 0)
    attempt = give(session, exam, ONE, 7)
    made = gradings.current(session, attempt)
    assert made is not None
    assert (made.number, made.cause, made.by, made.points, made.passed) == (
        2,
        "marking",
        ONE,
        17,
        True,
    )
    found = pile(session, exam, ONE)
    assert (found.open, found.decided, found.total, found.mine) == (1, 1, 2, 1)
    give(session, exam, ONE, 0)
    assert claim(session, exam, ONE) is None


def test_two_markers_never_have_the_same_answer(session: Session) -> None:
    exam = essays(session, 11, 12)
    mine, other = claim(session, exam, ONE), claim(session, exam, TWO)
    assert mine is not None
    assert other is not None
    assert mine.question_id != other.question_id
    assert claim(session, exam, THREE) is None
    again = claim(session, exam, ONE)
    assert again is not None
    assert again.token == mine.token
    with pytest.raises(NotFound):
        marking.held(session, mine.token, TWO)


def test_after_the_lease_somebody_else_is_given_it_and_the_late_mark_is_refused(
    session: Session,
) -> None:
    exam = essays(session, 11)
    late = claim(session, exam, ONE)
    assert late is not None
    later = NOW + marking.LEASE + timedelta(seconds=1)
    other = claim(session, exam, TWO, at=later)
    assert other is not None
    marking.mark(session, other.token, TWO, Fraction(1), "", later)
    with pytest.raises(Settled, match="已经由别人评过"):
        marking.mark(session, late.token, ONE, Fraction(0), "", later)


def test_a_late_mark_counts_where_nobody_else_has_it(session: Session) -> None:
    exam = essays(session, 11)
    held = claim(session, exam, ONE)
    assert held is not None
    marking.mark(session, held.token, ONE, Fraction(1), "", NOW + timedelta(days=1))
    assert pile(session, exam, ONE).decided == 1


def test_nobody_marks_their_own_answer(session: Session) -> None:
    exam = essays(session, ONE)
    assert pile(session, exam, ONE).open == 0
    assert claim(session, exam, ONE) is None
    assert claim(session, exam, TWO) is not None


def test_what_is_passed_over_comes_last(session: Session) -> None:
    exam = essays(session, 11, 12, 13)
    seen: list[int] = []
    for _ in range(3):
        held = claim(session, exam, ONE, after=seen[-1] if seen else None)
        assert held is not None
        seen.append(held.question_id)
        marking.put_back(session, held.token, ONE)
    assert len(set(seen)) == 3


@pytest.mark.parametrize("wrong", [Fraction(-1, 10), Fraction(11, 10)])
def test_a_share_outside_the_points_is_refused(session: Session, wrong: Fraction) -> None:
    exam = essays(session, 11)
    held = claim(session, exam, ONE)
    assert held is not None
    with pytest.raises(InvalidContent, match="得分"):
        marking.mark(session, held.token, ONE, wrong, "", NOW)
    with pytest.raises(InvalidContent, match="2000"):
        marking.mark(session, held.token, ONE, Fraction(1), "长" * 2001, NOW)


def test_the_same_form_twice_marks_once(session: Session) -> None:
    exam = essays(session, 11)
    held = claim(session, exam, ONE)
    assert held is not None
    marking.mark(session, held.token, ONE, Fraction(1), "", NOW)
    with pytest.raises(NotFound):
        marking.mark(session, held.token, ONE, Fraction(0), "", NOW)


# By two


def test_two_markers_close_together_give_their_mean(session: Session) -> None:
    exam = essays(session, 11, double=True)
    attempt = give(session, exam, ONE, 5)
    assert attempt.graded == 1
    assert claim(session, exam, ONE) is None
    assert pile(session, exam, TWO).open == 1
    give(session, exam, TWO, 8)
    made = gradings.current(session, attempt)
    assert made is not None
    assert (made.points, made.complete) == (16.5, True)


def test_markers_far_apart_are_settled_by_a_third(session: Session) -> None:
    exam = essays(session, 11, double=True)
    give(session, exam, ONE, 2)
    attempt = give(session, exam, TWO, 6)
    assert attempt.graded == 1
    assert [pile(session, exam, who).settle for who in (ONE, TWO, THREE)] == [0, 0, 1]
    assert claim(session, exam, THREE) is None
    give(session, exam, THREE, 5, settle=True)
    made = gradings.current(session, attempt)
    assert made is not None
    assert (made.points, made.complete) == (15, True)
    session.refresh(attempt)
    assert marking.last_mark(session, TWO, NOW) is None  # it was settled over


def test_both_may_have_it_before_them_but_no_third(session: Session) -> None:
    exam = essays(session, 11, double=True)
    assert claim(session, exam, ONE) is not None
    assert claim(session, exam, TWO) is not None
    assert claim(session, exam, THREE) is None


# Taken back


def test_the_last_mark_is_taken_back_and_the_attempt_waits_again(session: Session) -> None:
    exam = essays(session, 11)
    attempt = give(session, exam, ONE, 7)
    gone, held = marking.undo(session, ONE, NOW + timedelta(minutes=5))
    assert (gone.fraction, gone.words) == (0.7, "评语")
    assert held.until > NOW
    made = gradings.current(session, attempt)
    assert made is not None
    assert (made.number, made.complete, made.reason) == (3, False, "阅卷人收回了评分")
    with pytest.raises(Settled, match="没有可以撤回"):
        marking.undo(session, ONE, NOW)
    marking.mark(session, held.token, ONE, Fraction(1), "", NOW)
    assert [g.points for g in gradings.history(session, attempt)] == [10, 17, 10, 20]


def test_a_mark_that_another_grading_took_in_is_taken_back_too(session: Session) -> None:
    asked = [add_question(session, kind="essay") for _ in range(2)]
    exam = add_exam(session, add_paper(session, asked, points=10))
    attempt = add_attempt(session, exam, 11, ["甲", "乙"])
    gradings.grade(session, attempt, NOW, cause="automatic")
    give(session, exam, ONE, 7)
    gradings.grade(session, attempt, NOW, cause="regrade")
    marking.undo(session, ONE, NOW)
    assert [g.points for g in gradings.history(session, attempt)] == [0, 7, 0]
    assert claim(session, exam, ONE) is not None


def test_what_was_marked_long_ago_stays(session: Session) -> None:
    exam = essays(session, 11)
    give(session, exam, ONE, 7)
    assert marking.last_mark(session, ONE, NOW + marking.UNDO) is None
    assert marking.last_mark(session, TWO, NOW) is None


# Hints


def test_words_of_the_key_are_found_where_they_stand() -> None:
    found = keywords.hints(question("essay"), "开车前48小時以上可以退款，退款到原卡。")
    assert [each.words for each in found.points] == [("退款",), ("48小时",)]
    assert [text for text, hit in found.runs if hit] == ["48小時", "退款", "退款"]
    assert "".join(text for text, _ in found.runs) == "开车前48小時以上可以退款，退款到原卡。"
    assert found.suggested == 1
    assert keywords.hints(question("essay"), "不知道").suggested == 0
    assert keywords.hints(question("essay", answer=[]), "退票").suggested is None
    assert keywords.hints(question("essay"), "").runs == ()
