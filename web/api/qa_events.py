"""Events of the telephone system: who is ringing, talking, free; see ``qa.presence``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kb.formats.typed import understood
from qa import live
from qa.presence import Event

from ..access import needs
from ..context import now, reading, work
from ..errors import InvalidInput
from ..models import Person
from .views import blueprint, limit, limiter

LARGEST = 2 * 1024 * 1024
"""Bytes of one delivery."""
LONGEST_NUMBER = 40

_TEXTS = ("call", "queue", "direction", "customer", "extension")


@blueprint.post("/qa/events")
@needs("qa.import")
@limiter.limit(limit)
def take_events() -> ResponseReturnValue:
    """One delivery: what is new is kept, what cannot be is named, the rest goes on."""
    given = [_event(number, each) for number, each in enumerate(_given())]
    people = _people({number for number, _ in given})
    errors, good = [], []
    for index, (number, event) in enumerate(given):
        agent = people.get(number)
        wrong = next((fault.sentence for fault in live.faults(event, now())), "")
        if agent is None:
            wrong = f"没有工号“{number}”。"
        if wrong or agent is None:
            errors.append({"index": index, "message": wrong})
        else:
            good.append(Event(**{**_fields(event), "agent": agent}))
    with work("qa.events") as writes:
        taken = live.ingest(writes, good, now())
    counts = {name: getattr(taken, name) for name in ("accepted", "repeated", "unknown")}
    return {**counts, "errors": errors}


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}


def _given() -> list[Any]:
    request.max_content_length = LARGEST
    try:
        given = request.get_json()
    except RecursionError:
        raise InvalidInput("body", "正文的 JSON 嵌套太深，请减少层数。") from None
    events = given.get("events") if isinstance(given, dict) else None
    if not isinstance(events, list) or not 1 <= len(events) <= live.MOST_AT_ONCE:
        raise InvalidInput(
            "events", f'请给出 {{"events": […]}}，一次 1 到 {live.MOST_AT_ONCE} 个事件。'
        )
    return events


def _event(index: int, value: Any) -> tuple[str, Event]:
    """The agent's number and the event, of nobody yet. Raises InvalidInput."""
    where = f"第{index + 1}个事件"
    if not isinstance(value, dict):
        raise InvalidInput("events", f"{where}应为一个对象。")
    texts = {name: _text(where, value, name) for name in ("id", "agent", "kind", "at")}
    texts |= {name: _text(where, value, name, "") for name in _TEXTS}
    if not 1 <= len(texts["agent"]) <= LONGEST_NUMBER or not live.is_plain(texts["agent"]):
        raise InvalidInput("events", f"{where}的 agent 应为座席的工号。")
    moment = understood("effective_from", texts.pop("at"))
    if not (isinstance(moment, datetime) and moment.tzinfo):
        raise InvalidInput(
            "events", f"{where}的 at 应为带时区的时间，例如 2026-11-21T14:05:00+08:00。"
        )
    number = texts.pop("agent")
    event = Event(agent=0, at=moment, **texts)
    for fault in live.faults(event, now()):
        if fault.path != "at":
            raise InvalidInput("events", f"{where}：{fault.sentence}")
    return number, event


def _text(where: str, value: dict[str, Any], name: str, default: str | None = None) -> str:
    found = value.get(name, default)
    if not isinstance(found, str):
        raise InvalidInput("events", f"{where}的 {name} 应为文字。")
    return found


def _people(numbers: set[str]) -> dict[str, int]:
    wanted = sorted(numbers)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        query = select(Person.number, Person.id).where(
            Person.number.in_(wanted[start : start + 500]), Person.disabled_at.is_(None)
        )
        found.update((number, id) for number, id in reading().execute(query))
    return found
