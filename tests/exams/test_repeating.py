"""The daily test makes itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import arranging, exam_rules, repeating
from exams.repeating import ZONE, falls_on, moved
from exams.tables import Exam

from ..exam_world import AGENT, add_exam


def at(day: int, hour: int = 9, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=ZONE)


def add_daily(session: Session, repeats: str = "daily", **fields: Any) -> Exam:
    """From Monday 2026-11-23, eight to eight."""
    given = {"kind": "daily", "opens_at": at(23, 8), "closes_at": at(23, 20)} | fields
    return add_exam(session, repeats=repeats, minutes=10, **given)


def make_all(session: Session, moment: datetime) -> list[Exam]:
    found = [repeating.make(session, id, moment) for id in repeating.due(session, moment)]
    return [exam for exam in found if exam is not None]


def days(session: Session) -> list[str]:
    query = select(Exam.opens_at).where(Exam.of_id.is_not(None)).order_by(Exam.opens_at)
    return [f"{opens.astimezone(ZONE):%m-%d %H}" for opens in session.scalars(query)]


def test_each_day_has_its_own_and_asked_again_nothing_is_made_twice(session: Session) -> None:
    first = add_daily(session, allowances=[{"person_id": AGENT, "minutes": 5, "reason": "伤"}])
    for day in (23, 24, 24, 25):
        for hour in (0, 9, 19):
            make_all(session, at(day, hour))
            repeating.make(session, first.id, at(day, hour))
    assert days(session) == ["11-24 08", "11-25 08"]
    made = repeating.series(session, first)[0]
    assert (made.closes_at, made.repeats, made.published_at) == (at(25, 20), "", None)
    assert [(each.person_id, each.minutes) for each in made.allowances] == [(AGENT, 5)]
    assert repeating.series(session, made) == repeating.series(session, first)


def test_asleep_for_a_week_only_todays_is_made(session: Session) -> None:
    add_daily(session)
    make_all(session, at(30, 10))
    assert days(session) == ["11-30 08"]


def test_the_month_ends_and_the_next_begins(session: Session) -> None:
    add_daily(session)
    for moment in (at(30), at(1, month=12)):
        make_all(session, moment)
    assert days(session) == ["11-30 08", "12-01 08"]


def test_on_workdays_the_weekend_is_free(session: Session) -> None:
    first = add_daily(session, "workdays")
    for day in range(24, 31):
        make_all(session, at(day))
    assert days(session) == ["11-24 08", "11-25 08", "11-26 08", "11-27 08", "11-30 08"]
    assert str(repeating.next_day(first, at(27))) == "2026-11-30"


def test_the_day_is_that_of_china_whatever_zone_the_clock_has(session: Session) -> None:
    add_daily(session)
    make_all(session, datetime(2026, 11, 23, 15, 59, tzinfo=UTC))  # still the 23rd there
    assert days(session) == []
    make_all(session, datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert days(session) == ["11-24 08"]


def test_a_day_that_is_over_is_not_made_any_more(session: Session) -> None:
    add_daily(session)
    assert make_all(session, at(24, 20)) == []


@pytest.mark.parametrize("stop", ["repeats", "cancel", "draft"])
def test_a_series_that_was_stopped_or_never_began_makes_nothing(
    session: Session, stop: str
) -> None:
    first = add_daily(session, published_at=None if stop == "draft" else at(22))
    if stop == "repeats":
        arranging.stop_repeating(session, first)
    elif stop == "cancel":
        arranging.cancel(session, first, at(23))
    assert make_all(session, at(24)) == []
    assert repeating.make(session, first.id, at(24)) is None


@given(
    st.integers(0, 5 * 365 * 24 * 60).map(lambda minutes: at(22) + timedelta(minutes=minutes)),
    st.integers(1, 1440),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
)
def test_moved_to_another_day_it_is_at_the_same_time_and_as_long(
    opens: datetime, minutes: int, day: date
) -> None:
    rules = exam_rules.Rules("t", "daily", 1, opens, opens + timedelta(minutes=minutes))
    found = moved(rules, day)
    assert found.opens_at.date() == day
    assert found.opens_at.time() == opens.time()
    assert found.closes_at - found.opens_at == timedelta(minutes=minutes)
    assert falls_on("workdays", day) == (day.isoweekday() <= 5)
