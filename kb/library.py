"""The library: articles in a database, found through an index that follows them.

    with Library.open("var") as library:
        with library.writing() as session:
            articles.put(session, Record("fee", "退票费", "开车前8天以上退票免费。"), edit, publish_it=True)
        library.sync()
        library.search("退票要钱吗").hits[0].answer
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from . import changes, gate
from .database import create_engine
from .gate import EVERYTHING, Viewer
from .index import Index, IndexStale, open_index, rebuild
from .index.contract import Document, Scope
from .lock import locked
from .models import Article, Base, Revision
from .search import Results
from .search import search as search_index
from .vocabulary import Vocabulary

BATCH = 200
"""Articles indexed between two acknowledgements: a crash repeats at most these."""

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
    sessions.
    """

    folder: Path
    url: str
    reading: Sessions
    writing: Sessions
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _index: Index | None = None

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
            with Session(engine.execution_options(write=write)) as session:
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
    ) -> Results:
        """The best answers to what somebody typed, as of now and for this viewer."""
        if session is None:
            with self.reading() as session:
                return self.search(
                    text, viewer=viewer, filters=filters, limit=limit, session=session
                )
        at = self.clock()
        scope = Scope(
            audiences=viewer.audiences,
            at=at.timestamp(),
            kinds=filters.kinds,
            category=filters.category,
            tags=filters.tags,
        )

        def fetch(ids: Sequence[int]) -> dict[int, Document]:
            admitted = gate.admit(session, viewer, at, ids)
            return {id: document(revision) for id, revision in admitted.items()}

        return search_index(
            self.index, text, scope, limit=limit, fetch=fetch, vocabulary=self.vocabulary
        )

    @property
    def index(self) -> Index:
        """The open index; built first where there is none or it no longer fits."""
        if self._index is None:
            try:
                self._index = open_index(self.folder, self.engine, self.vocabulary)
            except IndexStale:
                self.rebuild()
                self._index = open_index(self.folder, self.engine, self.vocabulary)
        self._index.refresh()
        return self._index

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
        index = self.index
        with self._turn():
            with self.reading() as session:
                entries = changes.batch(session, BATCH)
            if not entries:
                return 0
            index.refresh()
            # Read after the entries: what is read is at least as new as what was noted.
            with self.reading() as session:
                index.apply(self._documents(session, {article for _, article in entries}))
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
            with self.reading() as session:
                entries = changes.batch(session)
            rebuild(self.folder, url or self.engine, self.vocabulary, self._everything(progress))
            if url:
                self._choice.write_text(url, encoding="utf-8")
            with self.writing() as session:
                changes.acknowledge(session, [token for token, _ in entries])
        self.close()

    def _everything(self, progress: Callable[[int, int], None]) -> Iterator[Document]:
        with self.reading() as session:
            ids = session.scalars(select(Article.id).order_by(Article.id)).all()
        for start in range(0, len(ids), BATCH):
            with self.reading() as session:
                chunk = self._documents(session, set(ids[start : start + BATCH]))
            for documents in chunk.values():
                yield from documents
            progress(min(start + BATCH, len(ids)), len(ids))

    def _documents(self, session: Session, article_ids: set[int]) -> dict[int, list[Document]]:
        """{article id: what the index should hold of it}; [] where that is nothing."""
        at = self.clock()
        query = (
            select(Article)
            .where(Article.id.in_(article_ids))
            .options(selectinload(Article.revisions))
        )
        kept: dict[int, list[Document]] = {article_id: [] for article_id in article_ids}
        for article in session.scalars(query):
            if article.retired_at is None:
                kept[article.id] = [document(r) for r in gate.live(article.revisions, at)]
        return kept

    def differences(self) -> dict[int, tuple[frozenset[int], frozenset[int]]]:
        """Where index and database disagree: {article id: (should hold, holds)} by revision id."""
        with self.reading() as session:
            ids = set(session.scalars(select(Article.id)))
            should = {
                article: frozenset(d.id for d in documents)
                for article, documents in self._documents(session, ids).items()
                if documents
            }
        holds = self.index.contents()
        return {
            article: (should.get(article, frozenset()), holds.get(article, frozenset()))
            for article in should.keys() | holds.keys()
            if should.get(article, frozenset()) != holds.get(article, frozenset())
        }

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
        if self._index is not None:
            self._index.close()
            self._index = None


def document(revision: Revision) -> Document:
    """What the index keeps of a revision."""
    return Document(
        id=revision.id,
        article=revision.article_id,
        key=revision.article.key,
        title=revision.title,
        body=revision.body,
        questions=tuple(revision.questions),
        tags=tuple(revision.tags),
        kind=revision.kind,
        category=revision.category.path if revision.category else "",
        audiences=frozenset(revision.audiences),
        starts=_seconds(revision.effective_from),
        ends=_seconds(revision.effective_to),
        published=_seconds(revision.published_at),
    )


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
