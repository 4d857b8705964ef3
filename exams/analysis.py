"""Item analysis of an exam: which questions told the people apart, and which may be wrong.

By default over the first attempt of each person, as Moodle does: later ones know the paper.
Attempts that wait for a marker are left out. Figures of a paper as a whole, α among them, exist
only where everybody had the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import stats
from .answered import PLACES, About, Answer, Taken, about, rounded, taken
from .exact import exact
from .grade import empty
from .items import Choice, Figures, Flag, against, choices, flags
from .stats import Scores
from .tables import Attempt, AttemptQuestion, Exam, Grading

SCALE: int = 10**PLACES


@dataclass(frozen=True, slots=True)
class Item:
    """A version of a question, as it did in one exam. ``void``: it counts for nobody any more,
    and has no figures. ``worth`` is its most points, None where papers differ in it."""

    about: About
    figures: Figures
    worth: Fraction | None
    choices: tuple[Choice, ...] = ()
    unanswered: int = 0
    flags: tuple[Flag, ...] = ()
    void: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the attempts say about the paper.

    ``attempts`` were analysed, ``waiting`` left out. ``same``: everybody had the same paper;
    then ``scores`` is the table all figures come from (``zhixi exams stats`` reads it), ``order``
    the attempts of its rows, and ``paper`` is in points; else in percent of what was possible.
    """

    attempts: int
    waiting: int
    same: bool
    paper: Mapping[str, Any]
    possible: Fraction | None
    items: tuple[Item, ...]
    scores: Scores | None
    order: tuple[int, ...]

    @property
    def flagged(self) -> tuple[Item, ...]:
        """Questions to look at, those whose key may be wrong first."""
        found = [item for item in self.items if item.flags]
        return tuple(sorted(found, key=lambda item: not any(f.wrong for f in item.flags)))


def analyse(session: Session, exam: Exam, *, first: bool = True) -> Analysis:
    """Of the first attempts (or of all) that are submitted and fully marked."""
    return of(session, taken(session, exam, first=first, responses=True))


def of(session: Session, attempts: Sequence[Taken]) -> Analysis:
    """The same of attempts that were read already, with their responses."""
    ready = [each for each in attempts if each.complete]
    named = about(session, (a.version_id for each in ready for a in each.answers))
    void = _void(ready, named)
    papers = {_paper(each, void) for each in ready}
    if len(papers) == 1 and (paper := papers.pop()):
        return _same(ready, len(attempts) - len(ready), dict(paper), named, void)
    return _drawn(ready, len(attempts) - len(ready), named, void)


def _void(attempts: Sequence[Taken], named: Mapping[int, About]) -> frozenset[int]:
    """Versions that count for nobody, or only for some: nothing can be read from those."""
    missing = {a.version_id for each in attempts for a in each.answers if a.mark is None}
    return frozenset(missing | {id for id, one in named.items() if one.mode == "void"})


def _paper(one: Taken, void: frozenset[int]) -> frozenset[tuple[int, Fraction]]:
    return frozenset((a.version_id, a.worth) for a in one.answers if a.version_id not in void)


def _mark(answer: Answer) -> Fraction:
    return answer.mark or Fraction(0)


def _same(
    attempts: Sequence[Taken],
    waiting: int,
    worths: Mapping[int, Fraction],
    named: Mapping[int, About],
    void: frozenset[int],
) -> Analysis:
    ids = sorted(worths, key=lambda id: (named[id].key, named[id].number))
    keys = _keys([named[id] for id in ids])
    marks = [{a.version_id: _mark(a) for a in each.answers} for each in attempts]
    rows = tuple(tuple(row[id] for id in ids) for row in marks)
    scores = Scores(tuple(keys), tuple(worths[id] for id in ids), rows)
    found = stats.statistics(scores)
    whole = [[_whole(mark) for mark in row] for row in rows]
    totals = [sum(row) for row in whole]
    given = _responses(attempts)
    items = []
    for nth, (id, key) in enumerate(zip(ids, keys, strict=True)):
        each = found["items"][key]
        figures = Figures(
            len(rows),
            each["facility"],
            None if each["sd"] is None or not worths[id] else each["sd"] / float(worths[id]),
            each["discrimination_index"],
            each["discriminative_efficiency"],
            each["effective_weight"],
        )
        rest = [total - row[nth] for total, row in zip(totals, whole, strict=True)]
        items.append(_item(named[id], figures, worths[id], given[id], rest))
    items += [_nothing(named[id]) for id in sorted(void)]
    order = tuple(each.attempt_id for each in attempts)
    possible = sum(worths.values(), Fraction(0))
    return Analysis(len(rows), waiting, True, found["paper"], possible, tuple(items), scores, order)


def _keys(named: Sequence[About]) -> list[str]:
    """A name for each column; two versions of one question on a paper are told apart."""
    seen: dict[str, int] = {}
    for one in named:
        seen[one.key] = seen.get(one.key, 0) + 1
    return [one.key if seen[one.key] == 1 else f"{one.key}#{one.number}" for one in named]


