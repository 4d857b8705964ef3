"""Tables of the knowledge base.

An article is an identity; everything a reader sees belongs to one of its revisions.
A published revision is frozen: what was on an agent's screen can be shown again for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column, relationship

from .columns import NAMING, Moment
from .errors import FrozenRevision
from .records import Record

DRAFT, PUBLISHED = "draft", "published"


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=dict(NAMING))


class Category(Base):
    """A node of the category tree; ``path`` (票务/退票) repeats the ancestors' names."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    path: Mapped[str] = mapped_column(String(400), unique=True)
    position: Mapped[int] = mapped_column(default=0)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def depth(self) -> int:
        return self.path.count("/")


class Article(Base):
    """The identity that revisions share. ``retired_at`` takes it out of use as a whole."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    owner_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    retired_by: Mapped[int | None]
    verified_at: Mapped[datetime | None] = mapped_column(Moment)
    verified_by: Mapped[int | None]

    revisions: Mapped[list[Revision]] = relationship(
        back_populates="article", order_by="Revision.number", cascade="all, delete-orphan"
    )
    retirements: Mapped[list[Retirement]] = relationship(
        order_by="Retirement.id", cascade="all, delete-orphan"
    )

    @property
    def draft(self) -> Revision | None:
        return next((r for r in self.revisions if r.state == DRAFT), None)

    @property
    def published(self) -> list[Revision]:
        """Published revisions, oldest first."""
        return [r for r in self.revisions if r.state == PUBLISHED]

    @property
    def latest(self) -> Revision:
        """The newest revision of any state: what an editor continues from."""
        return self.revisions[-1]


class Revision(Base):
    """One text of an article with all that decides who sees it and when it holds."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        CheckConstraint("state in ('draft', 'published')", name="state"),
        Index(
            "uq_revision_one_draft",
            "article_id",
            unique=True,
            sqlite_where=text("state = 'draft'"),
            postgresql_where=text("state = 'draft'"),
        ),
        Index(
            "ix_revision_must_sign",
            "article_id",
            sqlite_where=text("must_sign = 1"),
            postgresql_where=text("must_sign"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default=DRAFT)
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(20))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    questions: Mapped[list[str]] = mapped_column(JSON, default=list)
    audiences: Mapped[list[str]] = mapped_column(JSON, default=list)
    effective_from: Mapped[datetime | None] = mapped_column(Moment)
    effective_to: Mapped[datetime | None] = mapped_column(Moment)
    must_sign: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    published_by: Mapped[int | None]
    scheduled_at: Mapped[datetime | None] = mapped_column(Moment)
    """When a publication at a later time was decided: until ``published_at`` nobody sees it."""
    writers: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """Everybody who saved this text while it was a draft: none of them may approve it."""

    reviews: Mapped[list[Review]] = relationship(
        back_populates="revision", order_by="Review.id", cascade="all, delete-orphan"
    )
    remarks: Mapped[list[Remark]] = relationship(order_by="Remark.id", cascade="all, delete-orphan")
    article: Mapped[Article] = relationship(back_populates="revisions")
    category: Mapped[Category | None] = relationship(lazy="joined")

    @property
    def decided_at(self) -> datetime:
        """When its publication was decided; a draft was last changed then."""
        return self.scheduled_at or self.published_at or self.changed_at

    def record(self) -> Record:
        """The content as it travels."""
        return Record(
            key=self.article.key,
            title=self.title,
            body=self.body,
            kind=self.kind,
            category=self.category.path if self.category else "",
            tags=tuple(self.tags),
            questions=tuple(self.questions),
            audiences=tuple(self.audiences),
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            must_sign=self.must_sign,
            data=dict(self.data),
        )


class Retirement(Base):
    """A stretch of time in which an article was out of use; open while ``revived_at`` is None."""

    __tablename__ = "retirement"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), index=True)
    retired_at: Mapped[datetime] = mapped_column(Moment)
    retired_by: Mapped[int | None]
    revived_at: Mapped[datetime | None] = mapped_column(Moment)
    revived_by: Mapped[int | None]


class Review(Base):
    """Why a revision could be published: who looked at which version of it, and what they said.

    ``kind``: ``review`` (before), ``urgent`` (after the fact), ``direct`` (whoever may publish
    vouched for it), ``import`` (the same for a file). ``outcome``: '' while it waits, else
    ``approved``, ``sent_back``, ``withdrawn``, ``taken_back``.
    """

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_outcome_kind", "outcome", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    asked_by: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(Moment)
    reviewer_id: Mapped[int | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(String(10), default="")
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    verdict: Mapped[str] = mapped_column(Text, default="")

    revision: Mapped[Revision] = relationship(back_populates="reviews")


class Remark(Base):
    """What somebody says on a passage of a draft: the words quoted, and where they stood."""

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    author_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Moment)
    text: Mapped[str] = mapped_column(Text)
    quote: Mapped[str] = mapped_column(Text, default="")
    start: Mapped[int] = mapped_column(default=0)
    resolved_at: Mapped[datetime | None] = mapped_column(Moment)
    resolved_by: Mapped[int | None]


class StoredFile(Base):
    """A file that articles carry, by its SHA-256; the bytes lie in ``kb.storage``.

    Revisions name it in their ``data``; the same file under many of them is kept once. What
    was read of it (``text``) is true for ever: another content would have another hash.
    """

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    ending: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int | None]


class Policy(Base):
    """A rule of the centre that is not its default; see ``kb.policy``."""

    __tablename__ = "policy"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


class IndexChange(Base):
    """One entry of the index's to-do list: this article changed. The id is its token."""

    __tablename__ = "index_change"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a token is never given twice
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(index=True)
    noted_at: Mapped[datetime] = mapped_column(Moment)


def _changed(revision: Revision) -> Iterable[str]:
    return (a.key for a in inspect(revision).attrs if a.history.has_changes())


@event.listens_for(Revision, "before_update")
def _refuse_rewriting(mapper: Mapper[Revision], connection: object, revision: Revision) -> None:
    history = inspect(revision).attrs["state"].history
    before = history.deleted[0] if history.deleted else revision.state
    if before != PUBLISHED or _unscheduled(revision):
        return
    if any(name in _COLUMNS for name in _changed(revision)):
        raise FrozenRevision(revision.article.key, revision.number)


_COLUMNS = frozenset(c.key for c in inspect(Revision).column_attrs)
_SCHEDULE = frozenset({"state", "published_at", "published_by", "scheduled_at", "changed_at"})


def _unscheduled(revision: Revision) -> bool:
    """Is it taken back from its schedule before anybody could see it, its text untouched?"""
    due: list[datetime] = list(inspect(revision).attrs["published_at"].history.deleted or ())
    changed = _COLUMNS.intersection(_changed(revision))
    return (
        revision.state == DRAFT
        and changed <= _SCHEDULE
        and bool(due)
        and revision.changed_at < due[0]
    )


@event.listens_for(Revision, "before_delete")
def _refuse_deleting(mapper: Mapper[Revision], connection: object, revision: Revision) -> None:
    if revision.state == PUBLISHED:
        raise FrozenRevision(revision.article.key, revision.number)
