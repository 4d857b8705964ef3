"""Who may sit an exam, when, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exams import sittings
from exams.errors import MayNotSit, NotInvited
from exams.sittings import Extra, deadline, left, stand, until
from exams.tables import Exam, ExamAudience

from ..exam_world import (
    AGENT,
    OTHER_AGENT,
    a_taker,
    add_assignment,
    add_attempt,
    add_course,
    add_exam,
)
from ..world import NOW

MINUTE = timedelta(minutes=1)

moments = st.integers(-3000, 3000).map(lambda minutes: NOW + minutes * MINUTE)
extras = st.builds(Extra, st.integers(0, 300), st.integers(0, 5))


@st.composite
def exams(draw: st.DrawFn) -> Exam:
    """Any exam with rules that can be kept, not in a database."""
    opens_at: datetime = draw(moments)
    return Exam(
        opens_at=opens_at,
        closes_at=opens_at + draw(st.integers(1, 5000)) * MINUTE,
        minutes=draw(st.none() | st.integers(1, 1440)),
        late_minutes=draw(st.none() | st.integers(1, 1000)),
        attempts=draw(st.integers(0, 5)),
        cancelled_at=draw(st.none() | st.just(NOW)),
    )


@given(exams(), moments, extras, st.integers(0, 9))
def test_nobody_is_given_time_past_the_close_and_their_extra(
    exam: Exam, at: datetime, extra: Extra, used: int
) -> None:
    found = stand(exam, at, used, extra)
    assert (found.state == "open") == (found.deadline is not None) == (not found.reason)
    if found.deadline is not None:
        assert at < found.deadline <= until(exam, extra.minutes)
        assert exam.opens_at <= at < exam.closes_at
        if exam.minutes is not None:
            assert found.deadline - at <= (exam.minutes + extra.minutes) * MINUTE
    assert found.attempts_left is None or found.attempts_left >= 0


@given(exams(), moments, st.integers(0, 300), st.integers(0, 300))
def test_more_extra_time_never_takes_any_away(
    exam: Exam, at: datetime, less: int, more: int
) -> None:
    assert deadline(exam, at, less + more) >= deadline(exam, at, less)


@given(exams(), st.integers(0, 9), st.integers(0, 5))
def test_attempts_left_are_never_below_zero(exam: Exam, used: int, extra: int) -> None:
    found = left(exam, used, extra)
    assert (found is None) == (exam.attempts == 0)
    assert found is None or 0 <= found <= exam.attempts + extra


def test_the_whole_time_is_there_for_who_begins_late_with_extra_minutes(session: Session) -> None:
    closes_at = NOW + 20 * MINUTE
    exam = add_exam(
        session,
        minutes=60,
        closes_at=closes_at,
        allowances=[{"person_id": AGENT, "minutes": 15, "reason": "手伤"}],
    )
    assert sittings.check(session, exam, a_taker(), NOW).deadline_at == NOW + 35 * MINUTE
    other = sittings.check(session, exam, a_taker(OTHER_AGENT), NOW)
    assert other.deadline_at == closes_at  # and everybody else goes when it closes
    with pytest.raises(MayNotSit, match="截止"):
        sittings.check(session, exam, a_taker(), closes_at)


@pytest.mark.parametrize(
    ("fields", "minutes", "state"),
    [
        ({}, 0, "open"),
        ({"opens_at": NOW + MINUTE}, 0, "later"),
        ({"opens_at": NOW}, 0, "open"),
        ({"closes_at": NOW}, 0, "closed"),
        ({"opens_at": NOW, "late_minutes": 15}, 15, "open"),
        ({"opens_at": NOW, "late_minutes": 15}, 16, "late"),
        ({"cancelled_at": NOW}, 0, "cancelled"),
    ],
)
def test_the_door_opens_and_closes_on_time(
    session: Session, fields: dict[str, object], minutes: int, state: str
) -> None:
    exam = add_exam(session, **fields)
    at = NOW + minutes * MINUTE
    found = sittings.invitation(session, exam, a_taker(), at)
    assert found.state == state
    if state == "open":
        assert sittings.check(session, exam, a_taker(), at).number == 1
    else:
        with pytest.raises(MayNotSit) as refused:
            sittings.check(session, exam, a_taker(), at)
        assert refused.value.state == state
        assert str(refused.value) == found.reason


def test_attempts_are_counted_and_a_person_can_be_given_one_more(session: Session) -> None:
    exam = add_exam(
        session,
        attempts=1,
        allowances=[{"person_id": OTHER_AGENT, "attempts": 1, "reason": "停电"}],
    )
    for person_id in (AGENT, OTHER_AGENT):
        add_attempt(session, exam, person_id)
    with pytest.raises(MayNotSit, match="用完"):
        sittings.check(session, exam, a_taker(AGENT), NOW)
    assert sittings.check(session, exam, a_taker(OTHER_AGENT), NOW).number == 2
    free = add_exam(session, attempts=0)
    for _ in range(3):
        add_attempt(session, free)
    assert sittings.check(session, free, a_taker(), NOW).number == 4


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("all", "", {"everyone", "mate", "stranger"}),
        ("team", "3", {"mate"}),
        ("grade", "高级", {"stranger"}),
        ("person", str(AGENT), {"everyone"}),
    ],
)
def test_those_are_invited_whom_the_exam_names(
    session: Session, kind: str, value: str, wanted: set[str]
) -> None:
    people = {
        "everyone": a_taker(AGENT),
        "mate": a_taker(OTHER_AGENT, team_id=3, grade="初级"),
        "stranger": a_taker(13, team_id=33, grade="高级"),
    }
    exam = add_exam(session, audience=[(kind, value)])
    assert {who for who, one in people.items() if sittings.invited(session, exam, one)} == wanted
    chosen = sittings.invited_of(session, exam, people.values())
    assert [one.person_id for one in chosen] == [
        people[who].person_id for who in sorted(wanted, key=list(people).index)
    ]
    for who, one in people.items():
        assert bool(sittings.open_for(session, one, NOW)) == (who in wanted)


def test_the_quiz_of_a_course_is_for_those_who_have_the_course(session: Session) -> None:
    exam = add_exam(session, kind="course", audience=())
    course = add_course(session, exam)
    exam.audience.append(ExamAudience(kind="course", value=str(course.id)))
    add_assignment(session, course, AGENT)
    session.flush()
    assert [len(sittings.open_for(session, a_taker(id), NOW)) for id in (AGENT, OTHER_AGENT)] == [
        1,
        0,
    ]
    assert sittings.invited(session, exam, a_taker())
    chosen = sittings.invited_of(session, exam, [a_taker(AGENT), a_taker(OTHER_AGENT)])
    assert [one.person_id for one in chosen] == [AGENT]


def test_a_draft_and_an_exam_for_others_are_not_known(session: Session) -> None:
    for exam in (add_exam(session, published_at=None), add_exam(session, audience=[("team", "9")])):
        for ask in (sittings.check, sittings.invitation):
            with pytest.raises(NotInvited):
                ask(session, exam, a_taker(), NOW)
    assert sittings.open_for(session, a_taker(), NOW) == []


def test_what_awaits_somebody_is_listed_by_its_close(session: Session) -> None:
    later = add_exam(session, opens_at=NOW + 60 * MINUTE, closes_at=NOW + 90 * MINUTE)
    soon = add_exam(session, closes_at=NOW + 30 * MINUTE)
    over = add_exam(session, closes_at=NOW - MINUTE)
    add_exam(session, cancelled_at=NOW)
    moved = add_exam(session, audience=[("team", "9")])  # since it began, the person moved away
    open_one = add_attempt(session, moved, open=True)
    found = sittings.open_for(session, a_taker(), NOW)
    assert [(one.exam, one.state) for one in found] == [
        (soon, "open"),
        (later, "later"),
        (moved, "going_on"),
    ]
    assert found[2].deadline == open_one.deadline_at
    assert sittings.invitation(session, moved, a_taker(), NOW).state == "going_on"
    add_attempt(session, over, open=True, deadline_at=NOW + 9 * MINUTE)
    assert sittings.open_for(session, a_taker(), NOW)[0].exam == over


def test_marks_once_given_out_stay_so(session: Session) -> None:
    exam = add_exam(session, results="by_hand")
    sittings.release(session, exam, NOW)
    sittings.release(session, exam, NOW + MINUTE)
    assert exam.released_at == NOW
