"""The marks of an attempt, added up exactly: keys, corrections of keys, marks of essays.

Pure. A correction that does not lower leaves everybody at least what they had: the better of
two gradings counts, and a question that became void still counts for those it helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from .errors import BadResponse
from .grade import ONE, ZERO, Grade
from .grade import grade as by_key
from .questions import Question

SPREAD = Fraction(3, 10)
"""Two markers of one essay may differ by this share of its points; their mean counts. Further
apart they read the answer as two different bands (such as pass and good), and a third decides."""

WAITING = "等待人工评分。"
VOID = "本题作废，不计分。"
FULL = "本题有误，全部给分。"


@dataclass(frozen=True, slots=True)
class Mark:
    """What one marker gave an essay: a share of its points; ``settles`` = this one decides."""

    fraction: Fraction
    words: str = ""
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A correction as grading reads it; ``question`` is the corrected one of ``key``, ``both``."""

    mode: str
    question: Question | None = None
    lowers: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an attempt with all that decides what its answer is worth.

    ``changes``: the corrections of its version, the oldest first. ``double``: its essay is
    marked by two.
    """

    position: int
    version_id: int
    points: Fraction
    question: Question
    response: object
    changes: tuple[Change, ...] = ()
    marks: tuple[Mark, ...] = ()
    double: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the answer to a question may count as: ``grade`` (None = nothing but void), and
    whether the question may be left out for this person."""

    grade: Grade | None
    may_leave: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole attempt. ``details`` by position as ``Grading`` keeps them.

    ``complete``: nothing waits for a marker. ``passed`` is None until then, and where nothing
    counts at all.
    """

    points: Fraction
    possible: Fraction
    complete: bool
    passed: bool | None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def percent(self) -> Fraction | None:
        return 100 * self.points / self.possible if self.possible else None


Grader = Callable[[Question, object], Grade]


def total(asked: Sequence[Asked], pass_percent: Fraction, grader: Grader | None = None) -> Outcome:
    """Grade everything and add it up; ``grader`` may remember what it graded."""
    standings = [standing(each, grader or graded) for each in asked]
    counted = _counted(asked, standings)
    points = possible = ZERO
    complete = True
    details: dict[str, Any] = {}
    for each, stands, counts in zip(asked, standings, counted, strict=True):
        details[str(each.position)] = _detail(each, stands, counts)
        if not counts or stands.grade is None:
            continue
        possible += each.points
        points += (stands.grade.fraction or ZERO) * each.points
        complete = complete and not stands.grade.needs_marking
    passed = 100 * points >= pass_percent * possible if complete and possible else None
    return Outcome(points, possible, complete, passed, details)


def graded(question: Question, response: object) -> Grade:
    """The grade by the key; a response that has no shape of an answer earns nothing."""
    try:
        return by_key(question, response)
    except BadResponse as wrong:
        return Grade(ZERO, f"答案读不出，不得分：{wrong}")


class Remembering:
    """A grader that grades the same answer to the same question once."""

    def __init__(self) -> None:
        self._grades: dict[tuple[int, str], Grade] = {}
        self._questions: dict[int, Question] = {}

    def __call__(self, question: Question, response: object) -> Grade:
        key = (id(question), repr(response))
        if key not in self._grades:
            self._questions[id(question)] = question  # so that its id stays its own
            self._grades[key] = graded(question, response)
        return self._grades[key]


def mean_of(marks: Iterable[Mark], double: bool) -> Fraction | None:
    """What the marks of an essay come to; None = another marker is needed."""
    given = list(marks)
    deciding = [mark.fraction for mark in given if mark.settles]
    if deciding:
        return deciding[-1]
    first = [mark.fraction for mark in given]
    if not first or (double and len(first) < 2):
        return None
    if len(first) > 1 and max(first) - min(first) > SPREAD:
        return None
    return sum(first, ZERO) / len(first)


# One question


def standing(asked: Asked, grader: Grader = graded) -> Standing:
    """The corrections one after the other; each may only add to what was, unless it lowers."""
    found = Standing(_marked(asked, asked.question, grader))
    for change in asked.changes:
        found = _changed(found, change, asked, grader)
    return found


def _changed(before: Standing, change: Change, asked: Asked, grader: Grader) -> Standing:
    if change.mode == "void":
        return Standing(None) if change.lowers else replace(before, may_leave=True)
    after = _corrected(change, asked, grader)
    if before.grade is not None and _alike(before.grade, after):
        after = before.grade  # nothing to explain
    if change.lowers:
        return Standing(after)
    if before.grade is None:
        return Standing(after, True)
    better = _better(before.grade, after, "更正答案时不降低已得的分。")
    return Standing(better, before.may_leave)


def _alike(one: Grade, other: Grade) -> bool:
    return (one.fraction, one.per_part) == (other.fraction, other.per_part)


def _corrected(change: Change, asked: Asked, grader: Grader) -> Grade:
    if change.mode == "full":
        return Grade(ONE, FULL)
    corrected = _marked(asked, change.question or asked.question, grader)
    if change.mode == "both":
        first = _marked(asked, asked.question, grader)
        return _better(first, corrected, "原来的答案和更正的答案都算对。")
    return replace(corrected, why=f"按更正后的答案：{corrected.why}")


def _better(first: Grade, second: Grade, why: str) -> Grade:
    """The one that earns more; the second where they earn the same."""
    if _worth(first) > _worth(second):
        return first if first.why.endswith(why) else replace(first, why=first.why + why)
    return second


def _worth(grade: Grade) -> Fraction:
    return -ONE if grade.fraction is None else grade.fraction


def _marked(asked: Asked, question: Question, grader: Grader) -> Grade:
    """By the key, or by what markers gave."""
    found = grader(question, asked.response)
    if not found.needs_marking:
        return found
    share = mean_of(asked.marks, asked.double)
    if share is None:
        return Grade(None, WAITING)
    return Grade(share, "人工评分。")


# All of them


def _counted(asked: Sequence[Asked], standings: Sequence[Standing]) -> list[bool]:
    """Which questions count.

    Of those that may be left out only what is above the share of the rest stays: leaving one
    out so never lowers the percentage, and no other choice gives more.
    """
    counts = [each.grade is not None and not each.may_leave for each in standings]
    points = possible = ZERO
    for each, stands, fixed in zip(asked, standings, counts, strict=True):
        if fixed and stands.grade is not None:
            points += (stands.grade.fraction or ZERO) * each.points
            possible += each.points
    optional = [
        (stands.grade.fraction, n)
        for n, stands in enumerate(standings)
        if stands.may_leave and stands.grade is not None and stands.grade.fraction is not None
    ]
    for fraction, n in sorted(optional, key=lambda pair: (-pair[0], pair[1])):
        if fraction * possible > points or (not possible and fraction):
            counts[n] = True
            points += fraction * asked[n].points
            possible += asked[n].points
    return counts


def _detail(asked: Asked, stands: Standing, counts: bool) -> dict[str, Any]:
    """What a ``Grading`` keeps of a question; ``void``: it does not count for this person."""
    grade = stands.grade
    if not counts or grade is None:
        found: dict[str, Any] = {"fraction": None, "points": None, "needs_marking": False}
        return found | {"why": VOID, "void": True, "version": asked.version_id}
    found = replace(grade, suggested=None).as_dict(asked.points) | {"version": asked.version_id}
    if stands.may_leave:
        found["why"] += "本题已作废，对您有利，仍然计分。"
    words = [mark.words for mark in asked.marks if mark.words and grade.fraction is not None]
    return found | {"words": words} if words else found


def number(value: Fraction) -> float:
    """As a column keeps it: rounded once, to the nearest float."""
    return float(value)


def exactly(value: float) -> Fraction:
    """The fraction a float was rounded from, where its denominator is below a million."""
    return Fraction(value).limit_denominator(1_000_000)
