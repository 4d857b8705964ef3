"""A question of any kind, as every part of the package passes it around.

    question = read({"key": "q1", "kind": "judge", "stem": "退票免费。", "answer": False})
    question.as_dict()

Reading checks everything; a :class:`Question` that exists can be shown, graded and exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from .exact import plain

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "single": "单选题",
        "multiple": "多选题",
        "judge": "判断题",
        "blank": "填空题",
        "number": "数值题",
        "order": "排序题",
        "match": "匹配题",
        "essay": "问答题",
    }
)
"""Kinds of question and what people call them."""

DIFFICULTIES: Mapping[str, str] = MappingProxyType({"easy": "易", "medium": "中", "hard": "难"})

POLICIES: Mapping[str, str] = MappingProxyType(
    {
        "exact": "全对才得分",
        "partial": "少选得部分分，有错选不得分",
        "half": "少选得一半，有错选不得分",
        "fractions": "按选项分值",
    }
)
"""How a question of several parts is marked. Without one: a multiple choice and an order are
all or nothing, blanks and pairs count one by one."""


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen, put in order, or (for a match) is a right side without a left one.

    ``fraction``: the share of the points that choosing it brings, for the policy ``fractions``.
    """

    key: str
    text: str
    fraction: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """``value`` ± ``tolerance``, both in ``unit`` ('' = none)."""

    value: Fraction
    tolerance: Fraction = Fraction(0)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """What an essay should say: any of ``words`` speaks for it."""

    words: tuple[str, ...]
    points: Fraction


@dataclass(frozen=True, slots=True)
class Source:
    """The evidence: ``quote == body[start:end]`` of a revision of an article."""

    article: str
    revision: int | None = None
    start: int | None = None
    end: int | None = None
    quote: str = ""


Answer = (
    str
    | bool
    | tuple[str, ...]
    | tuple[tuple[str, ...], ...]
    | tuple[tuple[str, str], ...]
    | Number
    | tuple[Point, ...]
)
"""single: a key; judge: a bool; multiple and order: keys; blank: accepted forms of each blank;
number: a Number; match: (left, right) pairs; essay: Points."""


@dataclass(frozen=True, slots=True)
class Question:
    """One checked question; make it with ``exams.reading.read``.

    ``difficulty`` and ``policy`` are '' where nothing was said. ``strict``: blanks are compared
    letter by letter.
    """

    key: str
    kind: str
    stem: str
    answer: Any
    options: tuple[Option, ...] = ()
    points: Fraction = Fraction(1)
    difficulty: str = ""
    topics: tuple[str, ...] = ()
    policy: str = ""
    explanation: str = ""
    source: Source | None = None
    strict: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The question as JSON; what was not said is left out."""
        found: dict[str, Any] = {"key": self.key, "kind": self.kind, "stem": self.stem}
        if self.options:
            found["options"] = [_option(option) for option in self.options]
        found["answer"] = _answer(self.answer)
        found["points"] = plain(self.points)
        for name in ("difficulty", "policy", "explanation"):
            if value := getattr(self, name):
                found[name] = value
        if self.topics:
            found["topics"] = list(self.topics)
        if self.strict:
            found["strict"] = True
        if self.source:
            found["source"] = _source(self.source)
        return found

    def texts(self) -> dict[str, str]:
        """{option key: its text}"""
        return {option.key: option.text for option in self.options}


def _option(option: Option) -> dict[str, Any]:
    found: dict[str, Any] = {"key": option.key, "text": option.text}
    if option.fraction is not None:
        found["fraction"] = plain(option.fraction)
    return found


def _answer(answer: Any) -> Any:
    if isinstance(answer, Number):
        found: dict[str, Any] = {"value": plain(answer.value)}
        if answer.tolerance:
            found["tolerance"] = plain(answer.tolerance)
        if answer.unit:
            found["unit"] = answer.unit
        return found
    if isinstance(answer, Pairs):
        return dict(answer)
    if isinstance(answer, tuple):
        return [_answer(part) for part in answer]
    if isinstance(answer, Point):
        return {"words": list(answer.words), "points": plain(answer.points)}
    return answer


class Pairs(tuple[tuple[str, str], ...]):
    """(left, right) pairs of a match, in the order they are shown."""

    __slots__ = ()


def _source(source: Source) -> dict[str, Any]:
    named = {name: getattr(source, name) for name in Source.__slots__}
    return {name: value for name, value in named.items() if value not in (None, "")}