def _drawn(
    attempts: Sequence[Taken], waiting: int, named: Mapping[int, About], void: frozenset[int]
) -> Analysis:
    """Each question over those who had it, against their share of their whole paper."""
    shares = {each.attempt_id: _share(each, void) for each in attempts}
    asked: dict[int, list[tuple[int, Answer]]] = {}
    for each in attempts:
        for answer in each.answers:
            if answer.version_id not in void:
                asked.setdefault(answer.version_id, []).append((each.attempt_id, answer))
    items = []
    for id in sorted(asked, key=lambda id: (named[id].key, named[id].number)):
        ys = [shares[attempt] for attempt, _ in asked[id]]
        worths = {answer.worth for _, answer in asked[id]}
        xs = [_whole(_mark(a) / a.worth) if a.worth else 0 for _, a in asked[id]]
        given = [answer.response for _, answer in asked[id]]
        worth = worths.pop() if len(worths) == 1 else None
        items.append(_item(named[id], against(xs, ys, SCALE), worth, given, ys))
    items += [_nothing(named[id]) for id in sorted(void)]
    table = Scores(
        ("T",), (Fraction(100),), tuple((Fraction(100 * y, SCALE),) for y in shares.values())
    )
    paper = stats.statistics(table)["paper"]
    return Analysis(len(attempts), waiting, False, paper, None, tuple(items), None, ())


def _share(one: Taken, void: frozenset[int]) -> int:
    """T as a share of what was possible, in millionths."""
    counted = [a for a in one.answers if a.version_id not in void]
    possible = sum((a.worth for a in counted), Fraction(0))
    return _whole(sum(map(_mark, counted), Fraction(0)) / possible) if possible else 0


@lru_cache(maxsize=4_096)
def _whole(value: Fraction) -> int:
    return round(value * SCALE)


def _responses(attempts: Sequence[Taken]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for each in attempts:
        for answer in each.answers:
            found.setdefault(answer.version_id, []).append(answer.response)
    return found


def _item(
    named: About, figures: Figures, worth: Fraction | None, given: Sequence[Any], ys: Sequence[int]
) -> Item:
    options = choices(named.question, given, ys)
    settled = named.mode in ("full", "both")  # it is known to have been wrong
    judged = () if settled else flags(figures, named.difficulty, options)
    return Item(named, figures, worth, options, sum(map(empty, given)), judged)


def _nothing(named: About) -> Item:
    return Item(named, Figures(0), None, void=True)


# One question in all exams


@dataclass(frozen=True, slots=True)
class Record:
    """How a version did in every exam that asked it: first attempts, newest exams first."""

    item: Item
    exams: tuple[tuple[int, str, int, float], ...]
    """(exam, its title, answers, facility)"""


MOST_ANSWERS = 5_000
"""Answers of a question that are looked at, the newest."""


def record(session: Session, version_ids: Iterable[int], at: datetime) -> list[Record]:
    """What is known of versions of a question; those nobody was asked are left out.

    An answer is held against the rest of its own paper, within its exam: exams differ in what
    else they ask, so means of an exam are taken out before exams are put together.
    """
    made = []
    for id in version_ids:
        rows = _asked(session, id, at)
        if rows:
            made.append(_record(about(session, [id])[id], rows))
    return made[::-1]


def _asked(session: Session, version_id: int, at: datetime) -> Sequence[Any]:
    """First attempts that were handed in and fully marked."""
    query = (
        select(
            Exam.id,
            Exam.title,
            AttemptQuestion.position,
            AttemptQuestion.points,
            AttemptQuestion.response,
            Grading.points,
            Grading.possible,
            Grading.details,
        )
        .select_from(AttemptQuestion)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .join(Exam, Exam.id == Attempt.exam_id)
        .join(Grading, (Grading.attempt_id == Attempt.id) & (Grading.number == Attempt.graded))
        .where(
            AttemptQuestion.version_id == version_id,
            Attempt.state == "submitted",
            Attempt.submitted_at <= at,
            Grading.complete,
            Attempt.number == 1,
        )
        .order_by(Attempt.submitted_at.desc(), Attempt.id.desc())
        .limit(MOST_ANSWERS)
    )
    return session.execute(query).all()


def _record(named: About, rows: Sequence[Any]) -> Record:
    by_exam: dict[int, list[tuple[Fraction, Fraction, Any]]] = {}
    titles: dict[int, str] = {}
    for exam, title, position, worth, response, points, possible, details in rows:
        mark, most = details.get(str(position), {}).get("points"), exact(worth) or Fraction(0)
        rest = (exact(possible) or Fraction(0)) - most
        if mark is None or not most:
            continue
        titles[exam] = title
        y = (rounded(points) - rounded(mark)) / rest if rest > 0 else Fraction(0)
        by_exam.setdefault(exam, []).append((rounded(mark) / most, y, response))
    xs: list[int] = []
    centred: list[int] = []
    ys: list[int] = []
    given: list[Any] = []
    for found in by_exam.values():
        x_mean = sum((x for x, _, _ in found), Fraction(0)) / len(found)
        y_mean = sum((y for _, y, _ in found), Fraction(0)) / len(found)
        xs += [_whole(x) for x, _, _ in found]
        centred += [_whole(x - x_mean) for x, _, _ in found]
        ys += [_whole(y - y_mean) for _, y, _ in found]
        given += [response for _, _, response in found]
    plain = against(xs, ys, SCALE)
    within = against(centred, ys, SCALE)
    figures = Figures(plain.n, plain.facility, plain.sd, within.discrimination, within.efficiency)
    item = _item(named, figures, Fraction(1), given, ys)
    exams = tuple(
        (id, titles[id], len(found), float(sum((x for x, _, _ in found), Fraction(0)) / len(found)))
        for id, found in by_exam.items()
    )
    return Record(item, exams)
