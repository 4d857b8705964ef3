"""What a correction would change, before anything is changed: marks, passes, certificates.

Covers every exam in which the version was asked. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import counting
from .counting import Counted, Sat
from .gradings import Sheet, sheets
from .kept import parts
from .tables import Attempt, AttemptQuestion, Certificate, Exam
from .totals import Change, Remembering, total


@dataclass(frozen=True, slots=True)
class Shift:
    """What counts for a person in an exam, now and afterwards. ``certificate``: the number of a
    valid one that they would not have earned."""

    person_id: int
    before: Counted
    after: Counted
    certificate: str = ""

    @property
    def by(self) -> float:
        """Percentage points; leaving out all that counts is no loss."""
        if self.before.percent is None or self.after.percent is None:
            return 0.0
        return self.after.percent - self.before.percent

    @property
    def passes(self) -> bool:
        return self.after.passed is True and self.before.passed is not True

    @property
    def fails(self) -> bool:
        return self.before.passed is True and self.after.passed is not True


@dataclass(frozen=True, slots=True)
class ExamImpact:
    """One exam: ``attempts`` that met the question, of ``people``; ``shifts``: whom it changes,
    passes first, then the largest change. ``open``: attempts that are still going on."""

    exam: Exam
    attempts: int
    people: int
    open: int
    shifts: tuple[Shift, ...]

    @property
    def raised(self) -> int:
        return sum(1 for shift in self.shifts if shift.by > 0)

    @property
    def lowered(self) -> int:
        return sum(1 for shift in self.shifts if shift.by < 0)

    @property
    def passes(self) -> int:
        return sum(1 for shift in self.shifts if shift.passes)

    @property
    def fails(self) -> int:
        return sum(1 for shift in self.shifts if shift.fails)

    @property
    def certificates(self) -> int:
        return sum(1 for shift in self.shifts if shift.certificate)


@dataclass(frozen=True, slots=True)
class Impact:
    """Every exam that asked the version, the newest first."""

    exams: tuple[ExamImpact, ...]

    def total(self, name: str) -> int:
        """The sum of a number of all exams: ``attempts``, ``raised``, ``lowered``, …"""
        return sum(getattr(each, name) for each in self.exams)

    @property
    def promotions(self) -> int:
        """People whose promotion exam ends otherwise."""
        return sum(each.passes + each.fails for each in self.exams if each.exam.kind == "promotion")


def met(session: Session, version_id: int) -> list[int]:
    """Ids of submitted attempts that have the version, in order."""
    query = (
        select(Attempt.id)
        .join(AttemptQuestion, AttemptQuestion.attempt_id == Attempt.id)
        .where(AttemptQuestion.version_id == version_id, Attempt.state == "submitted")
    )
    return list(session.scalars(query.distinct().order_by(Attempt.id)))


def preview(session: Session, version_id: int, change: Change) -> Impact:
    """What adding the change to the corrections of the version would do."""
    ids = met(session, version_id)
    after = _after(session, ids, version_id, change)
    exams = _exams(session, version_id)
    found = [_exam(session, exam, ids, after, version_id) for exam in exams]
    return Impact(tuple(found))


def _exams(session: Session, version_id: int) -> Sequence[Exam]:
    asked = (
        select(Attempt.exam_id)
        .join(AttemptQuestion, AttemptQuestion.attempt_id == Attempt.id)
        .where(AttemptQuestion.version_id == version_id)
    )
    query = select(Exam).where(Exam.id.in_(asked)).order_by(Exam.opens_at.desc(), Exam.id.desc())
    return session.scalars(query).all()


def _after(
    session: Session, ids: Sequence[int], version_id: int, change: Change
) -> Mapping[int, tuple[Fraction, Fraction, bool]]:
    """{attempt: (points, possible, complete) with the change}"""
    remember = Remembering()
    found: dict[int, tuple[Fraction, Fraction, bool]] = {}
    for part in parts(ids):
        for id, sheet in sheets(session, part).items():
            asked = _with(sheet, version_id, change).asked
            outcome = total(asked, sheet.pass_percent, remember)
            found[id] = (outcome.points, outcome.possible, outcome.complete)
    return found


def _with(sheet: Sheet, version_id: int, change: Change) -> Sheet:
    asked = tuple(
        replace(each, changes=(*each.changes, change)) if each.version_id == version_id else each
        for each in sheet.asked
    )
    return replace(sheet, asked=asked)


def _exam(
    session: Session,
    exam: Exam,
    ids: Sequence[int],
    after: Mapping[int, tuple[Fraction, Fraction, bool]],
    version_id: int,
) -> ExamImpact:
    people = counting.by_person(session, exam)
    numbers = {sat.attempt_id: sat.number for attempts in people.values() for sat in attempts}
    changed = {id: Sat(id, numbers[id], *come) for id, come in after.items() if id in numbers}
    certificates = _certificates(session, exam)
    shifts, touched = [], 0
    for person_id, attempts in people.items():
        if not any(sat.attempt_id in changed for sat in attempts):
            continue
        touched += 1
        shift = _shift(person_id, exam, attempts, changed, certificates)
        if shift.before != shift.after:
            shifts.append(shift)
    shifts.sort(key=lambda s: (not (s.passes or s.fails), -abs(s.by), s.person_id))
    return ExamImpact(exam, len(changed), touched, _open(session, exam, version_id), tuple(shifts))


def _shift(
    person_id: int,
    exam: Exam,
    attempts: Sequence[Sat],
    changed: Mapping[int, Sat],
    certificates: Mapping[int, str],
) -> Shift:
    before = counting.counted(attempts, exam.counts, exam.pass_percent)
    replaced = counting.replaced(attempts, changed)
    after = counting.counted(replaced, exam.counts, exam.pass_percent)
    lost = "" if after.passed else certificates.get(person_id, "")
    return Shift(person_id, before, after, lost)


def _certificates(session: Session, exam: Exam) -> dict[int, str]:
    query = select(Certificate.person_id, Certificate.number).where(
        Certificate.exam_id == exam.id, Certificate.revoked_at.is_(None)
    )
    return {person: number for person, number in session.execute(query)}  # noqa: C416 - rows


def _open(session: Session, exam: Exam, version_id: int) -> int:
    query = (
        select(Attempt.id)
        .join(AttemptQuestion, AttemptQuestion.attempt_id == Attempt.id)
        .where(
            Attempt.exam_id == exam.id,
            Attempt.state == "open",
            AttemptQuestion.version_id == version_id,
        )
    )
    return len(session.scalars(query.distinct()).all())
