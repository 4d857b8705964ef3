"""Questions on values: time limits, amounts, rates, counts, thresholds."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from kb.text.numbers import measured, number

from ..answers import normal
from ..exact import decimal, plain
from .corpus import Corpus, Line, Value, overlap
from .drafts import GAP, Draft, Turns, chance, choice, scope, value, worded

ALIKE = 0.6
"""Lines that share this much say the same of something; then the key has two places."""

TRUE_ELSEWHERE = 0.4
"""A line with the distractor's value that shares this much might make it true."""

_STEPS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 20, 24, 25, 30, 36, 40, 45, 48, 50, 60, 70, 72)
_LADDER = sorted({*_STEPS, 75, 80, 90, 95, *(s * f for s in _STEPS for f in (10, 100, 1000))})
_COUNTS = frozenset("张人次件条项种节座排等步级辆点分位名个遍")
_A_YEAR = 1900
"""From here on a number before 年 names a year and counts none."""

_RANGE_BEFORE = re.compile(
    r"(?:[至到—–~～\-]|[约近第逾]|[0-9一二三四五六七八九十]\s*\w{1,2}[、或和及])\s*$"
)
_RANGE_AFTER = re.compile(r"\s*(?:[至到—–~～\-、或和及]\s*[0-9一二三四五六七八九十两]|左右|多|来)")
_RULED = re.compile(r"(?:每[天日周月年人份通]|至少|最多|须|限|只能|必须|不超过)[^，；。]{0,8}$")
_FROM = re.compile(r"\s*(?:（含）|\(含\))?\s*(?:以上|及以上|起)")
_AT_LEAST = re.compile(r"(?:至少|不少于|不低于|(?<!未)满|(?<!不)超过|(?<!不)高于|大于|最少)\s*$")
_AT_MOST = re.compile(r"(?:不超过|不多于|最多|不足|未满|低于|少于|至多|小于|限)\s*$")
_UP_TO = re.compile(r"\s*(?:（含）|\(含\))?\s*(?:以下|以内|之内|内|及以下)")


def asked_for(line: Line) -> list[Value]:
    """The values of a line that a question can be about."""
    if len(line.values) > 4:
        return []
    return [each for each in line.values if _worth(line, each)]


def _worth(line: Line, each: Value) -> bool:
    amount = number(each.numeral)
    if amount is None or amount <= 0 or (amount == 1 and each.unit in _COUNTS):
        return False
    if (each.unit == "年" and amount >= _A_YEAR) or (each.unit in _COUNTS and amount >= 1000):
        return False
    if line.text[: each.start].rstrip().endswith("每") and amount <= 1:
        return False
    if amount == 1 and not _UP_TO.match(line.text[each.end :]):
        return False
    ruled = each.numeral[0].isdigit() or _RULED.search(line.text[: each.start])
    if each.unit in _COUNTS and not ruled:
        return False
    if _RANGE_BEFORE.search(line.text[: each.start]) or _RANGE_AFTER.match(line.text[each.end :]):
        return False
    before = line.text[: each.start]
    if before.endswith(("只有", "一半的")):
        return False  # an illustration, no rule
    if before.count("“") > before.count("”") or (each.unit == "日" and before.endswith("月")):
        return False
    said = scope(line) + line.text
    same = [other for other in line.values if other.measure == each.measure]
    written = line.text[each.start : each.end]
    return (
        len(same) == 1 and said.count(written) == 1 and normal(written) not in normal(scope(line))
    )


def single(corpus: Corpus, line: Line, each: Value, turns: Turns) -> Draft | None:
    """Which value is it? Three or four values of the same unit, ascending."""
    seed = f"{line.text}@{each.start}"
    wrong = _around(corpus, line, each, turns)
    if len(wrong) < 2:
        return None
    amounts = sorted([*wrong, _amount(each)])
    options = choice([_written(amount, each) for amount in amounts])
    answer = "ABCD"[amounts.index(_amount(each))]
    stem = scope(line) + _gapped(line, each, "") + "。"
    if _bound(line, each):
        stem += worded(line.article, "（填规定的界限）")
    made = value("single", line.article, seed, stem, options=options, answer=answer)
    return Draft(made, line.source, line.article, stem, (line,), fact_of(each))


def recall(line: Line, each: Value) -> Draft:
    """What is the number? Its unit stays in the stem."""
    stem = scope(line) + _gapped(line, each, each.gap + each.unit) + "。"
    answer = {"value": plain(_amount(each)), "unit": each.unit}
    made = value("number", line.article, f"{line.text}@{each.start}", stem, answer=answer)
    return Draft(made, line.source, line.article, stem, (line,), fact_of(each))


