"""The daily test: an exam that repeats makes the next one by itself.

    for made in due(session, now): ...   # then ``arranging.publish``, where the bank fills it

The first exam of a series holds the rules and how often (``repeats``); ``of_id`` of the others is
its id. Days are those of China. Only today's is made: days that nobody was there to make are
gone, since nobody could have sat them. Asked again, nothing is made twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from . import arranging, exam_rules
from .exam_rules import Rules
from .tables.exams import Allowance, Exam

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY = 4


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def falls_on(repeats: str, day: date) -> bool:
    """Whether an exam that repeats so has one on that day. Public holidays are not known."""
    return repeats == "daily" or (repeats == "workdays" and day.weekday() <= FRIDAY)


def moved(rules: Rules, day: date) -> Rules:
    """The same rules on another day: at the same time of the clock, as long."""
    first = rules.opens_at.astimezone(ZONE)
    opens_at = datetime.combine(day, first.timetz().replace(tzinfo=None), ZONE)
    closes_at = opens_at + (rules.closes_at - rules.opens_at)
    return replace(rules, opens_at=opens_at, closes_at=closes_at, repeats="")


def next_day(first: Exam, at: datetime) -> date | None:
    """The next day after today on which there will be one; None where the series is over."""
    if not first.repeats:
        return None
    day = max(day_of(at), day_of(first.opens_at)) + timedelta(days=1)
    while not falls_on(first.repeats, day):
        day += timedelta(days=1)
    return day


def due(session: Session, at: datetime) -> list[int]:
    """First exams of series whose exam of today is not there yet and could still be sat."""
    query = select(Exam).where(
        Exam.repeats != "", Exam.published_at.is_not(None), Exam.cancelled_at.is_(None)
    )
    return [
        first.id
        for first in session.scalars(query.order_by(Exam.id))
        if _wanted(first, at) and not _there(session, first, day_of(at))
    ]


def make(session: Session, first_id: int, at: datetime) -> Exam | None:
    """Today's exam of a series, a draft; None where it is there or not wanted."""
    first = arranging.hold(session, first_id)
    if not _wanted(first, at) or _there(session, first, day_of(at)):
        return None
    rules = moved(exam_rules.of(first), day_of(at))
    made = arranging.create(session, rules, by=first.created_by, at=at)
    made.of_id = first.id
    made.allowances = [
        Allowance(person_id=each.person_id, minutes=each.minutes, reason=each.reason)
        for each in first.allowances
        if each.minutes
    ]
    session.flush()
    return made


def series(session: Session, exam: Exam) -> list[Exam]:
    """All exams of the series of this one, the newest first; empty where it has none."""
    first = exam.of_id or exam.id
    query = select(Exam).where(or_(Exam.of_id == first, Exam.id == first))
    found = list(session.scalars(query.order_by(Exam.opens_at.desc())))
    return found if len(found) > 1 else []


def unpublished(session: Session, at: datetime) -> list[Exam]:
    """Exams of series that were made, could not be published, and could still be sat."""
    query = select(Exam).where(
        Exam.of_id.is_not(None),
        Exam.published_at.is_(None),
        Exam.cancelled_at.is_(None),
        Exam.closes_at > at,
    )
    return list(session.scalars(query.order_by(Exam.closes_at)))


def _wanted(first: Exam, at: datetime) -> bool:
    today = day_of(at)
    if first.cancelled_at is not None or first.published_at is None:
        return False
    if today <= day_of(first.opens_at) or not falls_on(first.repeats, today):
        return False
    return at < moved(exam_rules.of(first), today).closes_at


def _there(session: Session, first: Exam, day: date) -> bool:
    begin = datetime.combine(day, datetime.min.time(), ZONE)
    query = select(Exam.id).where(
        Exam.of_id == first.id,
        Exam.opens_at >= begin,
        Exam.opens_at < begin + timedelta(days=1),
    )
    return session.scalar(query.limit(1)) is not None
