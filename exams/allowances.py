"""More time or more attempts for one person, and deadlines that move while somebody writes.

    give(session, exam, person_id, minutes=15, attempts=0, reason="手部受伤", at=now)

What was given is never taken back from somebody who is writing. Every move of a deadline is an
event in the log of the attempt, so that the attempt can be replayed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, Settled

from . import deadlines, ending, sittings
from .attempt_log import END, SERVER
from .tables.attempts import Attempt, AttemptEvent
from .tables.exams import Allowance, Exam

ALLOWED = "allowed"
"""Kind of the event: ``data`` is {"deadline_at": ISO, "minutes": of extra time in all}."""

MOST_MINUTES = 24 * 60
MOST_ATTEMPTS = 20
LONGEST_REASON = 500


def give(
    session: Session,
    exam: Exam,
    person_id: int,
    *,
    minutes: int,
    attempts: int,
    reason: str,
    at: datetime,
) -> Allowance:
    """What the person has above the rules, in all; 0 and 0 takes it back.

    An open attempt has its new deadline at once. Raises InvalidContent, Settled.
    """
    said = _checked(minutes, attempts, reason)
    open_ones = _open_of(session, exam, person_id)
    if exam.cancelled_at is not None:
        raise Settled("这场考试已经取消。")
    if at >= exam.closes_at and not open_ones:
        raise Settled("考试已经截止，加时不再起作用。要补考，请复制一场，只请这个人。")
    found = session.get(Allowance, (exam.id, person_id))
    if found is None:
        found = Allowance(exam_id=exam.id, person_id=person_id, minutes=0, attempts=0)
        exam.allowances.append(found)
    if open_ones and minutes < found.minutes:
        raise Settled("这个人正在考试，已经给的时间不能收回。")
    found.minutes, found.attempts, found.reason = minutes, attempts, said
    session.flush()
    for id in open_ones:
        _move(session, exam, id, minutes, at)
    if not minutes and not attempts:
        exam.allowances.remove(found)
        session.flush()
    return found


def settle(session: Session, exam: Exam, at: datetime) -> int:
    """Give every open attempt the deadline that the exam gives it now; says how many moved."""
    extra = {each.person_id: each.minutes for each in exam.allowances}
    return sum(
        _move(session, exam, id, extra.get(person_id, 0), at)
        for id, person_id in _all_open(session, exam)
    )


def stop(session: Session, exam: Exam, at: datetime) -> int:
    """The exam is off: every open attempt is over now. Says how many there were."""
    found = _all_open(session, exam)
    for id, _ in found:
        attempt = ending.hold(session, id)
        if attempt.state == ending.OPEN and at < attempt.deadline_at:
            _set(session, attempt, at, 0, at)
    return len(found)


def _move(session: Session, exam: Exam, attempt_id: int, minutes: int, at: datetime) -> bool:
    attempt = ending.hold(session, attempt_id)
    over = deadlines.closed(attempt.deadline_at, exam.grace_seconds, at)
    until = sittings.deadline(exam, attempt.begun_at, minutes)
    if attempt.state != ending.OPEN or over or until <= attempt.deadline_at:
        return False
    _set(session, attempt, until, minutes, at)
    return True


def _set(session: Session, attempt: Attempt, until: datetime, minutes: int, at: datetime) -> None:
    attempt.deadline_at = until
    query = select(func.max(AttemptEvent.sequence)).where(
        AttemptEvent.attempt_id == attempt.id, AttemptEvent.page == SERVER
    )
    last = session.scalar(query)
    session.add(
        AttemptEvent(
            attempt_id=attempt.id,
            kind=ALLOWED,
            page=SERVER,
            sequence=max(END, last if last is not None else END) + 1,
            data={"deadline_at": until.isoformat(), "minutes": minutes},
            at=at,
        )
    )
    session.flush()


def _open_of(session: Session, exam: Exam, person_id: int) -> list[int]:
    return [id for id, person in _all_open(session, exam) if person == person_id]


def _all_open(session: Session, exam: Exam) -> list[tuple[int, int]]:
    """(attempt, person) of those that are not handed in, in one order for every writer."""
    query = select(Attempt.id, Attempt.person_id).where(
        Attempt.exam_id == exam.id, Attempt.state == ending.OPEN
    )
    return [(id, person) for id, person in session.execute(query.order_by(Attempt.id))]


def _checked(minutes: int, attempts: int, reason: str) -> str:
    if not 0 <= minutes <= MOST_MINUTES:
        raise InvalidContent("minutes", f"加时请填 0 到 {MOST_MINUTES} 分钟。")
    if not 0 <= attempts <= MOST_ATTEMPTS:
        raise InvalidContent("attempts", f"加的次数请填 0 到 {MOST_ATTEMPTS}。")
    said = reason.replace("\0", "").strip()
    if (minutes or attempts) and not said:
        raise InvalidContent("reason", "请写原因，以后查得到为什么给了他。")
    if len(said) > LONGEST_REASON:
        raise InvalidContent("reason", f"原因最多 {LONGEST_REASON} 个字，现在 {len(said)} 个。")
    return said
