"""What an editor looks for: articles in every state, drafts, and dates that are coming."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from .gate import holds, under
from .models import DRAFT, PUBLISHED, Article, Category, Revision

STATES: Mapping[str, str] = MappingProxyType(
    {
        "in_force": "生效中",
        "draft": "有草稿",
        "coming": "待生效",
        "expired": "已失效",
        "retired": "已停用",
    }
)
"""States an editor filters by. An article may be in force and have a draft at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """An article in the editor's list: its newest revision, and what of it readers see."""

    article: Article
    latest: Revision
    states: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    total: int
    rows: Sequence[Row]


def listing(
    session: Session,
    at: datetime,
    *,
    state: str = "",
    kind: str = "",
    category: str = "",
    text: str = "",
    offset: int = 0,
    limit: int = 50,
) -> Page:
    """Articles by their newest revision, last changed first; ``text`` is part of title or key."""
    query = _matching(at, state, kind, category, text)
    ids = query.with_only_columns(Revision.id, maintain_column_froms=True).order_by(None)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    ordered = query.order_by(Revision.changed_at.desc(), Revision.id.desc())
    found = session.scalars(ordered.offset(offset).limit(limit)).all()
    states = {s: _having(session, found, s, at) for s in STATES}
    return Page(
        total,
        [Row(r.article, r, tuple(s for s in STATES if r.id in states[s])) for r in found],
    )


def newest(
    session: Session,
    at: datetime,
    *,
    state: str = "",
    kind: str = "",
    category: str = "",
    text: str = "",
) -> Iterator[Revision]:
    """All that ``listing`` would page through, by key, read in portions: what an export takes."""
    query = _matching(at, state, kind, category, text).order_by(Article.key)
    yield from session.scalars(query.execution_options(yield_per=500))


def counts_by_state(session: Session, at: datetime) -> dict[str, int]:
    """{state: articles in it}; '' counts all. An article may be in several states."""
    counts = {"": session.scalar(select(func.count(Article.id))) or 0}
    for state in STATES:
        query = _matching(at, state, "", "", "").with_only_columns(
            func.count(Revision.id), maintain_column_froms=True
        )
        counts[state] = session.scalar(query.order_by(None)) or 0
    return counts


def counts_by_category(session: Session) -> dict[int, int]:
    """{category id: articles whose newest revision is in exactly that category}."""
    query = (
        select(Revision.category_id, func.count())
        .where(_is_newest(), Revision.category_id.is_not(None))
        .group_by(Revision.category_id)
    )
    return {id: count for id, count in session.execute(query) if id is not None}


def upcoming(session: Session, at: datetime, within: timedelta) -> list[Revision]:
    """Published revisions whose time begins or ends within that span, soonest first."""
    until = at + within
    begins = and_(Revision.effective_from > at, Revision.effective_from <= until)
    ends = and_(Revision.effective_to > at, Revision.effective_to <= until)
    query = (
        select(Revision)
        .join(Revision.article)
        .options(contains_eager(Revision.article), joinedload(Revision.category))
        .where(Revision.state == PUBLISHED, Article.retired_at.is_(None), or_(begins, ends))
    )

    def moment(revision: Revision) -> datetime:
        dates = (revision.effective_from, revision.effective_to)
        return min(d for d in dates if d is not None and d > at)

    return sorted(session.scalars(query), key=moment)


def _matching(at: datetime, state: str, kind: str, category: str, text: str) -> Select[Revision]:
    """Newest revisions of the articles that fit; '' does not narrow."""
    query = (
        select(Revision)
        .join(Revision.article)
        .options(contains_eager(Revision.article), joinedload(Revision.category))
        .where(_is_newest())
    )
    if kind:
        query = query.where(Revision.kind == kind)
    if category:
        query = query.join(Revision.category).where(under(category))
    if text:
        titled = Revision.title.icontains(text, autoescape=True)
        query = query.where(or_(titled, Article.key.icontains(text, autoescape=True)))
    if state:
        query = query.where(_in_state(state, at))
    return query


def _is_newest() -> ColumnElement[bool]:
    newer = aliased(Revision)
    return ~(
        select(newer.id)
        .where(newer.article_id == Revision.article_id, newer.number > Revision.number)
        .exists()
    )


def _having(session: Session, found: Sequence[Revision], state: str, at: datetime) -> set[int]:
    if not found:
        return set()
    query = (
        select(Revision.id)
        .join(Revision.article)
        .where(
            Revision.id.in_([r.id for r in found]),
            _in_state(state, at, [r.article_id for r in found]),
        )
    )
    return set(session.scalars(query))


def _in_state(state: str, at: datetime, among: Sequence[int] | None = None) -> ColumnElement[bool]:
    """SQL about the article of the joined ``Revision``, one of ``among`` if those are known."""
    other = aliased(Revision)

    def some(*criteria: ColumnElement[bool]) -> ColumnElement[bool]:
        return select(other.id).where(other.article_id == Revision.article_id, *criteria).exists()

    in_use = Article.retired_at.is_(None)
    if state == "draft":
        return some(other.state == DRAFT)
    if state == "retired":
        return Article.retired_at.is_not(None)
    if state == "coming":
        return and_(in_use, some(other.state == PUBLISHED, other.effective_from > at))
    if state == "in_force":
        return Revision.article_id.in_(_in_force_ids(at, among))
    if state == "expired":
        return and_(
            in_use,
            some(other.state == PUBLISHED, other.effective_to <= at),
            Revision.article_id.not_in(_in_force_ids(at, among)),
        )
    return false()


def _in_force_ids(at: datetime, among: Sequence[int] | None) -> Select[int]:
    query = select(Revision.article_id).join(Revision.article).where(holds(at)).correlate(None)
    return query if among is None else query.where(Revision.article_id.in_(among))


def categories_used(session: Session) -> list[str]:
    """Every category path, in order."""
    return list(session.scalars(select(Category.path).order_by(Category.path)))
