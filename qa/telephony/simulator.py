"""A telephone system that is none: it records every command and what came of it.

It refuses what a real one would: a call that is over, an agent who is not there, a command it
was made without. What it does to states it tells as events, as a real one does; sound it has none,
and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..presence import Event, LiveCall, Presence
from .contract import COMMANDS, OF_CALL, Capability, Command, Outcome

_TALKING = frozenset({"talking", "held"})
_THERE = frozenset({"idle", "wrapup", "busy", "ringing", "talking", "held"})

CAPABILITIES: Mapping[str, Capability] = {
    each.command: each
    for each in (
        Capability("listen", "听双方说话，双方听不到您", _TALKING),
        Capability("whisper", "只对座席说话，来电人听不到", frozenset({"talking"})),
        Capability(
            "barge",
            "加入通话，双方都听得到您",
            frozenset({"talking"}),
            "加入这通电话？双方都会听到您。",
        ),
        Capability("busy", "不再派来电，正在进行的通话不受影响", _THERE - {"busy"}),
        Capability("idle", "结束示忙或话后整理，开始派来电", frozenset({"busy", "wrapup"})),
        Capability("release", "挂断这通电话", _TALKING, "挂断这通电话？来电人会听到断线。"),
    )
}

_SAID: Mapping[str, str] = {
    "listen": "模拟器已记下监听；它没有声音。",
    "whisper": "模拟器已记下密语；它没有声音。",
    "barge": "模拟器已记下插话；它没有声音。",
    "busy": "模拟器已把座席置为示忙。",
    "idle": "模拟器已把座席置为空闲。",
    "release": "模拟器已挂断这通电话。",
}
_EFFECT: Mapping[str, str] = {"busy": "busy", "idle": "idle", "release": "ended"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A command, and what came of it."""

    command: Command
    outcome: Outcome


class Simulator:
    """An :class:`~qa.telephony.Adapter`; ``able`` are the commands it has, all without it."""

    title = "模拟器"

    def __init__(self, able: Iterable[str] = COMMANDS) -> None:
        self.capabilities: Mapping[str, Capability] = {name: CAPABILITIES[name] for name in able}
        self.recorded: list[Recorded] = []

    def do(self, command: Command, presence: Presence) -> Outcome:
        """Do it to the agent as given, or refuse."""
        outcome = self._outcome(command, presence)
        self.recorded.append(Recorded(command, outcome))
        return outcome

    def _outcome(self, command: Command, presence: Presence) -> Outcome:
        capability = self.capabilities.get(command.kind)
        if capability is None:
            return Outcome(False, f"模拟器不会“{COMMANDS.get(command.kind, command.kind)}”。")
        if presence.state == "offline":
            return Outcome(False, "座席不在线。")
        if command.kind not in OF_CALL:
            if presence.state not in capability.states:
                return Outcome(False, f"座席现在的状态不能{capability.title}。")
            return self._done(command)
        call = next((each for each in presence.calls if each.key == command.call), None)
        if call is None:
            return Outcome(False, "这通电话已经结束。")
        if call.state not in capability.states:
            return Outcome(False, f"这通电话现在不能{capability.title}。")
        return self._done(command, call)

    def _done(self, command: Command, call: LiveCall | None = None) -> Outcome:
        kind = _EFFECT.get(command.kind)
        key = call.key if call else ""
        event = Event(f"SIM-{command.id}", command.at, command.agent, kind or "", key)
        return Outcome(True, _SAID[command.kind], (event,) if kind else ())
