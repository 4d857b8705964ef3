"""The simulator does what it says, records everything, and refuses what it cannot."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qa.presence import Event, Presence, presence
from qa.telephony import COMMANDS, OF_CALL, Command, Simulator, adapter_named, possible

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def agent(*kinds: str) -> Presence:
    return presence(
        7, [Event(f"e{n}", NOW, 7, k, "C1" if k != "idle" else "") for n, k in enumerate(kinds)]
    )


TALKING, HELD, RINGING = agent("answered"), agent("answered", "held"), agent("ringing")
IDLE, BUSY, GONE = agent("idle"), agent("busy"), Presence(7)


def command(kind: str, call: str = "C1") -> Command:
    return Command("1", kind, 7, 2, NOW, call if kind in OF_CALL else "")


@pytest.mark.parametrize(
    ("seen", "titles"),
    [
        (TALKING, ["监听", "密语", "插话", "强制示忙", "强拆"]),
        (HELD, ["监听", "强制示忙", "强拆"]),
        (RINGING, ["强制示忙"]),
        (IDLE, ["强制示忙"]),
        (BUSY, ["强制示闲"]),
        (GONE, []),
    ],
)
def test_only_what_is_possible_in_a_state_is_offered_and_all_of_it_is_done(
    seen: Presence, titles: list[str]
) -> None:
    simulator = Simulator()
    offered = possible(simulator, seen)
    assert [each.title for each in offered] == titles
    for each in offered:
        assert simulator.do(command(each.command), seen).done
    others = set(COMMANDS) - {each.command for each in offered}
    assert not any(simulator.do(command(kind), seen).done for kind in others)
    assert len(simulator.recorded) == len(COMMANDS)


def test_what_it_was_made_without_is_neither_offered_nor_done() -> None:
    simulator = Simulator(["listen"])
    assert [each.command for each in possible(simulator, TALKING)] == ["listen"]
    refused = simulator.do(command("barge"), TALKING)
    assert (refused.done, refused.sentence) == (False, "模拟器不会“插话”。")
    assert simulator.recorded[0].outcome == refused


def test_its_effects_come_back_as_events() -> None:
    simulator = Simulator()
    hung_up = simulator.do(command("release"), TALKING)
    assert [(e.kind, e.call) for e in hung_up.events] == [("ended", "C1")]
    assert [e.kind for e in simulator.do(command("busy"), IDLE).events] == ["busy"]
    heard = simulator.do(command("listen"), TALKING)
    assert heard.events == ()
    assert "没有声音" in heard.sentence


def test_a_call_that_is_over_is_refused_in_words() -> None:
    refused = Simulator().do(command("listen", "C9"), TALKING)
    assert (refused.done, refused.sentence) == (False, "这通电话已经结束。")


def test_without_a_system_nothing_is_offered() -> None:
    assert adapter_named("") is None
    assert possible(None, TALKING) == []
    assert isinstance(adapter_named("simulator"), Simulator)
    with pytest.raises(KeyError):
        adapter_named("other")
