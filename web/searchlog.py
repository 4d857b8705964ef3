"""What callers asked, and what came of it.

A search as you type would be a write for every key. So what happens is collected in memory and
written about once a second, in one transaction; keystrokes on the way to a question become one
entry. A killed process loses the last second of this log and nothing else.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from kb import lapsed
from kb.gate import Viewer
from kb.library import Library
from kb.search import Hit, Results
from kb.text import fold

from .db import SYSTEM, Database
from .masking import mask
from .models import SearchEntry

FLUSH_SECONDS = 1.0
TYPING = timedelta(seconds=20)
"""A longer or shorter form of the same words within this is still the same question."""
REFINING = timedelta(minutes=2)
"""Another question within this, with nothing opened, was a second try."""

CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "missing": "没有这样的文章",
        "permission": "有文章，但提问的人看不到",
        "expired": "有文章，但现在不在生效期",
        "typo": "打错了字，纠正后找到",
        "synonym": "靠同义词找到",
    }
)
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {"opened": "打开了文章", "copied": "复制了答案", "refined": "换了说法再搜", "": "没有下文"}
)

log = logging.getLogger("zhixi.searchlog")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that was answered. ``answered``: the first hit had an answering sentence."""

    person_id: int
    at: datetime
    query: str
    total: int
    answered: bool
    top_key: str
    took_ms: float
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """What the person did next: opened or copied an article at a place (1-based) of the list."""

    person_id: int
    at: datetime
    outcome: str
    article_key: str
    place: int | None


