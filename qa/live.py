"""Live monitoring: events come in, the state of every agent follows, commands go out.

    taken = ingest(session, [Event("e-1", moment, agent=7, kind="idle")], now)
    board(session)                      # every agent of whom anything is known

The log of events only grows; :func:`retell` derives an agent's state from it. A command is kept
before it is sent (:func:`ask`) and again with its answer (:func:`answer`), in two transactions,
so that none is ever held open while the telephone system is waited for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.errors import NotFound

from . import calls, reviews, settings
from .calls import AHEAD, EARLIEST, Facts
from .errors import BadEvent, Fault, OverAlready, OwnCommand
from .presence import DIRECTIONS, KINDS, Event, LiveCall, Presence, presence
from .reviews import NOBODY, Never
from .tables import AgentState, Call, PhoneCommand, PhoneEvent, Review, Scorecard
from .telephony import OF_CALL, Adapter, Command, Outcome

LOOK_BACK = timedelta(hours=12)
"""Before an agent's newest event: what is older does not tell the state any more."""
MOST_TOLD = 200
"""The newest events that are told for a state: some forty calls."""
MOST_AT_ONCE = 1000
"""Events of one delivery."""

_ID = re.compile(r"[!-~]{1,100}")
_KIND = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
_CALL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+\-]{0,63}")
_PLAIN = re.compile("[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]*")
_LONGEST: Mapping[str, int] = {"queue": 60, "customer": 40, "extension": 20}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery: ``repeated`` were there already, ``unknown`` are of no kind of
    ours (kept, and without effect).
    """

    accepted: int
    repeated: int
    unknown: int


# Events


def faults(event: Event, at: datetime) -> list[Fault]:
    """What is wrong with an event, as it came from outside."""
    return [Fault(name, "", sentence) for name, sentence in _faults(event, at)]


def _faults(event: Event, at: datetime) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(event.id):
        yield "id", "id 应为 1 到 100 个字母、数字或符号，不能有空格。"
    if not _KIND.fullmatch(event.kind):
        yield "kind", "kind 应为 1 到 40 个字母、数字或 _ - .。"
    if event.call and not _CALL.fullmatch(event.call):
        yield "call", "call 只能用字母、数字和 - _ . : @ +，最多 64 个字符。"
    if event.direction and event.direction not in DIRECTIONS:
        yield "direction", "direction 应为 in（呼入）或 out（呼出）。"
    for name, most in _LONGEST.items():
        value = getattr(event, name)
        if len(value) > most or not is_plain(value):
            yield name, f"{name} 最长 {most} 个字，不含控制字符。"
    if event.at.tzinfo is None:
        yield "at", "at 应为带时区的时间。"
    elif not EARLIEST <= event.at <= at + AHEAD:
        yield "at", "at 在将来，请核对电话系统的时钟。" if event.at > at else "at 早于 2000 年。"


def is_plain(text: str) -> bool:
    """No control characters, and nothing that cannot be kept or sent."""
    return _PLAIN.fullmatch(text) is not None


def ingest(session: Session, events: Sequence[Event], at: datetime) -> Taken:
    """Keep what is new and derive the state of whom it is about. Raises BadEvent."""
    wrong = [fault for event in events for fault in faults(event, at)]
    if wrong:
        raise BadEvent(wrong)
    given = {event.id: event for event in reversed(events)}
    agents = sorted({event.agent for event in given.values()})
    _hold(session, agents)
    fresh = _fresh(session, given)
    try:
        with session.begin_nested():
            session.add_all(_row(event, at) for event in fresh)
    except IntegrityError:  # the same events came twice at the same moment
        fresh = _fresh(session, given)
        session.add_all(_row(event, at) for event in fresh)
    session.flush()
    for agent in sorted({event.agent for event in fresh}):
        retell(session, agent)
    _close(session, fresh, at)
    odd = sum(event.kind not in KINDS for event in fresh)
    return Taken(len(fresh), len(events) - len(fresh), odd)


def _hold(session: Session, agents: Sequence[int]) -> None:
    """The states of these agents are ours until the end of the transaction."""
    for part in _parts(agents):
        query = select(AgentState).where(AgentState.agent_id.in_(part))
        session.scalars(query.order_by(AgentState.agent_id).with_for_update()).all()


def _fresh(session: Session, given: Mapping[str, Event]) -> list[Event]:
    known: set[str] = set()
    for part in _parts(list(given)):
        known |= set(session.scalars(select(PhoneEvent.key).where(PhoneEvent.key.in_(part))))
    return [event for key, event in given.items() if key not in known][::-1]


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), 500):  # databases limit the values of one statement
        yield values[start : start + 500]


def _row(event: Event, at: datetime) -> PhoneEvent:
    return PhoneEvent(
        key=event.id,
        agent_id=event.agent,
        kind=event.kind,
        call_key=event.call,
        queue=event.queue,
        direction=event.direction,
        customer=event.customer,
        extension=event.extension,
        at=event.at,
        received_at=at,
    )


def retell(session: Session, agent: int) -> Presence:
    """Derive an agent's state from the log, and keep it."""
    found = presence(agent, _log(session, agent))
    row = session.get(AgentState, agent)
    if row is None:
        row = AgentState(agent_id=agent)
        session.add(row)
    row.state, row.since, row.seen_at = found.state, found.since, found.seen
    row.unknown, row.calls = found.unknown, [_kept(call) for call in found.calls]
    session.flush()
    return found


