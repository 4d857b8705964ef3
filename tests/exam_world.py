"""Builders of exams: questions, papers, exams, attempts, gradings, courses.

Each adds rows with plain defaults straight to the tables; what a test is about it says itself.
People are ids: take them from ``tests.world`` or make numbers up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from exams.grade import grade
from exams.kept import question_of
from exams.tables import (
    Allowance,
    Assignment,
    Attempt,
    AttemptEvent,
    AttemptQuestion,
    BankQuestion,
    Course,
    Exam,
    ExamAudience,
    Grading,
    Paper,
    PracticeSet,
    QuestionTopic,
    QuestionVersion,
)
from exams.takers import Taker
from kb.gate import EVERYTHING, Viewer
from kb.text import fold

from .exams.asked import question
from .world import NOW

AGENT, OTHER_AGENT, EXAMINER = 11, 12, 41
"""Ids where it does not matter who."""

_numbers = count(1)


def a_taker(
    person_id: int = AGENT,
    team_id: int | None = None,
    grade: str = "",
    viewer: Viewer = EVERYTHING,
) -> Taker:
    return Taker(person_id, team_id, grade, viewer)


def add_question(
    session: Session,
    key: str = "",
    kind: str = "single",
    *,
    state: str = "kept",
    grade: str = "",
    audiences: Sequence[str] = (),
    at: datetime = NOW - timedelta(days=30),
    **content: Any,
) -> BankQuestion:
    """A question with one version (``tests.exams.asked``); ``content`` changes its fields.

    Without a key it gets the next number. ``latest.id`` is the version a paper may name.
    """
    key = key or f"q-{next(_numbers):05}"
    asked = question(kind, key=key, **content)
    made = BankQuestion(
        key=key,
        state=state,
        kind=kind,
        difficulty=asked.difficulty,
        grade=grade,
        folded=fold(asked.stem).text,
        article_key=asked.source.article if asked.source else "",
        audiences=list(audiences),
        created_at=at,
    )
    made.topics = [QuestionTopic(topic=topic) for topic in asked.topics]
    made.versions = [QuestionVersion(number=1, content=asked.as_dict(), at=at)]
    session.add(made)
    session.flush()
    return made


def add_version(session: Session, row: BankQuestion, **content: Any) -> QuestionVersion:
    """A newer text of the question; ``content`` replaces fields of the last one."""
    last = row.latest
    made = QuestionVersion(
        question=row, number=last.number + 1, content=last.content | content, at=NOW
    )
    session.add(made)
    session.flush()
    return made


def add_paper(
    session: Session,
    questions: Sequence[BankQuestion] | None = None,
    *,
    rows: Sequence[Mapping[str, Any]] | None = None,
    weights: Mapping[str, Mapping[str, float]] | None = None,
    points: float = 1,
    title: str = "",
) -> Paper:
    """A fixed paper of the newest versions of ``questions``, each worth ``points``; without any,
    of one new single choice. With ``rows`` a blueprint; what a row leaves out is '', 1 and 1."""
    if rows is not None:
        usual = {"topic": "", "difficulty": "", "kind": "", "grade": "", "number": 1, "points": 1}
        content: dict[str, Any] = {"rows": [usual | dict(row) for row in rows]}
        content |= {"weights": {name: dict(each) for name, each in (weights or {}).items()}}
    else:
        asked = [add_question(session)] if questions is None else questions
        content = {"questions": [{"version": q.latest.id, "points": points} for q in asked]}
    made = Paper(
        title=title or f"试卷 {next(_numbers)}", content=content, created_at=NOW, changed_at=NOW
    )
    session.add(made)
    session.flush()
    return made


def add_exam(
    session: Session,
    paper: Paper | None = None,
    *,
    audience: Sequence[tuple[str, str]] = (("all", ""),),
    allowances: Sequence[Mapping[str, Any]] = (),
    **fields: Any,
) -> Exam:
    """A published monthly exam, open for everybody since an hour and until tomorrow, an hour long.

    ``audience``: (kind, value); ``allowances``: fields of ``Allowance``; ``fields`` replace what
    is here (``published_at=None`` is a draft).
    """
    given: dict[str, Any] = {
        "title": f"考试 {next(_numbers)}",
        "kind": "monthly",
        "opens_at": NOW - timedelta(hours=1),
        "closes_at": NOW + timedelta(days=1),
        "minutes": 60,
        "created_at": NOW - timedelta(days=2),
        "created_by": EXAMINER,
        "published_at": NOW - timedelta(days=1),
    } | fields
    made = Exam(paper=paper or add_paper(session), **given)
    made.audience = [ExamAudience(kind=kind, value=value) for kind, value in audience]
    made.allowances = [Allowance(**each) for each in allowances]
    session.add(made)
    session.flush()
    return made


def add_attempt(
    session: Session,
    exam: Exam,
    person_id: int = AGENT,
    responses: Sequence[Any] = (),
    *,
    questions: Sequence[BankQuestion] | None = None,
    points: float = 1,
    open: bool = False,
    graded: bool = False,
    **fields: Any,
) -> Attempt:
    """An attempt that was handed in after ten minutes, with its log.

    It holds ``questions``, or those of the fixed paper of the exam; ``responses`` answer them in
    order, None = not answered. ``open``: it still goes on. ``graded``: with its first ``Grading``.
    ``fields`` replace columns of ``Attempt``.
    """
    begun = fields.get("begun_at", NOW - timedelta(minutes=20))
    minutes = exam.minutes or 24 * 60
    number = 1 + sum(1 for _ in _attempts(session, exam, person_id))
    given: dict[str, Any] = {
        "number": number,
        "seed": f"{exam.id}-{person_id}-{number}",
        "state": "open" if open else "submitted",
        "begun_at": begun,
        "deadline_at": min(begun + timedelta(minutes=minutes), exam.closes_at),
        "submitted_at": None if open else begun + timedelta(minutes=10),
        "ended": "" if open else "by_hand",
        "team_id": None,
    } | fields
    made = Attempt(exam=exam, person_id=person_id, **given)
    made.questions = [
        AttemptQuestion(
            position=position,
            version=version,
            points=worth,
            order=[option["key"] for option in version.content.get("options", ())],
        )
        for position, (version, worth) in enumerate(
            _versions(session, exam, questions, points), start=1
        )
    ]
    session.add(made)
    session.flush()
    _log(session, made, responses)
    if graded:
        add_grading(session, made)
    return made


def _attempts(session: Session, exam: Exam, person_id: int) -> Sequence[Attempt]:
    return session.query(Attempt).filter_by(exam_id=exam.id, person_id=person_id).all()


def _versions(
    session: Session, exam: Exam, questions: Sequence[BankQuestion] | None, points: float
) -> list[tuple[QuestionVersion, float]]:
    if questions is not None:
        return [(asked.latest, points) for asked in questions]
    named = exam.paper.content.get("questions", ())
    return [(session.get_one(QuestionVersion, q["version"]), q["points"]) for q in named]


def _log(session: Session, attempt: Attempt, responses: Sequence[Any]) -> None:
    """Begun, answered a minute apart, submitted; as if one page had sent it."""
    add_event(session, attempt, "begun", attempt.begun_at)
    for row, response in zip(attempt.questions, responses, strict=False):
        if response is not None:
            at = attempt.begun_at + timedelta(minutes=row.position)
            event = add_event(session, attempt, "answered", at, row.position, response)
            row.response, row.event = response, event.id
    if attempt.submitted_at:
        add_event(session, attempt, "submitted", attempt.submitted_at)
    session.flush()


def add_event(
    session: Session,
    attempt: Attempt,
    kind: str,
    at: datetime = NOW,
    position: int | None = None,
    data: Any = None,
    **fields: Any,
) -> AttemptEvent:
    """One more line of the log, from a page of its own so that its number is free."""
    made = AttemptEvent(
        attempt_id=attempt.id,
        kind=kind,
        page=f"p-{next(_numbers)}",
        sequence=1,
        position=position,
        data=data,
        at=at,
        **fields,
    )
    session.add(made)
    session.flush()
    return made


def add_grading(session: Session, attempt: Attempt, **fields: Any) -> Grading:
    """What the keys say about the attempt as it stands; ``fields`` replace columns."""
    details: dict[str, Any] = {}
    earned = possible = Fraction(0)
    complete = True
    for row in attempt.questions:
        worth = Fraction(str(row.points))
        found = grade(question_of(row.version), row.response)
        details[str(row.position)] = found.as_dict(worth) | {"version": row.version_id}
        possible += worth
        earned += (found.fraction or 0) * worth
        complete = complete and not found.needs_marking
    percent = 100 * earned / possible if possible else Fraction(0)
    given: dict[str, Any] = {
        "number": attempt.graded + 1,
        "cause": "automatic",
        "points": float(earned),
        "possible": float(possible),
        "passed": percent >= Fraction(str(attempt.exam.pass_percent)) if complete else None,
        "complete": complete,
        "details": details,
        "at": attempt.submitted_at or NOW,
    } | fields
    made = Grading(attempt_id=attempt.id, **given)
    session.add(made)
    attempt.graded = made.number
    session.flush()
    return made


def add_course(session: Session, exam: Exam | None = None, **fields: Any) -> Course:
    """A published course without lessons."""
    given = {"title": f"课程 {next(_numbers)}", "created_at": NOW, "published_at": NOW} | fields
    made = Course(exam_id=exam.id if exam else None, **given)
    session.add(made)
    session.flush()
    return made


def add_assignment(
    session: Session, course: Course, person_id: int = AGENT, **fields: Any
) -> Assignment:
    made = Assignment(course=course, person_id=person_id, **{"assigned_at": NOW} | fields)
    session.add(made)
    session.flush()
    return made


def add_set(session: Session, person_id: int = AGENT, **fields: Any) -> PracticeSet:
    """A set of one new question that was practised today and not answered yet."""
    given = {"day": str(NOW.date()), "number": 1, "kind": "daily", "made_at": NOW} | fields
    asked = given.pop("questions", None) or [add_question(session)]
    items = [{"version": row.latest.id, "why": "new"} for row in asked]
    made = PracticeSet(person_id=person_id, items=items, **given)
    session.add(made)
    session.flush()
    return made
