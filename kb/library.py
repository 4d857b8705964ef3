"""The library: articles in a database, found through an index that follows them.

    with Library.open("var") as library:
        with library.writing() as session:
            record = Record("fee", "退票费", "开车前8天以上退票免费。")
            articles.put(session, record, edit, publish_it=True)
        library.sync()
        library.search("退票要钱吗").hits[0].answer

Whoever writes notes it in the same transaction; ``sync`` brings the index up to date.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from . import changes, gate, holdings
from .database import create_engine
from .documents import Documents, document
from .explain import Explanation
from .explain import explain as explain_in_index
from .gate import EVERYTHING, Admitted, Viewer
from .index import Index, IndexStale, open_index, rebuild
from .index.contract import Document, Scope
from .lexicon import Lexicon, load, pin_key, stamp
from .lock import locked
from .models import Article, Base, Revision
from .search import Results
from .search import search as search_index
from .vocabulary import Vocabulary

BATCH = 200
"""Articles indexed between two acknowledgements: a crash repeats at most these."""

LOOK_AGAIN = 0.5
"""Seconds between two looks at whether the lexicon changed."""

Sessions = Callable[[], AbstractContextManager[Session]]
"""Makes a session in a transaction that commits at the end and rolls back on an error."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader narrows a search to; empty means no narrowing."""

    kinds: frozenset[str] = frozenset()
    category: str = ""
    tags: frozenset[str] = frozenset()


