"""Handing in exams whose time is over, each in a transaction of its own."""

from __future__ import annotations

import logging
from datetime import datetime

from exams import ending

from .db import SYSTEM, Database

log = logging.getLogger("zhixi.exams")


def settle(db: Database, at: datetime) -> int:
    """Hand in every attempt whose time and grace are over; says how many.

    One that cannot be handed in is named in the log and holds up no other.
    """
    with db.reading() as session:
        ids = ending.due(session, at)
    return sum(settle_one(db, id, at) for id in ids)


def settle_one(db: Database, attempt_id: int, at: datetime) -> bool:
    """The same for one; says whether it was handed in."""
    try:
        with db.work(SYSTEM, "exams.expire") as session:
            return ending.end_by_time(session, attempt_id, at)
    except Exception:
        log.exception("attempt not handed in", extra={"attempt": attempt_id})
        return False
