"""Practice over tables: sets of questions, answers that stay, and what somebody remembers.

    made = daily(session, taker, at)
    said = answer(session, taker, made, 0, "B", at)

Functions flush and never commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from kb.database import LARGEST_ID
from kb.errors import NotFound, Settled

from . import practice_wells, spacing
from .choosing import Candidate, compose
from .days import day_of
from .grade import grade
from .kept import question_of
from .tables import Attempt, Card, PracticeAnswer, PracticeSet, QuestionVersion
from .takers import Taker

DAILY, MISTAKES, TOPIC = "daily", "mistakes", "topic"
MOST_SETS = 30
"""Sets of one person on one day."""
MASTERED = 2
"""Right answers in a row after which a question leaves the mistakes."""
BUSY = "您正在考试，练习和错题本暂时不能用；交卷以后再来。"


def sitting(session: Session, person_id: int, at: datetime) -> bool:
    """The person is in the middle of an exam: practice would tell right answers."""
    query = select(Attempt.id).where(
        Attempt.person_id == person_id, Attempt.state == "open", Attempt.deadline_at > at
    )
    return session.scalar(query.limit(1)) is not None


def daily(session: Session, taker: Taker, at: datetime) -> PracticeSet | None:
    """The first daily set of the day, made when it is first asked for; None = nothing to ask."""
    day = str(day_of(at))
    query = select(PracticeSet).where(
        PracticeSet.person_id == taker.person_id,
        PracticeSet.day == day,
        PracticeSet.kind == DAILY,
    )
    found = session.scalars(query.order_by(PracticeSet.number).limit(1)).one_or_none()
    return found or another(session, taker, DAILY, "", at)


def preview(session: Session, taker: Taker, at: datetime) -> list[Candidate]:
    """What the next daily set would ask."""
    day = str(day_of(at))
    seed = _seed(taker, day, _sets_of(session, taker.person_id, day) + 1)
    return compose(_candidates(session, taker, DAILY, "", at), seed)


def another(
    session: Session, taker: Taker, kind: str, about: str, at: datetime
) -> PracticeSet | None:
    """One more set; None where nothing is left to ask. Raises Settled during an exam, and where
    today's sets are too many already."""
    if sitting(session, taker.person_id, at):
        raise Settled(BUSY)
    day = str(day_of(at))
    number = _sets_of(session, taker.person_id, day) + 1
    if number > MOST_SETS:
        raise Settled(f"今天已经练了 {MOST_SETS} 组，明天再来吧。")
    items = compose(_candidates(session, taker, kind, about, at), _seed(taker, day, number))
    if not items:
        return None
    return _keep(session, taker.person_id, day, number, kind, about, items, at)


def _seed(taker: Taker, day: str, number: int) -> str:
    return f"{taker.person_id}/{day}/{number}"


def _sets_of(session: Session, person_id: int, day: str) -> int:
    query = select(func.max(PracticeSet.number)).where(
        PracticeSet.person_id == person_id, PracticeSet.day == day
    )
    return session.scalar(query) or 0


def _candidates(
    session: Session, taker: Taker, kind: str, about: str, at: datetime
) -> Iterable[Candidate]:
    wells = practice_wells.Wells(session, taker, at)
    if kind == MISTAKES:
        return wells.mistakes(about)
    if kind == TOPIC:
        return wells.of_topic(about)
    return wells.everything()


