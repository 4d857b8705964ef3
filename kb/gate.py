"""The gate: may this person see it, and is it in force at this moment?

Every way by which text reaches a person goes through the functions of this module. They
ask the database when answering; the index is only a hint of where to look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from .columns import Moment
from .database import dump_json
from .errors import NotFound
from .models import PUBLISHED, Article, Category, Revision


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whom a text is shown to: the names of roles, teams and the person that count.

    ``None`` sees everything.
    """

    audiences: frozenset[str] | None = frozenset()

    def may_see(self, audiences: Iterable[str]) -> bool:
        wanted = frozenset(audiences)
        return self.audiences is None or not wanted or bool(wanted & self.audiences)


EVERYTHING = Viewer(None)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a longer list. ``total`` counts all of it."""

    total: int
    revisions: Sequence[Revision]


def holds(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """SQL: the joined ``Article`` and ``Revision`` are the text in force at ``at``.

    The newest published revision whose time has begun decides; when its time is over,
    nothing is in force: an older revision never comes back by itself. The time of one that is
    published for later begins no sooner than that. For the past ask ``kb.past``: this knows
    only today's retirements.
    """
    newer = aliased(Revision)
    superseded = exists().where(
        newer.article_id == Revision.article_id,
        newer.state == PUBLISHED,
        newer.number > Revision.number,
        newer.published_at <= at,
        or_(newer.effective_from.is_(None), newer.effective_from <= at),
    )
    return and_(
        Revision.state == PUBLISHED,
        Article.retired_at.is_(None),
        Revision.published_at <= at,
        or_(Revision.effective_from.is_(None), Revision.effective_from <= at),
        or_(Revision.effective_to.is_(None), Revision.effective_to > at),
        ~superseded,
    )


def permits(viewer: Viewer) -> ColumnElement[bool]:
    """SQL: ``Revision`` is for everyone, or for one of the viewer's roles or teams."""
    if viewer.audiences is None:
        return true()
    stored = cast(Revision.audiences, Text)
    named = [lists(Revision.audiences, name) for name in viewer.audiences]
    return or_(stored == "[]", *named)


def lists(column: Any, name: str) -> ColumnElement[bool]:
    """SQL: the JSON list of the column has exactly this name.

    The stored list is compact JSON (kb.database.dump_json), so a name stands in quotes. LIKE
    would not do: on SQLite it takes Agent for agent.
    """
    stored = cast(column, Text)
    return func.replace(stored, dump_json(name), "") != stored


def _visible(viewer: Viewer, at: datetime | ColumnElement[datetime]) -> Select[Revision]:
    return (
        select(Revision)
        .join(Revision.article)
        .options(contains_eager(Revision.article), joinedload(Revision.category))
        .where(holds(at), permits(viewer))
    )


@dataclass(frozen=True, slots=True)
class Admitted:
    """A revision that this person may see now: ``category`` is its path today."""

    id: int
    article_id: int
    number: int
    category: str


def admit(
    session: Session, viewer: Viewer, at: datetime, revision_ids: Sequence[int]
) -> dict[int, Admitted]:
    """Those of the revisions that this person may see and that are in force at ``at``."""
    if not revision_ids:
        return {}
    rows = session.execute(_holding(), {"at": at, "ids": list(revision_ids)})
    return {
        id: Admitted(id, article_id, number, category or "")
        for id, article_id, number, category, audiences in rows
        if viewer.may_see(audiences)
    }


@lru_cache(maxsize=1)
def _holding() -> Select[int, int, int, str, list[str]]:
    """Those of ``ids`` that hold at ``at``, for anybody. Every search asks this: building the
    statement anew, or whole revisions from its rows, takes longer than answering it.
    """
    columns = (Revision.id, Revision.article_id, Revision.number, Category.path, Revision.audiences)
    return (
        select(*columns)
        .join(Revision.article)
        .outerjoin(Revision.category)
        .where(
            holds(bindparam("at", type_=Moment)),
            Revision.id.in_(bindparam("ids", expanding=True)),
        )
    )


