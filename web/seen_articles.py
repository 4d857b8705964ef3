"""What the agent saw of the knowledge base during a call, as far as the viewer may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from kb import past
from kb.gate import Viewer
from kb.models import Revision
from qa.tables import Call

from .evidence.tables import SHOWN, Trace

MOST = 200
"""Traces of one call; the desk shows a few a search."""
NO_END = timedelta(hours=1)
"""How long a call is taken to last whose end nobody has told."""


@dataclass(frozen=True, slots=True)
class Used:
    """One text of an article, and when it was seen: ``acts`` with the moment of each first."""

    revision: Revision
    at: datetime
    acts: Sequence[tuple[str, datetime]]

    @property
    def only_shown(self) -> bool:
        """It stood in a list of results; nobody opened it."""
        return all(act == SHOWN for act, _ in self.acts)


def during(session: Session, viewer: Viewer, call: Call, now: datetime) -> Sequence[Used]:
    """Each text once, in the order in which they appeared.

    Traces of its agent that carry the call's ID, and those in its time that carry no other.
    """
    traces = session.scalars(_traces(call)).all()
    open_ = past.remembered(session, viewer, now, {t.revision for t in traces})
    found: dict[int, dict[str, datetime]] = {}
    texts: dict[int, Revision] = {}
    for trace in traces:
        if trace.revision_id in open_:
            texts[trace.revision_id] = trace.revision
            found.setdefault(trace.revision_id, {}).setdefault(trace.act, trace.at)
    return [
        Used(texts[id], min(acts.values()), sorted(acts.items(), key=lambda each: each[1]))
        for id, acts in found.items()
    ]


def _traces(call: Call) -> Select[tuple[Trace]]:
    end = call.ended_at or call.started_at + (
        NO_END if call.seconds is None else timedelta(seconds=call.seconds)
    )
    meanwhile = and_(Trace.call == "", Trace.at >= call.started_at, Trace.at <= end)
    return (
        select(Trace)
        .where(Trace.person_id == call.agent_id, or_(Trace.call == call.key, meanwhile))
        .options(joinedload(Trace.revision).joinedload(Revision.article))
        .order_by(Trace.at, Trace.id)
        .limit(MOST)
    )