def _keep(
    session: Session,
    person_id: int,
    day: str,
    number: int,
    kind: str,
    about: str,
    items: Sequence[Candidate],
    at: datetime,
) -> PracticeSet:
    """The set as a row; where another request made it meanwhile, that one."""
    made = PracticeSet(
        person_id=person_id,
        day=day,
        number=number,
        kind=kind,
        about=about,
        items=[{"version": one.version_id, "why": one.why} for one in items],
        made_at=at,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        same = select(PracticeSet).where(
            PracticeSet.person_id == person_id,
            PracticeSet.day == day,
            PracticeSet.number == number,
        )
        return session.scalars(same).one()
    return made


def get(session: Session, person_id: int, id: int) -> PracticeSet:
    """A set of this person's own. Raises NotFound."""
    found = session.get(PracticeSet, id) if 0 < id <= LARGEST_ID else None
    if found is None or found.person_id != person_id:
        raise NotFound("练习", str(id))
    return found


def version_of(session: Session, made: PracticeSet, position: int) -> QuestionVersion:
    """What stands at a position, from 0. Raises NotFound."""
    if not 0 <= position < len(made.items):
        raise NotFound("练习题", str(position + 1))
    return session.get_one(
        QuestionVersion,
        made.items[position]["version"],
        options=[selectinload(QuestionVersion.question)],
    )


def answered(session: Session, made: PracticeSet) -> dict[int, PracticeAnswer]:
    """{position: its answer}"""
    query = select(PracticeAnswer).where(PracticeAnswer.set_id == made.id)
    return {row.position: row for row in session.scalars(query)}


def next_open(made: PracticeSet, answers: Iterable[int]) -> int | None:
    """The first position without an answer."""
    there = set(answers)
    return next((n for n in range(len(made.items)) if n not in there), None)


def answer(
    session: Session, taker: Taker, made: PracticeSet, position: int, response: Any, at: datetime
) -> PracticeAnswer:
    """Keep and mark an answer; None = "I do not know". The first one stays: a second is harmless.

    Raises Settled during an exam, BadResponse for a response of another shape, NotFound.
    """
    if sitting(session, taker.person_id, at):
        raise Settled(BUSY)
    version = version_of(session, made, position)
    there = session.scalars(_at(made, position)).one_or_none()
    if there is not None:
        return there
    fraction = grade(question_of(version), response).fraction
    if fraction is None:
        raise Settled("这道题要人工评阅，不能练习。")
    row = PracticeAnswer(
        set_id=made.id,
        position=position,
        person_id=taker.person_id,
        version_id=version.id,
        response=response,
        fraction=float(fraction),
        at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.scalars(_at(made, position)).one()
    remember(session, taker.person_id, version, fraction, at)
    return row


def _at(made: PracticeSet, position: int) -> Select[PracticeAnswer]:
    return select(PracticeAnswer).where(
        PracticeAnswer.set_id == made.id, PracticeAnswer.position == position
    )


def remember(
    session: Session, person_id: int, version: QuestionVersion, fraction: Fraction, at: datetime
) -> Card:
    """What an answer does to a person's card of a question; without one it is made."""
    card = _card(session, person_id, version.question_id, at, "wrong" if fraction < 1 else "new")
    card.state, card.due_at = spacing.after(card.state, fraction, at)
    card.version_id = version.id
    if fraction < 1:
        card.why = "wrong"
        card.wrong += 1
        card.right_in_row = 0
        card.noted_at = card.noted_at or at
    else:
        card.right_in_row += 1
        if card.right_in_row >= MASTERED:
            card.noted_at = None
    session.flush()
    return card


def assign(session: Session, person_id: int, question_ids: Iterable[int], at: datetime) -> int:
    """These questions are asked next, because somebody should know them; says how many."""
    count = 0
    for id in dict.fromkeys(question_ids):
        card = _card(session, person_id, id, at, "assigned")
        card.why, card.due_at = "assigned", min(card.due_at, at)
        count += 1
    session.flush()
    return count


def _card(session: Session, person_id: int, question_id: int, at: datetime, why: str) -> Card:
    """The card, held until the transaction ends; two requests make only one."""
    key = (person_id, question_id)
    found = session.get(Card, key, with_for_update=True)
    if found is not None:
        return found
    made = Card(
        person_id=person_id,
        question_id=question_id,
        why=why,
        state=spacing.fresh(),
        due_at=at,
        wrong=0,
        right_in_row=0,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        return session.get_one(Card, key, with_for_update=True)
    return made
