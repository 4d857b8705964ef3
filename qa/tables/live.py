"""What the telephone system tells, what follows of each agent, and what it was asked to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from kb.columns import Moment

from ..errors import FrozenEvent
from .base import Base


class PhoneEvent(Base):
    """One event, never rewritten. ``key`` is the telephone system's own name for it; ``kind`` may
    be one we do not know. ``customer`` is personal data.
    """

    __tablename__ = "qa_event"
    __audited__ = False
    __table_args__ = (Index("ix_qa_event_agent_id_at", "agent_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)
    agent_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    call_key: Mapped[str] = mapped_column(String(64), default="")
    queue: Mapped[str] = mapped_column(String(60), default="")
    direction: Mapped[str] = mapped_column(String(3), default="")
    customer: Mapped[str] = mapped_column(String(40), default="", info={"secret": True})
    extension: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime] = mapped_column(Moment)


@event.listens_for(PhoneEvent, "before_update")
@event.listens_for(PhoneEvent, "before_delete")
def _refuse(mapper: Mapper[PhoneEvent], connection: object, row: PhoneEvent) -> None:
    raise FrozenEvent(row.key)


class AgentState(Base):
    """What the events of one agent come to, kept so that a page need not tell them again.

    Derived: ``qa.live.retell`` makes it anew. ``calls`` are those of ``qa.presence.LiveCall``.
    """

    __tablename__ = "qa_agent_state"
    __audited__ = False

    agent_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime | None] = mapped_column(Moment)
    calls: Mapped[list[dict[str, Any]]] = mapped_column(JSON, info={"secret": True})
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    unknown: Mapped[int]


class PhoneCommand(Base):
    """Somebody asked the telephone system for something.

    ``state``: ``sent`` (no answer yet, or the answer was lost), ``done``, ``refused``, ``failed``
    (it could not be reached); ``says`` is the answer in words.
    """

    __tablename__ = "qa_command"
    __table_args__ = (
        CheckConstraint("state in ('sent', 'done', 'refused', 'failed')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    agent_id: Mapped[int] = mapped_column(index=True)
    call_key: Mapped[str] = mapped_column(String(64), default="")
    system: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    says: Mapped[str] = mapped_column(Text, default="")
    by_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