@dataclass(slots=True)
class Library:
    """Articles and their index. One per process; safe for its threads.

    ``folder`` holds the index, ``url`` names its engine, ``reading`` and ``writing`` make
    sessions. Without a ``vocabulary`` of its own it follows the lexicon in the database: new
    synonyms and pins act within half a second, new terms once the index is rebuilt with them.
    """

    folder: Path
    url: str
    reading: Sessions
    writing: Sessions
    vocabulary: Vocabulary | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _index: Index | None = None
    _lexicon: Lexicon | None = None
    _terms: frozenset[str] = frozenset()
    _look_again: float = 0.0
    _documents_read: Documents = field(default_factory=Documents)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextmanager
    def open(cls, home: str | Path, *, url: str = "auto", database: str = "") -> Iterator[Library]:
        """A library in a folder of its own, made on first use; for scripts and the prompt."""
        home = Path(home)
        home.mkdir(parents=True, exist_ok=True)
        engine = create_engine(database or f"sqlite:///{home / 'kb.sqlite'}")
        Base.metadata.create_all(engine)

        @contextmanager
        def sessions(write: bool) -> Iterator[Session]:
            with Session(engine.execution_options(write=write), expire_on_commit=False) as session:
                changes.watch(session)
                with session.begin():
                    yield session

        library = cls(home / "index", url, lambda: sessions(False), lambda: sessions(True))
        try:
            yield library
        finally:
            library.close()
            engine.dispose()

    # Finding

    def search(
        self,
        text: str,
        *,
        viewer: Viewer = EVERYTHING,
        filters: Filters = Filters(),
        limit: int = 10,
        session: Session | None = None,
        vocabulary: Vocabulary | None = None,
        literal: bool = False,
    ) -> Results:
        """The best answers to what somebody typed, as of now and for this viewer.

        ``vocabulary`` tries out other synonyms for this one search; ``literal`` takes every
        character as typed.
        """
        if session is None:
            with self.reading() as session:
                return self.search(
                    text,
                    viewer=viewer,
                    filters=filters,
                    limit=limit,
                    session=session,
                    vocabulary=vocabulary,
                    literal=literal,
                )
        index, lexicon = self.index, self._words()
        at = self.clock()
        scope = _scope(viewer, filters, at)
        numbers: dict[int, int] = {}

        def fetch(ids: Sequence[int]) -> dict[int, Document]:
            admitted = self._admit(session, viewer, at, ids)
            numbers.update((shown.id, number) for shown, number in admitted.values())
            return {id: shown for id, (shown, _) in admitted.items()}

        found = search_index(
            index,
            text,
            scope,
            limit=limit,
            fetch=fetch,
            vocabulary=_joined(self._terms, (vocabulary or lexicon.vocabulary).synonyms),
            literal=literal,
            pinned=self._pinned(session, viewer, at, lexicon.pins.get(pin_key(text)), numbers),
        )
        hits = tuple(replace(hit, revision=numbers[hit.revision]) for hit in found.hits)
        return replace(found, hits=hits)

    def explain(
        self,
        text: str,
        revision: Revision,
        *,
        session: Session,
        viewer: Viewer = EVERYTHING,
        filters: Filters = Filters(),
        literal: bool = False,
    ) -> Explanation:
        """Why does a revision stand where ``search`` puts it for this viewer?"""
        found = self.search(text, viewer=viewer, filters=filters, session=session, literal=literal)
        repaired = (note.data["query"] for note in found.notes if note.kind == "repair")
        index, lexicon = self.index, self._words()
        at = self.clock()
        pin = lexicon.pins.get(pin_key(text))

        def fetch(ids: Sequence[int]) -> dict[int, Document]:
            admitted = self._admit(session, viewer, at, ids)
            return {id: shown for id, (shown, _) in admitted.items()}

        return explain_in_index(
            index,
            next(repaired, text),
            document(revision),
            _scope(viewer, filters, at),
            fetch=fetch,
            vocabulary=_joined(self._terms, lexicon.vocabulary.synonyms),
            pinned=self._pinned(session, viewer, at, pin, {}),
        )

    def _admit(
        self, session: Session, viewer: Viewer, at: datetime, ids: Sequence[int]
    ) -> dict[int, tuple[Document, int]]:
        """What may be shown for each revision that the index named, and its number.

        The index may be a moment behind the database, and the session's snapshot a moment
        behind the index. An article that is just being revised must not be missing for that
        moment: its text in force stands in for the one the index knows.
        """
        admitted = gate.admit(session, viewer, at, ids)
        shown = self._shown(session, admitted)
        turned_away = [id for id in ids if id not in shown]
        if turned_away:
            with self.reading() as fresh:
                admitted = gate.admit(fresh, viewer, at, turned_away)
                shown |= self._shown(fresh, admitted)
                left = [id for id in turned_away if id not in shown]
                shown |= _successors(fresh, viewer, at, left, set(shown))
        return shown

    def _shown(
        self, session: Session, admitted: Mapping[int, Admitted]
    ) -> dict[int, tuple[Document, int]]:
        documents = self._documents_read.read(session, admitted.values())
        return {id: (documents[id], one.number) for id, one in admitted.items()}

    def _pinned(
        self,
        session: Session,
        viewer: Viewer,
        at: datetime,
        article_id: int | None,
        numbers: dict[int, int],
    ) -> Document | None:
        """The article pinned to the question, if this viewer may see it now."""
        if article_id is None:
            return None
        revision = gate.in_force_of(session, viewer, at, [article_id]).get(article_id)
        if revision is None:
            return None
        numbers[revision.id] = revision.number
        return document(revision)

    def look_at_lexicon(self) -> None:
        """Let the next search of this process see a change of the lexicon at once."""
        self._look_again = 0.0

    def _words(self) -> Lexicon:
        """The lexicon as it is now; looked at twice a second at most."""
        known = self._lexicon
        if known is None:
            return self._read_lexicon()
        if self.vocabulary is not None or time.monotonic() < self._look_again:
            return known
        self._look_again = time.monotonic() + LOOK_AGAIN
        with self.reading() as session:
            changed = stamp(session) != known.stamp
        if not changed:
            return known
        fresh = self._read_lexicon()
        if fresh.vocabulary.fingerprint != Vocabulary(self._terms).fingerprint:
            self._follow_terms()
        return fresh

    def _read_lexicon(self) -> Lexicon:
        with self.reading() as session:
            fresh = load(session)
        if self.vocabulary is not None:
            fresh = replace(fresh, vocabulary=self.vocabulary)
        self._lexicon = fresh
        return fresh

    def _follow_terms(self) -> None:
        """Take the index built with the new terms; until there is one, stay with the old."""
        with suppress(IndexStale):
            self._open_instead_of(self._index)

    @property
    def index(self) -> Index:
        """The open index; built first where there is none or it no longer fits."""
        index = self._index
        try:
            if index is not None:
                index.refresh()
                return index
            return self._open_instead_of(None)
        except IndexStale:
            self._read_lexicon()
            with self._turn():
                return self._open_or_build(index)[0]

    def _open_instead_of(self, stale: Index | None) -> Index:
        """Open the index, unless another thread did so since. Raises IndexStale."""
        with self._guard:
            if self._index is None or self._index is stale:
                vocabulary = (self._lexicon or self._read_lexicon()).vocabulary
                # The stale one is not closed: other threads may still be searching in it.
                self._index = open_index(self.folder, self.engine, vocabulary)
                self._terms = vocabulary.terms
            return self._index

    def _open_or_build(self, stale: Index | None) -> tuple[Index, int]:
        """The index, and how many entries of the to-do list a build has done.

        Within a turn: whoever waited for it finds what another has built meanwhile.
        """
        with suppress(IndexStale):
            index = self._open_instead_of(stale)
            index.refresh()
            return index, 0
        self._read_lexicon()
        with suppress(IndexStale):
            return self._open_instead_of(self._index), 0
        done = self._build(self.engine)
        return self._open_instead_of(self._index), done

    @property
    def engine(self) -> str:
        """The engine's URL: as set, or for ``auto`` what a rebuild was last asked to use."""
        if self.url.partition(":")[0] != "auto":
            return self.url
        try:
            return self._choice.read_text(encoding="utf-8").strip() or self.url
        except FileNotFoundError:
            return self.url

    @property
    def _choice(self) -> Path:
        return self.folder / "engine"

    # Keeping the index in step

    def sync(self, progress: Callable[[int], None] = lambda done: None) -> int:
        """Index what changed; returns how many entries of the to-do list were done."""
        done = 0
        while entries := self._sync_batch():
            done += entries
            progress(done)
        return done

    def _sync_batch(self) -> int:
        with self._turn():
            with self.reading() as session:
                entries = changes.batch(session, BATCH)
            if not entries:
                return 0
            index, built = self._open_or_build(None)
            if built:  # from the texts as they are now: these entries are among them
                return built
            # Read after the entries: what is read is at least as new as what was noted.
            with self.reading() as session:
                ids = {article for _, article in entries}
                documents = holdings.documents(session, ids, self.clock())
            try:
                index.apply(documents)
            except IndexStale:
                self._build(self.engine)
            with self.writing() as session:
                changes.acknowledge(session, [token for token, _ in entries])
        return len(entries)

    def _turn(self) -> AbstractContextManager[None]:
        """One at a time over all processes: else a rebuild could miss what a sync is doing."""
        return locked(self.folder / "turn.lock")

    def rebuild(
        self, url: str | None = None, progress: Callable[[int, int], None] = lambda done, all: None
    ) -> None:
        """Build the index anew beside the old one, then switch in one step.

        Entries noted before the build are in it and are acknowledged; later ones stay. ``url``
        changes the engine where the setting leaves it open (``auto``).
        """
        with self._turn():
            self._build(url or self.engine, progress)
            if url:
                self._choose(url)

    def _build(
        self, url: str, progress: Callable[[int, int], None] = lambda done, all: None
    ) -> int:
        """Returns how many entries of the to-do list that has done."""
        with self.reading() as session:
            entries = changes.batch(session)
        vocabulary = self._read_lexicon().vocabulary
        rebuild(self.folder, url, vocabulary, self._everything(progress))
        with self.writing() as session:
            changes.acknowledge(session, [token for token, _ in entries])
        return len(entries)

    def _choose(self, url: str) -> None:
        """Remember the engine; in one step, so that a crash leaves the old choice or the new."""
        fresh = self._choice.with_suffix(".new")
        fresh.write_text(url, encoding="utf-8")
        os.replace(fresh, self._choice)

    def _everything(self, progress: Callable[[int, int], None]) -> Iterator[Document]:
        with self.reading() as session:
            ids = session.scalars(select(Article.id).order_by(Article.id)).all()
        for start in range(0, len(ids), BATCH):
            with self.reading() as session:
                chunk = holdings.documents(session, ids[start : start + BATCH], self.clock())
            for documents in chunk.values():
                yield from documents
            progress(min(start + BATCH, len(ids)), len(ids))

    def differences(self) -> dict[int, holdings.Difference]:
        """Where index and database disagree: {article id: (should hold, holds)} by revision id."""
        with self.reading() as session:
            return holdings.differences(session, self.index.contents(), self.clock())

    def status(self) -> dict[str, object]:
        """Engine, fingerprint, how many articles are in force, and the backlog."""
        at = self.clock()
        with self.reading() as session:
            return {
                "engine": self.index.name,
                "fingerprint": self.index.fingerprint,
                "articles": gate.browse(session, EVERYTHING, at, limit=1).total,
                "all_articles": session.scalar(select(func.count(Article.id))),
                "indexed": len(self.index.contents()),
                "backlog": changes.backlog(session),
            }

    def close(self) -> None:
        """Let go of the index files; the next use opens them again."""
        with self._guard:
            index, self._index = self._index, None
        if index is not None:
            index.close()


