"""How the knowledge is used: counts of a period, summed in the database.

Views and copies are counted from the evidence, searches from the search log; both keep what
happened once and for all, so a number of the past does not change. Demo traces count in the
demo centre, whose numbers are about nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Integer, case, cast, func, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from kb import policy, verify
from kb.gate import Viewer, holds, permits
from kb.models import Article, Category, Revision

from .evidence.tables import COPIED, OPENED, SHOWN, Trace
from .models import Person, SearchEntry
from .pages import ZONE

NOBODY = "没有负责人"
NOWHERE = "没有分类"


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of a day to the end of another, in Chinese time."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=ZONE)

    @property
    def end(self) -> datetime:
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=ZONE) + timedelta(
            days=1
        )

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Totals:
    """``linked``: searches after which an article was opened or copied; ``calls``: numbers
    named on the desk; ``linked_calls``: those in which one was."""

    searches: int
    linked: int
    answered: int
    shown: int
    views: int
    copies: int
    people: int
    calls: int
    linked_calls: int


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    searches: int = 0
    views: int = 0
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Used:
    """An article in force, and its use in the period. ``overdue``: its confirmation is due."""

    key: str
    title: str
    category: str
    owner: str
    published_at: datetime
    overdue: bool
    shown: int
    views: int
    copies: int

    @property
    def used(self) -> bool:
        return bool(self.views or self.copies)


@dataclass(frozen=True, slots=True)
class Group:
    """Articles that belong together: of a category, or of an editor."""

    name: str
    articles: int
    unused: int
    overdue: int
    shown: int
    views: int
    copies: int


def totals(session: Session, period: Period) -> Totals:
    entry = SearchEntry
    searched = select(
        func.count(),
        func.count(case((entry.outcome.in_(("opened", "copied")), 1))),
        func.count(case((entry.answered, 1))),
    ).where(entry.at >= period.begin, entry.at < period.end)
    searches, linked, answered = session.execute(searched).one()
    acts: dict[str, int] = dict(
        session.execute(  # type: ignore[arg-type]  # rows are pairs
            select(Trace.act, func.count()).where(*_during(period)).group_by(Trace.act)
        ).all()
    )
    people = session.scalar(
        select(func.count(Trace.person_id.distinct())).where(
            *_during(period), Trace.act.in_((OPENED, COPIED))
        )
    )
    calls, linked_calls = session.execute(
        select(
            func.count(Trace.call.distinct()),
            func.count(case((Trace.act.in_((OPENED, COPIED)), Trace.call)).distinct()),
        ).where(*_during(period), Trace.call != "")
    ).one()
    return Totals(
        searches=searches,
        linked=linked,
        answered=answered,
        shown=acts.get(SHOWN, 0),
        views=acts.get(OPENED, 0),
        copies=acts.get(COPIED, 0),
        people=people or 0,
        calls=calls,
        linked_calls=linked_calls,
    )


def _during(period: Period) -> tuple[Any, Any]:
    return Trace.at >= period.begin, Trace.at < period.end


def by_day(session: Session, period: Period) -> list[Day]:
    """Every day of the period, also those on which nothing happened."""
    days = _local_day(session, SearchEntry.at)
    query = (
        select(days, func.count())
        .where(SearchEntry.at >= period.begin, SearchEntry.at < period.end)
        .group_by(days)
    )
    searches = {_date(day): count for day, count in session.execute(query)}
    days = _local_day(session, Trace.at)
    traced = select(days, _count(OPENED), _count(COPIED)).where(*_during(period)).group_by(days)
    acts = {_date(day): (views, copies) for day, views, copies in session.execute(traced)}
    every = [period.first + timedelta(days=n) for n in range(period.days)]
    return [Day(day, searches.get(day, 0), *acts.get(day, (0, 0))) for day in every]


def _count(act: str) -> Any:
    return func.coalesce(func.sum(case((Trace.act == act, 1), else_=0)), 0)


def _local_day(session: Session, column: Any) -> Any:
    """SQL: the day in China of a moment in UTC. China has had one offset since 1991."""
    if session.get_bind().dialect.name == "postgresql":
        return sql_cast(func.timezone("Asia/Shanghai", column), Date)
    return func.date(column, "+8 hours")


def _date(day: Any) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)


def articles(session: Session, viewer: Viewer, at: datetime, period: Period) -> list[Used]:
    """Every article in force that the viewer may read, with its use in the period."""
    acts = (
        select(
            Trace.revision_id,
            *(
                func.sum(cast(Trace.act == act, Integer)).label(act)
                for act in (SHOWN, OPENED, COPIED)
            ),
        )
        .where(*_during(period))
        .group_by(Trace.revision_id)
        .subquery()
    )
    of_article = (
        select(
            Revision.article_id,
            *(func.sum(acts.c[act]).label(act) for act in (SHOWN, OPENED, COPIED)),
        )
        .join(acts, acts.c.revision_id == Revision.id)
        .group_by(Revision.article_id)
        .subquery()
    )
    late = verify.is_overdue(policy.load(session), at)
    query = (
        select(
            Article.key,
            Revision.title,
            Category.path,
            Person.name,
            Revision.published_at,
            case((late, 1), else_=0),
            *(func.coalesce(of_article.c[act], 0) for act in (SHOWN, OPENED, COPIED)),
        )
        .select_from(Revision)
        .join(Revision.article)
        .outerjoin(Category, Category.id == Revision.category_id)
        .outerjoin(Person, Person.id == Article.owner_id)
        .outerjoin(of_article, of_article.c.article_id == Article.id)
        .where(holds(at), permits(viewer))
        .order_by(Article.key)
    )
    return [
        Used(key, title, path or "", owner or "", published, bool(overdue), *map(int, counts))
        for key, title, path, owner, published, overdue, *counts in session.execute(query)
    ]


def grouped(used: Iterable[Used], name: Callable[[Used], str]) -> list[Group]:
    """Sums for each name, most viewed first."""
    sums: Mapping[str, list[int]] = defaultdict(lambda: [0] * 6)
    for one in used:
        row = sums[name(one)]
        for n, value in enumerate((1, not one.used, one.overdue, one.shown, one.views, one.copies)):
            row[n] += int(value)
    groups = [Group(key, *row) for key, row in sums.items()]
    return sorted(groups, key=lambda g: (-g.views - g.copies, -g.articles, g.name))


def top_category(one: Used) -> str:
    return one.category.partition("/")[0] or NOWHERE


def whole_category(one: Used) -> str:
    return one.category or NOWHERE


def owner(one: Used) -> str:
    return one.owner or NOBODY


def most_used(used: Sequence[Used], limit: int = 20) -> list[Used]:
    busy = [one for one in used if one.used]
    return sorted(busy, key=lambda u: (-u.copies - u.views, -u.copies, u.key))[:limit]


def never_used(used: Sequence[Used], period: Period) -> list[Used]:
    """In force all the period long and never opened or copied, oldest first: what is younger
    had less time to be used."""
    idle = [u for u in used if not u.used and u.published_at < period.begin]
    return sorted(idle, key=lambda u: (u.published_at, u.key))
