"""The articles in force as a source of questions, and what is made of them into the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gate
from kb.models import Article as StoredArticle

from .generate import Article
from .kept import Kept, of_keys, parts
from .questions import Question
from .tables.bank import PROPOSED


def in_force(session: Session, at: datetime) -> list[Article]:
    """Every article in force: the base against which keys are checked, in the order of keys."""
    ids = session.scalars(select(StoredArticle.id).order_by(StoredArticle.key)).all()
    return [
        Article(
            revision.article.key,
            revision.title,
            revision.body,
            revision.number,
            revision.category.path if revision.category else "",
            tuple(revision.audiences),
        )
        for part in parts(ids)
        for revision in sorted(
            gate.in_force_of(session, gate.EVERYTHING, at, part).values(),
            key=lambda each: each.article.key,
        )
    ]


def propose(
    session: Session, questions: Sequence[Question], person_id: int | None, at: datetime
) -> tuple[Kept, list[str]]:
    """Keep generated questions for a person to look at.

    What somebody has judged already stays as they left it: its keys come second.
    """
    there = of_keys(session, (question.key for question in questions))
    judged = [key for key, row in there.items() if row.state != PROPOSED]
    bank = Kept(session, at, person_id, state=PROPOSED)
    bank.keep([question for question in questions if question.key not in set(judged)])
    return bank, judged
