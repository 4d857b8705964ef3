"""Nobody sees a mark or a right answer before the exam's rules allow it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import visibility
from exams.tables import Allowance, Attempt, Exam, Paper

OPENS = datetime(2026, 11, 20, 1, tzinfo=UTC)
CLOSES = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULES = ("at_once", "after_close", "by_hand")
moments = st.integers(-100_000, 100_000).map(lambda n: CLOSES + n * SECOND)


def exam(results: str, answers: str, released: datetime | None = None, extra: int = 0) -> Exam:
    made = Exam(
        title="月考",
        kind="monthly",
        opens_at=OPENS,
        closes_at=CLOSES,
        grace_seconds=10,
        results=results,
        answers=answers,
        released_at=released,
    )
    if extra:
        made.allowances = [Allowance(person_id=1, minutes=extra)]
    return made


TICK = timedelta(microseconds=1)
AFTER = CLOSES + 10 * SECOND + TICK
LONGER = AFTER + timedelta(minutes=30)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("made", "at", "marks", "answers"),
    [
        (exam("at_once", "at_once"), OPENS, True, True),
        (exam("at_once", "after_close"), OPENS, True, False),
        (exam("at_once", "after_close"), CLOSES, True, False),  # answers are on their way
        (exam("at_once", "after_close"), AFTER - TICK, True, False),
        (exam("at_once", "after_close"), AFTER, True, True),
        (exam("after_close", "after_close", extra=30), AFTER, False, False),
        (exam("after_close", "after_close", extra=30), LONGER - SECOND, False, False),
        (exam("after_close", "after_close", extra=30), LONGER, True, True),
        (exam("by_hand", "by_hand"), AFTER + DAY, False, False),
        (exam("by_hand", "by_hand", AFTER + DAY), AFTER + DAY - SECOND, False, False),
        (exam("by_hand", "by_hand", AFTER + DAY), AFTER + DAY, True, True),
        (exam("by_hand", "after_close", AFTER + DAY), AFTER, False, False),
        (exam("at_once", "by_hand"), AFTER + DAY, True, False),
        (exam("after_close", "at_once"), OPENS, False, False),  # a key would tell the mark
        (exam("", "nonsense"), AFTER + DAY, False, False),
    ],
)
def test_what_may_be_seen_when(made: Exam, at: datetime, marks: bool, answers: bool) -> None:
    found = visibility.sight(made, at)
    assert (found.marks, found.answers) == (marks, answers)


@given(
    st.sampled_from(RULES),
    st.sampled_from(RULES),
    st.none() | moments,
    st.integers(0, 300),
    st.none() | moments,
    moments,
)
def test_nothing_is_seen_early(
    results: str,
    answers: str,
    released: datetime | None,
    extra: int,
    open_until: datetime | None,
    at: datetime,
) -> None:
    made = exam(results, answers, released, extra)
    found = visibility.sight(made, at, open_until)
    assert found.marks or not found.answers
    for seen, rules in ((found.marks, (results,)), (found.answers, (results, answers))):
        if seen and "after_close" in rules:
            assert at > CLOSES + timedelta(minutes=extra) + 10 * SECOND
            assert open_until is None or at > open_until + 10 * SECOND
        if seen and "by_hand" in rules:
            assert released is not None
            assert at >= released
    assert found.marks == (found.marks_at is not None and at >= found.marks_at)
    assert found.answers == (found.answers_at is not None and at >= found.answers_at)


def test_somebody_still_writing_holds_back_the_answers(session: Session) -> None:
    made = exam("at_once", "after_close")
    made.paper = Paper(title="卷", content={}, created_at=OPENS, changed_at=OPENS)
    made.created_at = OPENS
    session.add(made)
    session.flush()
    late = CLOSES + timedelta(hours=2)
    writing = Attempt(
        exam_id=made.id, person_id=1, number=1, seed="s", begun_at=OPENS, deadline_at=late
    )
    session.add(writing)
    session.flush()
    assert not visibility.answers_visible(made, late)
    assert not visibility.answers_visible(made, late + 10 * SECOND)
    assert visibility.answers_visible(made, late + 10 * SECOND + TICK)
    assert visibility.sights(session, [made], late)[made.id] == visibility.of(made, late)
    writing.state = "submitted"
    session.flush()
    assert visibility.answers_visible(made, AFTER)
    assert visibility.marks_visible(made, OPENS)
