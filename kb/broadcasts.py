"""Broadcasts: a sentence from management that open desks show at once.

What was sent is not rewritten: whoever wants other words withdraws it and sends a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, Text, and_, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from .articles import Edit
from .columns import Moment
from .errors import InvalidContent, NotFound
from .gate import Viewer
from .models import Article, Base

MAX_TITLE = 100
MAX_BODY = 2_000
MAX_NAMES = 200


class Broadcast(Base):
    """For everyone where ``audiences`` (role and team names) and ``person_ids`` are empty."""

    __tablename__ = "broadcast"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    body: Mapped[str] = mapped_column(Text, default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    audiences: Mapped[list[str]] = mapped_column(JSON, default=list)
    person_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    article_id: Mapped[int | None] = mapped_column(ForeignKey(Article.id))
    valid_from: Mapped[datetime] = mapped_column(Moment)
    valid_to: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[int | None]

    article: Mapped[Article | None] = relationship()

    def is_for(self, person_id: int, viewer: Viewer) -> bool:
        """Whether it is addressed to this person, by name, role or team."""
        if not self.audiences and not self.person_ids:
            return True
        named = bool(set(self.audiences) & (viewer.audiences or frozenset()))
        return named or person_id in self.person_ids

    def state(self, at: datetime) -> str:
        """withdrawn, coming, current or over."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.valid_from > at:
            return "coming"
        return "over" if self.valid_to is not None and self.valid_to <= at else "current"


