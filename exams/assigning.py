"""Who studies which course, until when, and why.

    told = assign(session, course, [7, 8], Terms(due_at=friday, remark="月底前"), by=3, at=now)
    told.new, told.again, told.changed, told.kept

There is one assignment of a course to a person. Given again while it is open, it takes the new
date and words; given again when it is done, it stays done unless ``again`` says from the
beginning. What assigns by itself never touches an open one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.database import LARGEST_ID
from kb.errors import InvalidContent, NotFound, Settled

from . import courses, progress
from .tables.courses import Assignment, Course, CourseTeam

HAND, REVIEW, UNSIGNED, WEAK = "hand", "review", "unsigned", "weak"
WHY: Mapping[str, str] = {
    HAND: "培训师布置",
    REVIEW: "质检有一项不合格",
    UNSIGNED: "有规章过期没有签收",
    WEAK: "考试里这个知识点较弱",
}
LONGEST_REMARK = 500
MOST_PEOPLE = 2_000


@dataclass(frozen=True, slots=True)
class Terms:
    """``due_at`` None = the course's own days from now."""

    due_at: datetime | None = None
    remark: str = ""
    why: str = HAND
    again: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Ids of people: to whom it is new, who do it again, whose date or words changed, and for
    whom nothing changed."""

    new: Sequence[int]
    again: Sequence[int]
    changed: Sequence[int]
    kept: Sequence[int]


def assign(
    session: Session,
    course: Course,
    people: Iterable[int],
    terms: Terms,
    *,
    by: int | None,
    at: datetime,
) -> Told:
    """Raises Settled where the course cannot be assigned, InvalidContent."""
    courses.usable(course)
    wanted = list(dict.fromkeys(people))
    _check(wanted, terms, at)
    due_at = terms.due_at or at + timedelta(days=course.days)
    there = of_course(session, course)
    told = Told([], [], [], [])
    for person_id in wanted:
        row = there.get(person_id)
        if row is None:
            _new(session, course, person_id, terms, due_at, by, at)
            _put(told.new, person_id)
        elif row.done_at is not None and terms.again:
            _begin_again(session, row, terms, due_at, by, at)
            _put(told.again, person_id)
        elif row.done_at is None and terms.why == HAND and _differs(row, terms, due_at):
            row.due_at, row.remark = due_at, terms.remark.strip()
            _put(told.changed, person_id)
        else:
            _put(told.kept, person_id)
    session.flush()
    return told


def _put(people: Sequence[int], person_id: int) -> None:
    assert isinstance(people, list)
    people.append(person_id)


def _check(people: Sequence[int], terms: Terms, at: datetime) -> None:
    if not people:
        raise InvalidContent("people", "还没有选人。请选班组，或勾选人员。")
    if len(people) > MOST_PEOPLE:
        raise InvalidContent("people", f"一次最多布置给 {MOST_PEOPLE} 人。")
    if terms.due_at is not None and terms.due_at <= at:
        raise InvalidContent("due", "期限已经过去了，请选以后的时间。")
    if len(terms.remark.strip()) > LONGEST_REMARK:
        raise InvalidContent("remark", f"说明最多 {LONGEST_REMARK} 个字。")


def _differs(row: Assignment, terms: Terms, due_at: datetime) -> bool:
    """Whether somebody asked for another date or other words."""
    dated = terms.due_at is not None and row.due_at != due_at
    return dated or (bool(terms.remark.strip()) and row.remark != terms.remark.strip())


def _new(
    session: Session,
    course: Course,
    person_id: int,
    terms: Terms,
    due_at: datetime,
    by: int | None,
    at: datetime,
) -> None:
    session.add(
        Assignment(
            course=course,
            person_id=person_id,
            why=terms.why,
            remark=terms.remark.strip(),
            due_at=due_at,
            assigned_at=at,
            assigned_by=by,
        )
    )


def _begin_again(
    session: Session,
    row: Assignment,
    terms: Terms,
    due_at: datetime,
    by: int | None,
    at: datetime,
) -> None:
    progress.forget(session, courses.lessons(row.course), row.person_id)
    row.why, row.remark, row.due_at = terms.why, terms.remark.strip(), due_at
    row.assigned_at, row.assigned_by, row.done_at = at, by, None
    row.reminded_at = row.reminded_by = None


def of_course(session: Session, course: Course) -> dict[int, Assignment]:
    """{person id: their assignment}"""
    query = select(Assignment).where(Assignment.course_id == course.id)
    return {row.person_id: row for row in session.scalars(query.order_by(Assignment.id))}


def get(session: Session, course: Course, id: int) -> Assignment:
    """Raises NotFound."""
    found = session.get(Assignment, id) if 0 < id <= LARGEST_ID else None
    if found is None or found.course_id != course.id:
        raise NotFound("布置的学习", str(id))
    return found


def take_back(session: Session, row: Assignment) -> None:
    """It need not be done any more; how far the person was stays, should it come again.

    Raises Settled where it is done.
    """
    if row.done_at is not None:
        raise Settled("已经学完了，不能收回。")
    for standing in teams(session, row.course):
        standing.excused = sorted({*standing.excused, row.person_id})
    session.delete(row)
    session.flush()


def remind(session: Session, rows: Iterable[Assignment], *, by: int | None, at: datetime) -> int:
    """Those who are not done are reminded at their next page; says how many."""
    waiting = [row for row in rows if row.done_at is None]
    for row in waiting:
        row.reminded_at, row.reminded_by = at, by
    session.flush()
    return len(waiting)


# Teams, and who joins them later


def teams(session: Session, course: Course) -> list[CourseTeam]:
    query = select(CourseTeam).where(CourseTeam.course_id == course.id)
    return list(session.scalars(query.order_by(CourseTeam.team_id)))


def any_team(session: Session) -> bool:
    """Whether any course is for whoever joins a team."""
    return session.scalar(select(CourseTeam.course_id).limit(1)) is not None


def awaits(session: Session, team_id: int | None, person_id: int) -> bool:
    """Whether the person's team has a course that they have not got yet."""
    has = select(Assignment.course_id).where(Assignment.person_id == person_id)
    query = select(CourseTeam).where(
        CourseTeam.team_id == team_id, CourseTeam.course_id.not_in(has)
    )
    return any(
        person_id not in each.excused
        and courses.state(session.get_one(Course, each.course_id)) == "open"
        for each in session.scalars(query).all()
    )


