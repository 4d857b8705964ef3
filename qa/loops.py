"""Before and after a loop: how often an item failed, and whether the difference can be believed.

Only calls drawn by chance count (at random, or to look at this item again). Before are those
begun before the call that opened the loop; that call itself is left out: it was looked for
because it failed, and without it r − 1 failures of n − 1 calls are an unbiased share (Haldane,
J. B. S. (1945), Biometrika 33: 222–225). After are those begun since the article was read, or
since the loop was opened where nobody has read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from .following import HOLDS, counting
from .intervals import Estimate, difference, wilson
from .tables import Call, ItemScore, Remedy, Review, Score

CHANCE = ("random", "resample")
LOOKING_BACK = timedelta(days=180)
RARE = 0.2
ENOUGH = 5
"""Calls on each side without which no difference is believed, whatever its interval."""
RULE = (
    f"前后各有至少 {ENOUGH} 通、不合格率之差的 95% 区间都在零以上，"
    f"或者之后不合格率的 95% 区间都在 {RARE:.0%} 以下，才建议了结。"
)
IMPROVED, SELDOM, WORSE, UNKNOWN = "improved", "seldom", "worse", "unknown"
WORDS: Mapping[str, str] = {
    IMPROVED: "确实少了",
    SELDOM: "已经很少",
    WORSE: "反而多了",
    UNKNOWN: "还看不出来",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """An item on one call of an agent."""

    review_id: int
    agent_id: int
    scorecard_id: int
    item: str
    started_at: datetime
    failed: bool


@dataclass(frozen=True, slots=True)
class Count:
    """``failed`` of ``n``"""

    failed: int = 0
    n: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.failed + other.failed, self.n + other.n)

    @property
    def share(self) -> Estimate | None:
        return wilson(self.failed, self.n)


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of it. ``fewer``: the share before less that after, above nought = better."""

    before: Count
    after: Count

    @property
    def fewer(self) -> Estimate | None:
        return difference((self.before.failed, self.before.n), (self.after.failed, self.after.n))

    @property
    def says(self) -> str:
        """IMPROVED, SELDOM, WORSE or UNKNOWN; see ``RULE``."""
        after = self.after.share
        fewer = self.fewer if min(self.before.n, self.after.n) >= ENOUGH else None
        if fewer is not None and fewer.low is not None and fewer.low > 0:
            return IMPROVED
        if fewer is not None and fewer.high is not None and fewer.high < 0:
            return WORSE
        if after is not None and after.high is not None and after.high < RARE:
            return SELDOM
        return UNKNOWN

    @property
    def may_close(self) -> bool:
        return self.says in (IMPROVED, SELDOM)


@dataclass(frozen=True, slots=True)
class Span:
    """Times of one loop: what began before ``before``, and from ``since`` until ``until``."""

    review_id: int
    first: datetime
    before: datetime
    since: datetime
    until: datetime


def effect(looked: Iterable[Looked], span: Span) -> Effect:
    """Pure: the calls of one agent on one item, split."""
    before, after = [], []
    for one in looked:
        if one.review_id == span.review_id:
            continue
        if span.first <= one.started_at < span.before:
            before.append(one.failed)
        elif span.since <= one.started_at <= span.until:
            after.append(one.failed)
    return Effect(Count(sum(before), len(before)), Count(sum(after), len(after)))


def effects(session: Session, remedies: Sequence[Remedy], at: datetime) -> dict[int, Effect]:
    """{remedy id: what came of it so far}"""
    begun = _begun(session, remedies)
    found: dict[tuple[int, int, str], list[Looked]] = {}
    first = min(begun.values(), default=at) - LOOKING_BACK
    for one in _looked(session, remedies, first):
        found.setdefault((one.agent_id, one.scorecard_id, one.item), []).append(one)
    return {
        r.id: effect(
            found.get((r.agent_id, r.scorecard_id, r.item), ()),
            Span(
                r.review_id,
                begun[r.review_id] - LOOKING_BACK,
                begun[r.review_id],
                r.read_at or r.proposed_at,
                r.closed_at or at,
            ),
        )
        for r in remedies
    }


def pooled(
    remedies: Sequence[Remedy], found: Mapping[int, Effect]
) -> dict[tuple[int, str], tuple[int, Effect]]:
    """{(scorecard id, item): (loops, what came of them together)}, the most loops first."""
    groups: dict[tuple[int, str], list[Effect]] = {}
    for remedy in remedies:
        groups.setdefault((remedy.scorecard_id, remedy.item), []).append(found[remedy.id])
    ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {
        key: (
            len(each),
            Effect(sum((e.before for e in each), Count()), sum((e.after for e in each), Count())),
        )
        for key, each in ordered
    }


def _begun(session: Session, remedies: Sequence[Remedy]) -> dict[int, datetime]:
    ids = {r.review_id for r in remedies}
    query = (
        select(Review.id, Call.started_at)
        .join(Call, Call.id == Review.call_id)
        .where(Review.id.in_(ids))
    )
    return {id: at for id, at in session.execute(query)}  # noqa: C416 - rows, not pairs


def _looked(session: Session, remedies: Sequence[Remedy], first: datetime) -> list[Looked]:
    query = (
        select(
            Review.id,
            Call.agent_id,
            Review.scorecard_id,
            ItemScore.item,
            Call.started_at,
            ItemScore.failed,
        )
        .select_from(Review)
        .join(Call, Call.id == Review.call_id)
        .join(Score, HOLDS)
        .join(ItemScore, ItemScore.score_id == Score.id)
        .where(
            *counting(),
            Review.chosen.in_(CHANCE),
            ItemScore.applies.is_(True),
            Call.started_at >= first,
            Call.agent_id.in_({r.agent_id for r in remedies}),
            ItemScore.item.in_({r.item for r in remedies}),
        )
    )
    return [Looked(*row) for row in session.execute(query)]
