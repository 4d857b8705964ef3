"""The log of an attempt, and what it says: answers, marks, who may write, how it ended.

The table of answers is only a copy of what ``replay`` finds. The rules:

- Events count in the order in which the server took them (their ids).
- A page numbers its events. Of two for the same place, what came with the lower number after
  the higher one is kept, and changes nothing.
- Only the page that holds the attempt is listened to, so pages need no common clock.
- What came after the end is in the log as ``late``, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

BEGUN, OPENED = "begun", "opened"
ANSWERED, FLAGGED = "answered", "flagged"
LEFT, RETURNED, PASTED = "left", "returned", "pasted"
SUBMITTED, TIMED_OUT, LATE = "submitted", "timed_out", "late"

PLACED = (ANSWERED, FLAGGED)
"""Kinds that change what stands at a position."""
SENT = (*PLACED, LEFT, RETURNED, PASTED)
"""Kinds that a page sends."""

SERVER = ""
"""The page of what the server itself wrote down."""
BEGIN, END = 0, 1
"""Numbers of its events: there is one beginning, and one end."""


class Logged(Protocol):
    """An event as it is read back: a row of ``AttemptEvent``."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def page(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def position(self) -> int | None: ...
    @property
    def data(self) -> Any: ...


@dataclass(slots=True)
class Replayed:
    """Where an attempt stands. ``responses`` has only what is answered; ``events`` names, for
    each position ever answered, the event whose answer holds."""

    responses: dict[int, Any] = field(default_factory=dict)
    events: dict[int, int] = field(default_factory=dict)
    flagged: set[int] = field(default_factory=set)
    holder: str = ""
    state: str = "open"
    ended: str = ""


@dataclass(slots=True)
class Newest:
    """The highest number a page has sent for each place, by kind."""

    _known: dict[tuple[str, str, int | None], int] = field(default_factory=dict)

    def takes(self, event: Logged) -> bool:
        """Whether the event still changes something; it is known from now on."""
        return self.counts(event.page, event.kind, event.position, event.sequence)

    def counts(self, page: str, kind: str, position: int | None, sequence: int) -> bool:
        place = (page, kind, position)
        if sequence <= self._known.get(place, -1):
            return False
        self._known[place] = sequence
        return True


def replay(events: Iterable[Logged]) -> Replayed:
    """What the whole log of an attempt says."""
    found, newest = Replayed(), Newest()
    for event in sorted(events, key=lambda event: event.id):
        if event.kind == OPENED:
            found.holder = event.page
        elif event.kind in (SUBMITTED, TIMED_OUT):
            found.state = "submitted"
            found.ended = "by_hand" if event.kind == SUBMITTED else "by_time"
        elif event.kind in PLACED and newest.takes(event):
            _place(found, event)
    return found


def _place(found: Replayed, event: Logged) -> None:
    position = event.position
    if position is None:
        return
    if event.kind == FLAGGED:
        (found.flagged.add if event.data else found.flagged.discard)(position)
        return
    found.events[position] = event.id
    if event.data is None:
        found.responses.pop(position, None)
    else:
        found.responses[position] = event.data