class SearchLog:
    """Collects in memory, writes in the background. One per process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: deque[Asked | Followed] = deque()
        self._flushing = threading.Lock()
        self._wake: threading.Timer | None = None
        atexit.register(self.flush)

    def note(self, event: Asked | Followed) -> None:
        self._waiting.append(event)
        if self._wake is None or not self._wake.is_alive():
            self._wake = threading.Timer(FLUSH_SECONDS, self._flush_quietly)
            self._wake.daemon = True
            self._wake.start()

    def flush(self) -> None:
        """Write all that waits."""
        with self._flushing:
            events = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if events:
                with self._db.work(SYSTEM, "search.log") as session:
                    for event in events:
                        _write(session, event)

    def _flush_quietly(self) -> None:
        try:
            self.flush()
        except Exception:
            log.exception("search log lost a second")


def _write(session: Session, event: Asked | Followed) -> None:
    last = _last(session, event.person_id)
    if isinstance(event, Followed):
        if last and event.at - last.at < REFINING and last.outcome != "copied":
            last.outcome, last.article_key, last.place = (
                event.outcome,
                event.article_key,
                event.place,
            )
        session.flush()
        return
    query = mask(event.query)[:400]
    folded = question_key(query)
    if last and not last.outcome and event.at - last.at < TYPING and _grows(last.folded, folded):
        entry = last
    else:
        if last and not last.outcome and event.at - last.at < REFINING:
            last.outcome = "refined"
        entry = SearchEntry(person_id=event.person_id)
        session.add(entry)
    entry.at, entry.query, entry.folded = event.at, query, folded
    entry.total, entry.answered, entry.cause = event.total, event.answered, event.cause
    entry.top_key, entry.took_ms = event.top_key, event.took_ms
    session.flush()


def _last(session: Session, person_id: int) -> SearchEntry | None:
    query = select(SearchEntry).where(SearchEntry.person_id == person_id)
    return session.scalars(query.order_by(SearchEntry.id.desc()).limit(1)).first()


def question_key(query: str) -> str:
    """How two askings of one question are known: folded, without spaces and end marks."""
    return "".join(fold(query).text.split()).rstrip("?!。.,;:吗呢")[:400]


def _grows(before: str, now: str) -> bool:
    return bool(before and now) and (now.startswith(before) or before.startswith(now))


# Why nothing was found


def cause_of(
    library: Library, session: Session, found: Results, viewer: Viewer, at: datetime
) -> str:
    """Why a search failed, or needed help to succeed; '' where it simply succeeded."""
    kinds = {note.kind for note in found.notes}
    if found.hits:
        return "typo" if "repair" in kinds else "synonym" if "synonym" in kinds else ""
    if viewer.audiences is not None:
        hidden = library.search(found.query, limit=3, session=session).hits
        if any(lapsed.is_about(found.query, _words_of(hit)) for hit in hidden):
            return "permission"
    return "expired" if lapsed.answers(session, at, found.query) else "missing"


def _words_of(hit: Hit) -> str:
    return hit.title + "".join(piece.text for piece in hit.snippet)


# What editors look at


@dataclass(frozen=True, slots=True)
class Asking:
    """One question over a period: how often it was asked and what came of it."""

    query: str
    times: int
    people: int
    found: int
    answered: int
    used: int
    latest: datetime
    cause: str


def most_asked(
    session: Session, since: datetime, *, missed: bool, limit: int = 100
) -> Sequence[Asking]:
    """Questions by how often they were asked; ``missed``: only those without an answer or use."""
    used = case((SearchEntry.outcome.in_(("opened", "copied")), 1), else_=0)
    answered = case((SearchEntry.answered, 1), else_=0)
    query = (
        select(
            func.max(SearchEntry.query),
            func.count(),
            func.count(SearchEntry.person_id.distinct()),
            func.sum(case((SearchEntry.total > 0, 1), else_=0)),
            func.sum(answered),
            func.sum(used),
            func.max(SearchEntry.at),
            func.max(SearchEntry.cause),
        )
        .where(SearchEntry.at >= since, SearchEntry.folded != "")
        .group_by(SearchEntry.folded)
        .order_by(func.count().desc(), func.max(SearchEntry.at).desc())
        .limit(limit)
    )
    if missed:
        query = query.having(func.sum(used) == 0, func.sum(answered) == 0)
    return [Asking(*row) for row in session.execute(query)]


LONGEST_SHOWN = 40
"""Characters of a question that others are offered; a longer one is a story of its own."""

POPULAR = 500
"""Questions that are kept to be suggested."""


def popular(session: Session, since: datetime) -> dict[str, frozenset[str]]:
    """Questions of at least two people that led somewhere: {question: keys of what they opened}.

    The most asked come first. One with a mask in it is left out: it had personal data.
    """
    used = SearchEntry.outcome.in_(("opened", "copied"))
    people = func.count(SearchEntry.person_id.distinct())
    uses = func.sum(case((used, 1), else_=0))
    by_question = (
        select(SearchEntry.folded, func.max(SearchEntry.query))
        .where(SearchEntry.at >= since, SearchEntry.folded != "")
        .group_by(SearchEntry.folded)
        .having(people >= 2, uses > 0)
        .order_by(func.count().desc(), SearchEntry.folded)
        .limit(POPULAR)
    )
    shown = {folded: text for folded, text in session.execute(by_question) if _fit_to_show(text)}
    led_to = select(SearchEntry.folded, SearchEntry.article_key).where(
        SearchEntry.at >= since, used, SearchEntry.folded.in_(shown)
    )
    keys: dict[str, set[str]] = {folded: set() for folded in shown}
    for folded, key in session.execute(led_to.distinct()):
        keys[folded].add(key)
    return {shown[folded].strip(" ?？。"): frozenset(found) for folded, found in keys.items()}


def _fit_to_show(query: str) -> bool:
    return "〔" not in query and mask(query) == query and 1 < len(query.strip()) <= LONGEST_SHOWN


@dataclass(frozen=True, slots=True)
class Health:
    """Counts of a period. A search without a sequel counts as abandoned after ``REFINING``."""

    searches: int
    zero: int
    answered: int
    used: int
    refined: int
    abandoned: int


def health(session: Session, since: datetime, now: datetime) -> Health:
    entry = SearchEntry
    criteria = (
        entry.id.is_not(None),
        entry.total == 0,
        entry.answered,
        entry.outcome.in_(("opened", "copied")),
        entry.outcome == "refined",
        and_(entry.outcome == "", entry.at < now - REFINING),
    )
    counts = [func.count(case((criterion, 1))) for criterion in criteria]
    return Health(*session.execute(select(*counts).where(entry.at >= since)).one())
