"""A paper looked at before anybody sits it: can it be drawn, how alike are two people's, what is
to be expected.

    found = check(session, paper, viewer, "初级", at)
    found.short, found.overlap.expected, found.forecast.mean
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.gate import Viewer
from kb.models import PUBLISHED, Article, Revision

from . import papers
from .blueprints import Blueprint, Fixed
from .drawing import Layout, choose, lay_out, row_words
from .errors import PoolTooSmall
from .fixed_check import Trouble, troubles
from .forecast import Forecast, Place, forecast
from .item_history import history
from .pools import candidates
from .questions import DIFFICULTIES
from .tables.papers import Paper

NOBODY = Viewer(frozenset())
"""Who may read least: only what is for everyone."""

RECENT = timedelta(days=30)
SIMULATED, FEWEST = 100, 10
"""Papers drawn where there is no formula; fewer from a pool of thousands, where each takes long."""
LOOKED_AT = 200_000
"""Questions that all those drawings together may go through."""


@dataclass(frozen=True, slots=True)
class RowCheck:
    """A row, or a difficulty of the rows that are split by weights. ``pool`` and ``least`` count
    what may stand together on a paper: akin questions once; ``least`` is for who may read least.
    """

    words: str
    points: Fraction | None
    wanted: int
    pool: int
    least: int

    @property
    def enough(self) -> bool:
        return self.wanted <= self.least


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many questions two people's papers are expected to have in common, of ``number``.

    ``papers``: drawn to find out, 0 = by the formula.
    """

    expected: float
    number: int
    papers: int

    @property
    def percent(self) -> float:
        return 100 * self.expected / self.number


@dataclass(frozen=True, slots=True)
class Feasibility:
    """``short`` and ``least_short``: why no paper can be drawn for who may read as the one that
    asks, and for who may read least; '' = it can. Where it cannot, there is no ``overlap``.

    ``mix``: {difficulty: how many to expect}. ``recent``: questions that may stand on it and rest
    on ``recent_articles`` (keys), published within 30 days; ``pool`` of them in all.
    """

    number: int
    possible: Fraction
    rows: Sequence[RowCheck]
    troubles: Sequence[Trouble]
    short: str
    least_short: str
    overlap: Overlap | None
    mix: Mapping[str, float]
    forecast: Forecast
    pool: int
    recent: int
    recent_articles: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Chances:
    """For every row {key: how likely it stands there}, and what two papers share."""

    rows: Sequence[Mapping[str, float]]
    overlap: Overlap | None


def check(session: Session, paper: Paper, viewer: Viewer, grade: str, at: datetime) -> Feasibility:
    """The paper for takers of that grade. Raises InvalidContent where its content is damaged."""
    content = papers.content(paper)
    if isinstance(content, Fixed):
        return _fixed(session, content, viewer, at)
    layout = lay_out(content, candidates(session, viewer, at), grade)
    least = lay_out(content, candidates(session, NOBODY, at), grade)
    short = shortage(layout)
    chances = _chances(layout, content.number) if not short else _even(layout)
    recent = recent_articles(session, (c.article for c in layout.there.values()), at)
    return Feasibility(
        number=content.number,
        possible=content.possible,
        rows=[*_rows(layout, least), *_difficulties(layout, least)],
        troubles=(),
        short=short,
        least_short=shortage(least),
        overlap=chances.overlap,
        mix=_mix(layout, chances),
        forecast=forecast(_places(content, layout, chances), history(session)),
        pool=len(layout.there),
        recent=sum(1 for c in layout.there.values() if c.article in recent),
        recent_articles=sorted(recent),
    )


def shortage(layout: Layout) -> str:
    """Why no paper can be drawn, '' where it can."""
    try:
        choose(layout, "")
    except PoolTooSmall as wrong:
        return str(wrong)
    return ""


def by_grade(
    session: Session, content: Blueprint, grades: Iterable[str], at: datetime
) -> dict[str, str]:
    """{grade: why no paper can be drawn for it, ''} for who may read least."""
    there = candidates(session, NOBODY, at)
    return {grade: shortage(lay_out(content, there, grade)) for grade in grades}


def _rows(layout: Layout, least: Layout) -> list[RowCheck]:
    return [
        RowCheck(
            row_words(n, row),
            row.points,
            want.number,
            _apart(layout, want.pool),
            _apart(least, open.pool),
        )
        for n, (row, want, open) in enumerate(
            zip(layout.rows, layout.wants, least.wants, strict=True)
        )
    ]


