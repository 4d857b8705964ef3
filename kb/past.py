"""What held on a day gone by: two clocks, when a text holds and when we knew it.

A revision is *recorded* when it is published, and *holds* from ``effective_from`` (or from its
publication) to ``effective_to``. Asked about a moment, we answer from what had been published by
then: exactly what the desk answered at that moment. What was published later with an earlier
date did not hold for anybody who asked then; it counts when ``known`` is moved up to today, and
the page that shows the past says that there is such a text.

- Of what was published by ``known`` and had begun at ``at``, the highest number decides.
- When its time was over, nothing held; an older one did not come back.
- While the article was out of use, nothing held, whatever is known since.

Permission is that of today, twice: the viewer as they are now must be let in by the old text and
by the text of today. Nobody sees by going back what they may not see now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from .errors import NotFound
from .gate import Viewer
from .models import PUBLISHED, Article, Retirement, Revision


@dataclass(frozen=True, slots=True)
class Then:
    """The moment asked about, and up to when publications count. ``known`` is never after now."""

    at: datetime
    known: datetime


class Dated(Protocol):
    """What of a published revision decides; a row of the database has it, and so has a revision."""

    @property
    def number(self) -> int: ...
    @property
    def published_at(self) -> datetime | None: ...
    @property
    def effective_from(self) -> datetime | None: ...
    @property
    def effective_to(self) -> datetime | None: ...


D = TypeVar("D", bound=Dated)


def decide(published: Iterable[D], then: Then) -> D | None:
    """Which of an article's published revisions held; retirements are looked at elsewhere."""
    begun = [r for r in published if _known(r, then) and _started(r) <= then.at]
    newest = max(begun, key=lambda r: r.number, default=None)
    if newest is None or (newest.effective_to is not None and newest.effective_to <= then.at):
        return None
    return newest


def _known(revision: Dated, then: Then) -> bool:
    return revision.published_at is not None and revision.published_at <= then.known


def _started(revision: Dated) -> datetime:
    """Its own date, also one before its publication: else from its publication."""
    started = revision.effective_from or revision.published_at
    assert started is not None
    return started


def held(
    session: Session, viewer: Viewer, now: datetime, then: Then, *, key: str | None = None
) -> dict[int, Any]:
    """{article id: row of the revision that held}, as far as this viewer may see it.

    A row has id, article_id, number, published_at, effective_from, effective_to, audiences.
    """
    out = _retired(session, then.at)
    found = {}
    for article_id, rows in _published(session, now, key).items():
        old = decide(rows, then)
        if old is None or article_id in out:
            continue
        if viewer.may_see(old.audiences) and viewer.may_see(_today(rows, now).audiences):
            found[article_id] = old
    return found


def in_force(session: Session, viewer: Viewer, now: datetime, then: Then, key: str) -> Revision:
    """The text of an article that held then. Raises NotFound where none did, or none for them."""
    row = next(iter(held(session, viewer, now, then, key=key).values()), None)
    if row is None:
        raise NotFound("文章", key)
    return revisions(session, [row.id])[row.id]


def since(session: Session, viewer: Viewer, now: datetime, then: Then, key: str) -> int | None:
    """The number of a text published later that holds for that moment too, as we know today."""
    before = next(iter(held(session, viewer, now, then, key=key).values()), None)
    later = next(iter(held(session, viewer, now, Then(then.at, now), key=key).values()), None)
    if later is None or (before is not None and before.number == later.number):
        return None
    return int(later.number)


def revisions(session: Session, ids: Sequence[int]) -> dict[int, Revision]:
    """Revisions by id with their articles and categories. For ids that ``held`` gave."""
    query = (
        select(Revision)
        .join(Revision.article)
        .options(contains_eager(Revision.article), joinedload(Revision.category))
        .where(Revision.id.in_(ids))
    )
    return {r.id: r for r in session.scalars(query)}


def remembered(
    session: Session, viewer: Viewer, now: datetime, used: Iterable[Revision]
) -> frozenset[int]:
    """Ids of those of the revisions that may be named to somebody who once used them: as in
    ``held``, the old text and the text of today must both let them in.
    """
    mine = [r for r in used if viewer.may_see(r.audiences)]
    if not mine:
        return frozenset()
    published = _published(session, now, articles={r.article_id for r in mine})
    open_ = {
        article_id
        for article_id, rows in published.items()
        if viewer.may_see(_today(rows, now).audiences)
    }
    return frozenset(r.id for r in mine if r.article_id in open_)


def _today(rows: list[Any], now: datetime) -> Any:
    """The text of today, else the newest there is: it says for whom the article is."""
    return decide(rows, Then(now, now)) or max(rows, key=lambda r: r.number)


def _published(
    session: Session,
    now: datetime,
    key: str | None = None,
    *,
    articles: Collection[int] | None = None,
) -> Mapping[int, list[Any]]:
    """{article id: rows of all that was published by now}; nothing of what is still to come."""
    query = select(
        Revision.id,
        Revision.article_id,
        Revision.number,
        Revision.published_at,
        Revision.effective_from,
        Revision.effective_to,
        Revision.audiences,
    ).where(Revision.state == PUBLISHED, Revision.published_at <= now)
    if key is not None:
        query = query.join(Article, Article.id == Revision.article_id).where(Article.key == key)
    if articles is not None:
        query = query.where(Revision.article_id.in_(articles))
    found: dict[int, list[Any]] = {}
    for row in session.execute(query):
        found.setdefault(row.article_id, []).append(row)
    return found


def _retired(session: Session, at: datetime) -> frozenset[int]:
    """Articles that were out of use at a moment."""
    query = select(Retirement.article_id).where(
        Retirement.retired_at <= at,
        or_(Retirement.revived_at.is_(None), Retirement.revived_at > at),
    )
    return frozenset(session.scalars(query))
