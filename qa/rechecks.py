"""事后重检: a share of finished reviews goes to another inspector, blind, and is compared.

    drawn = draw(session, Wish(first, last, percent=5, seed="2026-11"), inspectors, by=lead, at=now)

Every review finished in the time has the same chance; the same seed draws the same. Once both
are finished, whoever plans decides whether the first score is kept or replaced.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, selectinload

from kb.errors import InvalidContent, Settled

from . import appeals, remedies, reviews
from .appeals import NONE, Ties, may_judge
from .assigning import Inspector
from .errors import NotSecond
from .following import alike, reopen, said
from .intervals import Estimate, mean, wilson
from .marks import so_far
from .rubric import Item
from .tables import Recheck, Review, Score

KEPT, REPLACED = "kept", "replaced"
OUTCOMES: Mapping[str, str] = {KEPT: "维持原来的成绩", REPLACED: "改用复检的成绩"}
LONGEST_SEED = 60
MOST = 500


@dataclass(frozen=True, slots=True)
class Wish:
    """Reviews finished from ``first`` until before ``last``; ``percent`` of them, rounded up."""

    first: datetime
    last: datetime
    percent: int
    seed: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """``made`` are the second reviews; ``left`` are drawn first ones nobody may look at again."""

    population: int
    made: Sequence[Review]
    left: Sequence[Review]


@dataclass(frozen=True, slots=True)
class Line:
    """An item as both marked it; None = it was not asked. ``same``: the same answer."""

    item: Item
    first: Any
    second: Any

    @property
    def same(self) -> bool:
        return alike(self.first, self.second)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one inspector's finished reviews that were looked at again.

    ``stricter``: the second score less his, on average, above nought = he was stricter.
    ``alike``: the share of reviews in which every item got the same answer.
    """

    inspector_id: int
    n: int
    stricter: Estimate | None
    alike: Estimate | None
    items: int
    items_same: int
    replaced: int


# Drawing


def population(session: Session, first: datetime, last: datetime) -> list[Review]:
    """Finished reviews that count and have not been looked at again, in the order of their ids."""
    second = aliased(Review)
    again = select(second.of_id).where(
        second.purpose == "recheck", second.state != "cancelled", second.of_id.is_not(None)
    )
    query = (
        select(Review)
        .where(
            Review.state == "finished",
            Review.purpose == "score",
            Review.finished_at >= first,
            Review.finished_at < last,
            Review.id.not_in(again),
        )
        .order_by(Review.id)
    )
    return list(session.scalars(query))


