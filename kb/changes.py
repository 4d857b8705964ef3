"""The index's to-do list, kept in the same transaction as the edit.

Each transaction appends a row for every article it changes; its id is the token. A sync reads
a batch, reads the articles afterwards, writes the index, and only then deletes exactly the rows
it read. An edit that lands in between has a row of its own, which stays. A crash repeats work
and loses none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, event, func, insert, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from .models import Article, Category, IndexChange, Revision


def watch(session_class: type[Session] | Session) -> None:
    """Note every change to articles made through these sessions."""
    event.listen(session_class, "after_flush", _note_flush)
    event.listen(session_class, "after_commit", _forget_noted)
    event.listen(session_class, "after_soft_rollback", _forget_noted)


_NOTED = "kb.changes.noted"
"""Articles that this transaction has noted already; one row each is enough, as all of them
become visible together."""


def _forget_noted(session: Session, previous: object = None) -> None:
    # Also when only a savepoint is rolled back: rows noted since then went with it.
    session.info.pop(_NOTED, None)


def _note_flush(session: Session, context: UOWTransaction) -> None:
    touched: set[int] = set()
    for thing in (*session.new, *session.dirty, *session.deleted):
        if isinstance(thing, Revision):
            touched.add(thing.article_id)
        elif isinstance(thing, Article):
            touched.add(thing.id)
        elif isinstance(thing, Category) and inspect(thing).attrs["path"].history.has_changes():
            touched.update(
                session.connection().scalars(
                    select(Revision.article_id).where(Revision.category_id == thing.id).distinct()
                )
            )
    noted: set[int] = session.info.setdefault(_NOTED, set())
    note(session, touched - noted)
    noted |= touched


def note(session: Session, article_ids: Iterable[int]) -> None:
    """Append the articles to the list."""
    now = datetime.now(UTC)
    rows = [{"article_id": article_id, "noted_at": now} for article_id in sorted(article_ids)]
    if rows:
        session.connection().execute(insert(IndexChange), rows)


def batch(session: Session, size: int | None = None) -> list[tuple[int, int]]:
    """The oldest entries as (token, article id); all of them without a size."""
    query = select(IndexChange.id, IndexChange.article_id).order_by(IndexChange.id).limit(size)
    return [(token, article_id) for token, article_id in session.execute(query)]


def acknowledge(session: Session, tokens: Sequence[int]) -> None:
    """Delete exactly these entries."""
    for start in range(0, len(tokens), 500):  # databases limit the values of one statement
        chunk = tokens[start : start + 500]
        session.execute(delete(IndexChange).where(IndexChange.id.in_(chunk)))


def backlog(session: Session) -> int:
    """How many entries wait."""
    return session.scalar(select(func.count()).select_from(IndexChange)) or 0
