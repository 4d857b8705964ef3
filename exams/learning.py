"""A course as it stands for one person: what they may read of it, what is done, what is left.

    view = learning.view(session, course, assignment, viewer, at)
    for each in view.lessons: print(each.title, each.done, each.changed)
    learning.settle(session, assignment, viewer, at)     # done_at, once everything is done

A lesson whose article the person may not read, or that holds no more, has no title here and does
not count for them. A text that was revised after it was read stays done, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from kb import gate
from kb.gate import EVERYTHING, Viewer
from kb.models import Article, Revision

from . import courses, progress
from .tables.attempts import Attempt
from .tables.courses import Assignment, Course, Lesson, LessonProgress
from .tables.gradings import Grading


@dataclass(frozen=True, slots=True)
class Step:
    """A lesson for one person. ``title`` is '' and ``text`` None where it is closed to them.

    ``share`` of it that is done, 0–1; ``at_second`` where they stopped; ``changed``: the article
    has another text than the one they read.
    """

    lesson: Lesson
    number: int
    open: bool
    title: str
    text: Revision | None
    share: float
    at_second: float
    done_at: datetime | None
    changed: bool

    @property
    def done(self) -> bool:
        return self.done_at is not None


@dataclass(frozen=True, slots=True)
class View:
    """``quiz``: None without one, else whether it was passed."""

    course: Course
    steps: Sequence[Step]
    quiz: bool | None

    @property
    def counting(self) -> list[Step]:
        return [step for step in self.steps if step.open]

    @property
    def steps_done(self) -> int:
        return sum(step.done for step in self.counting)

    @property
    def is_done(self) -> bool:
        """Read, watched and quizzed; what nobody can do is not done."""
        counting = self.counting
        return bool(counting) and self.steps_done == len(counting) and self.quiz is not False

    @property
    def next(self) -> Step | None:
        return next((step for step in self.counting if not step.done), None)


def texts(session: Session, lessons: Sequence[Lesson], at: datetime) -> dict[str, Revision]:
    """{article key: the text in force}, whoever may read it: ask ``steps`` for whom it is."""
    keys = {each.article_key for each in lessons if each.kind == "text"}
    if not keys:
        return {}
    ids = session.scalars(select(Article.id).where(Article.key.in_(keys))).all()
    found = gate.in_force_of(session, EVERYTHING, at, ids)
    return {text.article.key: text for text in found.values()}


def steps(
    lessons: Sequence[Lesson],
    rows: Mapping[int, LessonProgress],
    found: Mapping[str, Revision],
    viewer: Viewer,
) -> list[Step]:
    """Pure: the lessons as they stand for one person; ``found`` as ``texts`` gives it."""
    made = []
    for number, lesson in enumerate(lessons, 1):
        row, text = rows.get(lesson.id), found.get(lesson.article_key)
        if text is not None and not viewer.may_see(text.audiences):
            text = None
        is_text = lesson.kind == "text"
        read = row.revision if row else None
        made.append(
            Step(
                lesson,
                number,
                text is not None or not is_text,
                (text.title if text else "") if is_text else lesson.title,
                text if is_text else None,
                progress.share(row, lesson),
                row.at_second if row else 0.0,
                row.done_at if row else None,
                is_text and text is not None and read is not None and text.number > read,
            )
        )
    return made


def view(
    session: Session, course: Course, assignment: Assignment | None, viewer: Viewer, at: datetime
) -> View:
    """For whoever the course is assigned to; without an assignment a look at it, nothing done."""
    lessons = courses.lessons(course)
    rows = progress.of(session, lessons, assignment.person_id) if assignment else {}
    made = steps(lessons, rows, texts(session, lessons, at), viewer)
    return View(course, made, _quiz(session, course, [assignment] if assignment else []))


def views(
    session: Session,
    course: Course,
    assignments: Sequence[Assignment],
    viewers: Mapping[int, Viewer],
    at: datetime,
) -> dict[int, View]:
    """{person id: the course as it stands for them}, for a whole list at once."""
    lessons = courses.lessons(course)
    found = texts(session, lessons, at)
    rows: dict[int, dict[int, LessonProgress]] = {}
    query = select(LessonProgress).where(
        LessonProgress.lesson_id.in_([each.id for each in lessons])
    )
    for row in session.scalars(query):
        rows.setdefault(row.person_id, {})[row.lesson_id] = row
    passed = passes(session, course, assignments)
    return {
        each.person_id: View(
            course,
            steps(lessons, rows.get(each.person_id, {}), found, viewers[each.person_id]),
            each.person_id in passed if course.exam_id is not None else None,
        )
        for each in assignments
        if each.person_id in viewers
    }


def _quiz(session: Session, course: Course, assignments: Sequence[Assignment]) -> bool | None:
    if course.exam_id is None:
        return None
    return bool(passes(session, course, assignments))


def passes(session: Session, course: Course, assignments: Sequence[Assignment]) -> set[int]:
    """Who has passed the quiz since the course was assigned to them."""
    if course.exam_id is None or not assignments:
        return set()
    since = {each.person_id: each.assigned_at for each in assignments}
    query = (
        select(Attempt.person_id, Attempt.submitted_at)
        .join(Grading, and_(Grading.attempt_id == Attempt.id, Grading.number == Attempt.graded))
        .where(Attempt.exam_id == course.exam_id, Grading.passed.is_(True))
    )
    if len(since) == 1:
        query = query.where(Attempt.person_id.in_(since))
    return {
        person_id
        for person_id, at in session.execute(query)
        if person_id in since and at is not None and at >= since[person_id]
    }


# Who


def assigned(session: Session, course: Course, person_id: int) -> Assignment | None:
    query = select(Assignment).where(
        Assignment.course_id == course.id, Assignment.person_id == person_id
    )
    return session.scalar(query)


def mine(session: Session, person_id: int) -> list[Assignment]:
    """What is assigned to a person of courses in use, the most pressing first; then what they
    have done, the newest first."""
    query = select(Assignment).join(Assignment.course).where(Assignment.person_id == person_id)
    found = session.scalars(query).all()
    waiting = [a for a in found if a.done_at is None and courses.state(a.course) == "open"]
    done = [a for a in found if a.done_at is not None]
    waiting.sort(key=lambda a: (a.due_at is None, a.due_at or a.assigned_at, a.id))
    done.sort(key=lambda a: (a.done_at or a.assigned_at, a.id), reverse=True)
    return waiting + done


def is_overdue(assignment: Assignment, at: datetime) -> bool:
    return assignment.done_at is None and assignment.due_at is not None and assignment.due_at <= at


def any_waiting(session: Session) -> bool:
    """Whether anybody has a course with a quiz that is not done."""
    query = select(Assignment.id).join(Assignment.course)
    waiting = query.where(Assignment.done_at.is_(None), Course.exam_id.is_not(None))
    return session.scalar(waiting.limit(1)) is not None


def tallies(
    session: Session, people: Collection[int], at: datetime
) -> dict[int, tuple[int, int, int]]:
    """{course id: (how many of these people have it, have done it, are overdue)}"""
    wanted = set(people)
    found: dict[int, tuple[int, int, int]] = {}
    query = select(
        Assignment.course_id, Assignment.person_id, Assignment.done_at, Assignment.due_at
    )
    for course_id, person_id, done_at, due_at in session.execute(query):
        if person_id in wanted:
            has, done, late = found.get(course_id, (0, 0, 0))
            overdue = done_at is None and due_at is not None and due_at <= at
            found[course_id] = has + 1, done + (done_at is not None), late + overdue
    return found


def settle(session: Session, assignment: Assignment, viewer: Viewer, at: datetime) -> bool:
    """Mark it as done once everything is; says whether it is. It stays so."""
    if assignment.done_at is None:
        if not view(session, assignment.course, assignment, viewer, at).is_done:
            return False
        assignment.done_at = at
        session.flush()
    return True
