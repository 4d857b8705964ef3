"""Calls: what is kept, what adding again does, what is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.errors import NotFound
from qa import calls
from qa.calls import Facts
from qa.errors import BadCall, CallInUse

from ..qa_world import AGENT, add_call, add_review, add_scorecard
from ..world import NOW

BEGAN = NOW - timedelta(hours=2)


def facts(**given: Any) -> Facts:
    return Facts(**({"key": "C-1", "agent_id": AGENT, "started_at": BEGAN} | given))


def refused(session: Session, **given: Any) -> BadCall:
    with pytest.raises(BadCall) as wrong:
        calls.add(session, facts(**given), None, NOW)
    return wrong.value


def test_the_same_facts_again_change_nothing(session: Session) -> None:
    first, done = calls.put(session, facts(seconds=90), 1, NOW)
    again, then = calls.put(session, facts(seconds=90.0), 2, NOW + timedelta(days=1))
    assert (done, then) == ("created", "unchanged")
    assert again is first
    assert (first.added_by, first.added_at) == (1, NOW)


def test_other_facts_correct_the_call_and_what_is_not_told_stays(session: Session) -> None:
    calls.add(session, facts(queue="退票", satisfaction=4, consent="yes"), None, NOW)
    call, done = calls.put(session, facts(satisfaction=5), None, NOW)
    assert done == "revised"
    assert (call.queue, call.satisfaction, call.consent) == ("退票", 5, "yes")


def test_a_live_call_ends_later(session: Session) -> None:
    call = calls.add(session, facts(), None, NOW)
    assert (call.ended_at, call.seconds) == (None, None)
    calls.add(session, Facts("C-1", ended_at=BEGAN + timedelta(seconds=75)), None, NOW)
    assert call.seconds == 75


def test_the_end_follows_from_the_duration(session: Session) -> None:
    call = calls.add(session, facts(seconds=60), None, NOW)
    assert call.ended_at == BEGAN + timedelta(minutes=1)


def test_whose_call_it_is_stays_once_it_is_scored(session: Session) -> None:
    call = add_call(session, "C-1")
    review = add_review(session, call, add_scorecard(session))
    with pytest.raises(CallInUse, match="座席"):
        calls.add(session, Facts("C-1", agent_id=AGENT + 1), None, NOW)
    calls.add(session, Facts("C-1", satisfaction=2), None, NOW)
    review.state = "cancelled"
    calls.add(session, Facts("C-1", agent_id=AGENT + 1), None, NOW)
    assert (call.agent_id, call.satisfaction) == (AGENT + 1, 2)


def test_full_width_and_grouped_numbers_become_plain(session: Session) -> None:
    call = calls.add(
        session, facts(key="Ｃ－９", customer="１３９ 0000-1234", extension=" ８００１ "), None, NOW
    )
    assert (call.key, call.customer, call.extension) == ("C-9", "13900001234", "8001")


def test_a_caller_without_a_number_keeps_the_words_said_of_him(session: Session) -> None:
    assert calls.add(session, facts(customer="未知号码 A"), None, NOW).customer == "未知号码 A"


@pytest.mark.parametrize(
    "given, name, words",
    [
        ({"key": ""}, "key", "缺少通话编号"),
        ({"key": "a/b"}, "key", "只能用字母"),
        ({"key": "../../etc"}, "key", "只能用字母"),
        ({"key": "C" * 65}, "key", "64"),
        ({"agent_id": None}, "agent_id", "谁的通话"),
        ({"agent_id": True}, "agent_id", "人员编号"),
        ({"started_at": None}, "started_at", "缺少开始时间"),
        ({"started_at": datetime(2026, 11, 1)}, "started_at", "时区"),  # noqa: DTZ001
        ({"started_at": NOW + timedelta(hours=1)}, "started_at", "将来"),
        ({"started_at": datetime(1999, 1, 1, tzinfo=UTC)}, "started_at", "2000"),
        ({"ended_at": BEGAN - timedelta(seconds=1)}, "ended_at", "早于"),
        ({"ended_at": BEGAN + timedelta(days=2)}, "ended_at", "24 小时"),
        ({"seconds": -1}, "seconds", "86400"),
        ({"seconds": float("nan")}, "seconds", "86400"),
        ({"seconds": 90, "ended_at": BEGAN + timedelta(seconds=60)}, "seconds", "还长"),
        ({"extension": "8" * 21}, "extension", "最多 20"),
        ({"customer": "a\0b"}, "customer", "不能显示"),
        ({"queue": "队" * 61}, "queue", "最多 60"),
        ({"direction": "sideways"}, "direction", "呼入"),
        ({"consent": "maybe"}, "consent", "同意"),
        ({"satisfaction": 11}, "satisfaction", "0 到 10"),
        ({"satisfaction": 4.5}, "satisfaction", "整数"),
        ({"data": {"x": "\0"}}, "data", "不能保存"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    session: Session, given: dict[str, Any], name: str, words: str
) -> None:
    assert words in refused(session, **given).of(name)
    assert calls.find(session, "C-1") is None


def test_everything_wrong_is_told_at_once(session: Session) -> None:
    wrong = refused(session, seconds=-1, direction="x", satisfaction=99)
    assert {fault.path for fault in wrong.faults} == {"seconds", "direction", "satisfaction"}


def test_an_unknown_call_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound, match="通话"):
        calls.get(session, "nowhere")


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.text(max_size=70) | st.integers() | st.floats() | st.booleans()
            for name in calls.NAMES
        },
    )
)
def test_whatever_comes_is_kept_or_refused_with_a_sentence(given: dict[str, Any]) -> None:
    """Cleaning and checking never break, whatever types a program sends."""
    told = calls.clean(facts(**given))
    with suppress(BadCall):
        made = calls.whole({**calls.NOTHING, **told}, NOW)
        assert calls.whole(made, NOW) == made
