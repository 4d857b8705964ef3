"""Checking what is kept: the chain, and the words the traces speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from kb.models import Revision

from ..db import SYSTEM, Database
from . import chain, words
from .chain import Fault, Link, Mark, Verdict
from .tables import Anchor, ChainCheck, ChainHead, Trace

AT_ONCE = 2000
_COLUMNS = tuple(getattr(Trace, name) for name in (*chain.FIELDS, "previous", "hash"))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A place on a surface, as a distinct row of the traces names it."""

    surface: str
    start: int | None
    end: int | None
    condition: str


def links(session: Session, first: int = 1, last: int | None = None) -> Iterator[Link]:
    """Traces in order, as mappings; memory stays small however long the chain is."""
    query = select(*_COLUMNS).where(Trace.id >= first).order_by(Trace.id)
    if last is not None:
        query = query.where(Trace.id <= last)
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield row._mapping  # columns by name


def mapping(trace: Trace) -> Link:
    """A trace by field name."""
    return {name: getattr(trace, name) for name in (*chain.FIELDS, "previous", "hash")}


def verify_chain(session: Session, anchors: Sequence[Mark] = ()) -> Verdict:
    """The whole chain against its head, the anchors kept here, and those given."""
    head = session.get(ChainHead, 1, populate_existing=True)
    kept = [Mark(a.last, a.hash, _day(a)) for a in session.scalars(select(Anchor))]
    query = select(*_COLUMNS).order_by(Trace.id)  # also what stands before the first place
    rows = (row._mapping for row in session.execute(query.execution_options(yield_per=AT_ONCE)))
    end = Mark(head.last, head.hash) if head else None
    return chain.verify(rows, head=end, anchors=[*kept, *anchors])


def _day(anchor: Anchor) -> str:
    return words.utc(anchor.at) or ""


def verify_stretch(session: Session, first: int, last: int) -> Verdict:
    """A part of the chain, tied to the trace before it."""
    before = session.execute(
        select(Trace.id, Trace.hash).where(Trace.id < first).order_by(Trace.id.desc()).limit(1)
    ).first()
    begin = Mark(first - 1, before.hash if before else chain.GENESIS)
    return chain.verify(links(session, first, last), begin=begin)


def verify_words(session: Session) -> list[Fault]:
    """Every text the traces speak of, made again from its revision and compared.

    Of all traces with the same words the first is named.
    """
    return [*_changed_sources(session), *_changed_words(session)]


def _changed_sources(session: Session) -> Iterator[Fault]:
    query = (
        select(Trace.revision_id, Trace.source_sha, _first_of())
        .group_by(Trace.revision_id, Trace.source_sha)
        .order_by(Trace.revision_id)
    )
    rows = session.execute(query).all()
    for revision, (_, kept, number) in _with_revisions(session, rows):
        if words.source(revision) != kept:
            name = words.heading(revision.title, revision.number)
            yield Fault("source", number, f"{name}现在的原文和第{number}条记下的不同：原文被改过。")


def _changed_words(session: Session) -> Iterator[Fault]:
    query = (
        select(
            Trace.revision_id,
            Trace.shown_sha,
            _first_of(),
            Trace.surface,
            Trace.start,
            Trace.end,
            Trace.condition,
        )
        .where(Trace.renderer == words.RENDERER)
        .group_by(
            Trace.revision_id,
            Trace.shown_sha,
            Trace.surface,
            Trace.start,
            Trace.end,
            Trace.condition,
        )
        .order_by(Trace.revision_id)
    )
    rows = session.execute(query).all()
    for revision, (_, kept, number, *place) in _with_revisions(session, rows):
        if words.sha(words.again(revision, Stretch(*place))) != kept:
            name = words.heading(revision.title, revision.number)
            yield Fault("words", number, f"按{name}重新生成的文字和第{number}条记下的指纹不同。")


def _first_of() -> ColumnElement[int]:
    return func.min(Trace.id)


def _with_revisions(
    session: Session, rows: Sequence[Any]
) -> Iterator[tuple[Revision, tuple[Any, ...]]]:
    """Each row with its revision; one revision is held at a time."""
    kept: Revision | None = None
    for row in rows:
        if kept is None or kept.id != row[0]:
            if kept is not None:
                session.expunge(kept)
            query = select(Revision).where(Revision.id == row[0])
            kept = session.scalars(query.options(joinedload(Revision.article))).one()
        yield kept, tuple(row)


def verify(session: Session, anchors: Iterable[Mark] = ()) -> Verdict:
    """Chain and words together."""
    return verify_chain(session, tuple(anchors)).with_faults(verify_words(session))


def run(db: Database, payload: Mapping[str, Any]) -> None:
    """Do a check that was asked for."""
    anchors = [Mark(*mark) for mark in payload["anchors"]]
    with db.reading() as session:
        verdict = verify(session, anchors)
    with db.work(SYSTEM, "evidence.check") as session:
        check = session.get(ChainCheck, payload["check"])
        if check is not None:
            check.report = verdict.as_dict() | {"anchors": len(anchors)}
            check.done_at = datetime.now(UTC)
