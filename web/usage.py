"""How the knowledge is used: counts of a period, read from indexes of the database.

Views and copies are counted from the evidence, searches from the search log; both keep what
happened once and for all, so a number of the past does not change. Demo traces count in the
demo centre, whose numbers are about nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, case, exists, func, select
from sqlalchemy.orm import Session

from kb import policy, verify
from kb.gate import Viewer, holds, permits
from kb.models import Article, Category, Revision

from .evidence.tables import COPIED, OPENED, SHOWN, Trace
from .models import Person, SearchEntry
from .periods import Period

NOBODY = "没有负责人"
NOWHERE = "没有分类"


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
    """A day's counts; each as in ``Totals``."""

    day: date
    searches: int = 0
    linked: int = 0
    answered: int = 0
    shown: int = 0
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


def totals(session: Session, period: Period, days: Sequence[Day] | None = None) -> Totals:
    """``days``: those of the period, where they have been counted already."""
    counted = by_day(session, period) if days is None else days
    used = exists().where(
        Trace.person_id == Person.id, *_during(period), Trace.act.in_((OPENED, COPIED))
    )
    people = session.scalar(select(func.count()).select_from(Person).where(used))
    calls, linked_calls = session.execute(_calls(period)).one()
    return Totals(
        searches=sum(day.searches for day in counted),
        linked=sum(day.linked for day in counted),
        answered=sum(day.answered for day in counted),
        shown=sum(day.shown for day in counted),
        views=sum(day.views for day in counted),
        copies=sum(day.copies for day in counted),
        people=people or 0,
        calls=calls,
        linked_calls=linked_calls,
    )


def _calls(period: Period) -> Select[int, int]:
    """Call by call, in the order of an index: to tell them apart nothing has to be sorted."""
    linked = func.max(case((Trace.act.in_((OPENED, COPIED)), 1), else_=0))
    call = (
        select(linked.label("linked"))
        .where(*_during(period), Trace.call > "")
        .group_by(Trace.call)
        .subquery()
    )
    return select(func.count(), func.coalesce(func.sum(call.c.linked), 0)).select_from(call)


def _during(period: Period) -> tuple[Any, Any]:
    return Trace.at >= period.begin, Trace.at < period.end


def by_day(session: Session, period: Period) -> list[Day]:
    """Every day of the period, also those on which nothing happened.

    Asked day by day: each answer is a stretch of an index, where one question for all of them
    would sort every row.
    """
    every = (period.first + timedelta(days=n) for n in range(period.days))
    return [_counted(session, day) for day in every]


def _counted(session: Session, day: date) -> Day:
    period = Period(day, day)
    between = {"begin": period.begin, "end": period.end}
    searches = session.execute(_searches(), between).one()
    return Day(day, *searches, *session.execute(_acts(), between).one())


@cache
def _searches() -> Select[int, int, int]:
    entry = SearchEntry
    return select(
        func.count(),
        func.count(case((entry.outcome.in_(("opened", "copied")), 1))),
        func.count(case((entry.answered, 1))),
    ).where(entry.at >= bindparam("begin"), entry.at < bindparam("end"))


@cache
def _acts() -> Select[int, int, int]:
    shown, opened, copied = (_count(act) for act in (SHOWN, OPENED, COPIED))
    between = Trace.at >= bindparam("begin"), Trace.at < bindparam("end")
    return select(shown, opened, copied).where(*between)


def _count(act: str) -> Any:
    return func.count(case((Trace.act == act, 1)))


def articles(session: Session, viewer: Viewer, at: datetime, period: Period) -> list[Used]:
    """Every article in force that the viewer may read, with its use in the period."""
    late = verify.is_overdue(policy.load(session), at)
    query = (
        select(
            Article.key,
            Revision.title,
            Category.path,
            Person.name,
            Revision.published_at,
            case((late, 1), else_=0),
            Article.id,
        )
        .select_from(Revision)
        .join(Revision.article)
        .outerjoin(Category, Category.id == Revision.category_id)
        .outerjoin(Person, Person.id == Article.owner_id)
        .where(holds(at), permits(viewer))
        .order_by(Article.key)
    )
    counts = _of_articles(session, period)
    return [
        Used(key, title, path or "", owner or "", published, bool(overdue), *counts.get(id, NEVER))
        for key, title, path, owner, published, overdue, id in session.execute(query)
    ]


NEVER = (0, 0, 0)


def _of_articles(session: Session, period: Period) -> dict[int, tuple[int, int, int]]:
    """{article id: how often its revisions were shown, opened, copied}, of those that were.

    Each count is a stretch of an index, revision by revision.
    """
    counts = (
        select(func.count())
        .select_from(Trace)
        .where(Trace.revision_id == Revision.id, Trace.act == act, *_during(period))
        .scalar_subquery()
        for act in (SHOWN, OPENED, COPIED)
    )
    sums: dict[int, list[int]] = {}
    for id, *found in session.execute(select(Revision.article_id, *counts)):
        if any(found):
            row = sums.setdefault(id, [0, 0, 0])
            row[:] = (a + b for a, b in zip(row, found, strict=True))
    return {id: (row[0], row[1], row[2]) for id, row in sums.items()}


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
