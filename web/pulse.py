"""What open pages are told while nobody clicks: one registry of sources.

Every page of somebody signed in asks ``GET /pulse?since=MARK`` (``static/js/pulse.js``). The
mark says what was known when the page was last answered: the moment, and the stamp of each
source. While it is still true the answer is an empty 204 and nothing is asked of the sources.
Otherwise the answer is all that the changed sources have for this person now, so that what is
withdrawn leaves the screen by itself.

To add a source (``recall``, say):

1. Write ``items(session, person, viewer, at, since)``, which returns the ``pulse_items.Item``s
   that stand for this person at ``at``; ``since`` is the moment of the page's last answer, None
   on a new page. Whatever text it shows must have passed ``kb.gate`` with that viewer and
   moment. The key of an item must name one thing for ever (``recall:7``): by it a page knows
   what it has shown. ``confirm`` is the address of a POST that makes the item go away for
   good; without one, a page only remembers that it was put away.
2. Write ``stamp(session, at)``: a short text that changes whenever anybody's items may have
   changed, with time alone too (something begins, something ends). One tiny query, the same
   for everybody: each process asks it at most every ``FRESH_SECONDS``.
3. Add a line to ``SOURCES``, below. Nothing in the page or its script needs a change.

Asking is not activity: it never prolongs a session (``QUIET``), and is not logged when there
is nothing to say. ``Shortcut`` answers most questions before the application sees them: with
two hundred desks there are more than a hundred a second, and to find out who asks is most of
the work.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from flask import url_for
from sqlalchemy.orm import Session

from kb import broadcasts, gate
from kb.gate import Viewer

from . import learning_news, qa_news, signing, voices
from .access import addressee
from .db import Database
from .evidence import recall_words, recalls
from .evidence.tables import COPIED
from .models import Person
from .pulse_items import BANNER, POPUP, Item

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/pulse"
NEWS = 3
"""Answers that are told at once; the rest wait on their page."""


QUIET = ("pulse.pulse", "monitor.refresh", "attempt.state")
"""Endpoints a page asks by itself: no sign that anybody is there."""

FRESH_SECONDS = 0.25
"""How old a process's knowledge of the stamps may be."""

TRUST_SECONDS = 20.0
"""How long a process believes that whoever sent a cookie is still signed in: long enough to
say that nothing is new, which tells nobody anything."""

MOST_TRUSTED = 20_000


class Items(Protocol):
    def __call__(
        self,
        session: Session,
        person: Person,
        viewer: Viewer,
        at: datetime,
        since: datetime | None,
    ) -> Sequence[Item]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """``items`` for a person, and ``stamp``, which changes whenever they might."""

    items: Items
    stamp: Callable[[Session, datetime], str]


def _broadcasts(
    session: Session, person: Person, viewer: Viewer, at: datetime, since: datetime | None
) -> list[Item]:
    mine = broadcasts.current(session, person.id, addressee(person), at)
    read = broadcasts.read_of(session, person.id, [b.id for b in mine])
    waiting = [b for b in mine if b.id not in read]
    linked = [b.article_id for b in waiting if b.article_id is not None]
    texts = gate.in_force_of(session, viewer, at, linked)
    items = []
    for one in waiting:
        text = texts.get(one.article_id) if one.article_id is not None else None
        items.append(
            Item(
                key=f"broadcast:{one.id}",
                kind="紧急广播" if one.urgent else "广播",
                sentence=one.title,
                detail=one.body,
                link=(text.title, url_for("articles.show", key=text.article.key)) if text else None,
                urgency=POPUP if one.urgent else BANNER,
                confirm=url_for("broadcasts.read", id=one.id),
            )
        )
    return items


def _broadcasts_stamp(session: Session, at: datetime) -> str:
    return ",".join(map(str, broadcasts.current_ids(session, at)))


def _news(
    session: Session, person: Person, viewer: Viewer, at: datetime, since: datetime | None
) -> list[Item]:
    """What became of what somebody said; it goes away once they have looked at 我提过的."""
    return [
        Item(
            key=one.key,
            kind="答复",
            sentence=one.sentence,
            link=("我提过的", url_for("mine.page")),
            confirm=url_for("mine.told_one", what=one.what, id=one.id),
        )
        for one in voices.news(session, person.id, viewer, at)[:NEWS]
    ]