def false_by_value(corpus: Corpus, line: Line, each: Value) -> str | None:
    """The sentence with another value, which is then false whichever way it is read.

    Of 8天以上免费 the change to 10天以上 would still be true; so a lower bound only falls and an
    upper bound only rises.
    """
    wrong = distractors(corpus, line, each)
    amount = _amount(each)
    before, after = line.text[: each.start], line.text[each.end :]
    bound = _bound(line, each)
    if bound:
        wrong = [other for other in wrong if (other < amount) == (bound == "lower")]
    if not wrong:
        return None
    chosen = wrong[chance(line.text, "judge") % min(len(wrong), 3)]
    return before + _written(chosen, each) + after


def _bound(line: Line, each: Value) -> str:
    """Is the value a ``lower`` or an ``upper`` bound, or neither ('')?"""
    before, after = line.text[: each.start], line.text[each.end :]
    if _FROM.match(after) or _AT_LEAST.search(before):
        return "lower"
    return "upper" if _UP_TO.match(after) or _AT_MOST.search(before) else ""


def filled(line: Line, each: Value) -> Draft:
    """What stands in the gap, number and unit?"""
    stem = scope(line) + _gapped(line, each, "") + "。"
    answer = [[line.text[each.start : each.end]]]
    made = value("blank", line.article, f"{line.text}@{each.start}", stem, answer=answer)
    return Draft(made, line.source, line.article, stem, (line,), fact_of(each))


def fact_of(each: Value) -> str:
    """What an answer with the value states: the same for 30天 and 三十天."""
    return f"{each.measure.value} {each.measure.unit}"


def _gapped(line: Line, each: Value, unit: str) -> str:
    return line.text[: each.start] + GAP + unit + line.text[each.end :]


def _amount(each: Value) -> Fraction:
    found = number(each.numeral)
    assert found is not None
    return found


def _around(corpus: Corpus, line: Line, each: Value, turns: Turns) -> list[Fraction]:
    """Two or three distractors, so that the key stands where its turn is; else fewer."""
    wrong = distractors(corpus, line, each)
    amount = _amount(each)
    below, above = [w for w in wrong if w < amount], [w for w in wrong if w > amount]
    # Only where every place is possible: small numbers would else always come first.
    size = min(len(below), len(above), 3)
    if size < 2:
        return []
    place = turns.next(f"rank {size}", size + 1)
    return below[:place] + above[: size - place]


def distractors(corpus: Corpus, line: Line, each: Value) -> list[Fraction]:
    """Values of the same unit that are not true here, the most plausible first.

    First those that other articles state, as far as the readers of this one may read them, then
    the usual steps; within a factor of five, as
    precise as the key, and nowhere in this article.
    """
    amount = _amount(each)
    lent = (v for v, article in corpus.units[each.unit] if article.lends(line.article))
    stated = {number(v.numeral) for v in lent} - {None, amount}
    usual = [Fraction(step) for step in _LADDER]
    ranked = sorted((v for v in stated if v is not None), key=lambda v: _far(v, amount))
    ranked += sorted((v for v in usual if v not in stated), key=lambda v: _far(v, amount))
    return [
        other
        for other in ranked
        if other != amount
        and _far(other, amount) <= math.log(5)
        and _as_precise(other, amount)
        and not (each.unit == "%" and other > 100 >= amount)
        and not _may_be_true(corpus, line, each, other)
    ]


def _far(other: Fraction, amount: Fraction) -> float:
    return abs(math.log(other / amount)) if other > 0 else math.inf


def _as_precise(other: Fraction, amount: Fraction) -> bool:
    """Whole numbers beside whole ones, round ones beside round ones."""
    if (other.denominator == 1) != (amount.denominator == 1):
        return False
    steps = ((10, 5), (100, 10), (200, 50), (1000, 100))
    return all(other % step == 0 for least, step in steps if amount >= least and amount % step == 0)


def _may_be_true(corpus: Corpus, line: Line, each: Value, other: Fraction) -> bool:
    """Is the other value stated in this article, or in a line that says something like this?"""
    measure = measured(other, each.unit)
    if measure is None:
        return True
    found = corpus.with_value(measure)
    return any(
        near.article.key == line.article.key or overlap(near.grams, line.grams) >= TRUE_ELSEWHERE
        for near in found
    )


_DIGITS = "零一二三四五六七八九"


def _written(amount: Fraction, each: Value) -> str:
    """The amount as the key is written: digits or Chinese numerals, the same gap and unit."""
    if each.numeral[0].isdigit():
        return decimal(amount) + each.gap + each.unit
    return chinese(amount.numerator) + each.gap + each.unit


def chinese(amount: int) -> str:
    """A whole number below 100 in Chinese numerals; larger ones in digits.

    >>> chinese(2), chinese(10), chinese(15), chinese(48)
    ('两', '十', '十五', '四十八')
    """
    if amount == 2:
        return "两"
    if amount >= 100:
        return str(amount)
    tens, ones = divmod(amount, 10)
    head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return head + (_DIGITS[ones] if ones or not tens else "")
