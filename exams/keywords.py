"""What the words of an essay's points say about an answer: a hint for whoever marks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kb.text import fold

from .answers import normal
from .grade import grade
from .questions import Point, Question


@dataclass(frozen=True, slots=True)
class Found:
    """A point of the key; ``words``: those of its words that stand in the answer."""

    point: Point
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hints:
    """``runs``: the answer cut into (text, it is a word of the key). ``suggested``: the share
    that the words speak for, None where the key has no points."""

    points: tuple[Found, ...]
    runs: tuple[tuple[str, bool], ...]
    suggested: Fraction | None


def hints(question: Question, answer: str) -> Hints:
    """Which words of the key an essay contains, and where."""
    said, points = normal(answer), tuple(question.answer)
    found = tuple(
        Found(point, tuple(word for word in point.words if normal(word) in said))
        for point in points
    )
    words = [word for each in found for word in each.words]
    return Hints(found, _runs(answer, words), grade(question, answer).suggested)


def _runs(answer: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    folded = fold(answer)
    inside = [False] * len(answer)
    for word in words:
        sought = fold(word).text.strip()
        start = folded.text.find(sought) if sought else -1
        while start >= 0:
            first, last = folded.original(start, start + len(sought))
            inside[first:last] = [True] * (last - first)
            start = folded.text.find(sought, start + len(sought))
    runs: list[tuple[str, bool]] = []
    done = 0
    for at in range(1, len(answer) + 1):
        if at == len(answer) or inside[at] != inside[done]:
            runs.append((answer[done:at], inside[done]))
            done = at
    return tuple(runs)
