"""Sitting an exam: who is invited, when one may begin, and until when.

    for invitation in open_for(session, taker, at):
        print(invitation.exam.title, invitation.state, invitation.deadline)
    allowed = check(session, exam, taker, at)     # or MayNotSit says why not

Only the server's moment counts. Extra minutes of a person lengthen their time and also move the
close for them, so that somebody who begins as late as the others has the whole of it; they do
not open the door any longer: everybody must have begun before the exam closes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from .errors import MayNotSit, NotInvited
from .tables.attempts import Attempt
from .tables.courses import Assignment
from .tables.exams import Allowance, Exam, ExamAudience
from .takers import Taker


@dataclass(frozen=True, slots=True)
class Allowed:
    """One may begin now: attempt ``number``, until ``deadline_at``."""

    deadline_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """An exam as it stands for one person.

    ``state``: ``going_on`` (an attempt is open, until ``deadline``), ``open`` (may begin now;
    ``deadline`` is what beginning now would give), ``later`` (from ``begins``), ``late`` (the time
    to come in is over), ``used_up`` (no attempt is left), ``closed``, ``cancelled``. ``reason``
    says it in a sentence, '' for the first two. ``attempts_left`` is None without limit.
    """

    exam: Exam
    state: str
    reason: str
    attempts_used: int
    attempts_left: int | None
    begins: datetime
    deadline: datetime | None

    @property
    def may_begin(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Extra:
    """What one person has above the rules."""

    minutes: int = 0
    attempts: int = 0


NOTHING = Extra()


# Pure


def until(exam: Exam, extra: int) -> datetime:
    """When the exam closes for somebody with so many extra minutes."""
    return exam.closes_at + timedelta(minutes=extra)


def deadline(exam: Exam, begun_at: datetime, extra: int) -> datetime:
    """min(begin + duration + extra, close + extra); minutes."""
    close = until(exam, extra)
    if exam.minutes is None:
        return close
    return min(begun_at + timedelta(minutes=exam.minutes + extra), close)


def last_entry(exam: Exam) -> datetime:
    """After this moment nobody begins any more."""
    if exam.late_minutes is None:
        return exam.closes_at
    return min(exam.opens_at + timedelta(minutes=exam.late_minutes), exam.closes_at)


def left(exam: Exam, used: int, extra: int) -> int | None:
    """Attempts that are left, never below 0; None without limit."""
    return max(exam.attempts + extra - used, 0) if exam.attempts else None


def addresses(exam: Exam, taker: Taker, courses: Collection[int] = ()) -> bool:
    """The exam names this person; ``courses``: ids of those assigned to them."""
    names = {("all", ""), ("person", str(taker.person_id))}
    names |= {("course", str(id)) for id in courses}
    if taker.team_id is not None:
        names.add(("team", str(taker.team_id)))
    if taker.grade:
        names.add(("grade", taker.grade))
    return any((each.kind, each.value) in names for each in exam.audience)


def stand(
    exam: Exam,
    at: datetime,
    used: int,
    extra: Extra = NOTHING,
    going_on: Attempt | None = None,
) -> Invitation:
    """How the exam stands for an invited person who has begun ``used`` attempts."""
    remaining = left(exam, used, extra.attempts)
    state, reason, end = "open", "", deadline(exam, at, extra.minutes)
    if going_on is not None and exam.cancelled_at is None:
        state, end = "going_on", going_on.deadline_at
    else:
        state, reason = _entry(exam, at, remaining)
    known = end if state in ("open", "going_on") else None
    return Invitation(exam, state, reason, used, remaining, exam.opens_at, known)


def _entry(exam: Exam, at: datetime, remaining: int | None) -> tuple[str, str]:
    if exam.cancelled_at is not None:
        return "cancelled", "这场考试已经取消。"
    if at < exam.opens_at:
        return "later", "还没有开考。"
    if at >= exam.closes_at:
        return "closed", "考试已经截止。"
    if remaining == 0:
        return "used_up", "可考的次数已经用完。"
    if at > last_entry(exam):
        return "late", f"开考 {exam.late_minutes} 分钟后不能再进入，请联系考官。"
    return "open", ""


# With the database


def invited(session: Session, exam: Exam, taker: Taker) -> bool:
    """The exam names this person; whether it is published or open is another matter."""
    return addresses(exam, taker, _courses(session, [taker.person_id]).get(taker.person_id, ()))


def invited_of(session: Session, exam: Exam, takers: Iterable[Taker]) -> list[Taker]:
    """Those of ``takers`` whom the exam names."""
    people = list(takers)
    by_course = any(each.kind == "course" for each in exam.audience)
    courses = _courses(session, [each.person_id for each in people]) if by_course else {}
    return [each for each in people if addresses(exam, each, courses.get(each.person_id, ()))]


def check(session: Session, exam: Exam, taker: Taker, at: datetime) -> Allowed:
    """The person may begin now, and until when. Raises MayNotSit, NotInvited."""
    if exam.published_at is None or not invited(session, exam, taker):
        raise NotInvited()
    used = _used(session, [exam.id], taker.person_id).get(exam.id, 0)
    found = stand(exam, at, used, extra_of(session, exam, taker.person_id))
    if found.deadline is None:
        raise MayNotSit(found.reason, found.state)
    return Allowed(found.deadline, used + 1)


def invitation(session: Session, exam: Exam, taker: Taker, at: datetime) -> Invitation:
    """How a published exam stands for the person. Raises NotInvited; who has begun is invited."""
    used = _used(session, [exam.id], taker.person_id).get(exam.id, 0)
    if exam.published_at is None or not (used or invited(session, exam, taker)):
        raise NotInvited()
    open_one = _going_on(session, taker.person_id).get(exam.id)
    return stand(exam, at, used, extra_of(session, exam, taker.person_id), open_one)


def open_for(session: Session, taker: Taker, at: datetime) -> list[Invitation]:
    """Exams that await the person, open or yet to open, and what is going on; the nearest close
    first."""
    going_on = _going_on(session, taker.person_id)
    awaiting = and_(Exam.closes_at > at, _addressed(session, taker))
    query = select(Exam).where(
        Exam.published_at.is_not(None),
        Exam.cancelled_at.is_(None),
        or_(Exam.id.in_(going_on), awaiting),
    )
    exams = session.scalars(query.order_by(Exam.closes_at, Exam.id)).all()
    used = _used(session, [exam.id for exam in exams], taker.person_id)
    extra = _extras(session, taker.person_id)
    return [
        stand(exam, at, used.get(exam.id, 0), extra.get(exam.id, NOTHING), going_on.get(exam.id))
        for exam in exams
    ]


def extra_of(session: Session, exam: Exam, person_id: int) -> Extra:
    """What the person has above the rules of the exam."""
    found = session.get(Allowance, (exam.id, person_id))
    return Extra(found.minutes, found.attempts) if found else NOTHING


def release(session: Session, exam: Exam, at: datetime) -> None:
    """Give out what waits for it: marks, right answers. Once given out they stay so."""
    if exam.released_at is None:
        exam.released_at = at
        session.flush()


def _addressed(session: Session, taker: Taker) -> ColumnElement[bool]:
    """SQL of ``addresses``."""
    named = {"all": [""], "person": [str(taker.person_id)]}
    if taker.team_id is not None:
        named["team"] = [str(taker.team_id)]
    if taker.grade:
        named["grade"] = [taker.grade]
    courses = _courses(session, [taker.person_id]).get(taker.person_id)
    if courses:
        named["course"] = [str(id) for id in sorted(courses)]
    return Exam.audience.any(
        or_(
            *(
                and_(ExamAudience.kind == kind, ExamAudience.value.in_(values))
                for kind, values in named.items()
            )
        )
    )


def _courses(session: Session, people: Sequence[int]) -> Mapping[int, set[int]]:
    """{person: ids of the courses assigned to them}"""
    found: dict[int, set[int]] = {}
    query = select(Assignment.person_id, Assignment.course_id)
    if len(people) == 1:
        query = query.where(Assignment.person_id == people[0])
    for person_id, course_id in session.execute(query):
        found.setdefault(person_id, set()).add(course_id)
    return found


def _used(session: Session, exams: Sequence[int], person_id: int) -> dict[int, int]:
    """{exam: attempts the person has begun}"""
    query = (
        select(Attempt.exam_id, func.count())
        .where(Attempt.person_id == person_id, Attempt.exam_id.in_(exams))
        .group_by(Attempt.exam_id)
    )
    return dict(session.execute(query).all()) if exams else {}


def _going_on(session: Session, person_id: int) -> dict[int, Attempt]:
    query = select(Attempt).where(Attempt.person_id == person_id, Attempt.state == "open")
    return {attempt.exam_id: attempt for attempt in session.scalars(query)}


def _extras(session: Session, person_id: int) -> dict[int, Extra]:
    """{exam: what the person has above its rules}"""
    query = select(Allowance).where(Allowance.person_id == person_id)
    return {each.exam_id: Extra(each.minutes, each.attempts) for each in session.scalars(query)}
