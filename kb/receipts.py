"""Signing for texts (签收): tables of what was signed, tried and reminded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .columns import Moment
from .models import Article, Base, Revision


class Signature(Base):
    """A person has signed exactly this text: ``text_hash`` is of what was rendered for them."""

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("person_id", "revision_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    article_id: Mapped[int] = mapped_column(ForeignKey(Article.id), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id), index=True)
    text_hash: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(Moment)

    revision: Mapped[Revision] = relationship()


class SigningTry(Base):
    """One answer to a text's questions. ``given`` holds a choice (from 0) or null for each."""

    __tablename__ = "signing_try"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    given: Mapped[list[Any]] = mapped_column(JSON, default=list)
    passed: Mapped[bool]


class SigningReminder(Base):
    """Those who had not signed were reminded."""

    __tablename__ = "signing_reminder"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey(Article.id))
    revision_id: Mapped[int] = mapped_column(ForeignKey(Revision.id), index=True)
    person_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
