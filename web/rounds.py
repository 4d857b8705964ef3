"""What is looked at again and again, and becomes a job where there is something to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select

from kb import changes, gapbook

from . import attempt_ends, call_words, exam_repeats
from .chores import Workshop
from .db import SYSTEM
from .jobs import enqueue, enqueue_once, tidy
from .models import Job


def catch_up_index(workshop: Workshop) -> None:
    """Articles changed: the index follows."""
    with workshop.db.reading() as session:
        waiting = changes.backlog(session) > 0
        queued = session.scalar(
            select(Job.id).where(Job.kind == "kb.sync", Job.state.in_(("waiting", "running")))
        )
    if waiting and queued is None:
        with workshop.db.work(SYSTEM, "jobs.recur") as session:
            enqueue(session, "kb.sync")
            tidy(session, datetime.now(UTC))


def end_attempts(workshop: Workshop) -> None:
    """Exams whose time is over are handed in; at once, for a job would come too late."""
    attempt_ends.settle(workshop.db, workshop.library.clock())


def take_in_words(workshop: Workshop) -> None:
    """New transcripts; until then they are searched one by one."""
    with workshop.db.reading() as session:
        behind = call_words.behind(session, workshop.library.folder)
    if behind:
        _ask(workshop, "qa.words")


def repeat_exams(workshop: Workshop) -> None:
    """Exams that make today's by themselves."""
    if exam_repeats.waiting(workshop.db, workshop.library.clock()):
        _ask(workshop, "exams.repeat")


def settle_gaps(workshop: Workshop) -> None:
    """Gaps that no publication closes: a text begins to hold, or a synonym helps."""
    with workshop.db.reading() as session:
        waiting = bool(gapbook.taken_up(session))
    if waiting:
        _ask(workshop, "kb.gaps")


def keep_house(workshop: Workshop) -> None:
    """Recordings whose time may be over, newcomers' courses, texts that begin and end alone."""
    _ask(workshop, "qa.retain", "exams.courses", "exams.stale")


def _ask(workshop: Workshop, *kinds: str) -> None:
    with workshop.db.work(SYSTEM, "jobs.recur") as session:
        for kind in kinds:
            enqueue_once(session, kind)


ROUNDS: tuple[tuple[float, Callable[[Workshop], None]], ...] = (
    (0, catch_up_index),
    (3, end_attempts),
    (20, take_in_words),
    (60, repeat_exams),
    (600, settle_gaps),
    (3600, keep_house),
)
"""(seconds from one look to the next, what looks)"""

AT_ONCE = 60
"""What is looked at this often or oftener is looked at when a worker starts; the rest waits."""


class Rounds:
    """When each was last looked at; one to a worker."""

    def __init__(self) -> None:
        begun = time.monotonic()
        self._due = [begun if every <= AT_ONCE else begun + every for every, _ in ROUNDS]

    def make(self, workshop: Workshop) -> None:
        """Look at all that is due."""
        for n, (every, look) in enumerate(ROUNDS):
            if time.monotonic() >= self._due[n]:
                self._due[n] = time.monotonic() + every
                look(workshop)
