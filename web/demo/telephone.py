"""Brings in the demo centre's calls: what is known of them, what was said, and some sound."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.storage import Kept
from qa import calls, recordings, transcribing
from qa.calls import Facts
from qa.errors import BadAudio
from qa.recordings import Examined
from qa.tables import Call

from .. import accounts, jobs
from ..models import AuditEntry
from ..services import Services
from .conversations import FOLDER, Talk, talks

DOING = "demo.calls"
KNOWN_AFTER = timedelta(minutes=5)
"""The telephone system tells of a call so long after it began."""

Heard = tuple[Examined, Kept]


def add(services: Services) -> None:
    """Once, in one unit of work; the files come first, so that a kill leaves none too few."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        boss = accounts.get_person(session, "DEMO09")
        most = recordings.limits(session)
    sounds = {talk.key: heard(services, talk, most) for talk in talks() if talk.sound}
    with services.db.work(boss, DOING) as session:
        people = {agent: accounts.get_person(session, agent).id for agent in _agents()}
        for talk in talks():
            call = _add(session, talk, people[talk.agent], boss.id, services.now())
            if (found := sounds.get(talk.key)) is not None:
                _record(session, call, talk, found, boss.id)


def _agents() -> set[str]:
    return {talk.agent for talk in talks()}


def heard(services: Services, talk: Talk, most: recordings.Limits) -> Heard | None:
    """The recording as it is kept; None where this installation cannot read its format."""
    path = FOLDER / talk.sound
    try:
        found = recordings.examine(path, talk.sound, most)
    except BadAudio:
        return None
    with path.open("rb") as file:
        return found, services.recordings.put(file)


def _add(session: Session, talk: Talk, agent: int, by: int, now: datetime) -> Call:
    began = talk.began(now)
    facts = Facts(
        talk.key,
        agent_id=agent,
        started_at=began,
        seconds=talk.seconds,
        extension=talk.extension,
        customer=talk.customer,
        direction=talk.direction,
        queue=talk.queue,
        satisfaction=talk.satisfaction,
        consent="yes" if talk.consent else "no",
    )
    known = began + KNOWN_AFTER
    call = calls.add(session, facts, by, known)
    if talk.spoken:
        transcribing.add(session, call, talk.spoken, "file", by, known, talk.transcript.name)
    return call


def _record(session: Session, call: Call, talk: Talk, sound: Heard, by: int) -> None:
    found, kept = sound
    row, _ = recordings.keep(session, call, found, kept, talk.side, by, call.added_at)
    jobs.enqueue_measuring(session, row)
