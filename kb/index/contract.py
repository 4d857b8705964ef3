"""What every search engine promises; one suite of tests runs on all of them.

The index is derived data: it can be thrown away and rebuilt from the database at any time.
It answers with candidates. Which of them a person may see is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from ..errors import KbError
from ..query import Query
from ..vocabulary import Vocabulary


class IndexStale(KbError):
    """The index on disk is missing, damaged, or made by another engine or text pipeline."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"检索库需要重建（{reason}）：请运行 zhixi kb rebuild。")
        self.folder, self.reason = folder, reason


class IndexBusy(KbError):
    """Another process kept writing for longer than we were ready to wait."""

    def __init__(self, folder: Path, seconds: float) -> None:
        super().__init__(f"检索库正被另一个进程写入，等了{seconds:.0f}秒仍未轮到；请稍后再试。")
        self.folder, self.seconds = folder, seconds


class UnknownEngine(KbError):
    """No engine of that name, or its package is not installed."""

    def __init__(self, url: str, known: Sequence[str]) -> None:
        super().__init__(f"不认识检索引擎“{url}”；可用：{'、'.join(known)}。")
        self.url, self.known = url, tuple(known)


@dataclass(frozen=True, slots=True)
class Document:
    """One revision that is or will be in force; ``id`` is the revision's.

    Times are POSIX seconds (``None`` = open); ``audiences`` empty means everyone;
    ``category`` is a path such as ``票务/退票``; ``attached`` the files that say something, as
    (name, text); ``codes`` the short values of its own fields, such as train numbers.
    """

    id: int
    article: int
    key: str
    title: str
    body: str
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    kind: str = "article"
    category: str = ""
    audiences: frozenset[str] = frozenset()
    starts: float | None = None
    ends: float | None = None
    published: float | None = None
    attached: tuple[tuple[str, str], ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of the index to look in. The default is all of it.

    audiences: the names a person answers to; ``None`` sees all, empty sees what is for everyone.
    at: only revisions with ``starts <= at < ends``. category: a path; it and what lies below.
    section: a category's name or path anywhere within a path. tags: all of them.
    """

    audiences: frozenset[str] | None = None
    at: float | None = None
    kinds: frozenset[str] = frozenset()
    category: str = ""
    tags: frozenset[str] = frozenset()
    section: str = ""

    def admits(self, document: Document) -> bool:
        """The rule itself; engines that filter in another way must agree with it."""
        wanted = document.audiences
        if self.audiences is not None and wanted and not wanted & self.audiences:
            return False
        if self.at is not None:
            if document.starts is not None and document.starts > self.at:
                return False
            if document.ends is not None and document.ends <= self.at:
                return False
        if self.kinds and document.kind not in self.kinds:
            return False
        if self.category and self.category not in paths_above(document.category):
            return False
        if self.section and self.section not in sections(document.category):
            return False
        return not self.tags or self.tags <= frozenset(document.tags)


def paths_above(category: str) -> list[str]:
    """``a/b/c`` → ``a``, ``a/b``, ``a/b/c``."""
    names = category.split("/") if category else []
    return ["/".join(names[: i + 1]) for i in range(len(names))]


def sections(category: str) -> list[str]:
    """Every run of names within a path: ``a/b`` → ``a``, ``a/b``, ``b``."""
    names = category.split("/") if category else []
    return ["/".join(names[i:j]) for i in range(len(names)) for j in range(i + 1, len(names) + 1)]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A revision that may answer, with the engine's score (higher is better)."""

    id: int
    article: int
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """Candidates, best first. ``total`` counts all that match, also beyond the limit.

    ``rarity``: how telling each of the query's terms is in this index (its inverse document
    frequency); terms found nowhere are left out. ``spelled``: letters of the query that are no
    word here and were read as pinyin.
    """

    total: int
    candidates: Sequence[Candidate]
    rarity: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    spelled: tuple[str, ...] = ()


class Engine(Protocol):
    """One generation of the index in a folder of its own, opened by one process."""

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        """Put these documents in the place of whatever the articles had; durable on return."""

    def fill(self, documents: Iterable[Document]) -> None:
        """Add many documents of articles that it does not hold yet; durable on return."""

    def search(self, query: Query, scope: Scope, limit: int) -> Found: ...

    def frequency(self, field: str, term: str) -> int: ...

    def contents(self) -> dict[int, frozenset[int]]: ...

    def refresh(self) -> None:
        """See what other processes have applied since."""

    def close(self) -> None: ...


class EngineKind(Protocol):
    """How an engine's generations are made and opened."""

    name: str
    version: str

    def create(self, folder: Path, vocabulary: Vocabulary) -> Engine:
        """A new, empty generation in an empty folder."""

    def open(self, folder: Path, vocabulary: Vocabulary) -> Engine:
        """An existing one; raises IndexStale where it is damaged."""


class Index(Protocol):
    """What callers hold: it follows the current generation."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def apply(self, changes: Mapping[int, Sequence[Document]]) -> None:
        """Article id → its documents now (none: forget it); durable when it returns."""

    def search(self, query: Query, scope: Scope, limit: int) -> Found:
        """The best ``limit`` candidates within the scope."""

    def frequency(self, field: str, term: str) -> int:
        """How many documents have the term, whatever their scope."""

    def contents(self) -> dict[int, frozenset[int]]:
        """Article id → ids of the revisions held."""

    def refresh(self) -> None:
        """See what other processes have applied or rebuilt since; raises IndexStale."""

    def close(self) -> None: ...
