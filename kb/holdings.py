"""What the index should hold: of each article, what is in force or will be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from . import attachments, gate
from .documents import document
from .index.contract import Document
from .models import Article, Revision

PORTION = 200
"""Articles read at once."""

Difference = tuple[frozenset[int], frozenset[int]]
"""The revision ids of an article that the index should hold, and those it holds."""


def documents(
    session: Session, article_ids: Collection[int], at: datetime
) -> dict[int, list[Document]]:
    """{article id: what the index should hold of it}; [] where that is nothing."""
    found: dict[int, list[Document]] = {article_id: [] for article_id in article_ids}
    for article in _articles(session, article_ids):
        live = gate.live(article.revisions, at)
        files = attachments.texts(session, {revision.id: revision.data for revision in live})
        found[article.id] = [
            document(revision, _until(revision, article.published, at), files.get(revision.id, ()))
            for revision in live
        ]
    return found


def differences(
    session: Session, holds: Mapping[int, frozenset[int]], at: datetime
) -> dict[int, Difference]:
    """The articles of which the index holds something else than it should.

    What was in force when its article was last changed may still be held after its time:
    the index knows when that ended, and answers accordingly.
    """
    ids = session.scalars(select(Article.id)).all()
    bounds = {article.id: _bounds(article, at) for article in _articles(session, ids)}
    nothing: frozenset[int] = frozenset()
    found = {}
    for id in bounds.keys() | holds.keys():
        least, most = bounds.get(id, (nothing, nothing))
        held = holds.get(id, nothing)
        if not least <= held <= most:
            found[id] = least, held
    return found


def _articles(session: Session, ids: Collection[int]) -> Iterator[Article]:
    """Those of the articles that are in use, with their revisions."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), PORTION):
        yield from session.scalars(
            select(Article)
            .where(Article.id.in_(ordered[start : start + PORTION]), Article.retired_at.is_(None))
            .options(selectinload(Article.revisions))
        )


def _bounds(article: Article, at: datetime) -> tuple[frozenset[int], frozenset[int]]:
    """What the index must hold of an article, and what it may: revision ids."""
    least = frozenset(r.id for r in gate.live(article.revisions, at))
    last = max(article.published, key=lambda r: r.decided_at, default=None)
    changed = [last.decided_at] if last else []
    then = gate.live(article.revisions, min([at, *changed]))
    return least, least | {r.id for r in then}


def _until(revision: Revision, published: Sequence[Revision], at: datetime) -> datetime | None:
    """When the time of a revision that holds at ``at`` or later is over, as far as is known."""
    ends = [revision.effective_to] + [
        gate.begins(newer)
        for newer in published
        if newer.number > revision.number and gate.begins(newer) > at
    ]
    return min((end for end in ends if end is not None), default=None)
