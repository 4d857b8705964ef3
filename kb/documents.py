"""Revisions as the index and search read them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from . import attachments
from .codes import spoken_of
from .gate import Admitted, begins
from .index.contract import Document
from .models import Article, Revision

KEPT = 8_192
"""Documents kept in memory: about 4 KB each."""

_COLUMNS = (
    Revision.id,
    Revision.article_id,
    Article.key,
    Revision.title,
    Revision.body,
    Revision.questions,
    Revision.tags,
    Revision.kind,
    Revision.audiences,
    Revision.effective_from,
    Revision.effective_to,
    Revision.published_at,
    Revision.data,
)


def document(
    revision: Revision, ends: datetime | None = None, attached: tuple[tuple[str, str], ...] = ()
) -> Document:
    """What the index keeps of a revision. ``ends``: when its time is over, if known;
    ``attached``: its files' texts (``attachments.texts``).
    """
    category = revision.category.path if revision.category else ""
    return _document(revision, revision.article.key, attached, category, ends)


@dataclass(slots=True)
class Documents:
    """The documents that searches of one process read last. Safe for its threads.

    A published revision is frozen, so what was read of it stays true; only the name of its
    category may change, and the gate tells that anew each time.
    """

    _kept: OrderedDict[int, Document] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, session: Session, admitted: Iterable[Admitted]) -> dict[int, Document]:
        """{revision id: document} of what the gate has let through."""
        passed = {one.id: one for one in admitted}
        found = self._known(passed)
        missing = [id for id in passed if id not in found]
        if missing:
            fresh = _load(session, missing)
            self._keep(fresh)
            found |= fresh
        return {id: _placed(found[id], one.category) for id, one in passed.items()}

    def _known(self, ids: Iterable[int]) -> dict[int, Document]:
        found = {}
        with self._lock:
            for id in ids:
                if known := self._kept.get(id):
                    self._kept.move_to_end(id)
                    found[id] = known
        return found

    def _keep(self, documents: Mapping[int, Document]) -> None:
        with self._lock:
            self._kept.update(documents)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _load(session: Session, ids: Sequence[int]) -> dict[int, Document]:
    rows = session.execute(_by_id(), {"ids": ids}).all()
    files = attachments.texts(session, {row.id: row.data or {} for row in rows})
    return {row.id: _document(row, row.key, files.get(row.id, ())) for row in rows}


@lru_cache(maxsize=1)
def _by_id() -> Any:
    query = select(*_COLUMNS).join(Revision.article)
    return query.where(Revision.id.in_(bindparam("ids", expanding=True)))


def _document(
    revision: Any,
    key: str,
    attached: tuple[tuple[str, str], ...],
    category: str = "",
    ends: datetime | None = None,
) -> Document:
    """``revision``: a Revision, or a row of its columns."""
    return Document(
        id=revision.id,
        article=revision.article_id,
        key=key,
        title=revision.title,
        body=revision.body,
        questions=tuple(revision.questions),
        tags=tuple(revision.tags),
        kind=revision.kind,
        category=category,
        audiences=frozenset(revision.audiences),
        starts=_seconds(begins(revision)),
        ends=_seconds(ends or revision.effective_to),
        published=_seconds(revision.published_at),
        attached=attached,
        codes=spoken_of(revision.data or {}),
    )


def _placed(document: Document, category: str) -> Document:
    return replace(document, category=category) if document.category != category else document


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
