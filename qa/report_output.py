"""质检产量: what each inspector did: how much, how long, how strict, how often put right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from .intervals import Estimate, held, mean, wilson
from .report_rows import Row, Wanted, of_reviews
from .severity import Severities
from .tables import Appeal, Call, Review, Score


@dataclass(frozen=True, slots=True)
class Work:
    """One inspector. Seconds of work are the inspector's own, idle time left out.

    ``waiting`` and ``overdue`` are as of now, whatever the period. ``overturned``: appeals upheld
    of those decided. ``changed``: re-checks that found another score, of those finished.
    ``severity`` is in points: below nought = strict.
    """

    inspector_id: int
    finished: int
    median_seconds: float | None
    total_seconds: float
    mean_score: Estimate | None
    severity: Estimate | None
    waiting: int
    overdue: int
    overturned: Estimate | None
    changed: Estimate | None


@dataclass(frozen=True, slots=True)
class Disputed:
    """An item and its appeals: how many were made, how many of those decided were upheld."""

    scorecard_id: int
    item: str
    made: int
    waiting: int
    withdrawn: int
    upheld: Estimate | None


def by_inspector(
    session: Session, wanted: Wanted, rows: Sequence[Row], severities: Severities, at: datetime
) -> list[Work]:
    """Everybody who finished something in the period or has something to do, most first."""
    waiting, overdue = _open(session, wanted, at)
    decided, upheld = _appeals(session, wanted)
    rechecked, changed = _rechecks(session, wanted)
    everybody = {row.inspector_id for row in rows} | set(waiting) | set(decided) | set(rechecked)
    made = []
    for id in everybody:
        own = [row for row in rows if row.inspector_id == id]
        known = severities.found.get(str(id))
        made.append(
            Work(
                inspector_id=id,
                finished=len(own),
                median_seconds=median(row.worked for row in own) if own else None,
                total_seconds=sum(row.worked for row in own),
                mean_score=_mean([row.reported for row in own if row.reported is not None]),
                severity=known.points if known else None,
                waiting=waiting[id],
                overdue=overdue[id],
                overturned=wilson(upheld[id], decided[id]),
                changed=wilson(changed[id], rechecked[id]),
            )
        )
    return sorted(made, key=lambda one: (-one.finished, -one.waiting, one.inspector_id))


def _mean(scores: Sequence[float]) -> Estimate | None:
    found = mean(scores)
    return found and held(found, scores)


def _open(session: Session, wanted: Wanted, at: datetime) -> tuple[Counter[int], Counter[int]]:
    query = select(Review.inspector_id, Review.due_at).where(
        Review.state.in_(("waiting", "begun")), Review.inspector_id.is_not(None)
    )
    if wanted.inspector_id is not None:
        query = query.where(Review.inspector_id == wanted.inspector_id)
    found = session.execute(query).all()
    late = (id for id, due in found if due is not None and due < at)
    return _counted(id for id, _ in found), _counted(late)


def _appeals(session: Session, wanted: Wanted) -> tuple[Counter[int], Counter[int]]:
    query = (
        select(Review.inspector_id, Appeal.state)
        .join(Review, Review.id == Appeal.review_id)
        .join(Call, Call.id == Review.call_id)
        .where(Appeal.state.in_(("upheld", "rejected")), *of_reviews(wanted))
    )
    found = session.execute(query).all()
    upheld = (id for id, state in found if state == "upheld")
    return _counted(id for id, _ in found), _counted(upheld)


def _rechecks(session: Session, wanted: Wanted) -> tuple[Counter[int], Counter[int]]:
    """Of whom reviews were looked at again, and whose first score the second look did not share."""
    first, again = aliased(Review), aliased(Review)
    before, after = aliased(Score), aliased(Score)
    query = (
        select(first.inspector_id, before.reported, after.reported)
        .join(again, again.of_id == first.id)
        .join(before, and_(before.review_id == first.id, before.number == 1))
        .join(after, and_(after.review_id == again.id, after.number == 1))
        .join(Call, Call.id == first.call_id)
        .where(again.purpose == "recheck", again.state == "finished", *of_reviews(wanted, first))
    )
    found = session.execute(query).all()
    changed = (id for id, one, other in found if one != other)
    return _counted(id for id, _, _ in found), _counted(changed)


def _counted(ids: Iterable[int | None]) -> Counter[int]:
    return Counter(id for id in ids if id is not None)


def disputed(session: Session, wanted: Wanted) -> list[Disputed]:
    """Items that were appealed, the most overturned first."""
    query = (
        select(Review.scorecard_id, Appeal.item, Appeal.state, func.count())
        .join(Review, Review.id == Appeal.review_id)
        .join(Call, Call.id == Review.call_id)
        .where(*of_reviews(wanted))
        .group_by(Review.scorecard_id, Appeal.item, Appeal.state)
    )
    found: dict[tuple[int, str], Counter[str]] = {}
    for card, item, state, count in session.execute(query):
        found.setdefault((card, item), Counter())[state] = count
    made = [
        Disputed(
            *name,
            made=counts.total(),
            waiting=counts["waiting"],
            withdrawn=counts["withdrawn"],
            upheld=wilson(counts["upheld"], counts["upheld"] + counts["rejected"]),
        )
        for name, counts in found.items()
    ]
    return sorted(made, key=lambda one: (-(one.upheld.value if one.upheld else 0), -one.made))
