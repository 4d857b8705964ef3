"""Would an article answer, if only it were in force? Tells a lapsed rule from a missing one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from .gate import holds
from .models import PUBLISHED, Article, Revision
from .query import parse
from .text import fold

LOOKED_AT = 2000
"""The newest lapsed revisions; a question about older ones counts as missing."""
ENOUGH = 0.6
"""Share of the question's telling words that stand in title and other ways to ask."""


def answers(session: Session, at: datetime, question: str) -> bool:
    """Whether a published text that does not hold at ``at`` is about the question."""
    words = parse(question).words
    if not words:
        return False
    in_force = select(Revision.article_id).join(Revision.article).where(holds(at))
    query = (
        select(Revision.title, Revision.questions)
        .join(Article)
        .where(Revision.state == PUBLISHED, Revision.article_id.not_in(in_force))
        .order_by(Revision.id.desc())
        .limit(LOOKED_AT)
    )
    return any(
        _covered(words, fold(" ".join((title, *questions))).text) >= ENOUGH
        for title, questions in session.execute(query)
    )


def _covered(words: tuple[str, ...], text: str) -> float:
    return sum(len(word) for word in words if word in text) / sum(map(len, words))