def size(count: int, percent: int) -> int:
    """How many of so many: rounded up, so that a small month is not left out."""
    return -(-count * percent // 100)


def draw(
    session: Session, wish: Wish, inspectors: Sequence[Inspector], *, by: int, at: datetime
) -> Drawn:
    """Draw, and give each to the inspector with the least to do who neither scored it nor must
    not see this agent's calls. Raises InvalidContent.

    ``inspectors`` are named by their ids, as are the agents they must ``never`` score.
    """
    seed = said(
        wish.seed,
        "seed",
        "请写一个随机种子，例如 2026-11；同样的种子抽出同样的结果。",
        LONGEST_SEED,
    )
    if not 0 < wish.percent <= 100:
        raise InvalidContent("percent", "比例要在 1 到 100 之间。")
    if wish.first >= wish.last:
        raise InvalidContent("last", "截止要晚于起始。")
    found = population(session, wish.first, wish.last)
    if not found:
        raise InvalidContent("first", "这段时间里没有还没复检过的已完成评分。")
    count = size(len(found), wish.percent)
    chance = random.Random(seed)  # noqa: S311 - fairness, not secrecy
    chosen = [found[n] for n in sorted(chance.sample(range(len(found)), count))]
    given, left = spread(chosen, inspectors)
    share = Fraction(count, len(found))
    why = f"复检抽样：种子“{seed}”，{len(found)} 次里抽 {count} 次"
    made = [
        reviews.create(
            session,
            review.call,
            review.version,
            by=by,
            at=at,
            inspector=person,
            purpose="recheck",
            chosen="random",
            probability=str(share),
            why=[why],
            of=review.id,
            blind=True,
            due_at=wish.due_at,
        )
        for review, person in given
    ]
    return Drawn(len(found), made, left)


def spread(
    chosen: Iterable[Review], inspectors: Sequence[Inspector]
) -> tuple[list[tuple[Review, int]], list[Review]]:
    """Who looks at which again: the least load first, then by id."""
    loads = {int(each.name): each.load for each in inspectors}
    never = {int(each.name): each.never for each in inspectors}
    given: list[tuple[Review, int]] = []
    left: list[Review] = []
    for review in chosen:
        agent = review.call.agent_id
        may = [
            person
            for person in loads
            if person not in (agent, review.inspector_id) and str(agent) not in never[person]
        ]
        if not may:
            left.append(review)
            continue
        person = min(may, key=lambda p: (loads[p], p))
        loads[person] += 1
        given.append((review, person))
    return given, left


# Comparing and deciding


def first_of(session: Session, second: Review) -> Review:
    """The review that was looked at again."""
    assert second.of_id is not None
    return session.get_one(Review, second.of_id)


def listing(
    session: Session, *, offset: int = 0, limit: int = 50
) -> tuple[int, list[tuple[Review, Recheck | None]]]:
    """Second reviews, the newest first, with what was decided."""
    parts = (Review.purpose == "recheck", Review.state != "cancelled")
    total = session.scalar(select(func.count(Review.id)).where(*parts)) or 0
    query = (
        select(Review, Recheck)
        .outerjoin(Recheck, Recheck.review_id == Review.id)
        .where(*parts)
        .order_by(Review.id.desc())
    )
    rows = session.execute(query.offset(offset).limit(limit)).unique()
    return total, [(review, decided) for review, decided in rows]


def decided(session: Session, second: Review) -> Recheck | None:
    return session.scalar(select(Recheck).where(Recheck.review_id == second.id))


def compare(first: Review, second: Review) -> list[Line]:
    """Item by item, those asked in either. ``first`` as its inspector finished it."""
    assert first.scores
    assert second.score is not None
    before, after = first.scores[0].answers, second.score.answers
    rubric = reviews.rubric_of(first.version)
    return [
        Line(item, before.get(item.key), after.get(item.key))
        for item in rubric.items()
        if item.key in before or item.key in after
    ]


def _same(first: Review, second: Review) -> list[bool]:
    """Of every item asked in either, whether both got the same answer."""
    assert second.score is not None
    before, after = first.scores[0].answers, second.score.answers
    return [alike(before.get(key), after.get(key)) for key in before.keys() | after.keys()]


def settle(
    session: Session,
    second: Review,
    outcome: str,
    text: str,
    *,
    by: int,
    at: datetime,
    ties: Ties = NONE,
) -> Recheck:
    """Keep the first score or replace it, with words. ``second`` comes held.

    What an appeal decided stays as it was decided. Raises NotSecond, Settled, InvalidContent.
    """
    if outcome not in OUTCOMES:
        raise InvalidContent("outcome", "请选维持，还是改用复检的成绩。")
    if second.purpose != "recheck" or second.score is None:
        raise Settled("复检还没有完成。")
    if decided(session, second) is not None:
        raise Settled("这次复检已经有了结论。")
    first = reviews.hold(session, second.of_id or 0)
    assert first.score is not None
    if by == second.inspector_id or not may_judge(first, first.scores[0], by, ties):
        raise NotSecond
    text = said(text, "words", "请写明理由，质检员和座席会看到。", 1000)
    made = Recheck(review=second, outcome=outcome, words=text, by=by, at=at)
    if outcome == REPLACED:
        made.result_id = _replace(session, first, second, text, by, at).id
    session.add(made)
    session.flush()
    return made


def _replace(
    session: Session, first: Review, second: Review, text: str, by: int, at: datetime
) -> Score:
    assert first.score is not None
    assert second.score is not None
    past = appeals.of_review(session, first)
    if any(each.state == appeals.WAITING for each in past):
        raise Settled("这个成绩有申诉在等裁定，请等裁定以后再改用复检的成绩。")
    standing = first.score.answers
    kept = {a.item for a in past if a.state in (appeals.UPHELD, appeals.REJECTED)}
    answers = dict(second.score.answers) | {k: standing[k] for k in kept if k in standing}
    rubric = reviews.rubric_of(first.version)
    missing = so_far(rubric, answers)[1]
    answers |= {key: standing[key] for key in missing if key in standing}
    if any(key not in answers for key in missing):
        raise Settled("复检的评定和已经裁定的申诉对不上，请按更正笔误逐项改。")
    notes = {**first.score.notes, **second.score.notes}
    made = reviews.rescore(
        session, first, answers, "recheck", by=by, at=at, reason=text, notes=notes
    )
    reopen(session, first, at)
    remedies.revise(session, first, at)
    return made


# Figures


def figures(session: Session) -> list[Figures]:
    """Of every inspector whose reviews were looked at again, the most looked at first; the newest
    ``MOST`` second looks count."""
    first_look = aliased(Review)
    query = (
        select(first_look, Review, Recheck)
        .join(first_look, first_look.id == Review.of_id)
        .outerjoin(Recheck, Recheck.review_id == Review.id)
        .where(Review.purpose == "recheck", Review.state == "finished")
        .options(selectinload(Review.scores), selectinload(first_look.scores))
        .order_by(Review.id.desc())
        .limit(MOST)
    )
    groups: dict[int, list[tuple[Review, Review, Recheck | None]]] = {}
    for first, second, verdict in session.execute(query).unique():
        groups.setdefault(first.inspector_id or 0, []).append((first, second, verdict))
    made = [_figures(person, found) for person, found in groups.items()]
    return sorted(made, key=lambda one: (-one.n, one.inspector_id))


def _figures(person: int, found: Sequence[tuple[Review, Review, Recheck | None]]) -> Figures:
    same = [_same(first, second) for first, second, _ in found]
    gaps = [
        second.score.reported - first.scores[0].reported
        for first, second, _ in found
        if second.score is not None
        and second.score.reported is not None
        and first.scores[0].reported is not None
    ]
    return Figures(
        inspector_id=person,
        n=len(found),
        stricter=mean(gaps),
        alike=wilson(sum(map(all, same)), len(found)),
        items=sum(map(len, same)),
        items_same=sum(map(sum, same)),
        replaced=sum(verdict is not None and verdict.outcome == REPLACED for *_, verdict in found),
    )
