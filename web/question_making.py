"""Jobs of the bank: questions made from articles, and marked when their articles change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exams import refreshing
from exams.from_articles import in_force, propose
from exams.generate import generate
from exams.kept import Kept

from .db import SYSTEM, Database


def make(db: Database, keys: Sequence[str], at: datetime) -> Kept:
    """Questions from the articles into the bank, for a person to look at.

    Articles that are out of force by now are passed over.
    """
    with db.reading() as session:
        articles = in_force(session, at)
    made = generate(articles, keys)
    with db.work(SYSTEM, "exams.generate") as session:
        bank, _ = propose(session, made.questions, None, at)
    return bank


def settle(db: Database, at: datetime) -> int:
    """Mark and unmark what the articles make out of date; returns how many changed."""
    with db.reading() as session:
        if not refreshing.due(session, at):
            return 0
    with db.work(SYSTEM, "exams.stale") as session:
        return refreshing.settle(session, at)
