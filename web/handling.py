"""Who takes care of what readers say: people who may write, and for how long they have."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import feedback
from kb.models import Revision

from .access import permissions_of
from .models import Person


def writers(session: Session) -> list[Person]:
    """People in use who may write articles, by name."""
    found = session.scalars(select(Person).where(Person.disabled_at.is_(None))).unique()
    return sorted(
        (p for p in found if "kb.write" in permissions_of(p)), key=lambda p: (p.name, p.id)
    )


def handler(session: Session, revision: Revision) -> int | None:
    """Who is to answer for a text: of those who answer for it, the first still in use who may.

    None when all of them have left: then it waits for any editor.
    """
    able = {person.id for person in writers(session)}
    asked = (revision.article.owner_id, revision.published_by, revision.author_id)
    return next((id for id in asked if id in able), None)


def owner_or_none(session: Session, revision: Revision) -> int | None:
    """As ``handler``; where nobody of them is left, whoever it was once."""
    return handler(session, revision) or feedback.owner_of(revision)
