"""How questions went so far: counted from the gradings that hold, first attempts only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from .tables.attempts import Attempt
from .tables.exams import Exam
from .tables.gradings import Grading

MOST_ATTEMPTS = 2_000
"""The newest attempts that are counted: older ones say less about people now."""

ENOUGH = 10
"""Answers from which a question's figures are used."""


@dataclass(frozen=True, slots=True)
class Item:
    """Figures of one version of a question, as shares of its points; variances over n − 1.

    ``covariance``: with the mean share of the other questions of the same attempt, which is the
    mean of its covariances with each of them.
    """

    n: int
    facility: float
    variance: float
    covariance: float


class _Sums:
    __slots__ = ("n", "x", "xx", "xy", "y")

    def __init__(self) -> None:
        self.n, self.x, self.y, self.xx, self.xy = 0, 0.0, 0.0, 0.0, 0.0

    def add(self, x: float, y: float) -> None:
        self.n += 1
        self.x += x
        self.y += y
        self.xx += x * x
        self.xy += x * y

    def item(self) -> Item:
        n = self.n
        spread = max(0.0, (self.xx - self.x * self.x / n) / (n - 1))
        return Item(n, self.x / n, spread, (self.xy - self.x * self.y / n) / (n - 1))


def history(session: Session) -> dict[int, Item]:
    """{id of a version: its figures} of those answered at least ENOUGH times.

    Practice does not count, nor does what waits to be marked.
    """
    sums: dict[int, _Sums] = defaultdict(_Sums)
    for details in _details(session):
        shares = dict(_shares(details))
        if len(shares) < 2:
            continue
        whole = sum(shares.values())
        for version, share in shares.items():
            sums[version].add(share, (whole - share) / (len(shares) - 1))
    return {version: each.item() for version, each in sums.items() if each.n >= ENOUGH}


def _details(session: Session) -> Iterable[Mapping[str, Any]]:
    query = (
        select(Grading.details)
        .join(Attempt, and_(Attempt.id == Grading.attempt_id, Attempt.graded == Grading.number))
        .join(Exam, Exam.id == Attempt.exam_id)
        .where(Attempt.number == 1, Attempt.state == "submitted", Exam.kind != "practice")
        .order_by(Attempt.submitted_at.desc(), Attempt.id.desc())
        .limit(MOST_ATTEMPTS)
    )
    return session.scalars(query)


def _shares(details: Mapping[str, Any]) -> Iterator[tuple[int, float]]:
    for each in details.values():
        share, version = each.get("fraction"), each.get("version")
        if share is not None and version is not None:
            yield version, float(share)
