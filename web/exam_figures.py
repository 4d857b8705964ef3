"""Figures of exams as people read them: each with its interval and its n."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from exams import results, sittings
from exams.answered import About, Taken
from exams.questions import DIFFICULTIES
from exams.results import Group, Result
from exams.tables import Exam
from exams.takers import Taker
from kb.gate import Viewer
from qa import intervals
from qa.intervals import Estimate

from .context import can, person, reading
from .models import Person
from .qa_tables import percent

ALL = "exams.results"
NOBODY = Viewer()
NOBODY = Viewer()


@dataclass(frozen=True, slots=True)
class Row:
    """A group as a line of a table; ``rank`` is None under ``results.FEWEST`` people."""

    key: Any
    n: int
    mean: Estimate | None
    passed: Estimate | None
    rank: int | None = None
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """An exam at a glance. ``invited`` is None where nobody was counted."""

    invited: int | None
    begun: int
    submitted: int
    complete: int
    whole: Group
    mean: Estimate | None
    passed: Estimate | None


def team() -> frozenset[int] | None:
    """Whose results this person sees: None = everybody's, else those of the own team."""
    if can(ALL):
        return None
    query = select(Person.id).where(Person.team_id == (person().team_id or 0))
    return frozenset(reading().scalars(query))


def seen(found: Iterable[Result], people: frozenset[int] | None) -> list[Result]:
    return [one for one in found if people is None or one.person_id in people]


def overview(found: Sequence[Result], invited: int | None = None) -> Overview:
    whole = results.whole(found)
    return Overview(
        invited,
        len(found),
        sum(1 for one in found if one.submitted),
        whole.n,
        whole,
        mean(whole.percents),
        rate(whole),
    )


def invited(exam: Exam, people: frozenset[int] | None) -> int:
    """How many people who are here today the exam names."""
    query = select(Person.id, Person.team_id, Person.grade).where(Person.disabled_at.is_(None))
    takers = [
        Taker(id, team_id, grade, NOBODY)  # what they may read does not matter here
        for id, team_id, grade in reading().execute(query)
        if people is None or id in people
    ]
    return len(sittings.invited_of(reading(), exam, takers))


def mean(percents: Sequence[float]) -> Estimate | None:
    found = intervals.mean(percents)
    return found and intervals.held(found, percents)


def rate(group: Group) -> Estimate | None:
    """The share that passed, in percent."""
    return percent(intervals.wilson(group.passed, group.settled))


def rows(groups: Iterable[Group]) -> list[Row]:
    return [Row(g.key, g.n, mean(g.percents), rate(g), g.rank) for g in groups]


def part_rows(
    attempts: Sequence[Taken],
    named: Mapping[int, About],
    of: Callable[[About], Iterable[str]],
) -> list[Row]:
    """Parts of the paper, each by the shares people have of its points."""
    return [
        Row(part.key, len(part.shares), mean(part.shares), None, answers=part.answers)
        for part in results.by_part(attempts, named, of)
    ]


def by_difficulty(attempts: Sequence[Taken], named: Mapping[int, About]) -> list[Row]:
    """易, 中, 难 in this order, then what has no label (key '')."""
    found = {row.key: row for row in part_rows(attempts, named, lambda one: [one.difficulty])}
    return [found[key] for key in (*DIFFICULTIES, "") if key in found]


def counting_ids(found: Iterable[Result]) -> list[int]:
    """Ids of the attempts that count."""
    return [id for one in found if one.counted for id in one.counted.attempts]