def in_force(session: Session, viewer: Viewer, at: datetime, key: str) -> Revision:
    """The text of an article at a moment.

    Raises NotFound when there is none, or none this person may know of: the two are not
    told apart on purpose.
    """
    found = session.scalars(_by_key(viewer), {"at": at, "key": key}).one_or_none()
    if found is None:
        raise NotFound("文章", key)
    return found


def in_force_of(
    session: Session, viewer: Viewer, at: datetime, article_ids: Sequence[int]
) -> dict[int, Revision]:
    """The same for many articles by id, as {article id: revision}."""
    if not article_ids:
        return {}
    found = session.scalars(_by_ids(viewer), {"at": at, "ids": list(article_ids)})
    return {revision.article_id: revision for revision in found}


# Every page that shows a text asks these: building them anew takes longer than answering them.


@lru_cache(maxsize=512)
def _by_key(viewer: Viewer) -> Select[Revision]:
    at = bindparam("at", type_=Moment)
    return _visible(viewer, at).where(Article.key == bindparam("key"))


@lru_cache(maxsize=512)
def _by_ids(viewer: Viewer) -> Select[Revision]:
    at = bindparam("at", type_=Moment)
    return _visible(viewer, at).where(Revision.article_id.in_(bindparam("ids", expanding=True)))


def browse(
    session: Session,
    viewer: Viewer,
    at: datetime,
    *,
    category: str = "",
    kind: str = "",
    tag: str = "",
    offset: int = 0,
    limit: int = 50,
) -> Listing:
    """What is in force for this person, newest first; ``category`` includes its branches."""
    query = _visible(viewer, at)
    if category:
        query = query.join(Revision.category).where(under(category))
    if kind:
        query = query.where(Revision.kind == kind)
    if tag:
        query = query.where(lists(Revision.tags, tag))
    ids = query.with_only_columns(Revision.id, maintain_column_froms=True).order_by(None)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    page = query.order_by(Revision.published_at.desc(), Revision.id.desc())
    return Listing(total, session.scalars(page.offset(offset).limit(limit)).all())


def under(path: str) -> ColumnElement[bool]:
    """SQL: ``Category`` is this path or below it."""
    below = path + "/"  # compared by substr, because LIKE on SQLite takes VIP for vip
    return or_(Category.path == path, func.substr(Category.path, 1, len(below)) == below)


def counts_by_category(session: Session, viewer: Viewer, at: datetime) -> dict[str, int]:
    """{path: how many articles this person finds in exactly that category}."""
    query = (
        select(Category.path, func.count())
        .select_from(Revision)
        .join(Revision.article)
        .join(Category, Revision.category_id == Category.id)
        .where(holds(at), permits(viewer))
        .group_by(Category.path)
    )
    return {path: count for path, count in session.execute(query)}  # noqa: C416 - rows, not pairs


def live(revisions: Sequence[Revision], at: datetime) -> list[Revision]:
    """Published revisions of one article that are in force at ``at`` or will be later.

    Pure; ``revisions`` in any order. What the index holds.
    """
    published = sorted((r for r in revisions if r.state == PUBLISHED), key=lambda r: r.number)
    starts = {start for r in published if (start := begins(r)) > at}
    kept = {decide(published, moment) for moment in (at, *starts)}
    return [r for r in published if r in kept]


def decide(revisions: Sequence[Revision], at: datetime) -> Revision | None:
    """The pure twin of ``holds``: which published revision holds at ``at``."""
    begun = [r for r in revisions if r.state == PUBLISHED and begins(r) <= at]
    newest = max(begun, key=lambda r: r.number, default=None)
    if newest is None or (newest.effective_to is not None and newest.effective_to <= at):
        return None
    return newest


def begins(revision: Revision) -> datetime:
    """When a published revision can first be in force: it is published, and its time has come."""
    published = revision.published_at
    assert published is not None
    return max(published, revision.effective_from or published)
