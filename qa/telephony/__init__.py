"""The seam to a telephone system: what it can be asked, and a simulator to stand in for one.

adapter = adapter_named("simulator")
adapter.do(Command("c-1", "busy", agent=7, by=2, at=now), presence)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .contract import (
    COMMANDS,
    OF_CALL,
    Adapter,
    Capability,
    Command,
    Outcome,
    Unreachable,
    possible,
)
from .simulator import Recorded, Simulator

__all__ = [
    "ADAPTERS",
    "COMMANDS",
    "OF_CALL",
    "Adapter",
    "Capability",
    "Command",
    "Outcome",
    "Recorded",
    "Simulator",
    "Unreachable",
    "adapter_named",
    "possible",
]

ADAPTERS: Mapping[str, Callable[[], Adapter]] = {"simulator": Simulator}
"""Name → what makes the adapter."""


def adapter_named(name: str) -> Adapter | None:
    """The adapter of a name; None for '' : no telephone system is connected. Raises KeyError."""
    return ADAPTERS[name]() if name else None
