"""A heap of what is still to happen in the demo centre: the earliest first, nothing after now."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, time

from .quality import moment

Act = Callable[[datetime], None]


class Days:
    """``later`` says what happens when, ``live`` lets it happen; what happens may say more."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._coming: list[tuple[datetime, int, Act]] = []
        self._count = 0

    def on(self, day: float, hour: int, minute: int = 0) -> datetime:
        """That time of the centre's clock so many days ago (below nought: still to come)."""
        return moment(self.now, day, time(hour, minute))

    def later(self, at: datetime, act: Act) -> None:
        self._count += 1
        if at <= self.now:
            heapq.heappush(self._coming, (at, self._count, act))

    def live(self) -> None:
        while self._coming:
            at, _, act = heapq.heappop(self._coming)
            act(at)
