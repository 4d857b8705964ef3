"""Finished reviews as reports count them: one row a review, with the score that holds now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from .tables import Call, ItemScore, Review, Score

CHANCE = "random"
"""Only reviews chosen this way stand for all calls of an agent."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls: begun from ``first`` until before ``last``; None and '' mean no narrowing."""

    first: datetime
    last: datetime
    agents: frozenset[int] | None = None
    scorecard_id: int | None = None
    inspector_id: int | None = None
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """``reported`` is None where nothing applied; ``probability`` None where none is known."""

    review_id: int
    call_id: int
    agent_id: int
    queue: str
    started_at: datetime
    inspector_id: int
    scorecard_id: int
    version_id: int
    chosen: str
    probability: Fraction | None
    raw: float | None
    reported: float | None
    critical: float | None
    finished_at: datetime
    worked: float

    @property
    def fatal(self) -> bool:
        """A failing answer took the whole score, or a part of it."""
        return self.raw is not None and self.raw != self.reported


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of a review that applied. ``chosen`` and the rest are those of the review."""

    scorecard_id: int
    item: str
    failed: bool
    agent_id: int
    chosen: str


def of_calls(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Conditions on ``Call``."""
    parts = [Call.started_at >= wanted.first, Call.started_at < wanted.last]
    if wanted.agents is not None:
        parts.append(Call.agent_id.in_(sorted(wanted.agents)))
    if wanted.queue:
        parts.append(Call.queue == wanted.queue)
    return parts


def of_reviews(wanted: Wanted, review: type[Review] = Review) -> list[ColumnElement[bool]]:
    """Conditions on ``Call`` and on ``review``, an alias of the table where it is needed twice."""
    parts = of_calls(wanted)
    if wanted.scorecard_id is not None:
        parts.append(review.scorecard_id == wanted.scorecard_id)
    if wanted.inspector_id is not None:
        parts.append(review.inspector_id == wanted.inspector_id)
    return parts


COUNTS = (Review.purpose == "score", Review.state == "finished")
NOW = and_(Score.review_id == Review.id, Score.number == Review.scored)


def rows(session: Session, wanted: Wanted) -> list[Row]:
    """Finished reviews that count for the agent, in the order of the calls."""
    query = (
        select(
            Review.id,
            Review.call_id,
            Call.agent_id,
            Call.queue,
            Call.started_at,
            Review.inspector_id,
            Review.scorecard_id,
            Review.version_id,
            Review.chosen,
            Review.probability,
            Score.raw,
            Score.reported,
            Score.critical,
            Review.finished_at,
            Review.worked,
        )
        .select_from(Review)
        .join(Call, Call.id == Review.call_id)
        .join(Score, NOW)
        .where(*COUNTS, *of_reviews(wanted))
        .order_by(Call.started_at, Review.id)
    )
    return [_row(*found) for found in session.execute(query)]


def _row(*found: Any) -> Row:
    values = list(found)
    values[9] = Fraction(values[9]) if values[9] else None
    return Row(*values)


def item_rows(session: Session, wanted: Wanted) -> list[ItemRow]:
    """Every item that applied in those reviews."""
    query = (
        select(Review.scorecard_id, ItemScore.item, ItemScore.failed, Call.agent_id, Review.chosen)
        .select_from(Review)
        .join(Call, Call.id == Review.call_id)
        .join(Score, NOW)
        .join(ItemScore, ItemScore.score_id == Score.id)
        .where(*COUNTS, ItemScore.applies.is_(True), *of_reviews(wanted))
        .order_by(ItemScore.id)
    )
    return [ItemRow(*found) for found in session.execute(query)]


def doubly_scored(session: Session) -> Mapping[str, Mapping[str, float]]:
    """Call → inspector → reported score, of calls that several people scored on one version.

    They are what severity is known from: blind re-checks beside the first review, and calls of
    calibration sessions. Each call counts once for each version it was scored on.
    """
    query = (
        select(Review.call_id, Review.version_id, Review.inspector_id, Score.reported)
        .join(Score, and_(Score.review_id == Review.id, Score.number == 1))
        .where(
            Review.state == "finished",
            Review.purpose.in_(("score", "recheck", "calibration")),
        )
        .order_by(Review.id)
    )
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for call, version, inspector, reported in session.execute(query):
        if reported is not None:
            found[f"{call}/{version}"].setdefault(str(inspector), reported)
    return {call: given for call, given in found.items() if len(given) > 1}


def grouped(found: Iterable[Row], key: Any) -> dict[Any, list[Row]]:
    """Rows by what ``key`` says of them, in the order of first appearance."""
    groups: dict[Any, list[Row]] = {}
    for row in found:
        groups.setdefault(key(row), []).append(row)
    return groups


def by_chance(found: Sequence[Row]) -> list[Row]:
    return [row for row in found if row.chosen == CHANCE]
