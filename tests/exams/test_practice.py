"""Practice over tables: sets, answers that stay, cards, mistakes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import mistakes, practice
from exams.errors import BadResponse
from exams.kept import question_of
from exams.tables import BankQuestion, Card, PracticeAnswer, PracticeSet
from kb.errors import NotFound, Settled
from kb.gate import Viewer
from tests.exam_world import (
    AGENT,
    OTHER_AGENT,
    a_taker,
    add_attempt,
    add_exam,
    add_grading,
    add_paper,
    add_question,
    add_version,
)
from tests.world import NOW

RIGHT, WRONG = "B", "A"
TOMORROW = NOW + timedelta(days=1)


def questions(session: Session, count: int, **fields: object) -> list[BankQuestion]:
    return [add_question(session, **fields) for _ in range(count)]  # type: ignore[arg-type]


def ids(session: Session, made: PracticeSet | None) -> list[int]:
    assert made is not None
    found = [practice.version_of(session, made, n) for n in range(len(made.items))]
    return [version.question_id for version in found]


def whys(made: PracticeSet | None) -> Counter[str]:
    assert made is not None
    return Counter(item["why"] for item in made.items)


def card(session: Session, row: BankQuestion, person_id: int = AGENT) -> Card:
    return session.get_one(Card, (person_id, row.id))


def answered(session: Session, row: BankQuestion, response: object, at=NOW) -> PracticeAnswer:  # type: ignore[no-untyped-def]
    """A set of that one question, answered."""
    made = PracticeSet(
        person_id=AGENT,
        day="2026-01-01",  # of another day, so that it is none of today's
        number=100 + len(session.scalars(select(PracticeSet)).all()),
        kind="topic",
        items=[{"version": row.latest.id, "why": "new"}],
        made_at=at,
    )
    session.add(made)
    session.flush()
    return practice.answer(session, a_taker(), made, 0, response, at)


# Sets


def test_the_daily_set_stays_the_same_all_day_and_is_another_tomorrow(session: Session) -> None:
    questions(session, 60)
    first = practice.daily(session, a_taker(), NOW)
    again = practice.daily(session, a_taker(), NOW + timedelta(hours=3))
    assert first is again
    assert first is not None
    assert len(first.items) == 12  # single choices of 25 s in five minutes
    next_day = practice.daily(session, a_taker(), TOMORROW)
    assert ids(session, next_day) != ids(session, first)


def test_a_day_is_one_of_the_centre_not_of_greenwich(session: Session) -> None:
    questions(session, 60)
    late = NOW.replace(hour=23, minute=59)
    first = practice.daily(session, a_taker(), late)
    assert practice.daily(session, a_taker(), late + timedelta(minutes=2)) is not first


def test_nothing_to_ask_is_no_set(session: Session) -> None:
    add_question(session, kind="essay")
    add_question(session, state="rejected")
    add_question(session, audiences=["another team"])
    add_question(session, grade="高级")
    taker = a_taker(viewer=Viewer(frozenset({"agents"})))
    assert practice.daily(session, taker, NOW) is None


def test_a_question_out_of_date_is_not_practised(session: Session) -> None:
    row = add_question(session)
    row.stale_at = NOW
    session.flush()
    assert practice.daily(session, a_taker(), NOW) is None


def test_sets_of_one_day_have_an_end(session: Session) -> None:
    questions(session, 40)
    for _ in range(practice.MOST_SETS):
        assert practice.another(session, a_taker(), practice.DAILY, "", NOW) is not None
    with pytest.raises(Settled, match="明天再来"):
        practice.another(session, a_taker(), practice.DAILY, "", NOW)


def test_practice_of_a_topic_asks_only_that_topic(session: Session) -> None:
    inside = questions(session, 3, topics=["票务/退票"])
    questions(session, 5, topics=["票务/改签"])
    made = practice.another(session, a_taker(), practice.TOPIC, "票务/退票", NOW)
    assert set(ids(session, made)) == {row.id for row in inside}


# Answers


def test_the_first_answer_stays(session: Session) -> None:
    row = add_question(session)
    made = practice.daily(session, a_taker(), NOW)
    assert made is not None
    first = practice.answer(session, a_taker(), made, 0, WRONG, NOW)
    again = practice.answer(session, a_taker(), made, 0, RIGHT, NOW)
    assert again is first
    assert (first.fraction, card(session, row).wrong) == (0, 1)
    assert practice.next_open(made, practice.answered(session, made)) is None


def test_not_knowing_counts_as_wrong_and_comes_back_tomorrow(session: Session) -> None:
    row = add_question(session)
    assert answered(session, row, None).fraction == 0
    assert card(session, row).due_at - NOW == timedelta(days=1)
    assert practice.daily(session, a_taker(), NOW + timedelta(hours=2)) is None
    assert whys(practice.daily(session, a_taker(), TOMORROW)) == {"wrong": 1}


def test_a_response_of_another_shape_is_refused_and_keeps_nothing(session: Session) -> None:
    add_question(session)
    made = practice.daily(session, a_taker(), NOW)
    assert made is not None
    with pytest.raises(BadResponse):
        practice.answer(session, a_taker(), made, 0, {"a": 1}, NOW)
    assert practice.answered(session, made) == {}
    with pytest.raises(NotFound):
        practice.answer(session, a_taker(), made, 1, RIGHT, NOW)


def test_a_set_of_somebody_else_is_not_there(session: Session) -> None:
    questions(session, 3)
    made = practice.daily(session, a_taker(), NOW)
    assert made is not None
    for id in (made.id + 1, 0, -1, 2**40):
        with pytest.raises(NotFound):
            practice.get(session, AGENT, id)
    with pytest.raises(NotFound):
        practice.get(session, OTHER_AGENT, made.id)


def test_a_changed_question_is_asked_again_as_it_now_is(session: Session) -> None:
    row = add_question(session)
    answered(session, row, RIGHT)
    session.refresh(row)
    newer = add_version(session, row, stem="新的题干")
    made = practice.daily(session, a_taker(), NOW)
    assert whys(made) == {"changed": 1}
    assert made is not None
    assert made.items[0]["version"] == newer.id


def test_what_was_assigned_is_asked_among_the_next(session: Session) -> None:
    rows = questions(session, 40)
    known = rows[7]
    answered(session, known, RIGHT)
    assert practice.assign(session, AGENT, [known.id, rows[9].id], NOW) == 2
    made = practice.another(session, a_taker(), practice.DAILY, "", NOW)
    assert whys(made)["assigned"] == 2
    assert {known.id, rows[9].id} <= set(ids(session, made))


# Exams


def test_practice_and_mistakes_rest_while_an_exam_goes_on(session: Session) -> None:
    questions(session, 3)
    made = practice.daily(session, a_taker(), NOW)
    assert made is not None
    attempt = add_attempt(session, add_exam(session), open=True, begun_at=NOW)
    assert practice.sitting(session, AGENT, NOW)
    with pytest.raises(Settled, match="交卷以后"):
        practice.answer(session, a_taker(), made, 0, RIGHT, NOW)
    with pytest.raises(Settled):
        practice.another(session, a_taker(), practice.DAILY, "", NOW)
    assert not practice.sitting(session, AGENT, attempt.deadline_at)


def test_wrong_answers_of_an_exam_are_learnt_from_once_and_only_when_they_may_be_seen(
    session: Session,
) -> None:
    rows = questions(session, 3)
    exam = add_exam(session, add_paper(session, rows), answers="after_close", results="at_once")
    add_attempt(session, exam, AGENT, [RIGHT, WRONG, None], graded=True)
    assert mistakes.catch_up(session, AGENT, NOW) == 0
    assert practice.daily(session, a_taker(), NOW) is None  # practice would tell the answers
    after = exam.closes_at + timedelta(days=1)
    assert mistakes.behind(session, AGENT, after)
    assert mistakes.catch_up(session, AGENT, after) == 1
    assert not mistakes.behind(session, AGENT, after)
    assert mistakes.catch_up(session, AGENT, after) == 0
    total, found = mistakes.listing(session, a_taker(), after)
    assert total == 2
    assert {c.question_id for c in found} == {rows[1].id, rows[2].id}
    assert whys(practice.daily(session, a_taker(), after)) == {"wrong": 2, "new": 1}


def test_an_attempt_that_waits_for_its_marker_waits_here_as_well(session: Session) -> None:
    row = add_question(session, kind="essay")
    exam = add_exam(session, add_paper(session, [row]), answers="at_once", results="at_once")
    attempt = add_attempt(session, exam, AGENT, ["退票"], graded=True)
    after = exam.closes_at + timedelta(days=1)
    assert not mistakes.behind(session, AGENT, after)
    details = {"1": {"fraction": 0.5, "needs_marking": False}}
    add_grading(session, attempt, complete=True, passed=True, details=details, cause="marking")
    assert mistakes.catch_up(session, AGENT, after) == 1
    assert card(session, row).noted_at is not None


def test_questions_of_a_fixed_paper_to_come_are_kept_back(session: Session) -> None:
    rows = questions(session, 4)
    paper = add_paper(session, rows[:2])
    add_exam(session, paper, opens_at=TOMORROW, closes_at=TOMORROW + timedelta(hours=1))
    add_exam(session, add_paper(session, rows[2:3]), kind="daily")
    found = ids(session, practice.daily(session, a_taker(), NOW))
    assert set(found) == {rows[2].id, rows[3].id}


# Mistakes


def test_a_mistake_leaves_after_two_right_answers_in_a_row(session: Session) -> None:
    row = add_question(session, topics=["票务/退票"])
    answered(session, row, WRONG)
    assert mistakes.topics(session, a_taker(), NOW) == [("票务/退票", 1)]
    answered(session, row, RIGHT, NOW + timedelta(days=1))
    assert mistakes.listing(session, a_taker(), NOW)[0] == 1
    answered(session, row, RIGHT, NOW + timedelta(days=3))
    assert mistakes.listing(session, a_taker(), NOW)[0] == 0
    assert card(session, row).wrong == 1


def test_a_mistake_may_be_dropped_and_is_still_asked_in_its_turn(session: Session) -> None:
    row = add_question(session)
    answered(session, row, WRONG)
    mistakes.drop(session, AGENT, row.id)
    assert mistakes.listing(session, a_taker(), NOW)[0] == 0
    assert whys(practice.daily(session, a_taker(), TOMORROW)) == {"again": 1}
    for id in (row.id + 1, 0, 2**40):
        with pytest.raises(NotFound):
            mistakes.drop(session, AGENT, id)


def test_practice_of_mistakes_asks_only_them(session: Session) -> None:
    rows = questions(session, 5)
    answered(session, rows[1], WRONG)
    answered(session, rows[2], WRONG)
    made = practice.another(session, a_taker(), practice.MISTAKES, "", NOW)
    assert set(ids(session, made)) == {rows[1].id, rows[2].id}


def test_every_kind_that_a_machine_marks_can_be_practised(session: Session) -> None:
    for kind in ("single", "multiple", "judge", "blank", "number", "order", "match"):
        row = add_question(session, kind=kind)
        right = question_of(row.latest).as_dict()["answer"]
        given = [forms[0] for forms in right] if kind == "blank" else right
        given = given["value"] if kind == "number" else given
        assert answered(session, row, given).fraction == 1
