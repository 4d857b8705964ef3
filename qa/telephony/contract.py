"""What a telephone system can be asked to do, and how it answers.

An adapter says by its capabilities what it can; nothing else is offered to anybody. To connect
another system, write an :class:`Adapter` beside the simulator and add a line to the registry.
Events come the other way, by the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..errors import QaError
from ..presence import Event, Presence

COMMANDS: Mapping[str, str] = {
    "listen": "监听",
    "whisper": "密语",
    "barge": "插话",
    "busy": "强制示忙",
    "idle": "强制示闲",
    "release": "强拆",
}
"""Every command there is, by name, with its title."""

OF_CALL = frozenset({"listen", "whisper", "barge", "release"})
"""Commands about a call; the others are about the agent."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Something an adapter can do: ``does`` says what to people, ``states`` when (of the call
    for a command about a call, else of the agent), ``confirm`` asks before it is done.
    """

    command: str
    does: str
    states: frozenset[str]
    confirm: str = ""

    @property
    def title(self) -> str:
        return COMMANDS[self.command]


@dataclass(frozen=True, slots=True)
class Command:
    """Asked by somebody (``by``) of an agent's call, or of the agent. ``id`` is ours."""

    id: str
    kind: str
    agent: int
    by: int
    at: datetime
    call: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``done`` or refused, in a sentence; ``events`` are what followed from it, where the system
    tells them in its answer.
    """

    done: bool
    sentence: str
    events: tuple[Event, ...] = ()


class Unreachable(QaError):
    """The telephone system gave no answer; whether it did what was asked is not known."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"电话系统没有答复（{why}），不知道做了没有；请看座席的状态，再决定是否重试。"
        )
        self.why = why


class Adapter(Protocol):
    """One telephone system."""

    @property
    def title(self) -> str:
        """What it is called on the page."""
        ...

    @property
    def capabilities(self) -> Mapping[str, Capability]:
        """What it can do, by command."""
        ...

    def do(self, command: Command, presence: Presence) -> Outcome:
        """Ask for it; ``presence`` is the agent as we know it. Raises Unreachable."""
        ...


def possible(adapter: Adapter | None, presence: Presence) -> list[Capability]:
    """What can be asked of an agent in this state, in the order of the commands."""
    if adapter is None:
        return []
    found = (adapter.capabilities.get(name) for name in COMMANDS)
    return [each for each in found if each is not None and _applies(each, presence)]


def _applies(capability: Capability, presence: Presence) -> bool:
    if capability.command in OF_CALL:
        return presence.call is not None and presence.call.state in capability.states
    return presence.state in capability.states
