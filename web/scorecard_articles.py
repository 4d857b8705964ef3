"""The articles that items of a rubric name, as far as this person may read them now."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import or_, select

from kb import gate
from kb.models import Article, Revision
from qa.rubric import Rubric

from .context import now, reading, services, viewer

SUGGESTED = 8
LONGEST = 200


def linked(rubric: Rubric) -> dict[str, str]:
    """{key: title} of those in force that the person who is asking may see."""
    return titles(item.article for item in rubric.items() if item.article)


def titles(keys: Iterable[str]) -> dict[str, str]:
    """The same for any keys."""
    wanted = {key.replace("\0", "") for key in keys}
    if not wanted:
        return {}
    ids = reading().scalars(select(Article.id).where(Article.key.in_(wanted))).all()
    found = gate.in_force_of(reading(), viewer(), now(), ids)
    return {text.article.key: text.title for text in found.values()}


def key_of(named: str) -> str | None:
    """The key of the article somebody means by its key or its whole title; None = none in force."""
    query = (
        select(Article.id)
        .join(Article.revisions)
        .where(or_(Article.key == named, Revision.title == named))
        .distinct()
    )
    found = gate.in_force_of(reading(), viewer(), now(), reading().scalars(query).all())
    keys = sorted(
        text.article.key for text in found.values() if named in (text.article.key, text.title)
    )
    return keys[0] if keys else None


def suggested(typed: str) -> dict[str, str]:
    """{key: title} of articles whose title begins or sounds like what was typed."""
    typed = typed.strip()[:LONGEST]
    if not typed:
        return {}
    found = services().suggesting.suggest(reading(), viewer(), now(), typed, limit=SUGGESTED * 2)
    keys = [one.key for one in found if one.key is not None]
    known = titles(keys)
    return {key: known[key] for key in dict.fromkeys(keys) if key in known}
