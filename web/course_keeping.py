"""What courses need done by themselves: newcomers of teams, failed items, files nobody names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from exams import assigning, learning
from kb.storage import Storage
from qa import remedies

from . import course_files, learners, studying
from .course_quizzes import LATELY, offer_missed
from .db import SYSTEM, Database


def keep_up(db: Database, store: Storage, at: datetime) -> int:
    """Says how many assignments were made for those who joined a team."""
    course_files.sweep(db, store, at)
    with db.reading() as session:
        if not _anything(session, at):
            return 0
    with db.work(SYSTEM, "exams.course.assign") as session:
        offer_missed(session, at)
        people = learners.learners(session)
        studying.catch_up(session, people, at)
        return assigning.newcomers(session, learners.members(people), at)


def _anything(session: Session, at: datetime) -> bool:
    recent = (r for r in remedies.open_for(session) if r.proposed_at > at - LATELY and not r.quiz)
    return learning.any_waiting(session) or assigning.any_team(session) or any(recent)
