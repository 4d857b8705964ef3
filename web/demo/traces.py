"""Invented use: what agents of the demo centre searched, read and copied in a fortnight, and what
they looked up in the calls of two months that may be listened to.

Each trace is marked as demo data (``origin``) and tied to the chain like any other, so that
evidence and usage have something to show. The people are invented, and so is what they did.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gate, past
from kb.answer import best
from kb.errors import NotFound
from kb.gate import EVERYTHING, Viewer
from kb.markdown import render
from kb.models import Revision
from kb.past import Then
from kb.records import Record

from ..answers import said
from ..db import SYSTEM
from ..evidence import words
from ..evidence.recorder import Sight, Who, append
from ..evidence.tables import COPIED, OPENED, SHOWN, Trace
from ..models import Person, SearchEntry
from ..pages import ZONE
from ..searchlog import question_key
from ..services import Services
from .conversations import talks
from .people import PEOPLE

DAYS = 14
OLDER = timedelta(days=64)
"""Articles are older than the oldest call."""
CALLS_A_DAY = 24
ORIGIN = "demo"
UNANSWERED = (
    "能带一箱活螃蟹上车吗",
    "车上能不能给手表充电",
    "站里哪儿能打印身份证复印件",
    "高铁上有没有轮椅可以借",
    "狗能不能坐商务座",
)
"""Asked on the telephone, and answered by no article of the demo."""


@dataclass(frozen=True, slots=True)
class Call:
    """One question on the telephone, and what the agent did about it."""

    at: datetime
    person_id: int
    number: str
    question: str
    revision: Revision | None
    outcome: str


def published_at(record: Record, now: datetime) -> datetime:
    """When an article of the demo was published: long enough ago to have been read, but what
    is to be signed is new."""
    return now if record.must_sign or record.effective_from else now - OLDER


def add(services: Services) -> None:
    """Once, in one unit of work; where anybody has used the demo already, nothing is invented."""
    with services.db.reading() as session:
        if session.scalar(select(Trace.id).limit(1)) is not None:
            return
    now = datetime.now(UTC)
    with services.db.work(SYSTEM, "demo.traces") as session:
        made = (*_calls(session, now), *_heard(session, now))
        calls = sorted(made, key=lambda call: call.at)
        session.add_all(_entry(call) for call in calls)
        append(session, [sight for call in calls for sight in _sights(call)])


def _calls(session: Session, now: datetime) -> Iterator[Call]:
    chance = random.Random(20261122)  # noqa: S311 (the same demo every time)
    agents = _agents(session)
    texts = _texts(session, now)
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(DAYS, 0, -1):
        day = midnight - timedelta(days=back)
        busy = CALLS_A_DAY - (8 if day.weekday() >= 5 else 0) + chance.randrange(-4, 5)
        for n in range(busy):
            at = day + timedelta(seconds=chance.randrange(8 * 3600, 22 * 3600))
            number = f"DEMO-{day:%m%d}-{n + 1:03}" if chance.random() < 0.7 else ""
            person_id = chance.choice(agents)
            if chance.random() < 0.07:
                yield Call(at, person_id, number, chance.choice(UNANSWERED), None, "")
                continue
            revision = texts[min(int(chance.expovariate(1 / 22)), len(texts) - 1)]
            question = chance.choice((*revision.questions, revision.title))
            outcome = chance.choices(("copied", "opened", ""), (5, 3, 2))[0]
            yield Call(at, person_id, number, question, revision, outcome)


def _heard(session: Session, now: datetime) -> Iterator[Call]:
    """What was looked up in the calls of the demo, in the text that held then."""
    chance = random.Random(20261123)  # noqa: S311 (the same demo every time)
    rows = session.execute(select(Person.number, Person.id))
    people = {row.number: row.id for row in rows}
    for talk in talks():
        for nth, key in enumerate(talk.looked_up):
            at = talk.began(now) + timedelta(seconds=9 + 11 * nth)
            try:
                text = past.in_force(session, EVERYTHING, now, Then(at, at), key)
            except NotFound:
                continue
            question = chance.choice((*text.questions, text.title))
            outcome = "copied" if chance.random() < 0.3 else "opened"
            yield Call(at, people[talk.agent], talk.key, question, text, outcome)


def _agents(session: Session) -> Sequence[int]:
    numbers = [member.number for member in PEOPLE if "agent" in member.roles]
    query = select(Person.id).where(Person.number.in_(numbers)).order_by(Person.number)
    return session.scalars(query).all()


def _texts(session: Session, now: datetime) -> list[Revision]:
    """What every agent may read and could read a fortnight ago, in an order that stays."""
    found = gate.browse(session, Viewer(), now, limit=1000).revisions
    begun = now - OLDER + timedelta(days=1)
    old = [r for r in found if r.published_at is not None and r.published_at < begun]
    known = sorted(old, key=lambda r: r.article.key)
    random.Random(7).shuffle(known)  # noqa: S311 (which articles are the popular ones)
    return known


def _entry(call: Call) -> SearchEntry:
    found = call.revision is not None
    return SearchEntry(
        at=call.at,
        person_id=call.person_id,
        query=call.question,
        folded=question_key(call.question),
        total=3 if found else 0,
        answered=found,
        top_key=call.revision.article.key if call.revision else "",
        took_ms=8.0,
        outcome=call.outcome,
        article_key=call.revision.article.key if call.revision and call.outcome else "",
        place=1 if call.outcome else None,
        cause="" if found else "missing",
    )


def _sights(call: Call) -> Iterator[Sight]:
    if call.revision is None:
        return
    who = Who(call.person_id, None, call.number, ORIGIN)
    title, number, body = call.revision.title, call.revision.number, call.revision.body
    key = call.revision.article.key
    answer = best(call.question, body, title=title)
    if answer is not None:
        place = words.Place(words.ANSWER, answer.start, answer.end, answer.condition or "")
        shown = said(answer.text, answer.condition, answer.columns)
        text = words.answer(title, number, shown)
        yield Sight(call.at, SHOWN, who, key, number, place, words.sha(text))
        if call.outcome == "copied":
            later = call.at + timedelta(seconds=9)
            yield Sight(later, COPIED, who, key, number, place, words.sha(text))
    if call.outcome == "opened" or (call.outcome == "copied" and answer is None):
        text = words.article(title, number, "", render(body))
        later = call.at + timedelta(seconds=6)
        place = words.Place(words.ARTICLE)
        yield Sight(later, OPENED, who, key, number, place, words.sha(text))