def _scope(viewer: Viewer, filters: Filters, at: datetime) -> Scope:
    return Scope(
        audiences=viewer.audiences,
        at=at.timestamp(),
        kinds=filters.kinds,
        category=filters.category,
        tags=filters.tags,
    )


@lru_cache(maxsize=8)
def _joined(terms: frozenset[str], synonyms: tuple[frozenset[str], ...]) -> Vocabulary:
    """Kept, because a vocabulary prepares its matchers on first use."""
    return Vocabulary(terms, synonyms)


def _successors(
    session: Session, viewer: Viewer, at: datetime, ids: Sequence[int], shown: set[int]
) -> dict[int, tuple[Document, int]]:
    """For each revision that is over the one now in force in its place, where labelled alike.

    A new place, kind or tag may lie outside of what was asked for; such an article is found
    again when the index has caught up.
    """
    over = session.scalars(select(Revision).where(Revision.id.in_(ids))).all() if ids else ()
    now = gate.in_force_of(session, viewer, at, sorted({r.article_id for r in over}))
    found: dict[int, tuple[Document, int]] = {}
    for old in over:
        new = now.get(old.article_id)
        if new is not None and new.id not in shown and _labels(new) == _labels(old):
            shown.add(new.id)
            found[old.id] = document(new), new.number
    return found


def _labels(revision: Revision) -> tuple[object, ...]:
    return revision.kind, revision.category_id, sorted(revision.tags)
