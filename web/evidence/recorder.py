"""Tying traces to the chain, and the few that may wait a moment.

What is opened or copied is written before the answer goes out. What a search merely shows
waits until it has stood on the screen for a moment (``SETTLED``): an answer to half a question
that the next keystroke replaced was not read by anybody. A killed process loses that moment's
waiting traces and nothing else; the chain stays whole, as every link is one transaction.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kb.models import PUBLISHED, Article, Revision

from ..db import SYSTEM, Database
from . import chain, recalls, words
from .lock import hold
from .tables import Anchor, ChainHead, Trace

SETTLED = 2.0
"""Seconds after which what is on the screen counts as shown."""
FLUSH_SECONDS = 1.0
MOST_WAITING = 10_000
"""Traces kept while the database cannot be written; memory must not grow without end."""
ANCHOR_EVERY = timedelta(hours=1)

log = logging.getLogger("zhixi.evidence")


@dataclass(frozen=True, slots=True)
class Who:
    """Whose screen it was: the person, their session, the call they named, and through what."""

    person_id: int
    session_id: int | None
    call: str
    origin: str


@dataclass(frozen=True, slots=True)
class Sight:
    """Words that were on somebody's screen. ``shown_sha``: the fingerprint of those words."""

    at: datetime
    act: str
    who: Who
    key: str
    number: int
    place: words.Place
    shown_sha: str


def append(session: Session, sights: Sequence[Sight]) -> list[Trace]:
    """Tie the sights to the chain, in this order, in the session's transaction.

    Until that ends, no other transaction can tie. Sights of a revision that does not exist are
    left out: nothing can be proved with them.
    """
    revisions = _revisions(session, sights)
    known = [sight for sight in sights if (sight.key, sight.number) in revisions]
    if not known:
        return []
    session.flush()
    hold(session)
    head = _head(session)
    made = []
    for sight in known:
        trace = _trace(sight, revisions[sight.key, sight.number], head)
        head.last, head.hash = trace.id, trace.hash
        session.add(trace)
        made.append(trace)
    _anchor_sometimes(session, head, known[-1].at)
    session.flush()
    recalls.late(session, made)
    return made


def _revisions(session: Session, sights: Sequence[Sight]) -> Mapping[tuple[str, int], Revision]:
    keys = {sight.key for sight in sights}
    numbers = {sight.number for sight in sights}
    query = (
        select(Revision)
        .join(Revision.article)
        .where(Article.key.in_(keys), Revision.number.in_(numbers), Revision.state == PUBLISHED)
        .options(joinedload(Revision.article))
    )
    return {(r.article.key, r.number): r for r in session.scalars(query)}


def _head(session: Session) -> ChainHead:
    """The end of the chain, read after the lock was taken."""
    head = session.get(ChainHead, 1, populate_existing=True)
    last = session.execute(select(Trace.id, Trace.hash).order_by(Trace.id.desc()).limit(1)).first()
    if head is None:
        number, hash = last or (0, chain.GENESIS)
        never = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        head = ChainHead(id=1, last=number, hash=hash, anchored_at=never)
        session.add(head)
    elif last and last[0] > head.last:
        # Somebody put rows at the end past us. A check names them; going on must be possible.
        head.last = last[0]
    return head


def _trace(sight: Sight, revision: Revision, head: ChainHead) -> Trace:
    values = {
        "id": head.last + 1,
        "at": sight.at,
        "act": sight.act,
        "surface": sight.place.surface,
        "person_id": sight.who.person_id,
        "session_id": sight.who.session_id,
        "call": sight.who.call,
        "origin": sight.who.origin,
        "article_key": sight.key,
        "revision_number": sight.number,
        "revision_id": revision.id,
        "start": sight.place.start,
        "end": sight.place.end,
        "condition": sight.place.condition,
        "renderer": words.RENDERER,
        "shown_sha": sight.shown_sha,
        "source_sha": words.source(revision),
    }
    hash = chain.hashed(head.hash, chain.digest(values))
    return Trace(**values, previous=head.hash, hash=hash)


def _anchor_sometimes(session: Session, head: ChainHead, at: datetime) -> None:
    if at - head.anchored_at >= ANCHOR_EVERY:
        session.add(Anchor(at=at, last=head.last, hash=head.hash))
        head.anchored_at = at


class Recorder:
    """What waits to be tied. One per process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.clock = time.monotonic
        """Seconds, for what waits; not the time of day."""
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._shown: dict[tuple[int, str], tuple[float, Sight]] = {}
        self._late: list[Sight] = []
        self._wake: threading.Timer | None = None
        atexit.register(self.flush)

    def show(self, person_id: int, surface: str, sight: Sight | None) -> None:
        """This stands on the person's screen now, in place of what stood there before.

        None: nothing that could be proved. What stood there long enough stays to be tied.
        """
        now = self.clock()
        with self._lock:
            before = self._shown.pop((person_id, surface), None)
            if before and now - before[0] >= SETTLED:
                self._late.append(before[1])
            if sight:
                self._shown[person_id, surface] = (now, sight)
        self._wake_up()

    def taken(self, person_id: int) -> list[Sight]:
        """What the person has on the screen: they acted on it, so it was seen."""
        with self._lock:
            keys = [key for key in self._shown if key[0] == person_id]
            return [self._shown.pop(key)[1] for key in keys]

    def later(self, sights: Sequence[Sight]) -> None:
        """Sights that could not be tied at once are tied as soon as it goes."""
        with self._lock:
            self._late.extend(sights)
        self._wake_up()

    def flush(self) -> None:
        """Tie all that waits, settled or not."""
        self._tie(float("inf"))

    def _tie(self, until: float) -> None:
        with self._flushing:
            sights = self._due(until)
            if not sights:
                return
            try:
                with self._db.work(SYSTEM, "evidence.note") as session:
                    append(session, sights)
            except BaseException:
                with self._lock:
                    self._late = [*sights, *self._late][:MOST_WAITING]
                raise

    def _due(self, until: float) -> list[Sight]:
        with self._lock:
            settled = [key for key, (since, _) in self._shown.items() if since <= until]
            found = [*self._late, *(self._shown.pop(key)[1] for key in settled)]
            self._late = []
        return sorted(found, key=lambda sight: sight.at)

    def _wake_up(self) -> None:
        if self._wake is None or not self._wake.is_alive():
            self._wake = threading.Timer(FLUSH_SECONDS, self._tie_settled)
            self._wake.daemon = True
            self._wake.start()

    def _tie_settled(self) -> None:
        try:
            self._tie(self.clock() - SETTLED)
        except Exception:
            log.exception("evidence waits to be written")
        with self._lock:
            waits = bool(self._shown or self._late)
        if waits:
            self._wake = None
            self._wake_up()
