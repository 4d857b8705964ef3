"""When to ask again: spaced repetition by FSRS, with the weights its authors fitted.

    state = fresh()
    state, due = after(state, Fraction(1), at)

A right answer counts as "good", one that is partly right as "hard", anything else as "again":
how easy it was is never asked, so "easy" is never given. Steps are days, because practice is a
daily thing, and nothing waits longer than ``LONGEST_DAYS``: rules change.
Source: the library ``fsrs`` (Free Spaced Repetition Scheduler, version 6).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from fsrs import Card, Rating, Scheduler, State

LONGEST_DAYS = 180
RETENTION = 0.9
"""The chance of still knowing it at which it is asked again."""

_KEPT = ("state", "step", "stability", "difficulty", "last_review")
_DAY = timedelta(days=1)
_SCHEDULER = Scheduler(
    desired_retention=RETENTION,
    learning_steps=(_DAY,),
    relearning_steps=(_DAY,),
    maximum_interval=LONGEST_DAYS,
    enable_fuzzing=False,
)


def fresh() -> dict[str, Any]:
    """The state of what was never asked, as JSON."""
    return {}


def after(
    state: dict[str, Any], fraction: Fraction, at: datetime
) -> tuple[dict[str, Any], datetime]:
    """(the state after an answer that earned ``fraction`` 0…1, when to ask again)."""
    card = _card(state, at)
    heard = max(at, card.last_review or at).astimezone(UTC)
    card, _ = _SCHEDULER.review_card(card, _rating(fraction), heard)
    return _kept(card), card.due


def _rating(fraction: Fraction) -> Rating:
    if fraction >= 1:
        return Rating.Good
    return Rating.Hard if fraction > 0 else Rating.Again


def _card(state: dict[str, Any], at: datetime) -> Card:
    if not state:
        return Card(card_id=0, due=at.astimezone(UTC))
    return Card(
        card_id=0,
        state=State(state["state"]),
        step=state["step"],
        stability=state["stability"],
        difficulty=state["difficulty"],
        due=datetime.fromisoformat(state["last_review"]),
        last_review=datetime.fromisoformat(state["last_review"]),
    )


def _kept(card: Card) -> dict[str, Any]:
    kept = dict(card.to_dict())
    return {
        name: kept[name] for name in ("state", "step", "stability", "difficulty", "last_review")
    }
