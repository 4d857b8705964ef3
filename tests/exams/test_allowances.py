"""More time for one person, also while they write."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import allowances, arranging, attempt_log, sittings
from exams.tables import Allowance, Attempt, AttemptEvent, Exam
from kb.errors import InvalidContent, Settled

from ..exam_world import AGENT, OTHER_AGENT, a_taker, add_attempt, add_exam
from ..world import NOW

MINUTE = timedelta(minutes=1)


def give(session: Session, exam: Exam, minutes: int = 15, **changed: object) -> Allowance:
    given = {"attempts": 0, "reason": "手部受伤", "at": NOW} | changed
    return allowances.give(session, exam, AGENT, minutes=minutes, **given)  # type: ignore[arg-type]


def moves(session: Session, attempt: Attempt) -> list[AttemptEvent]:
    query = select(AttemptEvent).where(
        AttemptEvent.attempt_id == attempt.id, AttemptEvent.kind == allowances.ALLOWED
    )
    return list(session.scalars(query.order_by(AttemptEvent.id)))


def test_somebody_who_writes_has_the_time_at_once_and_the_log_says_so(session: Session) -> None:
    exam = add_exam(session)
    writing = add_attempt(session, exam, AGENT, ["B"], open=True)
    other = add_attempt(session, exam, OTHER_AGENT, open=True)
    before = writing.deadline_at
    give(session, exam)
    give(session, exam, 20, reason="停电")
    assert writing.deadline_at == before + 20 * MINUTE
    assert other.deadline_at == before
    found = moves(session, writing)
    assert [event.data["minutes"] for event in found] == [15, 20]
    assert found[-1].data["deadline_at"] == writing.deadline_at.isoformat()
    events = session.scalars(select(AttemptEvent).where(AttemptEvent.attempt_id == writing.id))
    assert attempt_log.replay(events).responses == {1: "B"}


def test_what_somebody_counts_on_is_not_taken_back(session: Session) -> None:
    exam = add_exam(session)
    give(session, exam)
    writing = add_attempt(session, exam, AGENT, open=True)
    with pytest.raises(Settled, match="不能收回"):
        give(session, exam, 5)
    assert not moves(session, writing)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(st.sampled_from(["give", "extend"]), st.integers(0, 90)), max_size=6))
def test_whatever_is_given_the_deadline_only_moves_later_and_never_past_the_close_and_the_extra(
    session: Session, acts: list[tuple[str, int]]
) -> None:
    exam = add_exam(session, closes_at=NOW + 30 * MINUTE)
    writing = add_attempt(session, exam, AGENT, open=True, begun_at=NOW)
    extra = 0
    for act, minutes in acts:
        before = writing.deadline_at
        try:
            if act == "extend":
                arranging.extend(session, exam, exam.opens_at + (60 + minutes) * MINUTE, NOW)
            else:
                give(session, exam, minutes)
                extra = minutes
        except (InvalidContent, Settled):
            continue
        assert before <= writing.deadline_at <= exam.closes_at + extra * MINUTE
        assert writing.deadline_at - writing.begun_at <= (60 + extra) * MINUTE


def test_the_same_again_moves_nothing(session: Session) -> None:
    exam = add_exam(session)
    writing = add_attempt(session, exam, AGENT, open=True)
    give(session, exam)
    give(session, exam)
    assert len(moves(session, writing)) == 1


def test_who_has_handed_in_or_is_past_the_grace_gets_no_time(session: Session) -> None:
    exam = add_exam(session, closes_at=NOW + 30 * MINUTE, grace_seconds=10)
    done = add_attempt(session, exam, AGENT)
    until = done.deadline_at
    give(session, exam)
    assert done.deadline_at == until
    late = add_attempt(session, exam, AGENT, open=True, deadline_at=NOW - MINUTE)
    give(session, exam, 30)
    assert late.deadline_at == NOW - MINUTE  # it is over; handing it in is under way
    assert not moves(session, done) + moves(session, late)


def test_taken_back_before_it_is_used_it_is_gone(session: Session) -> None:
    exam = add_exam(session)
    give(session, exam, 15, attempts=1)
    give(session, exam, 0, reason="")
    session.expire_all()
    assert exam.allowances == []
    assert sittings.check(session, exam, a_taker(), NOW).deadline_at == NOW + 60 * MINUTE


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"minutes": -1}, "minutes"),
        ({"minutes": 10**9}, "minutes"),
        ({"attempts": -1}, "attempts"),
        ({"reason": " "}, "reason"),
        ({"reason": "长" * 501}, "reason"),
    ],
)
def test_what_cannot_be_given_is_said(
    session: Session, changed: dict[str, object], field: str
) -> None:
    exam = add_exam(session)
    with pytest.raises(InvalidContent) as refused:
        give(session, exam, **changed)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_after_the_close_only_who_still_writes_can_be_given_time(session: Session) -> None:
    exam = add_exam(session, closes_at=NOW - MINUTE)
    with pytest.raises(Settled, match="截止"):
        give(session, exam)
    writing = add_attempt(session, exam, AGENT, open=True, deadline_at=NOW + MINUTE)
    give(session, exam, 30)
    assert writing.deadline_at == exam.closes_at + 30 * MINUTE
