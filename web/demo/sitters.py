"""Attempts as pages would send them: begun, answered bit by bit, handed in or run out of time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import attempts, responses
from exams.attempts import Origin, Sent
from exams.reading import read
from exams.tables import Attempt, AttemptQuestion, Exam, QuestionVersion
from exams.takers import Taker

from .abilities import SEED, Sitter, answer

AT_ONCE = 5
"""Answers that a page sends together."""
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody sits an exam. ``slow``: times the usual time. ``leaves``: (after this question,
    seconds away); ``pastes``: (at this question, characters); ``moves`` to another machine after
    this question, 0 = never."""

    slow: float = 1.0
    leaves: tuple[tuple[int, int], ...] = ()
    pastes: tuple[tuple[int, int], ...] = ()
    moves: int = 0


PLAIN = Manner()


@dataclass(slots=True)
class _Page:
    """The page that writes: it numbers what it sends."""

    name: str
    origin: Origin
    number: int = 0

    def next(self) -> int:
        self.number += 1
        return self.number


def sit(
    session: Session,
    exam: Exam,
    taker: Taker,
    who: Sitter,
    at: datetime,
    *,
    manner: Manner = PLAIN,
    doubtful: AbstractSet[str] = frozenset(),
    until: datetime | None = None,
) -> Attempt:
    """Sit the exam from ``at`` on; what comes after the deadline, or ``until``, is not sent.

    Where there is no time to hand in, the attempt stays open: ``attempts.expire`` ends it.
    """
    origin = Origin(f"10.20.{exam.id % 200}.{taker.person_id + 10}", DESK)
    seed = f"{SEED}-{exam.id}-{who.number}"
    prepared = attempts.prepare(session, exam, taker, at, seed=seed)
    attempt = attempts.begin(session, exam, taker, at, origin, prepared=prepared)
    page, last = _Page(_name(seed, 1), origin), at
    _take(session, attempt, page, "", at)
    end = min(attempt.deadline_at, until) if until else attempt.deadline_at
    for sent in _together(_answers(session, attempt, exam, who, manner, at, doubtful)):
        if sent[-1][0] >= end:
            return attempt
        events = [replace(event, sequence=page.next(), said_at=said) for said, event in sent]
        last = sent[-1][0]
        attempts.record(session, attempt.id, taker.person_id, page.name, events, last, page.origin)
        if manner.moves and any(event.position == manner.moves for event in events):
            other = _Page(_name(seed, 2), Origin(f"10.20.77.{taker.person_id + 10}", PHONE))
            _take(session, attempt, other, page.name, last + timedelta(seconds=9))
            page = other
    done = last + timedelta(seconds=_chance(seed, "交卷").uniform(20, 150))
    if done < end:
        attempts.submit(session, attempt.id, taker.person_id, page.name, done, page.origin)
    return attempt


Told = tuple[datetime, Sent]


def _together(told: Iterator[Told]) -> Iterator[list[Told]]:
    """What a page sends in one go: some answers; leaving and coming back at once, each alone."""
    some: list[Told] = []
    for each in told:
        if each[1].kind in ("left", "returned"):
            if some:
                yield some
            yield [each]
            some = []
            continue
        some.append(each)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _take(session: Session, attempt: Attempt, page: _Page, over: str, at: datetime) -> None:
    attempts.take(
        session, attempt.id, attempt.person_id, page.name, page.next(), over, at, page.origin
    )


def _answers(
    session: Session,
    attempt: Attempt,
    exam: Exam,
    who: Sitter,
    manner: Manner,
    at: datetime,
    doubtful: AbstractSet[str],
) -> Iterator[Told]:
    """What the page has to tell, with its moments; answers in letters, as they are shown."""
    leaves, pastes = dict(manner.leaves), dict(manner.pastes)
    for position, order, content in _asked(session, attempt):
        question = read(content)
        said = answer(who, question, f"{exam.title} {exam.id}", doubtful=question.key in doubtful)
        at += timedelta(seconds=said.seconds * manner.slow)
        if position in pastes:
            yield at, Sent(0, "pasted", position, {"length": pastes[position]})
        if said.response is not None:
            shape = responses.shape_of(content)
            yield at, Sent(0, "answered", position, responses.shown(shape, order, said.response))
        elif _chance(exam.title, who.number, str(position)).random() < 0.4:
            yield at, Sent(0, "flagged", position, True)
        if away := leaves.get(position):
            yield at, Sent(0, "left", None, None)
            at += timedelta(seconds=away)
            yield at, Sent(0, "returned", None, None)


def _asked(session: Session, attempt: Attempt) -> list[tuple[int, list[str], dict[str, Any]]]:
    query = (
        select(AttemptQuestion.position, AttemptQuestion.order, QuestionVersion.content)
        .join(QuestionVersion, QuestionVersion.id == AttemptQuestion.version_id)
        .where(AttemptQuestion.attempt_id == attempt.id)
        .order_by(AttemptQuestion.position)
    )
    return [(position, order, content) for position, order, content in session.execute(query)]


def _name(seed: str, page: int) -> str:
    """As a browser would make one up."""
    return hashlib.sha256(f"{seed}-{page}".encode()).hexdigest()[:32]


def _chance(*names: str) -> random.Random:
    return random.Random("\n".join((SEED, *names)))  # noqa: S311 (invented)
