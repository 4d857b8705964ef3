"""Calls found by any combination of what is known of them and what was said in them.

    found = search(session, Wanted(words="全额退款", said_by="agent"), page=1)
    found.total, found.calls

``within`` narrows to the calls somebody may see; it is asked in the same query, so that neither
the list nor its count tells of others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from kb.text import fold

from .tables import Call, Recording, Review, Score, Transcript
from .transcribing import AFTER_AGENT, BEFORE_CUSTOMER, bare, bare_character
from .transcripts import Role

PAGE = 50
MOST_TERMS = 8
AROUND = 24
"""Characters shown on either side of what was said."""
SHOWN_PASSAGES = 2
"""Passages of one call that are shown."""

FEW = 1000
"""Calls that are named to the database one by one."""

SaidBy = Literal["", "agent", "customer"]
ORDERS: Mapping[str, InstrumentedAttribute[Any]] = {
    "started": Call.started_at,
    "seconds": Call.seconds,
    "satisfaction": Call.satisfaction,
    "key": Call.key,
}
REVIEWED: Mapping[str, str] = {
    "none": "还没有派评",
    "open": "等评或评分中",
    "finished": "已评完",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; '' and None narrow nothing. Bounds of numbers are included, ``last`` is
    not. ``agents``: ids; ``words``: every one of them, apart by spaces.
    """

    first: datetime | None = None
    last: datetime | None = None
    key: str = ""
    extension: str = ""
    agents: Collection[int] | None = None
    queue: str = ""
    direction: str = ""
    seconds: tuple[float | None, float | None] = (None, None)
    score: tuple[float | None, float | None] = (None, None)
    satisfaction: tuple[int | None, int | None] = (None, None)
    consent: str = ""
    sound: bool | None = None
    reviewed: str = ""
    words: str = ""
    said_by: SaidBy = ""
    sort: str = "-started"

    @property
    def terms(self) -> tuple[str, ...]:
        """The words as they are compared."""
        found = dict.fromkeys(term for part in self.words.split() if (term := bare(part)))
        return tuple(found)[:MOST_TERMS]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of calls; ``total`` counts all that match."""

    calls: Sequence[Call]
    total: int

    def pages(self, size: int = PAGE) -> int:
        return max(1, -(-self.total // size))


@dataclass(frozen=True, slots=True)
class Passage:
    """Words in their turn: ``before`` and ``after`` are cut, ``start`` in seconds."""

    start: float
    role: Role | None
    before: str
    hit: str
    after: str


def search(
    session: Session,
    wanted: Wanted,
    within: ColumnElement[bool] | None = None,
    page: int = 1,
    size: int = PAGE,
    said: Collection[int] | None = None,
) -> Found:
    """The calls of one page, newest first unless sorted otherwise; their sound loaded.

    ``said``: ids of the calls in which the words were said, where an index knows them.
    """
    first = (page - 1) * size
    if said is not None and len(said) > FEW:
        ids = _ids(session, wanted, within, said)
        return Found(list(_loaded(session, ids[first : first + size])), len(ids))
    condition = _condition(session, wanted, within, said)
    total = session.scalar(select(func.count(Call.id)).where(condition)) or 0
    query = _sorted(select(Call).where(condition), wanted.sort).offset(first).limit(size)
    return Found(session.scalars(query.options(selectinload(Call.recordings))).all(), total)


def every(
    session: Session,
    wanted: Wanted,
    within: ColumnElement[bool] | None,
    most: int,
    said: Collection[int] | None = None,
) -> Iterator[Call]:
    """The first ``most`` of all pages, a few at a time."""
    ids = _ids(session, wanted, within, said)[:most]
    for start in range(0, len(ids), FEW):
        yield from _loaded(session, ids[start : start + FEW])


def _ids(
    session: Session,
    wanted: Wanted,
    within: ColumnElement[bool] | None,
    said: Collection[int] | None,
) -> list[int]:
    """Ids of all that match, in order: too many to name them to the database are held against
    the rest of the question here.
    """
    named = said is None or len(said) <= FEW
    condition = _condition(session, wanted, within, said if named else None, words=named)
    ids = session.scalars(_sorted(select(Call.id).where(condition), wanted.sort))
    return [id for id in ids if named or said is None or id in said]


def _loaded(session: Session, ids: Sequence[int]) -> Iterator[Call]:
    """In the order of the ids."""
    query = select(Call).where(Call.id.in_(ids)).options(selectinload(Call.recordings))
    found = {call.id: call for call in session.scalars(query)}
    return (found[id] for id in ids)


def scores_of(session: Session, calls: Collection[Call]) -> dict[int, list[Review]]:
    """{call id: its reviews that count, the newest first}"""
    query = (
        select(Review)
        .where(
            Review.call_id.in_([call.id for call in calls]),
            Review.purpose == "score",
            Review.state != "cancelled",
        )
        .options(selectinload(Review.scores))
        .order_by(Review.id.desc())
    )
    found: dict[int, list[Review]] = {}
    for review in session.scalars(query).unique():
        found.setdefault(review.call_id, []).append(review)
    return found


def written(session: Session, calls: Collection[Call]) -> set[int]:
    """Ids of the calls that have a transcript."""
    query = select(Transcript.call_id).where(Transcript.call_id.in_([call.id for call in calls]))
    return set(session.scalars(query))


def queues(session: Session) -> list[str]:
    """Every queue there is."""
    query = select(Call.queue).where(Call.queue != "").distinct().order_by(Call.queue)
    return list(session.scalars(query))


# The conditions


def _condition(
    session: Session,
    wanted: Wanted,
    within: ColumnElement[bool] | None,
    said: Collection[int] | None,
    *,
    words: bool = True,
) -> ColumnElement[bool]:
    parts = [true() if within is None else within, *_conditions(wanted)]
    if said is not None:
        parts.append(Call.id.in_(said))
    elif wanted.terms and words:
        parts.append(Call.id.in_(_saying(session, wanted)))
    return and_(*parts)


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.first is not None:
        yield Call.started_at >= wanted.first
    if wanted.last is not None:
        yield Call.started_at < wanted.last
    if wanted.key:
        part = Call.key.icontains(wanted.key, autoescape=True)
        yield Call.id.in_(select(Call.id).where(part))  # from the index of keys alone
    for column, value in (
        (Call.extension, wanted.extension),
        (Call.queue, wanted.queue),
        (Call.direction, wanted.direction),
    ):
        if value:
            yield column == value
    if wanted.agents is not None:
        yield Call.agent_id.in_(wanted.agents)
    yield from _between(Call.seconds, wanted.seconds)
    yield from _between(Call.satisfaction, wanted.satisfaction)
    if wanted.consent:
        yield Call.consent == ("" if wanted.consent == "unknown" else wanted.consent)
    if wanted.sound is not None:
        yield _has_sound() if wanted.sound else ~_has_sound()
    yield from _in_review(wanted)


def _between(
    column: InstrumentedAttribute[Any], bounds: tuple[float | None, float | None]
) -> Iterator[ColumnElement[bool]]:
    least, most = bounds
    if least is not None:
        yield column >= least
    if most is not None:
        yield column <= most


def _has_sound() -> ColumnElement[bool]:
    kept = exists().where(Recording.call_id == Call.id, Recording.removed_at.is_(None))
    return and_(Call.consent != "no", kept)


def _in_review(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    mine = and_(Review.call_id == Call.id, Review.purpose == "score", Review.state != "cancelled")
    if wanted.reviewed == "none":
        yield ~exists().where(mine)
    elif wanted.reviewed == "open":
        yield exists().where(mine, Review.state != "finished")
    elif wanted.reviewed == "finished":
        yield exists().where(mine, Review.state == "finished")
    if wanted.score != (None, None):
        held = _scores().where(*_between(Score.reported, wanted.score))
        yield Call.id.in_(held.with_only_columns(Review.call_id))


def said_in(session: Session, wanted: Wanted, transcripts: Collection[int]) -> frozenset[int]:
    """Ids of the calls of these transcripts in which the words were said."""
    query = _saying(session, wanted).where(Transcript.id.in_(transcripts))
    return frozenset(session.scalars(query))


def _saying(session: Session, wanted: Wanted) -> Select[Any]:
    """Ids of calls with every word in their transcript, on the side that is asked for.

    Only the newest transcript of a call keeps ``folded``.
    """
    place = func.strpos if session.get_bind().dialect.name == "postgresql" else func.instr
    text = Transcript.folded
    parts: list[ColumnElement[bool]] = []
    for term in wanted.terms:
        if wanted.said_by == "agent":
            parts.append(place(text, term).between(1, place(text, AFTER_AGENT)))
        elif wanted.said_by == "customer":
            rest = func.substr(text, place(text, BEFORE_CUSTOMER))
            parts.append(place(rest, term) > 0)
        else:
            parts.append(place(text, term) > 0)
    return select(Transcript.call_id).where(*parts)


def _sorted(query: Select[Any], sort: str) -> Select[Any]:
    name = sort.removeprefix("-")
    column: Any = ORDERS.get(name, Call.started_at)
    if name == "score":
        best = func.max(Score.reported).label("best")
        each = _scores().with_only_columns(Review.call_id, best).group_by(Review.call_id).subquery()
        query, column = query.outerjoin(each, each.c.call_id == Call.id), each.c.best
    falling = sort.startswith("-") or name not in (*ORDERS, "score")
    order = column.desc() if falling else column.asc()
    if column is not Call.started_at:  # every call began: its index gives the order as it is
        order = order.nulls_last()
    return query.order_by(order, Call.id.desc() if falling else Call.id.asc())


def _scores() -> Select[int, float | None]:
    """The scores that hold, each with its review."""
    return (
        select(Review.call_id, Score.reported)
        .join(Score, and_(Score.review_id == Review.id, Score.number == Review.scored))
        .where(Review.purpose == "score", Review.state == "finished")
    )


# What was said


def passages(transcript: Transcript, wanted: Wanted, most: int = SHOWN_PASSAGES) -> list[Passage]:
    """Where the words were said, in the order of time."""
    found: list[Passage] = []
    for turn in transcript.turns:
        if wanted.said_by and turn["role"] != wanted.said_by:
            continue
        for term in wanted.terms:
            passage = _passage(turn, term)
            if passage is not None and len(found) < most:
                found.append(passage)
    return found


def _passage(turn: Mapping[str, Any], term: str) -> Passage | None:
    text = turn["text"]
    place = bare(text).find(term)
    if place < 0:
        return None
    folded = fold(text)
    kept = [n for n, character in enumerate(folded.text) if bare_character(character)]
    start, end = folded.original(kept[place], kept[place + len(term) - 1] + 1)
    before, after = text[:start], text[end:]
    return Passage(
        turn["start"],
        turn["role"],
        ("…" if len(before) > AROUND else "") + before[-AROUND:],
        text[start:end],
        after[:AROUND] + ("…" if len(after) > AROUND else ""),
    )


def texts(session: Session, calls: Collection[Call]) -> dict[int, Transcript]:
    """{call id: its newest transcript}"""
    query = select(Transcript).where(Transcript.call_id.in_([call.id for call in calls]))
    return {row.call_id: row for row in session.scalars(query.order_by(Transcript.id))}
