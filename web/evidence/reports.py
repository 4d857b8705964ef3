"""The dispute report: who saw which words when, whether they held, and that nothing was changed.

Read by people who have nothing but this report: a lawyer, a regulator, a court.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.gate import Viewer
from kb.models import PUBLISHED, Article, Revision

from . import chain, finding, verifying, words
from .chain import Mark, Verdict
from .finding import Wanted
from .tables import ACTS, ChainHead, Trace

MOST_LINKS = 50_000
"""Digests of other traces that an export carries so that its stretch can be checked alone."""

Span = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for the report, and how they see people and calls (masked or not)."""

    viewer: Viewer
    person: Callable[[int], str]
    call: Callable[[str], str]
    sees_people: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One trace as the report tells it. ``held``: was the text in force at that moment."""

    trace: Trace
    person: str
    call: str
    words: str
    held: bool
    same_words: bool | None
    same_source: bool

    @property
    def demo(self) -> bool:
        return self.trace.origin == "demo"

    @property
    def ok(self) -> bool:
        return self.same_source and self.same_words is not False


@dataclass(frozen=True, slots=True)
class Text:
    """A revision the report speaks of: when it held, and who stands for it."""

    revision: Revision
    held: Sequence[Span]
    published_by: str
    source_sha: str


@dataclass(frozen=True, slots=True)
class Link:
    """A step of the chain for those who check it without us."""

    number: int
    digest: str
    hash: str


@dataclass(frozen=True, slots=True)
class Report:
    wanted: Wanted
    made_at: datetime
    made_by: str
    entries: Sequence[Entry]
    texts: Sequence[Text]
    total: int
    hidden: int
    verdict: Verdict | None
    before: str
    head: Mark | None
    links: Sequence[Link]

    @property
    def demo(self) -> int:
        return sum(entry.demo for entry in self.entries)

    @property
    def ok(self) -> bool:
        whole = self.verdict is None or self.verdict.ok
        return whole and all(entry.ok for entry in self.entries)


def make(session: Session, wanted: Wanted, reader: Reader, made_by: str, at: datetime) -> Report:
    found = finding.every(session, reader.viewer, wanted)
    texts = _texts(session, found.traces, reader)
    again = _Again()
    entries = [_entry(t, texts[t.revision_id], again(t), reader) for t in found.traces]
    head = session.get(ChainHead, 1)
    verdict, before, links = _stretch(session, found.traces)
    return Report(
        wanted=wanted,
        made_at=at,
        made_by=made_by,
        entries=entries,
        texts=list(texts.values()),
        total=found.total,
        hidden=found.hidden,
        verdict=verdict,
        before=before,
        head=Mark(head.last, head.hash) if head else None,
        links=links,
    )


def _stretch(
    session: Session, traces: Sequence[Trace]
) -> tuple[Verdict | None, str, Sequence[Link]]:
    """The part of the chain from the first to the last trace of the report, checked."""
    if not traces:
        return None, chain.GENESIS, ()
    first, last = min(t.id for t in traces), max(t.id for t in traces)
    verdict = verifying.verify_stretch(session, first, last)
    before = session.scalar(select(Trace.previous).where(Trace.id == first)) or ""
    if last - first >= MOST_LINKS:
        return verdict, before, ()
    links = [
        Link(link["id"], chain.digest(link), link["hash"])
        for link in verifying.links(session, first, last)
    ]
    return verdict, before, links


def _texts(session: Session, traces: Sequence[Trace], reader: Reader) -> dict[int, Text]:
    made: dict[int, Text] = {}
    for trace in traces:
        if trace.revision_id not in made:
            revision = trace.revision
            by = reader.person(revision.published_by) if revision.published_by else "系统"
            made[revision.id] = Text(
                revision, held(revision.article, revision), by, words.source(revision)
            )
    return made


class _Again:
    """The words of a trace, made once for all traces of the same place."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], str] = {}

    def __call__(self, trace: Trace) -> str:
        place = (trace.revision_id, trace.surface, trace.start, trace.end, trace.condition)
        if place not in self._made:
            self._made[place] = words.again(trace.revision, trace)
        return self._made[place]