def _difficulties(layout: Layout, least: Layout) -> list[RowCheck]:
    """What the weights ask of all rows together."""
    return [
        RowCheck(f"难度比例：{word}", None, wanted, _in(layout, key), _in(least, key))
        for key, word in DIFFICULTIES.items()
        if layout.shares is not None and (wanted := layout.shares[key])
    ]


def _in(layout: Layout, difficulty: str) -> int:
    there = layout.there.items()
    return _apart(layout, (key for key, each in there if each.difficulty == difficulty))


def _apart(layout: Layout, keys: Iterable[str]) -> int:
    return len({layout.kin.get(key, key) for key in keys})


# How likely each question is


def _chances(layout: Layout, number: int) -> _Chances:
    """By the formula where every question fits one row and is akin to none, and no weights bind
    the rows: of a pool of N, n are drawn, each with n ÷ N, and two papers share n² ÷ N of them
    (hypergeometric). Otherwise from papers drawn by seeds, the pairs among them counted without
    bias."""
    fitting = Counter(key for want in layout.wants for key in want.pool)
    alone = len({layout.kin.get(key, key) for key in fitting}) == len(fitting)
    if alone and max(fitting.values()) == 1 and layout.shares is None:
        even = _even(layout).rows
        shared = sum(chance * chance for row in even for chance in row.values())
        return _Chances(even, Overlap(shared, number, 0))
    times = min(SIMULATED, max(FEWEST, LOOKED_AT // len(layout.there)))
    drawn = [choose(layout, f"check-{n}") for n in range(times)]
    counts = [Counter(c.key for rows in drawn for c in rows[n]) for n in range(len(layout.rows))]
    whole: Counter[str] = sum(counts, Counter())
    pairs = sum(count * (count - 1) for count in whole.values())
    shared = pairs / (times * (times - 1))
    rows = [{key: count / times for key, count in each.items()} for each in counts]
    return _Chances(rows, Overlap(shared, number, times))


def _even(layout: Layout) -> _Chances:
    """Each question of a pool as likely as the others."""
    return _Chances(
        [dict.fromkeys(w.pool, w.number / max(1, len(w.pool))) for w in layout.wants], None
    )


def _mix(layout: Layout, chances: _Chances) -> dict[str, float]:
    found = dict.fromkeys([*DIFFICULTIES, ""], 0.0)
    for row in chances.rows:
        for key, chance in row.items():
            found[layout.there[key].difficulty] += chance
    return found


def _places(content: Blueprint, layout: Layout, chances: _Chances) -> list[Place]:
    return [
        Place(
            row.number,
            float(row.points),
            {layout.there[key].version: chance for key, chance in likely.items()},
        )
        for row, likely in zip(content.rows, chances.rows, strict=True)
    ]


# Question by question


def _fixed(session: Session, content: Fixed, viewer: Viewer, at: datetime) -> Feasibility:
    versions = papers.versions(session, content)
    there = [versions[each.version] for each in content.questions if each.version in versions]
    mix = dict.fromkeys([*DIFFICULTIES, ""], 0.0)
    for version in there:
        mix[version.content.get("difficulty", "")] += 1
    sources = [(version.content.get("source") or {}).get("article", "") for version in there]
    recent = recent_articles(session, sources, at)
    places = [Place(1, float(each.points), {each.version: 1.0}) for each in content.questions]
    return Feasibility(
        number=content.number,
        possible=content.possible,
        rows=(),
        troubles=troubles(session, content, viewer, at),
        short="",
        least_short="",
        overlap=Overlap(float(content.number), content.number, 0),
        mix=mix,
        forecast=forecast(places, history(session)),
        pool=len(there),
        recent=sum(1 for key in sources if key in recent),
        recent_articles=sorted(recent),
    )


def recent_articles(session: Session, keys: Iterable[str], at: datetime) -> frozenset[str]:
    """Those of the articles of which a text was published within RECENT of ``at``."""
    wanted = frozenset(key for key in keys if key)
    query = (
        select(Article.key)
        .join(Article.revisions)
        .where(
            Revision.state == PUBLISHED,
            Revision.published_at <= at,
            Revision.published_at > at - RECENT,
        )
    )
    return wanted & frozenset(session.scalars(query))
