"""A drawn paper as it is printed: parts by kind, as Chinese papers have them. Pure.

for part in parts(drawn):
    part.heading                     # 一、单选题（每题2分，共20分）
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .drawing import Drawn
from .exact import decimal
from .kept import question_of
from .questions import KINDS, Question

NUMERALS = "一二三四五六七八"
"""One for each kind there is."""


@dataclass(frozen=True, slots=True)
class Printed:
    """``number`` counts from 1 within the part; ``worth`` is said where the points differ."""

    number: int
    question: Question
    points: Fraction
    worth: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The questions of one kind."""

    kind: str
    heading: str
    questions: Sequence[Printed]


def parts(drawn: Sequence[Drawn]) -> list[Part]:
    """In the order of the kinds, in each in the order they were drawn."""
    by_kind: dict[str, list[Drawn]] = defaultdict(list)
    for each in drawn:
        by_kind[each.version.content["kind"]].append(each)
    there = [kind for kind in KINDS if kind in by_kind]
    return [
        _part(numeral, kind, by_kind[kind]) for numeral, kind in zip(NUMERALS, there, strict=False)
    ]


def _part(numeral: str, kind: str, drawn: Sequence[Drawn]) -> Part:
    worths = {each.points for each in drawn}
    total = decimal(sum((each.points for each in drawn), Fraction(0)))
    same = len(worths) == 1
    rule = f"每题{decimal(worths.pop())}分" if same else f"{len(drawn)}题"
    return Part(
        kind,
        f"{numeral}、{KINDS[kind]}（{rule}，共{total}分）",
        [
            Printed(
                number,
                question_of(one.version),
                one.points,
                "" if same else f"（{decimal(one.points)}分）",
            )
            for number, one in enumerate(drawn, 1)
        ],
    )
