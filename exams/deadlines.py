"""When an attempt is over. Pure: the moment is passed in, and it is the server's."""

from __future__ import annotations

from datetime import datetime, timedelta


def over(deadline_at: datetime, at: datetime) -> bool:
    """The time is up; what was on its way may still come in."""
    return at >= deadline_at


def closed(deadline_at: datetime, grace_seconds: int, at: datetime) -> bool:
    """Nothing is taken any more, not even what was on its way."""
    return at > deadline_at + timedelta(seconds=grace_seconds)


def left(deadline_at: datetime, at: datetime) -> timedelta:
    """Time to write, never below zero."""
    return max(deadline_at - at, timedelta(0))