class BroadcastReading(Base):
    """A person has said that they know; for urgent ones this is what is waited for."""

    __tablename__ = "broadcast_reading"
    __audited__ = False

    broadcast_id: Mapped[int] = mapped_column(ForeignKey(Broadcast.id), primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True)
    read_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wants to send. ``valid_from`` None means at once."""

    title: str
    body: str = ""
    urgent: bool = False
    audiences: tuple[str, ...] = ()
    person_ids: tuple[int, ...] = ()
    article_id: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def clean(message: Message, at: datetime) -> Message:
    """The message as it may be sent. Raises InvalidContent naming the field that is wrong."""
    title, body = " ".join(message.title.split()), message.body.strip()
    if any("\ud800" <= char <= "\udfff" or char == "\0" for char in title + body):
        raise InvalidContent("title", "文字里有不能保存的控制字符，请删去。")
    if not title:
        raise InvalidContent("title", "请写一句要广播的话。")
    if len(title) > MAX_TITLE:
        raise InvalidContent(
            "title", f"这句话最长{MAX_TITLE}个字，现在有{len(title)}个字；细节写在说明里。"
        )
    if len(body) > MAX_BODY:
        raise InvalidContent("body", f"说明最长{MAX_BODY}个字，现在有{len(body)}个字。")
    if len(message.audiences) > MAX_NAMES or len(message.person_ids) > MAX_NAMES:
        raise InvalidContent("audiences", f"对象最多{MAX_NAMES}个，请改选班组或角色。")
    begins = message.valid_from or at
    if message.valid_to is not None and message.valid_to <= max(begins, at):
        raise InvalidContent("valid_to", "结束时间要晚于开始时间，也要晚于现在。")
    return Message(
        title,
        body,
        message.urgent,
        tuple(dict.fromkeys(message.audiences)),
        tuple(dict.fromkeys(message.person_ids)),
        message.article_id,
        begins,
        message.valid_to,
    )


def send(session: Session, message: Message, edit: Edit) -> Broadcast:
    """Raises InvalidContent, NotFound for an article that does not exist."""
    message = clean(message, edit.at)
    if message.article_id is not None and session.get(Article, message.article_id) is None:
        raise NotFound("文章", str(message.article_id))
    assert message.valid_from is not None
    sent = Broadcast(
        title=message.title,
        body=message.body,
        urgent=message.urgent,
        audiences=list(message.audiences),
        person_ids=list(message.person_ids),
        article_id=message.article_id,
        valid_from=message.valid_from,
        valid_to=message.valid_to,
        created_at=edit.at,
        created_by=edit.by,
    )
    session.add(sent)
    session.flush()
    return sent


def get(session: Session, id: int) -> Broadcast:
    """Raises NotFound."""
    found = session.get(Broadcast, id)
    if found is None:
        raise NotFound("广播", str(id))
    return found


def withdraw(session: Session, broadcast: Broadcast, edit: Edit) -> None:
    """It leaves every desk; harmless when it is withdrawn already."""
    if broadcast.withdrawn_at is None:
        broadcast.withdrawn_at, broadcast.withdrawn_by = edit.at, edit.by
        session.flush()


def is_current(at: datetime) -> ColumnElement[bool]:
    """SQL: ``Broadcast`` is to be shown at ``at``."""
    return and_(
        Broadcast.withdrawn_at.is_(None),
        Broadcast.valid_from <= at,
        or_(Broadcast.valid_to.is_(None), Broadcast.valid_to > at),
    )


def current_ids(session: Session, at: datetime) -> Sequence[int]:
    """What is on the air at ``at``, for anybody: one tiny query."""
    return session.scalars(select(Broadcast.id).where(is_current(at)).order_by(Broadcast.id)).all()


def current(session: Session, person_id: int, viewer: Viewer, at: datetime) -> list[Broadcast]:
    """What is on the air for this person, urgent first, then newest first."""
    found = session.scalars(select(Broadcast).where(is_current(at)).order_by(Broadcast.id.desc()))
    mine = [b for b in found if b.is_for(person_id, viewer)]
    return sorted(mine, key=lambda b: not b.urgent)


def received(
    session: Session, person_id: int, viewer: Viewer, at: datetime, since: datetime
) -> list[Broadcast]:
    """All that was or is on the air for this person from ``since`` on, newest first.

    Withdrawn ones are left out: what they said no longer counts.
    """
    query = select(Broadcast).where(
        Broadcast.withdrawn_at.is_(None),
        Broadcast.valid_from <= at,
        or_(Broadcast.valid_to.is_(None), Broadcast.valid_to > since),
    )
    found = session.scalars(query.order_by(Broadcast.valid_from.desc(), Broadcast.id.desc()))
    return [b for b in found if b.is_for(person_id, viewer)]


def sent(session: Session, offset: int, limit: int) -> tuple[int, Sequence[Broadcast]]:
    """(how many there are, one page of them, newest first)."""
    total = session.scalar(select(func.count(Broadcast.id))) or 0
    query = select(Broadcast).order_by(Broadcast.id.desc()).offset(offset).limit(limit)
    return total, session.scalars(query).all()


def note_read(session: Session, broadcast: Broadcast, person_id: int, at: datetime) -> None:
    """The first time counts."""
    if session.get(BroadcastReading, (broadcast.id, person_id)) is None:
        session.add(BroadcastReading(broadcast_id=broadcast.id, person_id=person_id, read_at=at))
        session.flush()


def read_by(session: Session, broadcast: Broadcast) -> dict[int, datetime]:
    """{person id: when}"""
    query = select(BroadcastReading.person_id, BroadcastReading.read_at).where(
        BroadcastReading.broadcast_id == broadcast.id
    )
    return {person_id: read_at for person_id, read_at in session.execute(query)}  # noqa: C416


def read_counts(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """{broadcast id: how many have read it}"""
    query = (
        select(BroadcastReading.broadcast_id, func.count())
        .where(BroadcastReading.broadcast_id.in_(ids))
        .group_by(BroadcastReading.broadcast_id)
    )
    return {id: count for id, count in session.execute(query)}  # noqa: C416


def read_of(session: Session, person_id: int, ids: Sequence[int]) -> frozenset[int]:
    """Which of the broadcasts this person has read."""
    query = select(BroadcastReading.broadcast_id).where(
        BroadcastReading.person_id == person_id, BroadcastReading.broadcast_id.in_(ids)
    )
    return frozenset(session.scalars(query))
