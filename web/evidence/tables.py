"""Tables of the evidence: the chain, its head and anchors, checks of it, and recalls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, event
from sqlalchemy.orm import Mapped, Mapper, ORMExecuteState, Session, mapped_column, relationship

from kb.columns import Moment
from kb.models import Article, Revision

from ..errors import FrozenTrace
from ..models import Base

SHOWN, OPENED, COPIED = "shown", "opened", "copied"
ACTS: Mapping[str, str] = {SHOWN: "显示", OPENED: "打开", COPIED: "复制"}


class Trace(Base):
    """One thing a person saw, opened or copied. Never changed, never deleted.

    ``id`` counts from 1 without a gap: it is the place in the chain. ``at`` is the server's
    clock when it happened. ``start`` and ``end`` are characters of the revision's body for an
    answer or an article, and of its visible words for a selection (``evidence.words``).
    """

    __tablename__ = "evidence"
    __audited__ = False
    __table_args__ = (
        Index("ix_evidence_at_act_revision_id_person_id", "at", "act", "revision_id", "person_id"),
        Index("ix_evidence_person_id_at", "person_id", "at"),
        Index("ix_evidence_revision_id_act_at", "revision_id", "act", "at"),
        Index("ix_evidence_call_at_act", "call", "at", "act"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    act: Mapped[str] = mapped_column(String(10))
    surface: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    session_id: Mapped[int | None]
    call: Mapped[str] = mapped_column(String(64), default="")
    origin: Mapped[str] = mapped_column(String(10))
    article_key: Mapped[str] = mapped_column(String(200))
    revision_number: Mapped[int]
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id))
    start: Mapped[int | None]
    end: Mapped[int | None]
    condition: Mapped[str] = mapped_column(Text, default="")
    renderer: Mapped[str] = mapped_column(String(10))
    shown_sha: Mapped[str] = mapped_column(String(64))
    source_sha: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    revision: Mapped[Revision] = relationship(Revision)


class ChainHead(Base):
    """Where the chain ends: one row, written with every link, so that a lost end is noticed."""

    __tablename__ = "evidence_head"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    anchored_at: Mapped[datetime] = mapped_column(Moment)


class Anchor(Base):
    """The end of the chain at a moment, to be compared with later."""

    __tablename__ = "evidence_anchor"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    last: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class ChainCheck(Base):
    """A check of the whole chain that somebody asked for, and what it found."""

    __tablename__ = "evidence_check"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[int | None]
    done_at: Mapped[datetime | None] = mapped_column(Moment)
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Recall(Base):
    """A revision was withdrawn as wrong: who used it since ``since`` is told."""

    __tablename__ = "recall"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey(Article.id), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id), index=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    by: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    since: Mapped[datetime] = mapped_column(Moment)

    revision: Mapped[Revision] = relationship(Revision)
    article: Mapped[Article] = relationship(Article)


class RecallNotice(Base):
    """Somebody is told of a recall: what they did with the text and when last, and when they
    confirmed that they know."""

    __tablename__ = "recall_notice"
    __audited__ = False
    __table_args__ = (Index("ix_recall_notice_person_id_seen_at", "person_id", "seen_at"),)

    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    act: Mapped[str] = mapped_column(String(10))
    used_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)

    recall: Mapped[Recall] = relationship(Recall)


@event.listens_for(Trace, "before_update")
@event.listens_for(Trace, "before_delete")
def _refuse_change(mapper: Mapper[Trace], connection: object, trace: Trace) -> None:
    raise FrozenTrace(trace.id)


@event.listens_for(Session, "do_orm_execute")
def _refuse_statement(state: ORMExecuteState) -> None:
    """Also what goes past the objects: ``update(Trace)``, ``delete(Trace)``."""
    if (state.is_update or state.is_delete) and state.bind_mapper is Trace.__mapper__:
        raise FrozenTrace(None)
