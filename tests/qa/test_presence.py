"""States of agents out of events that come late, twice, out of order, or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.presence import CALL_KINDS, STATES, Event, Presence, arranged, presence

T0 = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def at(second: float) -> datetime:
    return T0 + timedelta(seconds=second)


def events(*lines: str) -> list[Event]:
    """``"10 ringing C1"``: second, kind, and perhaps the call."""
    made = []
    for line in lines:
        second, kind, call = [*line.split(), ""][:3]
        queue = "退改签" if kind == "ringing" else ""
        made.append(Event(line, at(float(second)), 7, kind, call, queue))
    return made


def told(*lines: str) -> Presence:
    return presence(7, events(*lines))


DAY = ("0 idle", "10 ringing C1", "14 answered C1", "60 held C1", "90 resumed C1", "200 ended C1")


@pytest.mark.parametrize(
    ("count", "state", "since"),
    [
        (1, "idle", 0),
        (2, "ringing", 10),
        (3, "talking", 14),
        (4, "held", 60),
        (5, "talking", 90),
        (6, "wrapup", 200),
    ],
)
def test_a_call_goes_from_ringing_to_wrap_up(count: int, state: str, since: int) -> None:
    found = told(*DAY[:count])
    assert (found.state, found.since) == (state, at(since))


def test_a_call_in_progress_tells_its_queue_and_when_it_was_answered() -> None:
    call = told(*DAY[:4]).call
    assert call is not None
    assert (call.key, call.queue, call.began, call.answered) == ("C1", "退改签", at(10), at(14))


def test_nothing_told_is_offline_since_nobody_knows() -> None:
    assert told() == Presence(7)
    assert presence(8, events(*DAY)) == Presence(8)


def test_a_call_nobody_answered_leaves_the_agent_as_before() -> None:
    found = told("0 idle", "10 ringing C1", "30 ended C1")
    assert (found.state, found.since, found.calls) == ("idle", at(0), ())


def test_what_was_lost_is_made_up_for() -> None:
    assert told("14 answered C1").state == "talking"
    assert told("14 answered C1", "90 idle").calls == ()
    assert told("14 answered C1", "90 offline").state == "offline"
    assert told("14 answered C1", "90 wrapup").state == "wrapup"
    assert told("20 held").calls == ()
    assert told("14 answered C1", "20 held").state == "held"


def test_what_is_told_of_a_call_after_its_end_changes_nothing() -> None:
    assert told(*DAY, "210 held C1", "220 answered C1").state == "wrapup"
    assert told("5 ended C1", "10 answered C1").calls == ()


def test_busy_told_during_a_call_waits_for_its_end() -> None:
    assert told(*DAY[:3], "50 busy").state == "talking"
    found = told(*DAY[:3], "50 busy", "80 ended C1")
    assert (found.state, found.since) == ("busy", at(50))


def test_of_two_calls_the_one_that_is_talked_on_tells_the_state() -> None:
    found = told("0 answered C1", "10 held C1", "12 ringing C2", "15 answered C2")
    assert (found.state, found.since) == ("talking", at(15))
    assert [call.key for call in found.calls] == ["C2", "C1"]
    back = told("0 answered C1", "10 held C1", "15 answered C2", "40 ended C2")
    assert (back.state, back.since) == ("held", at(10))


def test_a_kind_nobody_knows_is_counted_and_changes_nothing() -> None:
    found = told(*DAY[:3], "20 hologram C1")
    assert (found.state, found.unknown, found.seen) == ("talking", 1, at(20))


def test_a_ring_in_the_second_of_becoming_idle_is_kept() -> None:
    assert told("10 ringing C1", "10 idle").state == "ringing"


KINDS = st.sampled_from([*CALL_KINDS, "idle", "busy", "wrapup", "offline", "nonsense"])
LOGS = st.lists(st.tuples(KINDS, st.sampled_from(["C1", "C2", ""])), max_size=12).map(
    lambda made: events(*(f"{n} {kind} {call}".strip() for n, (kind, call) in enumerate(made)))
)


@given(LOGS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repetition_do_not_matter(
    log: list[Event], chance: object
) -> None:
    mixed = [*log, *log[:3]]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert presence(7, mixed) == presence(7, log)
    assert arranged(mixed) == log


@given(LOGS)
def test_a_state_is_always_one_of_ours_and_fits_its_calls(log: list[Event]) -> None:
    found = presence(7, log)
    assert found.state in STATES
    assert (found.state in ("talking", "held", "ringing")) is bool(found.calls)
    ended = {event.call for event in log if event.kind == "ended"}
    later = {event.call for event in log if event.kind in ("ringing", "answered")}
    assert {call.key for call in found.calls} <= later | {"C1", "C2"} - ended
    assert all(call.began <= call.since for call in found.calls)
