"""Tables of the application: people, roles, sign-ins, the audit trail, jobs, traces of reading."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from kb.columns import NAMING, Moment
from kb.models import Article

SECRET = {"secret": True}
"""Marks a column whose value the audit trail must not show."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=dict(NAMING))


class Team(Base):
    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)


class Role(Base):
    """A kind of role and what it may do (keys of ``web.access.PERMISSIONS``)."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    permissions: Mapped[list[str]] = mapped_column(JSON, default=list)


class Person(Base):
    """Somebody under their real name. Disabled when they leave, never deleted."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    grade: Mapped[str] = mapped_column(String(20), default="")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    password_hash: Mapped[str] = mapped_column(String(200), info=SECRET)
    must_change_password: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    placed_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when in this team, with these roles, or back: deadlines count from here."""
    disabled_at: Mapped[datetime | None] = mapped_column(Moment)

    team: Mapped[Team | None] = relationship(lazy="joined")
    role_links: Mapped[list[PersonRole]] = relationship(
        cascade="all, delete-orphan", order_by="PersonRole.role_id", lazy="selectin"
    )

    @property
    def roles(self) -> list[Role]:
        return [link.role for link in self.role_links]


class PersonRole(Base):
    """A person holds a role: a row of its own, so that giving and taking it is audited."""

    __tablename__ = "person_role"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)

    role: Mapped[Role] = relationship(lazy="joined")


class SignIn(Base):
    """A session of a person in a browser; the cookie holds the token, the row its hash."""

    __tablename__ = "sign_in"
    __audited__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    address: Mapped[str] = mapped_column(String(60), default="")
    browser: Mapped[str] = mapped_column(String(300), default="")

    person: Mapped[Person] = relationship()


class SignInFailure(Base):
    """Failed tries for one number, known or not, so that guessing grows slower."""

    __tablename__ = "sign_in_failure"
    __audited__ = False

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Moment)


class ApiToken(Base):
    """A person's key to the HTTP API; shown once, kept as a hash."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(60), default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    person: Mapped[Person] = relationship()


class AuditEntry(Base):
    """One changed object: who, when, in which use case, old and new values."""

    __tablename__ = "audit_entry"
    __audited__ = False
    __table_args__ = (
        Index("ix_audit_entry_entity", "entity", "entity_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(60))
    doing: Mapped[str] = mapped_column(String(60), index=True)
    action: Mapped[str] = mapped_column(String(10))
    entity: Mapped[str] = mapped_column(String(60))
    entity_id: Mapped[str] = mapped_column(String(100))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)


class Job(Base):
    """Work done outside a request. ``state``: waiting, running, done, failed."""

    __tablename__ = "job"
    __audited__ = False
    __table_args__ = (Index("ix_job_state_run_at", "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    run_at: Mapped[datetime] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    claimed_until: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    finished_at: Mapped[datetime | None] = mapped_column(Moment)


class Favourite(Base):
    """An article a person keeps at hand."""

    __tablename__ = "favourite"
    __audited__ = False

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey(Article.id), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class Recent(Base):
    """When a person last opened an article."""

    __tablename__ = "recent"
    __audited__ = False

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey(Article.id), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class SearchEntry(Base):
    """One search as a person meant it: the keystrokes on the way to it are one entry.

    ``outcome``: opened, copied, refined, or '' while nothing followed. ``cause`` says why a
    search found nothing (``web.searchlog.CAUSES``). Personal data in ``query`` is masked.
    """

    __tablename__ = "search_entry"
    __audited__ = False
    __table_args__ = (Index("ix_search_entry_at_outcome_answered", "at", "outcome", "answered"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    query: Mapped[str] = mapped_column(String(400))
    folded: Mapped[str] = mapped_column(String(400), index=True)
    total: Mapped[int]
    answered: Mapped[bool]
    top_key: Mapped[str] = mapped_column(String(200), default="")
    took_ms: Mapped[float]
    outcome: Mapped[str] = mapped_column(String(10), default="")
    article_key: Mapped[str] = mapped_column(String(200), default="")
    place: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(12), default="")