def _entry(trace: Trace, text: Text, shown: str, reader: Reader) -> Entry:
    ours = trace.renderer == words.RENDERER
    return Entry(
        trace=trace,
        person=reader.person(trace.person_id),
        call=reader.call(trace.call),
        words=shown,
        held=any(a <= trace.at and (b is None or trace.at < b) for a, b in text.held),
        same_words=words.sha(shown) == trace.shown_sha if ours else None,
        same_source=text.source_sha == trace.source_sha,
    )


def held(article: Article, revision: Revision) -> list[Span]:
    """When the revision was in force: its time, cut short by newer texts and retirements."""
    begin = _begins(revision)
    if begin is None:
        return []
    ends = [revision.effective_to] + [
        _begins(other)
        for other in article.revisions
        if other.state == PUBLISHED and other.number > revision.number
    ]
    end = min((e for e in ends if e is not None), default=None)
    spans: list[Span] = []
    for gap in sorted(article.retirements, key=lambda r: r.retired_at):
        if end is not None and gap.retired_at >= end:
            break
        if gap.retired_at > begin:
            spans.append((begin, gap.retired_at))
        if gap.revived_at is None:
            return spans
        begin = max(begin, gap.revived_at)
    if end is None or begin < end:
        spans.append((begin, end))
    return spans


def _begins(revision: Revision) -> datetime | None:
    dates = [d for d in (revision.published_at, revision.effective_from) if d is not None]
    return max(dates) if dates and revision.published_at else None


# For other programs


def as_dict(report: Report, reader: Reader) -> dict[str, Any]:
    """All of the report as JSON holds it. What is hashed of a trace is there in full only for
    those who may see people."""
    return {
        "format": "zhixi-evidence",
        "version": 1,
        "made_at": words.utc(report.made_at),
        "made_by": report.made_by,
        "asked": {name: str(getattr(report.wanted, name) or "") for name in Wanted.__slots__},
        "total": report.total,
        "hidden": report.hidden,
        "demo": report.demo,
        "ok": report.ok,
        "chain": {
            "before": report.before,
            "verdict": report.verdict.as_dict() if report.verdict else None,
            "head": {"last": report.head.last, "hash": report.head.hash} if report.head else None,
            "links": [[link.number, link.digest, link.hash] for link in report.links],
        },
        "renderer": words.RENDERER,
        "traces": [_entry_dict(entry, reader) for entry in report.entries],
        "texts": [_text_dict(text) for text in report.texts],
    }


def _entry_dict(entry: Entry, reader: Reader) -> dict[str, Any]:
    trace = entry.trace
    hashed = words.canonical(chain.plain(verifying.mapping(trace)))
    return {
        "number": trace.id,
        "at": words.utc(trace.at),
        "act": trace.act,
        "act_words": ACTS[trace.act],
        "surface": trace.surface,
        "person": entry.person,
        "call": entry.call,
        "session": trace.session_id if reader.sees_people else None,
        "origin": trace.origin,
        "article": trace.article_key,
        "revision": trace.revision_number,
        "start": trace.start,
        "end": trace.end,
        "in_force_then": entry.held,
        "words": entry.words,
        "shown_sha256": trace.shown_sha,
        "words_match": entry.same_words,
        "source_matches": entry.same_source,
        "canonical": hashed if reader.sees_people else None,
        "hash": trace.hash,
    }


def _text_dict(text: Text) -> dict[str, Any]:
    revision = text.revision
    return {
        "article": revision.article.key,
        "revision": revision.number,
        "title": revision.title,
        "body": revision.body,
        "effective_from": words.utc(revision.effective_from),
        "effective_to": words.utc(revision.effective_to),
        "published_at": words.utc(revision.published_at),
        "published_by": text.published_by,
        "in_force": [[words.utc(a), words.utc(b)] for a, b in text.held],
        "source_sha256": text.source_sha,
    }
