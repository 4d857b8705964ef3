"""What else to read: the articles most alike, and those an editor tied to this one by hand.

Alike is: found by the article's title, its text nearly the same subject, in its category, with
its tags. All of it is asked through the gate when answering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ForeignKey, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from . import articles, gate
from .articles import Edit
from .columns import Moment
from .duplicates import Sketch, similarity
from .errors import InvalidContent
from .gate import Viewer
from .library import Library
from .models import Article, Base, Revision

LOOKED_AT = 16
"""Search results that are compared."""
SHOWN = 5
MOST_LINKS = 20

ALIKE = 2.0
"""Weight of the texts' similarity, which among articles of one trade is 0.05…0.3."""
FOUND = 0.4
"""Weight of the search score, in shares of the best other one."""
SAME_CATEGORY, SAME_BRANCH = 0.2, 0.1
SHARED_TAG, MOST_TAGS = 0.1, 0.3
LEAST = 0.45
"""Below this an article is not shown: a search always finds something."""


class ArticleLink(Base):
    """Two articles that belong together, in an editor's eyes. Shown beside both of them."""

    __tablename__ = "article_link"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    added_by: Mapped[int | None]
    added_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True, slots=True)
class Related:
    """An article to read next; ``by_hand`` when an editor said so. ``why`` in words."""

    key: str
    title: str
    kind: str
    by_hand: bool
    score: float
    why: str


def related(
    library: Library,
    session: Session,
    viewer: Viewer,
    at: datetime,
    revision: Revision,
    *,
    limit: int = SHOWN,
) -> list[Related]:
    """Those tied by hand, by title, then the most alike, best first; ``limit`` of these."""
    linked = _linked(session, viewer, at, revision.article_id)
    known = {revision.article.key, *(one.key for one in linked)}
    found = library.search(
        revision.title, viewer=viewer, limit=LOOKED_AT, session=session, literal=True
    )
    scores = {hit.key: hit.score for hit in found.hits if hit.key not in known}
    if not scores:
        return linked
    ids = session.scalars(select(Article.id).where(Article.key.in_(scores))).all()
    texts = gate.in_force_of(session, viewer, at, ids)
    best = max(scores.values()) or 1.0
    alike = [
        _compared(revision, other, scores[other.article.key] / best) for other in texts.values()
    ]
    alike = [one for one in alike if one.score >= LEAST]
    return [*linked, *sorted(alike, key=lambda one: (-one.score, one.key))[:limit]]


def _compared(one: Revision, other: Revision, found: float) -> Related:
    place, reason = _places(one, other)
    tags = [tag for tag in one.tags if tag in other.tags]
    score = (
        ALIKE * similarity(_sketch(one.title, one.body), _sketch(other.title, other.body))
        + FOUND * max(found, 0.0)
        + place
        + min(MOST_TAGS, SHARED_TAG * len(tags))
    )
    reasons = [reason] if reason else []
    if tags:
        reasons.append(f"都有标签“{'、'.join(tags[:3])}”")
    return Related(
        other.article.key, other.title, other.kind, False, score, "，".join(reasons) or "内容相近"
    )


def _places(one: Revision, other: Revision) -> tuple[float, str]:
    a, b = (r.category.path if r.category else "" for r in (one, other))
    if not a or not b:
        return 0.0, ""
    if a == b:
        return SAME_CATEGORY, "同一分类"
    return (SAME_BRANCH, "同一大类") if a.split("/")[0] == b.split("/")[0] else (0.0, "")


# A text is compared whenever one like it is read, and published ones never change.
@lru_cache(maxsize=4096)
def _sketch(title: str, body: str) -> Sketch:
    return Sketch.of(f"{title}\n{body}")


# By hand


def _linked(session: Session, viewer: Viewer, at: datetime, article_id: int) -> list[Related]:
    texts = gate.in_force_of(session, viewer, at, _others(session, article_id))
    found = [
        Related(text.article.key, text.title, text.kind, True, 0.0, "编辑指定")
        for text in texts.values()
    ]
    return sorted(found, key=lambda one: (one.title, one.key))


def _others(session: Session, article_id: int) -> list[int]:
    pairs = session.execute(
        select(ArticleLink.article_id, ArticleLink.other_id).where(
            or_(ArticleLink.article_id == article_id, ArticleLink.other_id == article_id)
        )
    )
    return [b if a == article_id else a for a, b in pairs]


def link(session: Session, viewer: Viewer, article: Article, named: str, edit: Edit) -> Revision:
    """Tie another article to this one, named by its key or its whole title.

    Harmless when they are tied already. Raises InvalidContent, field ``other``, for what this
    viewer does not find in force.
    """
    other = _named(session, viewer, edit.at, " ".join(named.replace("\0", "").split()))
    if other.article_id == article.id:
        raise InvalidContent("other", "不能和自己相关，请写另一篇的标题或编号。")
    there = _others(session, article.id)
    if other.article_id not in there:
        if len(there) >= MOST_LINKS:
            raise InvalidContent("other", f"一篇最多指定{MOST_LINKS}篇，请先去掉不要的。")
        session.add(
            ArticleLink(
                article_id=article.id,
                other_id=other.article_id,
                added_by=edit.by,
                added_at=edit.at,
            )
        )
        session.flush()
    return other


def unlink(session: Session, article: Article, key: str) -> None:
    """Untie the two; harmless when they are not tied."""
    other = articles.find(session, key.replace("\0", ""))
    if other is None:
        return
    for pair in ((article.id, other.id), (other.id, article.id)):
        found = session.get(ArticleLink, pair)
        if found is not None:
            session.delete(found)
    session.flush()


def _named(session: Session, viewer: Viewer, at: datetime, named: str) -> Revision:
    if not named:
        raise InvalidContent("other", "请写另一篇的标题或编号。")
    query = (
        select(Article.id)
        .join(Article.revisions)
        .where(or_(Article.key == named, Revision.title == named))
        .distinct()
    )
    found = gate.in_force_of(session, viewer, at, session.scalars(query).all())
    fitting: Sequence[Revision] = [
        text for text in found.values() if named in (text.article.key, text.title)
    ]
    if not fitting:
        raise InvalidContent("other", f"没有找到生效中的“{named[:40]}”，请照抄另一篇的标题或编号。")
    return min(fitting, key=lambda text: (text.article.key != named, text.article.key))
