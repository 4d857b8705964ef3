"""Which articles are addressed to a role or a team by its name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from kb import gate
from kb.models import DRAFT, Article, Revision


def addressed(session: Session, names: Iterable[str], at: datetime) -> int:
    """How many articles in force, to come, or in draft are only for those of these names.

    Their revisions keep a name as it was written, so a new name would shut its people out.
    """
    alive = or_(gate.holds(at), Revision.state == DRAFT, Revision.effective_from > at)
    named = or_(*(gate.lists(Revision.audiences, name) for name in names))
    query = (
        select(func.count(Article.id.distinct()))
        .join(Revision, Revision.article_id == Article.id)
        .where(and_(alive, named, Article.retired_at.is_(None)))
    )
    return session.scalar(query) or 0
