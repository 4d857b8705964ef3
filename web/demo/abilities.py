"""How the demo's people answer questions: a stated model, the same every time. Pure.

The chance that somebody is right is ``c + (1 − c) · logistic(θ − b)`` (Rasch, with guessing):

- θ, ability: ``BY_GRADE`` of the person's grade plus a normal draw of ``SPREAD`` by their number.
  Nothing else of a person enters: no name, no team, no sex, no age.
- b, hardness: by the label (易 −1.2, 中 0, 难 1.2) plus a normal draw of ``NOISE`` by the key of
  the question.
- c, guessing: ½ for judge questions, 1 ÷ options for single choice, 0 for all that is typed or
  put in order.

Whoever does not know chooses among the wrong options, each of which has its own pull; types a
value near the right one; leaves one point out; turns two neighbours round. Seconds are
log-normal around ``SECONDS`` of the kind, times a pace of the person. ``doubtful`` questions are
answered rightly by ``DOUBTFUL`` of all, whatever their ability, and missed by the same wrong
option: that is what a wrong key looks like.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from exams.exact import plain
from exams.questions import Question

SEED = "知席演示考试"
BY_GRADE: Mapping[str, float] = MappingProxyType(
    {"见习座席": 0.3, "一级座席": 0.9, "二级座席": 1.6, "三级座席": 2.1}
)
OTHERS = 1.3
"""θ of people without a grade, who do not answer the telephone."""
SPREAD, NOISE = 0.4, 0.5
HARDNESS: Mapping[str, float] = MappingProxyType({"easy": -1.2, "medium": 0.0, "hard": 1.2})
SECONDS: Mapping[str, float] = MappingProxyType(
    {
        "judge": 15,
        "single": 26,
        "multiple": 38,
        "blank": 34,
        "number": 30,
        "order": 55,
        "match": 60,
        "essay": 330,
    }
)
DOUBTFUL = 0.35
OMITTED = 0.12
"""Of what somebody does not know and would have to type: left empty."""
POINT = 0.9
"""A point of an essay is that much easier than the whole."""


@dataclass(frozen=True, slots=True)
class Sitter:
    """Somebody who answers; ``pace``: 1 = as fast as most, 2 = needs twice the time."""

    number: str
    theta: float
    pace: float


@dataclass(frozen=True, slots=True)
class Said:
    """``response`` as ``exams.grade`` takes it, None = nothing; after so many seconds."""

    response: Any
    seconds: float


def sitter(number: str, grade: str) -> Sitter:
    chance = _chance("考生", number)
    theta = BY_GRADE.get(grade, OTHERS) + chance.gauss(0, SPREAD)
    return Sitter(number, theta, math.exp(chance.gauss(0, 0.18)))


def hardness(question: Question) -> float:
    return HARDNESS.get(question.difficulty, 0.0) + _chance("题", question.key).gauss(0, NOISE)


def guessing(question: Question) -> float:
    if question.kind == "judge":
        return 0.5
    return 1 / len(question.options) if question.kind == "single" else 0.0


def rightly(theta: float, question: Question) -> float:
    """The chance of a right answer, 0–1."""
    c = guessing(question)
    return c + (1 - c) * _logistic(theta - hardness(question))


def answer(who: Sitter, question: Question, occasion: str, *, doubtful: bool = False) -> Said:
    """What somebody answers on an occasion (the title of an exam, a day of practice)."""
    chance = _chance("答", occasion, who.number, question.key)
    seconds = SECONDS[question.kind] * who.pace * math.exp(chance.gauss(0, 0.35))
    if question.kind == "essay":
        return Said(_essay(who, question, chance), seconds)
    share = DOUBTFUL if doubtful else rightly(who.theta, question)
    if chance.random() < share:
        return Said(_right(question), seconds)
    if question.kind in ("blank", "number", "order", "match") and chance.random() < OMITTED:
        return Said(None, seconds)
    return Said(_wrong(question, chance, doubtful), seconds)


def _right(question: Question) -> Any:
    given = question.answer
    if question.kind == "blank":
        return [forms[0] for forms in given]
    if question.kind == "number":
        return f"{plain(given.value)}{given.unit}"
    if question.kind == "match":
        return dict(given)
    return list(given) if isinstance(given, tuple) else given


def _wrong(question: Question, chance: random.Random, doubtful: bool) -> Any:
    right = _right(question)
    if question.kind == "judge":
        return not right
    if question.kind == "single":
        return lure(question) if doubtful else _chosen(question, chance)
    if question.kind == "multiple":
        return _too_few_or_many(question, right, chance)
    if question.kind == "blank":
        missed = chance.randrange(len(right))
        return [_near(text, chance) if n == missed else text for n, text in enumerate(right)]
    if question.kind == "number":
        return f"{plain(_other(question.answer.value, chance))}{question.answer.unit}"
    if question.kind == "match":
        return _two_rights_turned(right, chance)
    return _turned(right, chance)


def lure(question: Question) -> str:
    """The wrong option that draws the most people."""
    return max(_pulls(question), key=lambda each: each[1])[0]


def _pulls(question: Question) -> list[tuple[str, float]]:
    """(wrong option, how strongly it draws): some hardly anybody takes."""
    wrong = [option.key for option in question.options if option.key != question.answer]
    chance = _chance("干扰项", question.key)
    return [(key, chance.choice((1.0, 2.0, 4.0))) for key in wrong]


def _chosen(question: Question, chance: random.Random) -> str:
    keys, pulls = zip(*_pulls(question), strict=True)
    return str(chance.choices(keys, pulls)[0])


def _too_few_or_many(question: Question, right: Sequence[str], chance: random.Random) -> list[str]:
    wrong = [option.key for option in question.options if option.key not in right]
    if wrong and (len(right) < 2 or chance.random() < 0.4):
        return [*right, chance.choice(wrong)]
    left_out = chance.choice(right)
    return [key for key in right if key != left_out]


_DIGITS = re.compile(r"\d+")


def _near(text: str, chance: random.Random) -> str:
    """The text with another number in it; where it has none, something unsure."""
    found = _DIGITS.search(text)
    if found is None:
        return chance.choice(("不清楚", "按车站公告", "以系统显示为准"))
    value = plain(_other(Fraction(found[0]), chance))
    return f"{text[: found.start()]}{value}{text[found.end() :]}"


def _other(value: Fraction, chance: random.Random) -> Fraction:
    """Another value of the size: half of it, twice it, a step more or less."""
    step = Fraction(10) if value >= 20 else Fraction(1)
    near = [value * 2, value + step, value - step]
    if value.denominator == 1 and value % 2 == 0:
        near.append(value / 2)
    return chance.choice([each for each in near if each > 0 and each != value])


def _turned(keys: Sequence[str], chance: random.Random) -> list[str]:
    place = chance.randrange(len(keys) - 1)
    found = list(keys)
    found[place : place + 2] = found[place + 1], found[place]
    return found


def _two_rights_turned(pairs: Mapping[str, str], chance: random.Random) -> dict[str, str]:
    lefts = list(pairs)
    place = chance.randrange(len(lefts) - 1)
    one, other = lefts[place], lefts[place + 1]
    return dict(pairs) | {one: pairs[other], other: pairs[one]}


_BULLET = re.compile(r"^\s*[·•\-\d.、]+\s*", re.MULTILINE)
ORDINALS = ("一是", "二是", "三是", "四是", "五是", "六是", "七是", "八是")


def _essay(who: Sitter, question: Question, chance: random.Random) -> str | None:
    """The points that come to mind, in one's own order, as they stand in the explanation."""
    said = [_BULLET.sub("", line).strip() for line in question.explanation.splitlines()]
    points = [line for line in said if line] or [point.words[0] for point in question.answer]
    share = _logistic(who.theta - hardness(question) + POINT)
    known = [point for point in points if chance.random() < share]
    if not known:
        return None if chance.random() < 0.5 else "记不全了，要查条目再答复旅客。"
    shorter = [_halved(point) if chance.random() < 0.3 else point for point in known]
    return "\n".join(
        f"{ordinal}{point}。" for ordinal, point in zip(ORDINALS, shorter, strict=False)
    )


def _halved(text: str) -> str:
    """Only the first part of what stands there."""
    return re.split(r"[，；。：]", text)[0]


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _chance(*names: str) -> random.Random:
    return random.Random("\n".join((SEED, *names)))  # noqa: S311 (invented)
