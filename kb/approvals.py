"""Who answers for a revision: the review that opened the way to its publication."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

from .models import PUBLISHED, Review, Revision

Kind = Literal["review", "urgent", "direct", "import"]
URGENT = "urgent"
APPROVED = "approved"


def state_of(revision: Revision, at: datetime) -> str:
    """Its state of ``kb.lifecycle`` at a moment."""
    last = current(revision)
    if revision.state != PUBLISHED:
        if last is None:
            return "draft"
        if not last.outcome:
            return "review"
        return "approved" if approves(last, revision) else "draft"
    if revision.published_at is not None and revision.published_at > at:
        return "scheduled"
    if last is not None and last.kind == URGENT and last.outcome != APPROVED:
        return "taken_back" if last.outcome else "urgent"
    return "published"


def current(revision: Revision) -> Review | None:
    """The newest review of the revision."""
    return revision.reviews[-1] if revision.reviews else None


def pending(revision: Revision) -> Review | None:
    """The review that waits for somebody's word."""
    last = current(revision)
    return last if last is not None and not last.outcome else None


def approves(review: Review, revision: Revision) -> bool:
    """Is it a word for exactly the text that stands there now?"""
    return review.outcome == APPROVED and review.version == revision.version


def writers(revision: Revision) -> frozenset[int]:
    """Everybody who had a hand in the text."""
    known: Collection[int] = revision.writers or ()
    author = () if revision.author_id is None else (revision.author_id,)
    return frozenset((*known, *author))


def vouch(revision: Revision, kind: Kind, by: int | None, at: datetime, reason: str = "") -> None:
    """Record on whose word a draft is published, unless it was approved as it stands.

    Who publishes another's draft that is under review decides that review; a writer who may
    publish it takes it out of review and answers for it alone.
    """
    waiting = pending(revision)
    if waiting is not None:
        passed = kind != URGENT and by is not None and by not in writers(revision)
        decide(waiting, APPROVED if passed else "withdrawn", by, at, revision.version)
    last = current(revision)
    if last is not None and approves(last, revision):
        return
    revision.reviews.append(
        Review(
            kind=kind,
            version=revision.version,
            asked_by=by,
            asked_at=at,
            reason=reason,
            outcome="" if kind == URGENT else APPROVED,
            decided_by=None if kind == URGENT else by,
            decided_at=None if kind == URGENT else at,
            verdict="",
        )
    )


def decide(
    review: Review, outcome: str, by: int | None, at: datetime, version: int, verdict: str = ""
) -> None:
    """Put down what became of it."""
    review.outcome, review.decided_by, review.decided_at = outcome, by, at
    review.version, review.verdict = version, verdict


def on_whose_word(reviews: Sequence[Review]) -> Review | None:
    """The newest approval among them."""
    return next((r for r in reversed(reviews) if r.outcome == APPROVED), None)
