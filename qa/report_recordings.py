"""录音: what calls there were, which have sound, how much of it was listened to and scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, and_, case, exists, func, select
from sqlalchemy.orm import Session

from .intervals import Estimate, wilson
from .report_rows import Wanted, of_calls
from .tables import Call, Listening, Recording, Review, Transcript


@dataclass(frozen=True, slots=True)
class Kept:
    """The calls of a queue. ``seconds`` is the talk time of all, where it is known.

    ``with_sound`` have a recording that is kept; ``refused`` callers did not consent;
    ``removed`` had one whose time was over; ``failed`` could not be read. ``heard`` were
    listened to by anybody, ``reviewed`` have a finished score.
    """

    queue: str
    calls: int
    seconds: float
    with_sound: int
    refused: int
    removed: int
    failed: int
    with_transcript: int
    heard: int
    reviewed: int
    satisfaction: Mapping[int, int] = field(default_factory=dict)

    @property
    def coverage(self) -> Estimate | None:
        """The share of calls that have a finished score."""
        return wilson(self.reviewed, self.calls)


def kept(session: Session, wanted: Wanted) -> list[Kept]:
    """Queue by queue, the busiest first."""
    query = (
        select(
            Call.queue,
            func.count(),
            func.sum(func.coalesce(Call.seconds, 0.0)),
            _count(_has(Recording, Recording.removed_at.is_(None))),
            _count(Call.consent == "no"),
            _count(
                and_(
                    _has(Recording, Recording.removed_at.is_not(None)),
                    ~_has(Recording, Recording.removed_at.is_(None)),
                )
            ),
            _count(_has(Recording, Recording.state == "failed")),
            _count(_has(Transcript)),
            _count(_has(Listening)),
            _count(_has(Review, Review.purpose == "score", Review.state == "finished")),
        )
        .where(*of_calls(wanted))
        .group_by(Call.queue)
    )
    marks = _satisfaction(session, wanted)
    made = [
        replace(Kept(*found), satisfaction=marks.get(found[0], {}))
        for found in session.execute(query)
    ]
    return sorted(made, key=lambda one: (-one.calls, one.queue))


def _satisfaction(session: Session, wanted: Wanted) -> dict[str, dict[int, int]]:
    query = (
        select(Call.queue, Call.satisfaction, func.count())
        .where(*of_calls(wanted), Call.satisfaction.is_not(None))
        .group_by(Call.queue, Call.satisfaction)
        .order_by(Call.satisfaction)
    )
    found: dict[str, dict[int, int]] = {}
    for queue, mark, count in session.execute(query):
        if mark is not None:
            found.setdefault(queue, {})[mark] = count
    return found


def _has(
    table: type[Recording | Transcript | Listening | Review], *parts: ColumnElement[bool]
) -> ColumnElement[bool]:
    return exists().where(table.call_id == Call.id, *parts)


def _count(what: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((what, 1)))
