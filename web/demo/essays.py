"""Essays of the demo marked by its examiners, one answer at a time, as the marking page does."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from exams import kept, keywords, marking, piles
from exams.grade import ONE, ZERO
from exams.tables import AttemptQuestion, EssayClaim, Exam

from .abilities import SEED

STEPS = 10
"""Marks are given in tenths of the points."""
HARSH = Fraction(5, 10)
"""So much less than it says one marker gives an answer that he reads otherwise."""
GOOD = Fraction(7, 10)
EACH = timedelta(seconds=75)


def mark_all(
    session: Session, exam: Exam, marker: int, at: datetime, *, most: int = 0, apart: bool = False
) -> int:
    """Every answer that waits for the marker, or ``most`` of them; says how many were marked.

    ``apart``: the first good one is marked much lower than it says.
    """
    done = 0
    for pile in piles.listed(session, marker, at):
        while pile.exam.id == exam.id and (not most or done < most):
            found = marking.claim(session, exam.id, pile.version.id, marker, at)
            if found is None:
                break
            done += 1
            at += EACH
            worth = _worth(session, found)
            harsh = apart and worth >= GOOD
            apart = apart and not harsh
            _mark(session, found, marker, at, worth - HARSH if harsh else worth, harsh=harsh)
    return done


def settle_all(session: Session, exam: Exam, marker: int, at: datetime) -> int:
    """Every answer whose markers are too far apart; says how many there were."""
    done = 0
    for pile in piles.listed(session, marker, at):
        while pile.exam.id == exam.id:
            found = marking.claim(session, exam.id, pile.version.id, marker, at, settle=True)
            if found is None:
                break
            done += 1
            at += 2 * EACH
            words = "对照条目逐点看过，要点都写到的给分，写法不同不扣分。"
            fraction = _worth(session, found)
            marking.mark(session, found.token, marker, fraction, words, at)
    return done


def _mark(
    session: Session, claim: EssayClaim, marker: int, at: datetime, worth: Fraction, *, harsh: bool
) -> None:
    chance = random.Random(f"{SEED}\n阅卷\n{marker}\n{claim.question_id}")  # noqa: S311 (invented)
    words = chance.choice(("", "", "要点清楚。", "说得出做法，少了条件。"))
    if harsh:
        marking.mark(session, claim.token, marker, worth, "没有按条目的原话写，只给一部分分。", at)
        return
    given = min(max(worth + Fraction(chance.choice((-1, 0, 0, 0, 1)), STEPS), ZERO), ONE)
    marking.mark(session, claim.token, marker, given, words if ZERO < given < ONE else "", at)


def _worth(session: Session, claim: EssayClaim) -> Fraction:
    """The share of its points that the answer speaks of, in tenths."""
    row = session.get_one(AttemptQuestion, claim.question_id, populate_existing=True)
    found = keywords.hints(kept.question_of(row.version), str(row.response)).suggested
    return Fraction(round((found or ZERO) * STEPS), STEPS)
