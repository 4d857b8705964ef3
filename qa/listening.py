"""Who was given the sound of which recording: a row for each opened page, extended as it plays.

    opened(session, recording, person_id=7, page=token, address="10.0.0.8", at=now)
    played(session, recording, person_id=7, page=token, seconds=12.5, at=now)

A row is written before the first byte leaves. Later ranges of the same page move its end; how long
it really played is what the page reports, and is marked so wherever it is shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .tables import Call, Listening, Recording

STEP = timedelta(seconds=10)
"""A row's end moves at most this often: a player asks for many ranges."""

MOST_REPORTED = 300.0
"""Seconds of sound that one report may add; a page reports several times a minute."""

_PAGE = re.compile(r"[A-Za-z0-9_-]{8,40}")


def page_of(given: str, at: datetime) -> str:
    """The token of an opened page; whoever comes without one is on one page an hour."""
    return given if _PAGE.fullmatch(given) else f"-{at:%Y%m%dT%H}"


def is_due(row: Listening | None, at: datetime) -> bool:
    """Whether there is anything to write for another range of the page with this row."""
    return row is None or at - row.until >= STEP


def find(session: Session, recording: Recording, person_id: int, page: str) -> Listening | None:
    query = select(Listening).where(
        Listening.person_id == person_id,
        Listening.page == page,
        Listening.recording_id == recording.id,
    )
    return session.scalar(query)


def opened(
    session: Session, recording: Recording, person_id: int, page: str, address: str, at: datetime
) -> Listening:
    """The row of this page, made with the first range and extended by every later one."""
    row = find(session, recording, person_id, page)
    if row is None:
        row = _made(session, recording, person_id, page, address, at)
    row.until = max(row.until, at)
    session.flush()
    return row


def _made(
    session: Session, recording: Recording, person_id: int, page: str, address: str, at: datetime
) -> Listening:
    """A player may ask for two ranges at once: the row of whoever comes second is the first's."""
    row = Listening(
        call_id=recording.call_id,
        recording_id=recording.id,
        person_id=person_id,
        page=page,
        at=at,
        until=at,
        heard=0.0,
        address=address[:60],
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        there = find(session, recording, person_id, page)
        if there is None:
            raise
        return there
    return row


def played(
    session: Session, recording: Recording, person_id: int, page: str, seconds: float, at: datetime
) -> Listening | None:
    """So many more seconds were played; nothing for a page that was given no sound."""
    row = find(session, recording, person_id, page)
    if row is None or not (math.isfinite(seconds) and seconds > 0):
        return row
    row.heard += min(seconds, MOST_REPORTED)
    row.until = max(row.until, at)
    session.flush()
    return row


def of_call(session: Session, call: Call) -> Sequence[Listening]:
    """Everybody who was given the sound of a call, latest first."""
    query = select(Listening).where(Listening.call_id == call.id)
    return session.scalars(query.order_by(Listening.at.desc(), Listening.id.desc())).all()
