"""What an editor looks for: articles in every state, drafts, and dates that are coming."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from . import policy
from .gate import holds, under
from .models import DRAFT, PUBLISHED, Article, Category, Review, Revision
from .verify import is_overdue

STATES: Mapping[str, str] = MappingProxyType(
    {
        "in_force": "生效中",
        "draft": "有草稿",
        "review": "审核中",
        "approved": "待发布",
        "urgent": "待补审",
        "overdue": "过核对期",
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
    rules = policy.load(session)
    query = _matching(at, state, kind, category, text, rules)
    ids = query.with_only_columns(Revision.id, maintain_column_froms=True).order_by(None)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    ordered = query.order_by(Revision.changed_at.desc(), Revision.id.desc())
    found = session.scalars(ordered.offset(offset).limit(limit)).all()
    states = {s: _having(session, found, s, at, rules) for s in STATES}
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
    rules = policy.load(session)
    query = _matching(at, state, kind, category, text, rules).order_by(Article.key)
    yield from session.scalars(query.execution_options(yield_per=500))


def counts_by_state(session: Session, at: datetime) -> dict[str, int]:
    """{state: articles in it}; '' counts all. An article may be in several states."""
    counts = {"": session.scalar(select(func.count(Article.id))) or 0}
    rules = policy.load(session)
    for state in STATES:
        query = _matching(at, state, "", "", "", rules).with_only_columns(
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
    begins = or_(
        and_(Revision.effective_from > at, Revision.effective_from <= until),
        and_(Revision.published_at > at, Revision.published_at <= until),
    )
    ends = and_(Revision.effective_to > at, Revision.effective_to <= until)
    query = (
        select(Revision)
        .join(Revision.article)
        .options(contains_eager(Revision.article), joinedload(Revision.category))
        .where(Revision.state == PUBLISHED, Article.retired_at.is_(None), or_(begins, ends))
    )

    def moment(revision: Revision) -> datetime:
        dates = (revision.published_at, revision.effective_from, revision.effective_to)
        return min(d for d in dates if d is not None and d > at)

    return sorted(session.scalars(query), key=moment)


def _matching(
    at: datetime, state: str, kind: str, category: str, text: str, rules: Mapping[str, int]
) -> Select[Revision]:
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
        query = query.where(_in_state(state, at, rules))
    return query


def _is_newest() -> ColumnElement[bool]:
    newer = aliased(Revision)
    return ~(
        select(newer.id)
        .where(newer.article_id == Revision.article_id, newer.number > Revision.number)
        .exists()
    )


def _having(
    session: Session,
    found: Sequence[Revision],
    state: str,
    at: datetime,
    rules: Mapping[str, int],
) -> set[int]:
    if not found:
        return set()
    query = (
        select(Revision.id)
        .join(Revision.article)
        .where(
            Revision.id.in_([r.id for r in found]),
            _in_state(state, at, rules, [r.article_id for r in found]),
        )
    )
    return set(session.scalars(query))


def _in_state(
    state: str, at: datetime, rules: Mapping[str, int], among: Sequence[int] | None = None
) -> ColumnElement[bool]:
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
        later = or_(other.effective_from > at, other.published_at > at)
        return and_(in_use, some(other.state == PUBLISHED, later))
    if state in ("review", "urgent"):
        waits = select(Review.revision_id).where(Review.outcome == "", Review.kind == state)
        return some(other.id.in_(waits))
    if state == "approved":
        passed = select(Review.id).where(
            Review.revision_id == other.id,
            Review.outcome == "approved",
            Review.version == other.version,
        )
        return some(other.state == DRAFT, passed.exists())
    if state == "overdue":
        late = _in_force_ids(at, among).where(is_overdue(rules, at))
        return Revision.article_id.in_(late)
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
