"""What the pages after a score share: titles of items, articles to read again, the quiz hook."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gate
from kb.errors import NotFound
from kb.models import Revision
from qa import remedies, reviews
from qa.remedies import Quizzes
from qa.tables import Appeal, Remedy, Review, Scorecard, ScorecardVersion

from .context import now, person, viewer
from .models import Person

QUIZZES = "zhixi.quizzes"
"""The extension under which an examination module registers itself (``qa.remedies.Quizzes``)."""


def quizzes() -> Quizzes | None:
    """Who offers quizzes; None while nobody does."""
    return cast("Quizzes | None", current_app.extensions.get(QUIZZES))


def after_finishing(session: Session, review: Review, at: datetime) -> None:
    """A review was finished: what failed may begin a loop."""
    remedies.propose(session, review, at, quizzes())


def note_read(session: Session, reader: Person, revision: Revision, at: datetime) -> None:
    """Somebody opened an article: their loops that wait for it know."""
    remedies.opened(session, reader.id, revision.article.key, revision.number, at)


def confirm_read(session: Session, remedy: Remedy) -> None:
    """The person who is asking has read what a loop of theirs proposes. Raises NotFound."""
    if remedy.agent_id != person().id or not remedy.article_key:
        raise NotFound("补学", str(remedy.id))
    text = gate.in_force(session, viewer(), now(), remedy.article_key)
    remedies.opened(session, person().id, remedy.article_key, text.number, now())


def appealed(session: Session, found: Iterable[Review]) -> dict[int, int]:
    """{review id: its appeals that wait}"""
    ids = [review.id for review in found]
    query = select(Appeal.review_id).where(Appeal.review_id.in_(ids), Appeal.state == "waiting")
    counted: dict[int, int] = {}
    for id in session.scalars(query):
        counted[id] = counted.get(id, 0) + 1
    return counted


# What items are called


def item_title(session: Session, remedy: Remedy) -> str:
    """The title of the item that failed, on the version it failed on."""
    return title(session.get_one(Review, remedy.review_id).version, remedy.item)


def title_on(session: Session, scorecard_id: int, key: str) -> str:
    """The title of an item on the newest version of a scorecard that has it; else its key."""
    card = session.get(Scorecard, scorecard_id)
    for version in reversed(card.versions if card else []):
        if (found := title(version, key)) != key:
            return found
    return key


def title(version: ScorecardVersion, key: str) -> str:
    item = reviews.rubric_of(version).item(key)
    return item.title if item else key
