"""What practice shows of an answer: the same as a paper that was sat."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from exams import answered
from exams.exact import plain
from exams.grade import empty, grade
from exams.kept import question_of
from exams.questions import Option
from exams.tables import PracticeAnswer, PracticeSet, QuestionVersion

from .context import reading
from .grounds import grounds
from .paper_sight import STATES, Seen, seen_of

__all__ = ["STATES", "is_empty", "seen", "set_name", "shuffled"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A practised question as ``paper_sight`` wants to see one of an attempt."""

    position: int
    version_id: int
    points: float
    order: Sequence[str]
    response: Any


def seen(n: int, version: QuestionVersion, answer: PracticeAnswer) -> Seen:
    """The answer, the key, and the sentence that settles it."""
    question = question_of(version)
    named = answered.about(reading(), [version.id])[version.id]
    found = grade(question, answer.response).as_dict(question.points)
    order = [option.key for option in shuffled(question.options, f"{answer.set_id}")]
    asked = Asked(n, version.id, float(plain(question.points)), order, answer.response)
    return seen_of(asked, named, found, grounds([question.source]))


def is_empty(response: Any) -> bool:
    return empty(response)


def shuffled(options: Sequence[Option], seed: str) -> tuple[Option, ...]:
    """The options in an order that the seed makes."""

    def lot(option: Option) -> bytes:
        return hashlib.sha256(f"{seed}/{option.key}/{option.text}".encode()).digest()

    return tuple(sorted(options, key=lot))


def set_name(made: PracticeSet) -> str:
    """What a set is called."""
    if made.kind == "topic":
        return f"专项练习：{made.about}"
    if made.kind == "mistakes":
        return f"练错题：{made.about}" if made.about else "练错题"
    return "今日练习" if made.number == 1 else f"今日练习（第 {made.number} 组）"
