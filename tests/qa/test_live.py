"""Events kept, states derived, commands remembered, live reviews opened; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import NotFound
from qa import calls, live
from qa.errors import BadEvent, FrozenEvent, OverAlready, OwnCall, OwnCommand
from qa.presence import Event
from qa.tables import AgentState, PhoneCommand, PhoneEvent
from qa.telephony import Simulator
from tests import qa_world
from web.db import SYSTEM, Database

from ..world import NOW

AGENT, LEAD = 11, 31


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


def event(id: str, kind: str, second: float = 0, call: str = "", **more: str) -> Event:
    return Event(
        id, NOW - timedelta(minutes=9) + timedelta(seconds=second), AGENT, kind, call, **more
    )


TALKING = [
    event("1", "idle"),
    event("2", "ringing", 5, "C-1", queue="退改签", customer="13900000001"),
]
TALKING += [event("3", "answered", 9, "C-1")]


def test_events_are_kept_once_and_tell_the_state(session: Session) -> None:
    assert live.ingest(session, TALKING, NOW) == live.Taken(3, 0, 0)
    assert live.ingest(session, [*TALKING, event("4", "humming", 12)], NOW) == live.Taken(1, 3, 1)
    (found,) = live.board(session)
    assert (found.agent, found.state, found.unknown) == (AGENT, "talking", 1)
    assert found.call is not None
    assert (found.call.queue, found.call.customer) == ("退改签", "13900000001")
    assert found == live.of(session, AGENT)
    assert len(session.scalars(select(PhoneEvent)).all()) == 4


def test_a_late_event_sets_the_state_right(session: Session) -> None:
    live.ingest(session, [event("9", "ended", 60, "C-1")], NOW)
    assert live.of(session, AGENT).state == "offline"
    live.ingest(session, TALKING, NOW)
    assert live.of(session, AGENT).state == "wrapup"


def test_the_state_can_always_be_derived_again(session: Session) -> None:
    live.ingest(session, TALKING, NOW)
    before = live.of(session, AGENT)
    session.delete(session.get_one(AgentState, AGENT))
    session.flush()
    assert live.retell(session, AGENT) == before


def test_events_are_let_go_when_their_time_is_over_and_the_state_stays(session: Session) -> None:
    live.ingest(session, TALKING, NOW)
    stranger = replace(event("old", "idle"), agent=12)
    live.ingest(session, [replace(stranger, at=NOW - timedelta(days=31))], NOW)
    live.forget(session, NOW)
    assert [each.agent for each in live.board(session)] == [AGENT]
    assert live.retell(session, AGENT).state == "talking"
    live.forget(session, NOW + timedelta(days=30))
    assert session.scalars(select(PhoneEvent)).all() == []


def test_the_log_is_never_rewritten(session: Session) -> None:
    live.ingest(session, TALKING, NOW)
    row = session.scalars(select(PhoneEvent)).first()
    assert row is not None
    row.kind = "idle"
    with pytest.raises(FrozenEvent):
        session.flush()
    session.expunge(row)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": ""}, "id 应为"),
        ({"kind": "a b"}, "kind 应为"),
        ({"call": "号"}, "call 只能用"),
        ({"direction": "up"}, "direction 应为"),
        ({"queue": "长" * 61}, "queue 最长"),
        ({"customer": "1\n2"}, "控制字符"),
        ({"at": NOW + timedelta(hours=1)}, "在将来"),
        ({"at": NOW.replace(tzinfo=None)}, "带时区"),
    ],
)
def test_an_event_that_cannot_be_has_its_fault_named(change: dict[str, str], sentence: str) -> None:
    wrong = replace(event("1", "idle"), **change)  # type: ignore[arg-type]
    assert sentence in live.faults(wrong, NOW)[0].sentence


def test_one_event_that_cannot_be_refuses_the_delivery(session: Session) -> None:
    with pytest.raises(BadEvent, match="kind 应为"):
        live.ingest(session, [*TALKING, event("4", "")], NOW)
    assert live.board(session) == []


def test_a_command_is_kept_with_its_answer_and_its_effect(session: Session) -> None:
    live.ingest(session, TALKING, NOW)
    before = live.stamp(session)
    simulator = Simulator()
    row, command = live.ask(session, simulator, "release", AGENT, LEAD, NOW, "C-1")
    assert (row.state, row.by_id, row.call_key) == ("sent", LEAD, "C-1")
    outcome = simulator.do(command, live.of(session, AGENT))
    live.answer(session, row.id, outcome, NOW)
    assert (row.state, row.says) == ("done", "模拟器已挂断这通电话。")
    assert live.of(session, AGENT).state == "wrapup"
    assert live.stamp(session) != before
    again, command = live.ask(session, simulator, "release", AGENT, LEAD, NOW, "C-1")
    live.answer(session, again.id, simulator.do(command, live.of(session, AGENT)), NOW)
    assert [each.state for each in live.asked(session)] == ["refused", "done"]


def test_nobody_steers_themselves_or_what_the_system_cannot(session: Session) -> None:
    live.ingest(session, TALKING, NOW)
    with pytest.raises(OwnCommand):
        live.ask(session, Simulator(), "busy", AGENT, AGENT, NOW)
    for kind in ("barge", "explode"):
        with pytest.raises(NotFound):
            live.ask(session, Simulator(["listen"]), kind, AGENT, LEAD, NOW)
    assert session.scalars(select(PhoneCommand)).all() == []


def test_a_call_in_progress_is_reviewed_once_by_each_and_learns_its_end(session: Session) -> None:
    card = qa_world.add_scorecard(session)
    live.ingest(session, TALKING, NOW)
    review = live.review(session, AGENT, "C-1", card, LEAD, NOW)
    assert (review.purpose, review.inspector_id) == ("live", LEAD)
    call = calls.get(session, "C-1")
    assert (call.agent_id, call.queue, call.ended_at) == (AGENT, "退改签", None)
    assert call.started_at == TALKING[2].at
    assert live.review(session, AGENT, "C-1", card, LEAD, NOW) is review
    with pytest.raises(OwnCall):
        live.review(session, AGENT, "C-1", card, AGENT, NOW)
    live.ingest(session, [event("8", "ended", 109, "C-1")], NOW)
    assert (call.ended_at, call.seconds) == (event("8", "ended", 109).at, 100)
    with pytest.raises(OverAlready):
        live.review(session, AGENT, "C-1", card, LEAD, NOW)
