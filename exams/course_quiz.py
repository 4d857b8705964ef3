"""The quiz at the end of a course: an exam of kind ``course``, open to whoever has the course for
as long as the course is in use.

    course_quiz.choose(session, course, Quiz(paper_id=3), by=7, at=now)
    course_quiz.publish(session, course, at=now)      # with the course

The rules of an exam are frozen once it is published. Other rules for a course in use are another
exam: the one before is cancelled, and who has done the course has done it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import InvalidContent, Settled
from kb.gate import EVERYTHING

from . import arranging, exam_rules, feasibility, papers
from .blueprints import Blueprint
from .drawing import lay_out
from .errors import BadExam
from .exam_rules import Rules
from .pools import candidates
from .tables.courses import Course
from .tables.exams import Exam

FIELDS = {"pass_percent": "pass_percent", "attempts": "attempts", "minutes": "minutes"}
"""Rules of an exam that the form of a course has under the same name."""


@dataclass(frozen=True, slots=True)
class Quiz:
    """``attempts`` 0 = without limit; ``minutes`` None = without limit."""

    paper_id: int
    pass_percent: float = 80.0
    attempts: int = 0
    minutes: int | None = 20


def of(session: Session, course: Course) -> Quiz | None:
    """What holds now."""
    if course.exam_id is None:
        return None
    exam = session.get_one(Exam, course.exam_id)
    return Quiz(exam.paper_id, exam.pass_percent, exam.attempts, exam.minutes)


def choose(
    session: Session, course: Course, wanted: Quiz | None, *, by: int | None, at: datetime
) -> None:
    """Another quiz, other rules, or none. Raises InvalidContent."""
    if wanted == of(session, course):
        return
    before = session.get(Exam, course.exam_id) if course.exam_id is not None else None
    if wanted is None:
        _end(session, before, at)
        course.exam_id = None
    elif before is not None and before.published_at is None:
        with _told():
            arranging.save(session, before, _rules(course, wanted, at), before.saves)
    else:
        with _told():
            made = arranging.create(session, _rules(course, wanted, at), by=by, at=at)
        _end(session, before, at)
        course.exam_id = made.id
    session.flush()
    if course.published_at is not None:
        publish(session, course, at)


def publish(session: Session, course: Course, at: datetime) -> None:
    """Open from now on to those who have the course. Raises InvalidContent."""
    if course.exam_id is None:
        return
    exam = arranging.hold(session, course.exam_id)
    if exam.published_at is not None:
        return
    if short := _shortage(session, exam, at):
        raise InvalidContent("paper", f"这份试卷现在抽不出来。{short}")
    with _told():
        arranging.publish(session, exam, at)


def _shortage(session: Session, exam: Exam, at: datetime) -> str:
    content = papers.content(exam.paper)
    if not isinstance(content, Blueprint):
        return ""
    there = candidates(session, EVERYTHING, at)
    return feasibility.shortage(lay_out(content, there, ""))


def _rules(course: Course, wanted: Quiz, at: datetime) -> Rules:
    rules = replace(
        exam_rules.usual("course", at),
        title=f"{course.title[: exam_rules.LONGEST_TITLE - 3]}：小测",
        paper_id=wanted.paper_id,
        pass_percent=wanted.pass_percent,
        attempts=wanted.attempts,
        minutes=wanted.minutes,
    )
    return replace(rules, audience=frozenset({("course", str(course.id))}))


@contextmanager
def _told() -> Iterator[None]:
    """Raises InvalidContent with the field of the course's form."""
    try:
        yield
    except BadExam as wrong:
        field, sentence = next(iter(wrong.faults.items()))
        raise InvalidContent(FIELDS.get(field, "paper"), sentence) from None
    except Settled as wrong:
        raise InvalidContent("paper", str(wrong)) from None


def _end(session: Session, exam: Exam | None, at: datetime) -> None:
    if exam is not None and exam.cancelled_at is None:
        arranging.cancel(session, exam, at)