def _recalls(
    session: Session, person: Person, viewer: Viewer, at: datetime, since: datetime | None
) -> list[Item]:
    return [
        Item(
            key=f"recall:{one.recall.id}:{int(one.used_at.timestamp() * 1000)}",
            kind="作废通知",
            sentence=recall_words.sentence(one, at),
            detail=recall_words.detail(one),
            link=recall_words.link(one),
            urgency=POPUP if one.act == COPIED else BANNER,
            confirm=url_for("recalls.confirm", id=one.recall.id),
        )
        for one in recalls.waiting(session, person.id, viewer, at)
    ]


SOURCES: Mapping[str, Source] = {
    "recalls": Source(_recalls, recalls.stamp),
    "broadcasts": Source(_broadcasts, _broadcasts_stamp),
    "signing": Source(signing.items, signing.stamp),
    "news": Source(_news, voices.news_stamp),
    "scores": Source(qa_news.items, qa_news.stamp),
    "courses": Source(learning_news.items, learning_news.stamp),
}
"""Every source by its name, in the order of what they say."""


def changed(known: str, stamp: str) -> list[str]:
    """The sources whose stamps differ, in order; all where the known stamps are not of ours."""
    before, after = known.split("."), stamp.split(".")
    if len(before) != len(after):
        return list(SOURCES)
    pairs = zip(SOURCES, before, after, strict=True)
    return [name for name, old, new in pairs if old != new]


def items(
    session: Session,
    person: Person,
    viewer: Viewer,
    at: datetime,
    since: datetime | None,
    names: Iterable[str] = SOURCES,
) -> dict[str, Sequence[Item]]:
    """{source: all that it has for this person} of the sources named."""
    return {name: SOURCES[name].items(session, person, viewer, at, since) for name in names}


class Newest:
    """One process's knowledge of the stamps, joined by dots, at most ``fresh`` seconds old."""

    def __init__(self, db: Database, fresh: float = FRESH_SECONDS) -> None:
        self.db, self.fresh = db, fresh
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._stamp = ""

    def stamp(self, at: datetime) -> str:
        with self._lock:
            if time.monotonic() - self._read_at >= self.fresh:
                with self.db.reading() as session:
                    parts = [source.stamp(session, at) for source in SOURCES.values()]
                self._stamp = ".".join(hashlib.sha256(p.encode()).hexdigest()[:10] for p in parts)
                self._read_at = time.monotonic()
            return self._stamp


def mark(stamp: str, at: datetime) -> str:
    """What a page gives back as ``since``."""
    return f"{int(at.timestamp() * 1000)}-{stamp}"


def read_mark(text: str) -> tuple[datetime | None, str]:
    """(the moment, the stamp) of a mark; (None, '') of anything else."""
    moment, _, stamp = text.partition("-")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 15 and stamp):
        return None, ""
    try:
        return datetime.fromtimestamp(int(moment) / 1000, UTC), stamp
    except (ValueError, OverflowError, OSError):
        return None, ""


class Shortcut:
    """WSGI middleware: says 204 by itself where the mark holds and the asker was known just now.

    Anything else goes on to the application, with all its checks.
    """

    def __init__(
        self, wsgi: WSGIApplication, newest: Newest, clock: Callable[[], datetime]
    ) -> None:
        self.wsgi, self.newest, self.clock = wsgi, newest, clock
        self.trust_seconds = TRUST_SECONDS
        self._trusted: dict[str, float] = {}

    def trust(self, cookie: str) -> None:
        """The application has found somebody signed in who sent this cookie."""
        if len(self._trusted) >= MOST_TRUSTED:
            self._trusted.clear()
        self._trusted[cookie] = time.monotonic()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH and self._nothing_new(environ):
            start_response("204 NO CONTENT", [("Cache-Control", "no-store")])
            return []
        return self.wsgi(environ, start_response)

    def _nothing_new(self, environ: WSGIEnvironment) -> bool:
        known_at = self._trusted.get(environ.get("HTTP_COOKIE", ""))
        if environ["REQUEST_METHOD"] != "GET" or known_at is None:
            return False
        if time.monotonic() - known_at > self.trust_seconds:
            return False
        given = parse_qs(environ.get("QUERY_STRING", ""), max_num_fields=5).get("since", [""])
        return read_mark(given[0])[1] == self.newest.stamp(self.clock())
