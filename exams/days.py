"""Days as the centre lives them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def day_of(at: datetime) -> date:
    """The day of the centre that a moment belongs to."""
    return at.astimezone(ZONE).date()


def begin_of(day: date) -> datetime:
    """Its first moment."""
    return datetime.combine(day, time(), ZONE)


def end_of(day: date) -> datetime:
    """The first moment after it."""
    return begin_of(day + timedelta(days=1))
