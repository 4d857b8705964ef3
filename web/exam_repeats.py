"""Today's exam of every series, made and published by itself."""

from __future__ import annotations

import logging
from datetime import datetime

from exams import arranging, readiness, repeating

from . import exam_people
from .db import SYSTEM, Database
from .taking import taker

log = logging.getLogger("zhixi.exams")


def waiting(db: Database, at: datetime) -> bool:
    with db.reading() as session:
        return bool(repeating.due(session, at))


def run(db: Database, at: datetime) -> int:
    """Make what is due, each in a transaction of its own; says how many were published.

    Where the bank does not fill the paper, the exam stays a draft: the start page of the
    examiners names it, and they publish it once there are questions.
    """
    with db.reading() as session:
        ids = repeating.due(session, at)
    return sum(_make(db, id, at) for id in ids)


def _make(db: Database, first_id: int, at: datetime) -> bool:
    with db.work(SYSTEM, "exams.repeat") as session:
        made = repeating.make(session, first_id, at)
        if made is None:
            return False
        people = [taker(each) for each in exam_people.invited(session, made)]
        lacking = readiness.shortages(session, made.paper, people, at)
        if lacking or arranging.unready(made, at):
            log.warning("exam not published: no paper for everybody", extra={"exam": made.id})
            return False
        arranging.publish(session, made, at)
        return True
