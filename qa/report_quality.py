"""质检评估: how well calls are handled, by agent, team, item and week, each with its n.

Calls drawn by chance stand for all of an agent's calls: only they make means, shares, ranks and
trends, each weighted by how many calls it stands for. Risk-directed and hand-picked reviews are
counted beside them and enter no mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from .intervals import Estimate, held, weighted_mean, wilson
from .report_rows import CHANCE, ItemRow, Row, by_chance, grouped
from .severity import Severities


@dataclass(frozen=True, slots=True)
class Standing:
    """One group of reviews. ``score`` and ``critical`` are of calls drawn by chance.

    ``adjusted``: the same mean with each inspector's severity taken away; None unless it is
    known for every one of them. ``fatal``: the share with a fatal failure. ``rank`` counts from 1
    and is None under the minimum; equal scores share a rank. ``others``: reviews that were
    chosen another way, by how.
    """

    key: Any
    score: Estimate | None
    adjusted: Estimate | None
    critical: Estimate | None
    fatal: Estimate | None
    rank: int | None
    others: Mapping[str, int]

    @property
    def n(self) -> int:
        """Reviews of calls drawn by chance that have a score."""
        return self.score.n if self.score else 0


@dataclass(frozen=True, slots=True)
class Failing:
    """An item: how often it failed of how often it applied, by chance and otherwise apart.

    ``share`` and ``running`` are of all failures by chance, this item's and with those before.
    """

    scorecard_id: int
    item: str
    failed: Estimate | None
    share: float
    running: float
    other_failed: int
    other_n: int

    @property
    def any(self) -> bool:
        """Whether it failed at all, however the calls were chosen."""
        return bool(self.other_failed or (self.failed and self.failed.value))


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of time of the trend; ``score`` is None where nothing was drawn."""

    first: date
    score: Estimate | None


def standings(
    rows: Iterable[Row],
    key: Callable[[Row], Any],
    minimum: int,
    severities: Severities | None = None,
) -> list[Standing]:
    """A standing for each key, best first; those under ``minimum`` reviews stand last, unranked."""
    made = [_standing(name, found, severities) for name, found in grouped(rows, key).items()]
    enough = [one for one in made if one.n >= max(minimum, 1)]
    few = [one for one in made if one.n < max(minimum, 1)]
    enough.sort(key=lambda one: (-_value(one), str(one.key)))
    few.sort(key=lambda one: (-one.n, str(one.key)))
    return [*_ranked(enough), *few]


def overall(rows: Iterable[Row], severities: Severities | None = None) -> Standing:
    """All of them as one group."""
    return _standing(None, list(rows), severities)


def _value(one: Standing) -> float:
    assert one.score is not None  # n ≥ 1
    return one.score.value


def _ranked(ordered: Sequence[Standing]) -> list[Standing]:
    made: list[Standing] = []
    for place, one in enumerate(ordered, 1):
        before = made[-1] if made else None
        same = before is not None and _value(before) == _value(one)
        rank = before.rank if before and same else place
        made.append(
            Standing(one.key, one.score, one.adjusted, one.critical, one.fatal, rank, one.others)
        )
    return made


def _standing(key: Any, rows: Sequence[Row], severities: Severities | None) -> Standing:
    drawn = by_chance(rows)
    scored = [row for row in drawn if row.reported is not None]
    return Standing(
        key,
        score=_mean([(row, row.reported) for row in scored]),
        adjusted=_adjusted(scored, severities),
        critical=_mean([(row, row.critical) for row in drawn]),
        fatal=wilson(sum(row.fatal for row in scored), len(scored)),
        rank=None,
        others=Counter(row.chosen for row in rows if row.chosen != CHANCE),
    )


def _mean(values: Iterable[tuple[Row, float | None]]) -> Estimate | None:
    known = [(row, value) for row, value in values if value is not None]
    found = weighted_mean([value for _, value in known], [_weight(row) for row, _ in known])
    return found and held(found, [value for _, value in known])


def _weight(row: Row) -> float:
    """How many calls it stands for."""
    return float(1 / row.probability) if row.probability else 1.0


def _adjusted(rows: Sequence[Row], severities: Severities | None) -> Estimate | None:
    if severities is None:
        return None
    found = [
        (row, severities.adjusted(str(row.inspector_id), row.reported))
        for row in rows
        if row.reported is not None
    ]
    if any(value is None for _, value in found):
        return None
    return _mean(found)


def failing(items: Iterable[ItemRow]) -> list[Failing]:
    """Items by how many failures each makes among calls drawn by chance (Pareto), most first."""
    applied: Counter[tuple[int, str]] = Counter()
    failed: Counter[tuple[int, str]] = Counter()
    others: Counter[tuple[int, str]] = Counter()
    other_failed: Counter[tuple[int, str]] = Counter()
    for row in items:
        name = (row.scorecard_id, row.item)
        drawn = row.chosen == CHANCE
        (applied if drawn else others)[name] += 1
        (failed if drawn else other_failed)[name] += row.failed
    names = sorted({*applied, *others}, key=lambda n: (-failed[n], -other_failed[n], n))
    total, running = sum(failed.values()), 0
    made = []
    for name in names:
        running += failed[name]
        made.append(
            Failing(
                *name,
                failed=wilson(failed[name], applied[name]),
                share=failed[name] / total if total else 0.0,
                running=running / total if total else 0.0,
                other_failed=other_failed[name],
                other_n=others[name],
            )
        )
    return made


def trend(rows: Iterable[Row], first: datetime, last: datetime, zone: tzinfo) -> list[Step]:
    """Week by week (Monday first) from ``first`` until before ``last``, also the empty ones."""
    weeks = grouped(by_chance(list(rows)), lambda row: _monday(row.started_at, zone))
    made, week = [], _monday(first, zone)
    while week <= _monday(last - timedelta(microseconds=1), zone):
        found = [(row, row.reported) for row in weeks.get(week, [])]
        made.append(Step(week, _mean(found)))
        week += timedelta(days=7)
    return made


def _monday(at: datetime, zone: tzinfo) -> date:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
