"""The knowledge base as the checks ask it: what it answered at a moment gone by.

It asks the database and not the index, which knows today's texts alone.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from kb import lexicon, past, pastsearch
from kb.answer import Answer, best
from kb.errors import NotFound
from kb.gate import Viewer
from kb.past import Then
from kb.vocabulary import Vocabulary

from .checks import Standard

LOOKED_AT = 3
"""Hits that are looked through for a sentence that answers."""


class KnowledgeBase:
    """A :class:`qa.checks.Knowledge` for one ``viewer``, who learns of nothing they may not see.

    ``now`` is the moment of asking: nobody is told of what has not been published by then. For
    one session, used while it is open.
    """

    def __init__(self, session: Session, viewer: Viewer, now: datetime) -> None:
        self._session, self._viewer, self._now = session, viewer, now
        self._known: dict[tuple[str, datetime, str | None], Standard | None] = {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The synonyms of today."""
        return lexicon.load(self._session).vocabulary

    def in_force(self, question: str, at: datetime, article: str | None = None) -> Standard | None:
        """The sentence that answered at that moment; None where there was none for this viewer."""
        asked = question, at, article
        if asked not in self._known:
            then = Then(min(at, self._now), min(at, self._now))
            self._known[asked] = (
                self._anywhere(question, then)
                if article is None
                else self._within(question, then, article)
            )
        return self._known[asked]

    def _within(self, question: str, then: Then, article: str) -> Standard | None:
        try:
            held = past.in_force(self._session, self._viewer, self._now, then, article)
        except NotFound:
            return None
        answer = best(question, held.body, title=held.title)
        return None if answer is None else _standard(article, held.title, held.number, answer)

    def _anywhere(self, question: str, then: Then) -> Standard | None:
        found = pastsearch.search(
            self._session, self._viewer, self._now, then, question, limit=LOOKED_AT
        )
        for hit in found.hits:
            if hit.answer is not None:
                return _standard(hit.key, hit.title, hit.revision, hit.answer)
        return None


def _standard(article: str, title: str, revision: int, answer: Answer) -> Standard:
    return Standard(article, title, revision, answer.text, answer.start, answer.end)
