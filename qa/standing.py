"""What an agent sees of himself: finished reviews that count, and what they come to.

Nothing of drafts, cancelled reviews, calibration or blind second looks passes here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from kb.errors import NotFound

from . import report_quality, report_rows
from .drafts import words
from .following import LONGEST, counting
from .intervals import Estimate
from .report_rows import Wanted
from .reviews import COUNTING
from .tables import Appeal, Call, Review, Scorecard


@dataclass(frozen=True, slots=True)
class Failing:
    """An item: failed in ``failed`` of the ``n`` reviews where it applied, however chosen."""

    scorecard_id: int
    item: str
    failed: int
    n: int


@dataclass(frozen=True, slots=True)
class Standing:
    """On one scorecard: the mean of calls drawn by chance, and how many were chosen otherwise."""

    scorecard: Scorecard
    mean: Estimate | None
    others: int


def listing(
    session: Session,
    agents: Sequence[int] | None,
    *,
    without: Collection[int] = (),
    offset: int = 0,
    limit: int = 30,
) -> tuple[int, list[Review]]:
    """How many finished reviews these agents have (None: all), and a page of them, newest first.

    ``without``: ids of calls that are left out.
    """
    parts = counting()
    if without:
        parts.append(Review.call_id.not_in(without))
    if agents is not None:
        parts.append(Call.agent_id.in_(list(agents)))
    whole = select(func.count(Review.id)).join(Call, Call.id == Review.call_id).where(*parts)
    query = (
        select(Review)
        .join(Call, Call.id == Review.call_id)
        .where(*parts)
        .options(selectinload(Review.scores))
        .order_by(Review.finished_at.desc(), Review.id.desc())
    )
    total = session.scalar(whole) or 0
    return total, list(session.scalars(query.offset(offset).limit(limit)))


def own(session: Session, agent: int, id: int) -> Review:
    """Raises NotFound for what is another's, not finished, or does not count."""
    found = session.get(Review, id) if 0 < id < 2**31 else None
    if found is None or found.call.agent_id != agent or not counts(found):
        raise NotFound("成绩", str(id))
    return found


def counts(review: Review) -> bool:
    """A finished review the agent may know of."""
    return review.state == "finished" and review.purpose in COUNTING


def standings(session: Session, agent: int, first: datetime, last: datetime) -> list[Standing]:
    """Of calls begun in that time, a line for each scorecard."""
    rows = report_rows.rows(session, Wanted(first, last, frozenset({agent})))
    made = []
    for id, found in report_rows.grouped(rows, lambda row: row.scorecard_id).items():
        mean = report_quality.overall(found).score
        drawn = len(report_rows.by_chance(found))
        made.append(Standing(session.get_one(Scorecard, id), mean, len(found) - drawn))
    return made


def failing(session: Session, agent: int, first: datetime, last: datetime) -> list[Failing]:
    """Items that failed at least once, most often first."""
    counted: dict[tuple[int, str], list[bool]] = {}
    for row in report_rows.item_rows(session, Wanted(first, last, frozenset({agent}))):
        counted.setdefault((row.scorecard_id, row.item), []).append(row.failed)
    made = [Failing(*key, sum(found), len(found)) for key, found in counted.items() if any(found)]
    return sorted(made, key=lambda one: (-one.failed, one.n, one.item))


def acknowledge(session: Session, review: Review, text: str, *, by: int, at: datetime) -> bool:
    """The agent has seen it, with his words. Only the first time counts; True if this was it.

    Raises NotFound where it is not his.
    """
    own(session, by, review.id)
    text = words(text, "acknowledgement", LONGEST)
    first = review.acknowledged_at is None
    if first:
        review.acknowledged_at, review.acknowledgement = at, text
    note(session, review, by=by, at=at)
    return first


def note(session: Session, review: Review, *, by: int, at: datetime) -> None:
    """The agent has taken note of the score that holds and of what was decided."""
    own(session, by, review.id)
    review.told, review.told_at = review.scored, at
    decided = (Appeal.review_id == review.id, Appeal.decided_by.is_not(None))
    for appeal in session.scalars(select(Appeal).where(*decided, Appeal.told_at.is_(None))):
        appeal.told_at = at
    session.flush()


def news(session: Session, agent: int) -> list[Review]:
    """Reviews with a score or a decision the agent has not taken note of, newest first."""
    undecided = select(Appeal.review_id).where(
        Appeal.by == agent, Appeal.decided_by.is_not(None), Appeal.told_at.is_(None)
    )
    query = (
        select(Review)
        .join(Call, Call.id == Review.call_id)
        .where(
            *counting(),
            Call.agent_id == agent,
            or_(Review.told < Review.scored, Review.id.in_(undecided)),
        )
        .options(selectinload(Review.scores))
        .order_by(Review.finished_at.desc(), Review.id.desc())
    )
    return list(session.scalars(query))
