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
"""Share of the question's telling words, by length, that a text about it has."""


def answers(session: Session, at: datetime, question: str) -> bool:
    """Whether a published text that does not hold at ``at`` is about the question."""
    in_force = select(Revision.article_id).join(Revision.article).where(holds(at))
    query = (
        select(Revision.title, Revision.questions)
        .join(Article)
        .where(Revision.state == PUBLISHED, Revision.article_id.not_in(in_force))
        .order_by(Revision.id.desc())
        .limit(LOOKED_AT)
    )
    return any(
        is_about(question, " ".join((title, *questions)))
        for title, questions in session.execute(query)
    )


def is_about(question: str, text: str) -> bool:
    """Whether enough of the question's telling words stand in the text."""
    words, folded = parse(question).words, fold(text).text
    found = sum(len(word) for word in words if word in folded)
    return bool(words) and found >= ENOUGH * sum(map(len, words))
