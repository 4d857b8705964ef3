"""Questions on ranges (20秒至60秒) and times of day (17:00): values that are no single measure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from ..exact import decimal, exact
from .corpus import Article, Corpus, Line
from .drafts import GAP, Draft, Turns, choice, scope, value

_UNITS = "个工作日|工作日|分钟|小时|周岁|厘米|毫升|公里|%|秒|天|日|年|元|岁|次|人|倍|件|通|分|米"
_RANGE = re.compile(
    rf"(?P<low>[0-9]+(?:\.[0-9]+)?)(?P<gap>\s?)(?P<first>{_UNITS})?(?P<to>至|到|—|–|～)"
    rf"(?P<high>[0-9]+(?:\.[0-9]+)?)\s?(?P<unit>{_UNITS})"
)
_CLOCK = re.compile(r"(?<![0-9:])(?P<hour>[0-9]{1,2}):(?P<minute>00|15|30|45)(?![0-9:])")
_DATE = re.compile(r"[0-9]\s?[月年]\s?$")
_TRUE_ELSEWHERE = 0.4
_LEAD = 4
"""Characters before a gap, from which it is clear what is asked."""

_DAY = 24 * 60
_HOURS = (-120, -60, -30, 30, 60, 120)
"""Minutes by which a wrong time of day differs."""


class Span(NamedTuple):
    """``line.text[start:end]`` as it sorts, and how others of its sort are written."""

    start: int
    end: int
    low: Fraction
    high: Fraction
    form: str
    """The text with ``{}`` for each number; '' for a time of day."""


def spans(line: Line) -> list[Span]:
    """The ranges and times of a line that occur in it once."""
    found = [*_ranges(line.text), *_clocks(line.text)]
    return [each for each in found if line.text.count(line.text[each.start : each.end]) == 1]


def _ranges(text: str) -> Iterator[Span]:
    for m in _RANGE.finditer(text):
        low, high = exact(m["low"]), exact(m["high"])
        mixed = m["first"] is not None and m["first"] != m["unit"]
        if low is None or high is None or not 0 < low < high or mixed:
            continue
        if not _DATE.search(text[: m.start()]):
            first = f"{m['gap']}{m['first']}" if m["first"] else ""
            form = f"{{}}{first}{m['to']}{{}}{m['gap']}{m['unit']}"
            yield Span(m.start(), m.end(), low, high, form)


def _clocks(text: str) -> Iterator[Span]:
    for m in _CLOCK.finditer(text):
        minutes = Fraction(60 * int(m["hour"]) + int(m["minute"]))
        if 0 < minutes < _DAY:
            yield Span(m.start(), m.end(), minutes, minutes, "")


def single(corpus: Corpus, line: Line, turns: Turns) -> Draft | None:
    """Which range, or which time? In their order."""
    for each in spans(line):
        written = line.text[each.start : each.end]
        below, above = _around(corpus, line, each)
        size = min(len(below), len(above), 3)
        if size < 2 or written in scope(line) or each.start < _LEAD:
            continue
        place = turns.next(f"rank {size}", size + 1)
        texts = [*below[:place][::-1], written, *above[: size - place]]
        stem = f"{scope(line)}{line.text[: each.start]}{GAP}{line.text[each.end :]}。"
        answer = "ABCD"[texts.index(written)]
        seed = f"{line.text}@{each.start}"
        made = value("single", line.article, seed, stem, options=choice(texts), answer=answer)
        return Draft(made, line.source, line.article, stem, (line,), written)
    return None


def _around(corpus: Corpus, line: Line, each: Span) -> tuple[list[str], list[str]]:
    """Wrong ones that come before it and after it, the nearest first."""
    wrong = sorted(set(_clock_steps(each) if not each.form else _range_steps(corpus, line, each)))
    texts = [(pair, _written(each, pair)) for pair in wrong if pair != (each.low, each.high)]
    fit = [(pair, text) for pair, text in texts if not _may_be_true(corpus, line, text)]
    below = [text for pair, text in fit if pair < (each.low, each.high)]
    return below[::-1], [text for pair, text in fit if pair > (each.low, each.high)]


def _clock_steps(each: Span) -> Iterator[tuple[Fraction, Fraction]]:
    for step in _HOURS:
        if 0 < each.low + step < _DAY:
            yield each.low + step, each.low + step


def _range_steps(corpus: Corpus, line: Line, each: Span) -> Iterator[tuple[Fraction, Fraction]]:
    """Its halves and doubles, its neighbours, and what other articles have in this form."""
    low, high = each.low, each.high
    width = high - low
    steps = [(low / 2, high / 2), (low * 2, high * 2), (high, high + width), (low - width, low)]
    steps += [(low + width / 2, high + width / 2), (low - width / 2, high - width / 2)]
    steps += [
        (other.low, other.high)
        for other, article in lent(corpus)
        if other.form == each.form and article.lends(line.article) and _near(other, each)
    ]
    for one, two in steps:
        if 0 < one < two and _round(one) and _round(two) and not ("%" in each.form and two > 100):
            yield one, two


def _round(amount: Fraction) -> bool:
    """Is it a number that a rule would name?"""
    return amount.denominator == 1 and (amount < 10 or amount % 5 == 0)


def _near(one: Span, other: Span) -> bool:
    return (
        other.low / 4 <= one.low <= other.low * 4 and other.high / 4 <= one.high <= other.high * 4
    )


def lent(corpus: Corpus) -> tuple[tuple[Span, Article], ...]:
    """Every range of the base and whose it is."""
    if corpus.spans is None:
        corpus.spans = tuple(
            (span, line.article) for line in corpus.all() for span in _ranges(line.text)
        )
    return corpus.spans


def _written(each: Span, pair: tuple[Fraction, Fraction]) -> str:
    if each.form:
        return each.form.format(decimal(pair[0]), decimal(pair[1]))
    hour, minute = divmod(int(pair[0]), 60)
    return f"{hour}:{minute:02d}"


def _may_be_true(corpus: Corpus, line: Line, text: str) -> bool:
    """Does this article have the words, or a line that says something like this?"""
    if text in line.article.body:
        return True
    return any(text in near.text for near in corpus.alike(line, _TRUE_ELSEWHERE))


def changed(corpus: Corpus, line: Line, turn: int) -> str | None:
    """The sentence with another range or time, which is then false."""
    for each in spans(line):
        below, above = _around(corpus, line, each)
        nearest = [*below[:2], *above[:2]]
        if nearest:
            other = nearest[turn % len(nearest)]
            return line.text[: each.start] + other + line.text[each.end :]
    return None
