"""Points for what people give to the message board: a ledger that only grows.

A row is never changed or removed; a mistake is set right by a counter-entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, case, event, func, select
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column, relationship

from .board import Post
from .columns import Moment
from .errors import InvalidContent, KbError, NotFound, Settled
from .models import Base

MOST = 20
"""Points of one entry; more is surely a slip."""
LONGEST_REASON = 400
SORTS: Mapping[str, str] = MappingProxyType({"quality": "质量", "activity": "积极性"})


class FrozenEntry(KbError):
    """Something tried to rewrite the ledger."""

    def __init__(self) -> None:
        super().__init__("加分记录不能改写；记错了请冲正，再记一笔对的。")


class Points(Base):
    """One entry. ``token`` is that of the form it came from, so that it is entered once."""

    __tablename__ = "board_points"
    __table_args__ = (CheckConstraint("points <> 0", name="points"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(index=True)
    points: Mapped[int]
    sort: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    post_id: Mapped[int | None] = mapped_column(ForeignKey(Post.id), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("board_points.id"), unique=True)
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    by_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment, index=True)

    post: Mapped[Post | None] = relationship()


@event.listens_for(Points, "before_update")
@event.listens_for(Points, "before_delete")
def _refuse(mapper: Mapper[Points], connection: object, entry: Points) -> None:
    raise FrozenEntry


def give(
    session: Session,
    person: int,
    points: int,
    sort: str,
    reason: str,
    by: int,
    at: datetime,
    *,
    post_id: int | None = None,
    token: str | None = None,
) -> Points:
    """Enter points for somebody; the same ``token`` again enters nothing.

    Raises InvalidContent: nobody gives points to themselves, and not without a reason.
    """
    if token:
        found = session.scalars(select(Points).where(Points.token == token)).one_or_none()
        if found is not None:
            return found
    reason = reason.strip()
    if person == by:
        raise InvalidContent("person", "不能给自己加分。")
    if not 1 <= points <= MOST:
        raise InvalidContent("points", f"一次加 1 到 {MOST} 分。")
    if sort not in SORTS:
        raise InvalidContent("sort", "请选加分的类别：质量，或积极性。")
    if not reason:
        raise InvalidContent("reason", "请写明为什么加分，本人会看到。")
    if len(reason) > LONGEST_REASON or "\0" in reason:
        raise InvalidContent("reason", f"原因最长{LONGEST_REASON}个字，不含控制字符。")
    entry = Points(
        person_id=person,
        points=points,
        sort=sort,
        reason=reason,
        post_id=post_id,
        token=token or None,
        by_id=by,
        at=at,
    )
    session.add(entry)
    session.flush()
    return entry


def correct(session: Session, id: int, reason: str, by: int, at: datetime) -> Points:
    """Take an entry back by its opposite. Raises NotFound, Settled, InvalidContent."""
    entry = session.get(Points, id)
    if entry is None:
        raise NotFound("加分记录", str(id))
    if entry.corrects_id is not None:
        raise InvalidContent("entry", "这一笔本身就是冲正，不能再冲。")
    if session.scalar(select(Points.id).where(Points.corrects_id == id)) is not None:
        raise Settled("这一笔已经冲正过了。")
    if entry.person_id == by:
        raise InvalidContent("person", "不能改自己的加分，请让别的管理员来做。")
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or "\0" in reason:
        raise InvalidContent("reason", f"请写明为什么冲正，最长{LONGEST_REASON}个字。")
    counter = Points(
        person_id=entry.person_id,
        points=-entry.points,
        sort=entry.sort,
        reason=reason,
        post_id=entry.post_id,
        corrects_id=entry.id,
        by_id=by,
        at=at,
    )
    session.add(counter)
    session.flush()
    return counter


@dataclass(frozen=True, slots=True)
class Sum:
    """What a person was given over a period, by sort; ``n`` entries, counter-entries included."""

    person_id: int
    quality: int
    activity: int
    n: int

    @property
    def total(self) -> int:
        return self.quality + self.activity


def sums(session: Session, since: datetime, until: datetime) -> list[Sum]:
    """Per person from ``since`` until just before ``until``, most points first.

    A counter-entry counts where it was entered: a month that was reported stays as it was.
    """

    def of(sort: str) -> object:
        return func.sum(case((Points.sort == sort, Points.points), else_=0))

    query = (
        select(Points.person_id, of("quality"), of("activity"), func.count())  # type: ignore[call-overload]
        .where(Points.at >= since, Points.at < until)
        .group_by(Points.person_id)
    )
    found = [Sum(*row) for row in session.execute(query)]
    return sorted(found, key=lambda s: (-s.total, s.person_id))


def entries(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    person: int | None = None,
    limit: int | None = None,
) -> Sequence[Points]:
    """The ledger of a period, newest first."""
    query = select(Points).where(Points.at >= since, Points.at < until)
    if person is not None:
        query = query.where(Points.person_id == person)
    return session.scalars(query.order_by(Points.at.desc(), Points.id.desc()).limit(limit)).all()


def of_posts(session: Session, post_ids: Sequence[int]) -> dict[int, list[Points]]:
    """{post id: its entries, oldest first}"""
    found: dict[int, list[Points]] = {}
    query = select(Points).where(Points.post_id.in_(post_ids)).order_by(Points.id)
    for entry in session.scalars(query):
        assert entry.post_id is not None
        found.setdefault(entry.post_id, []).append(entry)
    return found


def corrected(session: Session, ids: Sequence[int]) -> frozenset[int]:
    """Those of the entries that a counter-entry takes back."""
    query = select(Points.corrects_id).where(Points.corrects_id.in_(ids))
    return frozenset(id for id in session.scalars(query) if id is not None)
