"""What the people who sat an exam came to, one by one and together.

Means and shares come with the values they are made of, so that whoever shows them can say how
many those are and how sure they make it.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .answered import About, Taken
from .counting import Counted, Sat, counted
from .kept import parts
from .tables import Attempt, Exam, Grading
from .totals import exactly

FEWEST = 5
"""People under which a group has no rank."""

MOST_EARLIER = 12


@dataclass(frozen=True, slots=True)
class Result:
    """Somebody who began an exam: what counts of it, and their attempts.

    ``counted`` is None before anything was handed in. ``attempt_id``: the attempt to look at: the
    last of those that count, else the last. ``submitted``: attempts handed in; ``writing``: one
    is still open. Times are of that attempt. ``team_id``, ``grade``: theirs when it began.
    """

    person_id: int
    team_id: int | None
    grade: str
    counted: Counted | None
    attempt_id: int
    submitted: int
    writing: bool
    begun_at: datetime
    submitted_at: datetime | None
    ended: str

    @property
    def percent(self) -> float | None:
        """What counts of a fully marked exam, 0–100."""
        found = self.counted
        return found.percent if found is not None and found.complete else None

    @property
    def passed(self) -> bool | None:
        return self.counted.passed if self.counted else None

    @property
    def seconds(self) -> float | None:
        if self.submitted_at is None:
            return None
        return (self.submitted_at - self.begun_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Group:
    """People under one key. ``percents``: of those fully marked; ``passed`` of ``settled``.

    ``rank`` counts from 1 and is None under ``FEWEST``; equal means share a rank.
    """

    key: Any
    percents: tuple[float, ...]
    passed: int
    settled: int
    rank: int | None = None

    @property
    def n(self) -> int:
        return len(self.percents)

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.percents) if self.percents else None

    @property
    def median(self) -> float | None:
        return statistics.median(self.percents) if self.percents else None

    @property
    def sd(self) -> float | None:
        """Over n − 1; None for fewer than two."""
        return statistics.stdev(self.percents) if len(self.percents) > 1 else None


@dataclass(slots=True)
class Part:
    """A part of the paper (a topic, a difficulty): each person's share of its points in percent,
    over ``answers`` answers."""

    key: str
    shares: list[float] = field(default_factory=list)
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Bin:
    """People with ``low`` ≤ percent < ``high`` (the last one: ≤)."""

    low: int
    high: int
    n: int


def results(session: Session, exam: Exam) -> list[Result]:
    """Everybody who began the exam, by their ids."""
    return of_exams(session, [exam])[exam.id]


def of_exams(session: Session, exams: Collection[Exam]) -> dict[int, list[Result]]:
    """{id of an exam: everybody who began it}, with one question to the database."""
    rules = {exam.id: exam for exam in exams}
    found: dict[int, dict[int, list[Any]]] = {id: {} for id in rules}
    for part in parts(rules):
        for row in session.execute(_attempts(part)):
            found[row.exam_id].setdefault(row.person_id, []).append(row)
    return {
        id: [_result(rules[id], rows) for _, rows in sorted(people.items())]
        for id, people in found.items()
    }


def _attempts(exam_ids: Sequence[int]) -> Any:
    held = (Grading.attempt_id == Attempt.id) & (Grading.number == Attempt.graded)
    return (
        select(
            Attempt.id,
            Attempt.exam_id,
            Attempt.person_id,
            Attempt.number,
            Attempt.team_id,
            Attempt.grade,
            Attempt.state,
            Attempt.begun_at,
            Attempt.submitted_at,
            Attempt.ended,
            Grading.points,
            Grading.possible,
            Grading.complete,
        )
        .outerjoin(Grading, held)
        .where(Attempt.exam_id.in_(exam_ids))
        .order_by(Attempt.exam_id, Attempt.person_id, Attempt.number)
    )


def _result(exam: Exam, rows: Sequence[Any]) -> Result:
    done = [row for row in rows if row.state == "submitted"]
    sat = [_sat(row) for row in done]
    # Of a single attempt every rule makes the same, and the first one makes it soonest.
    rule = exam.counts if len(sat) > 1 else "first"
    found = counted(sat, rule, exam.pass_percent) if sat else None
    shown = {row.id: row for row in rows}[found.attempts[-1] if found else rows[-1].id]
    return Result(
        shown.person_id,
        shown.team_id,
        shown.grade,
        found,
        shown.id,
        len(done),
        len(done) < len(rows),
        shown.begun_at,
        shown.submitted_at,
        shown.ended,
    )


def _sat(row: Any) -> Sat:
    if row.points is None:
        return Sat(row.id, row.number, Fraction(0), Fraction(0), False)
    return Sat(row.id, row.number, exactly(row.points), exactly(row.possible), row.complete)


# Together


def whole(found: Iterable[Result], key: Any = None) -> Group:
    """All of them as one group."""
    people = list(found)
    known = [one.passed for one in people if one.passed is not None]
    percents = tuple(one.percent for one in people if one.percent is not None)
    return Group(key, percents, sum(known), len(known))


def groups(found: Iterable[Result], key: Callable[[Result], Any]) -> list[Group]:
    """A group for each key, the best mean first; those under ``FEWEST`` stand last, unranked."""
    by: dict[Any, list[Result]] = {}
    for one in found:
        by.setdefault(key(one), []).append(one)
    made = [whole(people, name) for name, people in by.items()]
    few = sorted((g for g in made if g.n < FEWEST), key=lambda g: (-g.n, str(g.key)))
    enough = sorted((g for g in made if g.n >= FEWEST), key=lambda g: (-(g.mean or 0), str(g.key)))
    ranked: list[Group] = []
    for place, group in enumerate(enough, 1):
        before = ranked[-1] if ranked else None
        rank = before.rank if before and before.mean == group.mean else place
        ranked.append(Group(group.key, group.percents, group.passed, group.settled, rank))
    return [*ranked, *few]


def histogram(percents: Iterable[float], width: int = 10) -> list[Bin]:
    """How many people lie in each stretch of 0–100; ``width`` divides 100."""
    last = 100 // width - 1
    found = [0] * (last + 1)
    for percent in percents:
        found[min(last, max(0, int(percent // width)))] += 1
    return [Bin(n * width, (n + 1) * width, count) for n, count in enumerate(found)]


def by_part(
    attempts: Iterable[Taken], named: Mapping[int, About], of: Callable[[About], Iterable[str]]
) -> list[Part]:
    """Each part of the paper by its name; an answer may belong to several or to none.

    A person's share is over all their attempts given. Void and unmarked answers do not count.
    """
    sums: dict[str, dict[int, tuple[float, float]]] = {}
    made: dict[str, Part] = {}
    for each in attempts:
        for answer in each.answers:
            if answer.mark is None or answer.fraction is None or not answer.worth:
                continue
            worth = _float(answer.worth)
            mark = answer.fraction * worth
            for key in of(named[answer.version_id]):
                people = sums.setdefault(key, {})
                earned, most = people.get(each.person_id, (0.0, 0.0))
                people[each.person_id] = (earned + mark, most + worth)
                made.setdefault(key, Part(key)).answers += 1
    for key, people in sums.items():
        made[key].shares = [100 * earned / most for earned, most in people.values()]
    return [made[key] for key in sorted(made)]


@lru_cache(maxsize=1_024)
def _float(worth: Fraction) -> float:
    return float(worth)


# Over time


def earlier(session: Session, exam: Exam, limit: int = MOST_EARLIER) -> list[Exam]:
    """Exams of the same repetition that opened before this one, the oldest first."""
    root = exam.of_id or exam.id
    query = (
        select(Exam)
        .where(
            (Exam.of_id == root) | (Exam.id == root),
            Exam.id != exam.id,
            Exam.opens_at < exam.opens_at,
            Exam.published_at.is_not(None),
            Exam.cancelled_at.is_(None),
        )
        .order_by(Exam.opens_at.desc())
        .limit(limit)
    )
    return list(session.scalars(query))[::-1]
