"""Which courses to propose to whom: a weak topic, or a rule not signed in time. Pure.

    for each in propose(offers, answers, late, standing): ...

A topic is weak for somebody who got less than ``BELOW`` of its points in at least ``LEAST``
answers. Answers from before somebody did the course do not count against them any more; who has
the course open gets no proposal of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SPAN = timedelta(days=90)
"""How far back answers count."""
LEAST = 5
BELOW = 0.6
RULE = (
    f"{SPAN.days} 天内的考试里，一个知识点答了至少 {LEAST} 题、得分不到 {BELOW:.0%}，"
    "或一篇规章过了期限没有签收，就建议学有关的课程。"
)

UNSIGNED, WEAK = "unsigned", "weak"


@dataclass(frozen=True, slots=True)
class Offer:
    """A course: what it is about, and the articles that are its lessons."""

    course_id: int
    topics: frozenset[str]
    articles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody got for a question: ``share`` of its points, 0–1."""

    person_id: int
    topics: tuple[str, ...]
    share: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """A text somebody should have signed by ``due``."""

    person_id: int
    article: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """``about``: the topic or the article's key; ``share`` and ``n`` for a topic, ``due`` for an
    article."""

    course_id: int
    person_id: int
    why: str
    about: str
    share: float | None = None
    n: int = 0
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody has a course; ``done_at`` None = it is open."""

    done_at: datetime | None


def weak(answers: Iterable[Answer]) -> dict[tuple[int, str], tuple[float, int]]:
    """{(person, topic): (mean share, n)} of topics that are weak."""
    sums: dict[tuple[int, str], tuple[float, int]] = {}
    for answer in answers:
        for topic in dict.fromkeys(answer.topics):
            total, n = sums.get((answer.person_id, topic), (0.0, 0))
            sums[answer.person_id, topic] = total + answer.share, n + 1
    return {
        key: (total / n, n) for key, (total, n) in sums.items() if n >= LEAST and total / n < BELOW
    }


def covers(offer: Offer, topic: str) -> bool:
    """The course is about the topic, or about something beneath it."""
    return any(own == topic or own.startswith(topic + "/") for own in offer.topics)


def propose(
    offers: Sequence[Offer],
    answers: Sequence[Answer],
    late: Sequence[Late],
    standing: Mapping[tuple[int, int], Standing],
) -> list[Proposal]:
    """``standing``: {(course, person): …} of those who have it. One proposal of a course to a
    person: an unsigned rule before a topic, the weakest topic first."""
    found: dict[tuple[int, int], Proposal] = {}
    for offer in offers:
        for each in [*_unsigned(offer, late, standing), *_weak(offer, answers, standing)]:
            found.setdefault((each.course_id, each.person_id), each)
    return sorted(found.values(), key=lambda p: (p.why == WEAK, p.course_id, p.person_id))


def _unsigned(
    offer: Offer, late: Sequence[Late], standing: Mapping[tuple[int, int], Standing]
) -> list[Proposal]:
    return [
        Proposal(offer.course_id, each.person_id, UNSIGNED, each.article, due=each.due)
        for each in sorted(late, key=lambda each: each.due)
        if each.article in offer.articles
        and _counts(standing.get((offer.course_id, each.person_id)), each.due)
    ]


def _weak(
    offer: Offer, answers: Sequence[Answer], standing: Mapping[tuple[int, int], Standing]
) -> list[Proposal]:
    counted = [
        answer
        for answer in answers
        if _counts(standing.get((offer.course_id, answer.person_id)), answer.at)
    ]
    found = sorted((share, n, key) for key, (share, n) in weak(counted).items())
    return [
        Proposal(offer.course_id, person_id, WEAK, topic, share=share, n=n)
        for share, n, (person_id, topic) in found
        if covers(offer, topic)
    ]


def _counts(standing: Standing | None, at: datetime) -> bool:
    """Whether something of that moment still asks for the course."""
    if standing is None:
        return True
    return standing.done_at is not None and standing.done_at < at