def _log(session: Session, agent: int) -> list[Event]:
    """The events that still tell, in the order in which they came."""
    mine = PhoneEvent.agent_id == agent
    newest = session.scalar(select(func.max(PhoneEvent.at)).where(mine))
    if newest is None:
        return []
    query = select(PhoneEvent).where(mine, PhoneEvent.at >= newest - LOOK_BACK)
    rows = session.scalars(
        query.order_by(PhoneEvent.at.desc(), PhoneEvent.id.desc()).limit(MOST_TOLD)
    )
    return [
        Event(
            row.key,
            row.at,
            row.agent_id,
            row.kind,
            row.call_key,
            row.queue,
            row.direction,
            row.customer,
            row.extension,
        )
        for row in sorted(rows, key=lambda row: row.id)
    ]


def _close(session: Session, events: Iterable[Event], at: datetime) -> None:
    """Calls that were added while they were in progress learn when they ended."""
    ended = {event.call: event.at for event in events if event.kind == "ended" and event.call}
    for part in _parts(list(ended)):
        query = select(Call).where(Call.key.in_(part), Call.ended_at.is_(None))
        for call in session.scalars(query).all():
            if ended[call.key] >= call.started_at:
                calls.add(session, Facts(call.key, ended_at=ended[call.key]), None, at)


def forget(session: Session, at: datetime) -> None:
    """Let go of the events whose time is over, and of agents of whom nothing else is known. What
    still tells a state is younger.
    """
    before = at - timedelta(days=settings.value(session, "event_days"))
    session.execute(delete(PhoneEvent).where(PhoneEvent.at < before))
    session.execute(delete(AgentState).where(AgentState.seen_at < before))


# The board


def board(session: Session) -> list[Presence]:
    """Every agent of whom the telephone system ever told."""
    return [_presence(row) for row in session.scalars(select(AgentState))]


def of(session: Session, agent: int) -> Presence:
    """One agent. Raises NotFound where nothing was ever told."""
    row = session.get(AgentState, agent) if 0 < agent < 2**31 else None
    if row is None:
        raise NotFound("座席的状态", str(agent))
    return _presence(row)


def stamp(session: Session) -> str:
    """Changes whenever the board or the list of commands may have."""
    events = session.scalar(select(func.max(PhoneEvent.id))) or 0
    asked = session.scalar(select(func.max(PhoneCommand.id))) or 0
    waiting = select(func.count()).where(PhoneCommand.state == "sent", PhoneCommand.id > asked - 50)
    return f"{events}-{asked}-{session.scalar(waiting)}"


def _kept(call: LiveCall) -> dict[str, Any]:
    times = ("since", "began", "answered")
    return {
        name: value.isoformat() if name in times and value is not None else value
        for name, value in asdict(call).items()
    }


def _presence(row: AgentState) -> Presence:
    return Presence(
        row.agent_id, row.state, row.since, tuple(map(_call, row.calls)), row.seen_at, row.unknown
    )


def _call(kept: Mapping[str, Any]) -> LiveCall:
    answered = kept["answered"]
    return LiveCall(
        **{
            **kept,
            "since": datetime.fromisoformat(kept["since"]),
            "began": datetime.fromisoformat(kept["began"]),
            "answered": datetime.fromisoformat(answered) if answered else None,
        }
    )


# Commands


def ask(
    session: Session,
    adapter: Adapter,
    kind: str,
    agent: int,
    by: int,
    at: datetime,
    call: str = "",
) -> tuple[PhoneCommand, Command]:
    """Keep what is about to be asked. Raises NotFound where the adapter cannot, OwnCommand."""
    if kind not in adapter.capabilities:
        raise NotFound("电话操作", kind[:20])
    if agent == by:
        raise OwnCommand
    row = PhoneCommand(
        kind=kind,
        agent_id=agent,
        call_key=call if kind in OF_CALL else "",
        system=adapter.title,
        state="sent",
        by_id=by,
        at=at,
    )
    session.add(row)
    session.flush()
    return row, Command(str(row.id), kind, agent, by, at, row.call_key)


def answer(
    session: Session, id: int, outcome: Outcome, at: datetime, *, reached: bool = True
) -> PhoneCommand:
    """Keep what came of it, and the events that came with it."""
    row = session.get_one(PhoneCommand, id)
    row.state = "done" if outcome.done else ("refused" if reached else "failed")
    row.says, row.answered_at = outcome.sentence, at
    session.flush()
    if outcome.events:
        ingest(session, outcome.events, at)
    return row


def asked(session: Session, limit: int = 20) -> Sequence[PhoneCommand]:
    """The newest commands."""
    return session.scalars(select(PhoneCommand).order_by(PhoneCommand.id.desc()).limit(limit)).all()


# Reviews


def review(
    session: Session,
    agent: int,
    call_key: str,
    scorecard: Scorecard,
    by: int,
    at: datetime,
    never: Never = NOBODY,
) -> Review:
    """A live review of a call in progress, one's own; the same asked again is the same review.

    Raises OverAlready where the call has ended, OwnCall, InvalidContent.
    """
    found = next((call for call in of(session, agent).calls if call.key == call_key), None)
    if found is None:
        raise OverAlready(call_key)
    call = calls.find(session, found.key) or calls.add(session, _facts(agent, found), by, at)
    query = select(Review).where(
        Review.call_id == call.id,
        Review.scorecard_id == scorecard.id,
        Review.purpose == "live",
        Review.inspector_id == by,
        Review.state != "cancelled",
    )
    there = session.scalars(query).first()
    if there is not None:
        return there
    return reviews.pick(
        session, call, scorecard, by=by, at=at, inspector=by, never=never, purpose="live"
    )


def _facts(agent: int, call: LiveCall) -> Facts:
    return Facts(
        call.key,
        agent_id=agent,
        started_at=call.answered or call.began,
        extension=call.extension,
        customer=call.customer,
        direction=call.direction,
        queue=call.queue,
    )
