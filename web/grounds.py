"""The sentence of the article that settles a question, as this person may read it.

What somebody may not read is not named: neither the article nor its words. Asked when shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from exams.kept import parts
from exams.questions import Source
from exams.staleness import GONE, WITHDRAWN, Text, Verdict, look
from kb import gate, past
from kb.compare import Run, woven
from kb.models import Article, Revision

from .context import can, now, reading, viewer
from .pages import moment

MINUTE = timedelta(minutes=1)
"""Addresses name minutes: in the one after it began, a text holds."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The evidence of one question.

    ``title`` and ``number`` are those of the revision it rests on, ``url`` leads to it as near
    as this person may come. ``changed``: the article says something else today; then ``runs``
    show how the sentence became today's, or ``gone`` says that it has none. ``current``: the
    number of the revision in force, None = nothing is.
    """

    title: str
    number: int
    url: str
    quote: str
    changed: bool
    gone: bool
    runs: Sequence[Run]
    current: int | None
    current_url: str


def grounds(sources: Iterable[Source | None]) -> dict[Source, Ground]:
    """{source: what to show of it}; what this person may not read is left out."""
    wanted = {source for source in sources if source is not None and source.article}
    articles = _articles(source.article for source in wanted)
    rests = {source: _rests(source, articles.get(source.article)) for source in wanted}
    named = past.remembered(reading(), viewer(), now(), filter(None, rests.values()))
    return {
        source: _ground(source, revision)
        for source, revision in rests.items()
        if revision is not None and revision.id in named
    }


def _articles(keys: Iterable[str]) -> Mapping[str, Article]:
    found: dict[str, Article] = {}
    for part in parts(sorted(set(keys))):
        query = select(Article).where(Article.key.in_(part))
        rows = reading().scalars(query.options(selectinload(Article.revisions)))
        found |= {article.key: article for article in rows}
    return found


def _rests(source: Source, article: Article | None) -> Revision | None:
    """The published revision a source names; without a number, the one in force."""
    if article is None:
        return None
    if source.revision is None:
        return _today(article)
    return next((r for r in article.published if r.number == source.revision), None)


def _today(article: Article) -> Revision | None:
    return None if article.retired_at else gate.decide(article.published, now())


def _ground(source: Source, revision: Revision) -> Ground:
    article = revision.article
    today = _today(article)
    if today is not None and not viewer().may_see(today.audiences):
        today = None
    verdict = _verdict(source, revision, today)
    runs = woven(source.quote, verdict.quote) if verdict.quote != source.quote else ()
    return Ground(
        title=revision.title,
        number=revision.number,
        url=_url(revision, today),
        quote=source.quote,
        changed=verdict.stale,
        gone=verdict.state in (GONE, WITHDRAWN),
        runs=runs if verdict.stale and verdict.quote else (),
        current=today.number if today else None,
        current_url=url_for("articles.show", key=article.key) if today else "",
    )


def _verdict(source: Source, revision: Revision, today: Revision | None) -> Verdict:
    text = None if today is None else Text(today.title, today.body)
    before = None if today is revision else Text(revision.title, revision.body)
    return look(source, text, before)


def _url(revision: Revision, today: Revision | None) -> str:
    """The revision itself for whoever may open it, else the day on which it held."""
    key = revision.article.key
    if today is revision:
        return url_for("articles.show", key=key)
    if can("kb.write"):
        return url_for("articles.revision", key=key, number=revision.number)
    return url_for("past.show", key=key, at=moment(min(gate.begins(revision) + MINUTE, now())))
