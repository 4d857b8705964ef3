"""Which attempt of a person counts in an exam, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from .exact import exact
from .grade import ZERO
from .gradings import currents
from .tables import Attempt, Exam, Grading
from .totals import exactly


@dataclass(frozen=True, slots=True)
class Sat:
    """A submitted attempt as it counts; ``points`` of ``possible`` are exact.

    ``complete``: nothing of it waits for a marker. Before its first grading all is 0.
    """

    attempt_id: int
    number: int
    points: Fraction
    possible: Fraction
    complete: bool

    @property
    def percent(self) -> Fraction | None:
        """None where nothing counts."""
        return 100 * self.points / self.possible if self.possible else None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a person has in an exam.

    ``percent``: 0…100, None where nothing counts at all. ``passed`` is None as long as it is
    open; it is certain before ``complete`` where no mark can change it. ``attempts``: ids of
    those that count.
    """

    percent: float | None
    points: float
    possible: float
    passed: bool | None
    complete: bool
    attempts: list[int]


def counting(session: Session, exam: Exam) -> dict[int, Counted]:
    """{id of a person: what counts} of everybody who submitted an attempt of the exam."""
    return {
        person: counted(sat, exam.counts, exam.pass_percent)
        for person, sat in by_person(session, exam).items()
    }


def by_person(session: Session, exam: Exam) -> dict[int, list[Sat]]:
    """{id of a person: their submitted attempts, the first first}."""
    query = (
        select(Attempt.id, Attempt.person_id, Attempt.number)
        .where(Attempt.exam_id == exam.id, Attempt.state == "submitted")
        .order_by(Attempt.person_id, Attempt.number)
    )
    rows = session.execute(query).all()
    gradings = currents(session, (row.id for row in rows))
    found: dict[int, list[Sat]] = {}
    for id, person_id, number in rows:
        found.setdefault(person_id, []).append(sat(id, number, gradings.get(id)))
    return found


def sat(attempt_id: int, number: int, grading: Grading | None) -> Sat:
    if grading is None:
        return Sat(attempt_id, number, ZERO, ZERO, False)
    points, possible = exactly(grading.points), exactly(grading.possible)
    return Sat(attempt_id, number, points, possible, grading.complete)


def counted(attempts: Sequence[Sat], rule: str, pass_percent: float) -> Counted:
    """What the attempts of one person come to by the rule ``best``, ``last``, ``first`` or
    ``mean``; they must be in the order in which they were sat, and not empty."""
    wanted = exact(pass_percent) or ZERO
    if rule == "mean":
        return _mean(attempts, wanted)
    if rule == "best":
        return _best(attempts, wanted)
    return _one(attempts[0] if rule == "first" else attempts[-1], wanted)


def _one(one: Sat, wanted: Fraction) -> Counted:
    passed = _reached(one.percent, wanted) if one.complete else None
    return Counted(
        _float(one.percent),
        float(one.points),
        float(one.possible),
        passed,
        one.complete,
        [one.attempt_id],
    )


def _best(attempts: Sequence[Sat], wanted: Fraction) -> Counted:
    """The highest so far; another that still waits for a marker may become it."""
    complete = all(one.complete for one in attempts)
    ready = [one for one in attempts if one.complete]
    top = max(ready or attempts, key=lambda one: (_height(one), -one.number))
    passed = _reached(top.percent, wanted) if top.complete else None
    if not complete and not passed:
        passed = None
    return Counted(
        _float(top.percent),
        float(top.points),
        float(top.possible),
        passed,
        complete,
        [top.attempt_id],
    )


def _mean(attempts: Sequence[Sat], wanted: Fraction) -> Counted:
    """Every attempt has the same weight, whatever it is out of."""
    complete = all(one.complete for one in attempts)
    percents = [one.percent for one in attempts if one.percent is not None]
    percent = sum(percents, ZERO) / len(percents) if percents else None
    return Counted(
        _float(percent),
        float(_average(one.points for one in attempts)),
        float(_average(one.possible for one in attempts)),
        _reached(percent, wanted) if complete else None,
        complete,
        [one.attempt_id for one in attempts],
    )


def _average(values: Iterable[Fraction]) -> Fraction:
    found = list(values)
    return sum(found, ZERO) / len(found)


def _height(one: Sat) -> Fraction:
    return Fraction(-1) if one.percent is None else one.percent


def _reached(percent: Fraction | None, wanted: Fraction) -> bool | None:
    return None if percent is None else percent >= wanted


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def replaced(attempts: Sequence[Sat], others: Mapping[int, Sat]) -> list[Sat]:
    """The attempts, with those in ``others`` (by id) as they would be."""
    return [others.get(one.attempt_id, one) for one in attempts]
