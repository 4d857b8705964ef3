"""Who is on which call since when, derived from the events of the telephone system.

    presence(agent, events)

Events may arrive late, twice, out of order, or not at all. They are put in the order of their
moments (of equal ones in the order of the log) and told one by one; the state is what the last
of them leave. Nothing is remembered between two tellings, so a late event sets right what its
absence made wrong.

- ``answered`` without ``ringing`` is a call that rang unheard of; a call that has ``ended`` stays
  ended, whatever is told of it later.
- ``wrapup``, ``idle`` and ``offline`` end the calls that began before: their ``ended`` was lost.
- After a call that was answered comes ``wrapup``, until the next state is told; a ``busy`` told
  during the call waits for its end.
- An event of another kind changes nothing and is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

STATES: Mapping[str, str] = {
    "talking": "通话中",
    "held": "保持中",
    "ringing": "振铃",
    "wrapup": "话后整理",
    "idle": "空闲",
    "busy": "示忙",
    "offline": "离线",
}
"""States of an agent; with several calls the first of these that one of them is in."""

CALL_KINDS: Mapping[str, str] = {
    "ringing": "ringing",
    "answered": "talking",
    "held": "held",
    "resumed": "talking",
    "ended": "",
}
"""Events of a call, and the state they leave it in."""

AGENT_KINDS = frozenset({"idle", "busy", "wrapup", "offline"})
KINDS = frozenset({*CALL_KINDS, *AGENT_KINDS})
DIRECTIONS: Mapping[str, str] = {"in": "呼入", "out": "呼出"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something the telephone system says of an agent.

    ``id`` is its own name for it, by which a repeated one is known. ``call`` is the call's ID;
    without it the agent's only call is meant.
    """

    id: str
    at: datetime
    agent: int
    kind: str
    call: str = ""
    queue: str = ""
    direction: str = ""
    customer: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call in progress: its ``state`` since ``since``; ``began`` when it was first heard of."""

    key: str
    state: str
    since: datetime
    began: datetime
    answered: datetime | None = None
    queue: str = ""
    direction: str = ""
    customer: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """An agent now. ``since`` is None where nothing was ever told; ``unknown`` counts events of
    kinds we do not know. ``calls``: the one that tells the state first.
    """

    agent: int
    state: str = "offline"
    since: datetime | None = None
    calls: tuple[LiveCall, ...] = ()
    seen: datetime | None = None
    unknown: int = 0

    @property
    def call(self) -> LiveCall | None:
        return self.calls[0] if self.calls else None


@dataclass(frozen=True, slots=True)
class _Told:
    """What has been told so far: the calls, and the state that stands while there is none."""

    base: str = "offline"
    since: datetime | None = None
    calls: Mapping[str, LiveCall] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()


def presence(agent: int, events: Iterable[Event]) -> Presence:
    """The state that the events of one agent leave, whatever order they come in."""
    told, seen, unknown = _Told(), None, 0
    for event in arranged(each for each in events if each.agent == agent):
        seen = event.at
        if event.kind in CALL_KINDS:
            told = _of_call(told, event)
        elif event.kind in AGENT_KINDS:
            told = _of_agent(told, event)
        else:
            unknown += 1
    order = list(STATES)
    calls = sorted(told.calls.values(), key=lambda c: (order.index(c.state), c.began, c.key))
    state, since = (calls[0].state, calls[0].since) if calls else (told.base, told.since)
    return Presence(agent, state, since, tuple(calls), seen, unknown)


def arranged(events: Iterable[Event]) -> list[Event]:
    """In the order of their moments, each once: of a repeated one the first counts."""
    once: dict[str, Event] = {}
    for event in events:
        once.setdefault(event.id, event)
    return sorted(once.values(), key=lambda event: event.at)


def _of_call(told: _Told, event: Event) -> _Told:
    key = event.call or (next(iter(told.calls)) if len(told.calls) == 1 else "")
    if not key or key in told.ended:
        return told
    state, known = CALL_KINDS[event.kind], told.calls.get(key)
    if not state:
        return _ended(told, event, key, known)
    call = _call(event, key, state, known)
    base, since = (
        ("idle", event.at) if told.base in ("offline", "wrapup") else (told.base, told.since)
    )
    return replace(told, base=base, since=since, calls={**told.calls, key: call})


def _call(event: Event, key: str, state: str, known: LiveCall | None) -> LiveCall:
    if known is None:
        known = LiveCall(key, state, event.at, event.at)
    answered = known.answered
    if event.kind == "ringing" and answered is not None:
        state = known.state  # told late with a wrong clock: it has been answered
    elif event.kind != "ringing" and answered is None:
        answered = event.at
    return LiveCall(
        key,
        state,
        event.at if state != known.state else known.since,
        known.began,
        answered,
        event.queue or known.queue,
        event.direction or known.direction,
        event.customer or known.customer,
        event.extension or known.extension,
    )


def _ended(told: _Told, event: Event, key: str, known: LiveCall | None) -> _Told:
    calls = {name: call for name, call in told.calls.items() if name != key}
    ended = told.ended | {key}
    talked = known is not None and known.answered is not None
    if talked and not calls and told.base != "busy":
        return _Told("wrapup", event.at, calls, ended)
    return replace(told, calls=calls, ended=ended)


def _of_agent(told: _Told, event: Event) -> _Told:
    if event.kind != "busy":
        gone = {key for key, call in told.calls.items() if call.began < event.at}
        told = replace(
            told,
            calls={key: call for key, call in told.calls.items() if key not in gone},
            ended=told.ended | gone,
        )
    since = told.since if told.base == event.kind else event.at
    return replace(told, base=event.kind, since=since)
