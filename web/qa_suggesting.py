"""The job that runs the automatic checks of calls, whenever there is something new to look at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kb.gate import Viewer
from qa import suggesting
from qa.knowledge import KnowledgeBase
from qa.tables import Call, ScorecardVersion

from .access import addressee
from .db import SYSTEM, Database
from .models import Person


def run(db: Database, calls: Iterable[int], at: datetime) -> None:
    """Look at every call on every version it is being marked on."""
    for id in calls:
        _look(db, id, at)


def _look(db: Database, id: int, at: datetime) -> None:
    """The knowledge base is asked as the agent saw it, and before anything is written."""
    with db.reading() as session:
        call = session.get(Call, id)
        if call is None:
            return
        agent = session.get(Person, call.agent_id)
        viewer = addressee(agent) if agent else Viewer(frozenset())
        knowledge = KnowledgeBase(session, viewer, at)
        versions = suggesting.versions_of(session, call)
        found = {each.id: suggesting.find(call, each, knowledge) for each in versions}
    if any(found.values()):
        with db.work(SYSTEM, "qa.suggest") as writes:
            held = writes.get_one(Call, id)
            for version, findings in found.items():
                kept = writes.get_one(ScorecardVersion, version)
                suggesting.keep(writes, held, kept, findings, at)
