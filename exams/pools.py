"""What of the bank may be asked of somebody now, and what of it fits a row of a blueprint."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, select
from sqlalchemy.orm import Session

from kb import gate
from kb.gate import Viewer
from kb.models import PUBLISHED, Article, Revision

from .bank_search import is_newest, visible
from .blueprints import Row
from .tables.bank import KEPT, BankQuestion, QuestionTopic, QuestionVersion


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be asked, by its newest version; ``content`` is that one's JSON."""

    id: int
    key: str
    version: int
    kind: str
    difficulty: str
    grade: str
    article: str
    content: str
    topics: frozenset[str]

    def fits(self, row: Row, grade: str) -> bool:
        """Whether it may stand there on the paper of somebody of that grade."""
        return (
            row.difficulty in ("", self.difficulty)
            and row.kind in ("", self.kind)
            and (self.grade == row.grade if row.grade else self.grade in ("", grade))
            and (not row.topic or _under(row.topic, self.topics))
        )


def _under(path: str, topics: Iterable[str]) -> bool:
    below = path + "/"
    return any(topic == path or topic.startswith(below) for topic in topics)


def candidates(session: Session, viewer: Viewer, at: datetime) -> list[Candidate]:
    """All that may be asked of somebody who reads as ``viewer``, in the order of the keys.

    In use, not out of date, and resting on no article that this person cannot read at ``at``.
    """
    columns = (
        BankQuestion.id,
        BankQuestion.key,
        QuestionVersion.id,
        BankQuestion.kind,
        BankQuestion.difficulty,
        BankQuestion.grade,
        BankQuestion.article_key,
        cast(QuestionVersion.content, Text),
    )
    query = (
        select(*columns)
        .join(QuestionVersion, QuestionVersion.question_id == BankQuestion.id)
        .where(is_newest(), askable(viewer))
    )
    topics = _topics(session)
    hidden = hidden_articles(session, viewer, at)
    found = (Candidate(*row, frozenset(topics[row[0]])) for row in session.execute(query))
    return sorted((c for c in found if c.article not in hidden), key=lambda c: c.key)


def askable(viewer: Viewer) -> ColumnElement[bool]:
    """SQL: ``BankQuestion`` is in use and not out of date, and the viewer may be asked it."""
    return (BankQuestion.state == KEPT) & BankQuestion.stale_at.is_(None) & visible(viewer)


def hidden_articles(session: Session, viewer: Viewer, at: datetime) -> frozenset[str]:
    """Keys of articles that were published and cannot be read now by this person.

    Questions repeat audiences and follow their articles a little later; this asks the gate.
    """
    published = select(Article.key).join(Article.revisions).where(Revision.state == PUBLISHED)
    readable = (
        select(Article.key).join(Article.revisions).where(gate.holds(at), gate.permits(viewer))
    )
    return frozenset(session.scalars(published.distinct())) - frozenset(session.scalars(readable))


def _topics(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(QuestionTopic.question_id, QuestionTopic.topic).join(
        BankQuestion, BankQuestion.id == QuestionTopic.question_id
    )
    for id, topic in session.execute(query.where(BankQuestion.state == KEPT)):
        found[id].append(topic)
    return found
