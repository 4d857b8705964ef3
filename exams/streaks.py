"""How steadily somebody practises. Pure: days in, a few numbers out.

People of a contact centre work in shifts, so up to ``REST`` days without practice between two
days with it do not end a streak; what is counted are the days with practice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

REST = 2
WEEKS = 4


@dataclass(frozen=True, slots=True)
class Steadiness:
    """``streak``: days with practice without a longer break, up to today. ``month``: days with
    practice in the calendar month of today. ``weeks``: for each of the last ``WEEKS`` weeks, the
    oldest first, (its Monday, days with practice)."""

    streak: int
    month: int
    weeks: Sequence[tuple[date, int]]


def steadiness(days: Iterable[date], today: date) -> Steadiness:
    """Of the days with practice; days after ``today`` count for nothing."""
    there = sorted({day for day in days if day <= today}, reverse=True)
    streak, last = 0, today
    for day in there:
        if (last - day).days > REST + 1:
            break
        streak, last = streak + 1, day
    monday = today - timedelta(days=today.weekday())
    mondays = [monday - timedelta(weeks=n) for n in reversed(range(WEEKS))]
    return Steadiness(
        streak,
        sum((day.year, day.month) == (today.year, today.month) for day in there),
        [(m, sum(m <= day < m + timedelta(weeks=1) for day in there)) for m in mondays],
    )
