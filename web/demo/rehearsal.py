"""Practice of some agents over three weeks: what they answered wrongly, and what comes again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from sqlalchemy.orm import Session

from exams import kept, mistakes, practice
from exams.takers import Taker

from .abilities import SEED, Sitter, answer
from .days import Days

SHARES: Mapping[str, float] = MappingProxyType(
    {"DEMO01": 0.6, "DEMO10": 0.3, "DEMO14": 0.2, "DEMO17": 0.4}
)
"""Who practises, and on which share of the days."""
DAYS = 20
LEARNED = 0.7
"""Added to the ability where a question is asked again."""
WHOLE = 0.8
"""Of the sets that are answered to their end."""


def plan(
    session: Session, days: Days, takers: Mapping[str, Taker], sitters: Mapping[str, Sitter]
) -> None:
    for number, share in SHARES.items():
        for day in range(DAYS, 0, -1):
            chance = random.Random(f"{SEED}\n练习\n{number}\n{day}")  # noqa: S311 (invented)
            if chance.random() < share:
                act = partial(_practise, session, takers[number], sitters[number], chance)
                days.later(days.on(day, 12, chance.randrange(5, 55)), act)


def _practise(
    session: Session, taker: Taker, who: Sitter, chance: random.Random, at: datetime
) -> None:
    mistakes.catch_up(session, taker.person_id, at)
    made = practice.daily(session, taker, at)
    if made is None:
        return
    most = len(made.items) if chance.random() < WHOLE else len(made.items) // 2
    for position in range(most):
        version = practice.version_of(session, made, position)
        again = made.items[position]["why"] in ("wrong", "again")
        able = replace(who, theta=who.theta + LEARNED) if again else who
        said = answer(able, kept.question_of(version), f"练习 {made.day}")
        at += timedelta(seconds=said.seconds)
        practice.answer(session, taker, made, position, said.response, at)
