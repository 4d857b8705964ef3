"""Answers graded again in the background after a correction, batch by batch.

A batch is a unit of work; killed in between, the next try goes on: what is graded already stays
as it is.
"""

from __future__ import annotations

from datetime import datetime

from exams import corrections, impact
from exams.kept import parts
from exams.tables import Correction

from .db import SYSTEM, Database


def run(db: Database, correction_id: int, at: datetime) -> int:
    """Grade every attempt that met the version; returns how many came out otherwise."""
    with db.reading() as session:
        found = session.get(Correction, correction_id)
        ids = impact.met(session, found.version_id) if found else []
    changed = 0
    for part in parts(ids, corrections.BATCH):
        with db.work(SYSTEM, "exams.regrade") as session:
            correction = session.get_one(Correction, correction_id)
            changed += corrections.regrade(session, correction, part, at)
    return changed