def keep_for_team(
    session: Session, course: Course, team_id: int, remark: str, *, by: int | None, at: datetime
) -> None:
    """Whoever joins the team later gets the course too. Raises Settled."""
    courses.usable(course)
    if session.get(CourseTeam, (course.id, team_id)) is None:
        session.add(
            CourseTeam(
                course_id=course.id,
                team_id=team_id,
                excused=[],
                remark=remark.strip()[:LONGEST_REMARK],
                assigned_at=at,
                assigned_by=by,
            )
        )
        session.flush()


def stop_for_team(session: Session, course: Course, team_id: int) -> None:
    """Who has it keeps it; whoever joins later gets nothing. Harmless when it is so already."""
    found = session.get(CourseTeam, (course.id, team_id))
    if found is not None:
        session.delete(found)
        session.flush()


def newcomers(session: Session, members: Mapping[int, Sequence[int]], at: datetime) -> int:
    """Give whoever is in a team, and has not got them yet, the team's courses.

    ``members``: {team id: people who can sign in}. Says how many assignments were made.
    """
    made = 0
    for standing in session.scalars(select(CourseTeam).order_by(CourseTeam.course_id)).all():
        course = session.get_one(Course, standing.course_id)
        if courses.state(course) != "open":
            continue
        there = of_course(session, course)
        excused = set(standing.excused)
        missing = [
            id for id in members.get(standing.team_id, ()) if id not in there and id not in excused
        ]
        if missing:
            terms = Terms(remark=standing.remark)
            assign(session, course, missing, terms, by=standing.assigned_by, at=at)
            made += len(missing)
    return made


def by_review(session: Session, key: str, person_id: int, *, at: datetime) -> Course | None:
    """A failed item rests on this article: every course that asks for it is assigned, anew where
    it was done before. The first of them, None where no course does."""
    found = [course for course in courses.with_article(session, key) if course.by_review]
    for course in found:
        assign(session, course, [person_id], Terms(why=REVIEW, again=True), by=None, at=at)
    return found[0] if found else None
