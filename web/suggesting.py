"""What the desk offers while somebody types. One per process.

The texts stand in memory and are looked at again once a minute, in the background. That they
may be a minute old does no harm: the gate is asked at every answer, so what has ended or is not
for this person is not offered, and a new text is offered a minute later.

A question that others asked is offered only to those who may read, now, an article that it led
to. Its words alone could tell that there is a text for supervisors (减免怎么批); and one that
leads nowhere helps nobody.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb import gate, lexicon
from kb.gate import Viewer
from kb.index.contract import Document, Scope
from kb.library import Filters
from kb.models import Article, Category, Revision
from kb.suggest import Suggestion, Suggestions

from .db import Database
from .searchlog import popular

LOOK_AGAIN = 60.0
"""Seconds between two looks at what there is to offer."""

PATIENCE = 1.0
"""Seconds the first question of a process waits; a large base has no suggestions until read."""

POPULAR_FOR = timedelta(days=30)

log = logging.getLogger("zhixi.web")


@dataclass(frozen=True, slots=True)
class _Made:
    """``source``: what the suggestions were made from; the same again needs no new ones."""

    source: object
    suggestions: Suggestions


class Suggesting:
    """Suggestions that follow the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._made: _Made | None = None
        self._look_again = 0.0
        self._looking = threading.Lock()

    def suggest(
        self,
        session: Session,
        viewer: Viewer,
        at: datetime,
        typed: str,
        *,
        filters: Filters = Filters(),
        limit: int = 8,
    ) -> list[Suggestion]:
        """The best texts for what this viewer has typed so far; of ``filters`` only."""
        scope = Scope(
            audiences=viewer.audiences,
            kinds=filters.kinds,
            category=filters.category,
            tags=filters.tags,
        )

        def readable(ids: Sequence[int]) -> Collection[int]:
            return gate.admit(session, viewer, at, ids)

        return self._current(at).find(typed, scope, limit=limit, readable=readable)

    def look(self, at: datetime) -> None:
        """Look at once at what there is to offer."""
        with self._looking:
            self._look_again = time.monotonic() + LOOK_AGAIN
            self._made = self._make(at, self._made)

    def look_aside(self, at: datetime) -> threading.Thread:
        """Look, and let nobody wait for it."""
        self._look_again = time.monotonic() + LOOK_AGAIN
        looking = threading.Thread(target=self._look_quietly, args=(at,), daemon=True)
        looking.start()
        return looking

    def _current(self, at: datetime) -> Suggestions:
        if time.monotonic() > self._look_again:
            looking = self.look_aside(at)
            if self._made is None:
                looking.join(PATIENCE)
        made = self._made
        return made.suggestions if made else Suggestions(())

    def _look_quietly(self, at: datetime) -> None:
        try:
            self.look(at)
        except Exception:
            log.exception("suggestions stay as they were for another minute")

    def _make(self, at: datetime, before: _Made | None) -> _Made:
        with self._db.reading() as session:
            held = frozenset(session.scalars(_in_force(at).with_only_columns(Revision.id)))
            asked = popular(session, at - POPULAR_FOR)
            source = (held, lexicon.stamp(session), asked)
            if before is not None and before.source == source:
                return before
            documents = [_document(*row) for row in session.execute(_in_force(at))]
            vocabulary = lexicon.load(session).vocabulary
        ids = {document.key: document.article for document in documents}
        led_to = {q: [ids[key] for key in keys if key in ids] for q, keys in asked.items()}
        return _Made(source, Suggestions.of(documents, vocabulary, led_to))


def _in_force(at: datetime) -> Select[*tuple[Any, ...]]:
    """What a suggestion needs of every revision in force, whoever may read it."""
    columns: tuple[InstrumentedAttribute[Any], ...] = (
        Revision.id,
        Article.id,
        Article.key,
        Revision.title,
        Revision.kind,
        Category.path,
        Revision.questions,
        Revision.tags,
        Revision.audiences,
    )
    return (
        select(*columns)
        .select_from(Revision)
        .join(Revision.article)
        .outerjoin(Revision.category)
        .where(gate.holds(at))
    )


def _document(
    id: int,
    article: int,
    key: str,
    title: str,
    kind: str,
    category: str | None,
    questions: Sequence[str],
    tags: Sequence[str],
    audiences: Sequence[str],
) -> Document:
    return Document(
        id,
        article,
        key,
        title,
        "",
        questions=tuple(questions),
        tags=tuple(tags),
        kind=kind,
        category=category or "",
        audiences=frozenset(audiences),
    )
