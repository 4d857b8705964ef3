"""Statistics of a paper and its items, as Moodle computes them.

Source of every formula: ``question/classes/statistics/questions/calculator.php`` and
``mod/quiz/report/statistics/classes/calculator.php`` of Moodle. S = attempts, P = items,
x = mark on an item, T = an attempt's total, y = T − x. Variances and covariances divide by
S − 1. Sums are exact (integers after scaling); floating point begins at the square roots.
Nothing is clamped; what is undefined is None.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from .errors import BadScores
from .exact import decimal, exact, plain

MAX_ITEMS, MAX_ATTEMPTS = 2_000, 200_000
MAX_CELLS = 5_000_000

_MAXIMUM = "max"


@dataclass(frozen=True, slots=True)
class Scores:
    """Marks of attempts (rows) on items (columns); ``maxima`` are the most an item can bring."""

    keys: tuple[str, ...]
    maxima: tuple[Fraction, ...]
    rows: tuple[tuple[Fraction, ...], ...]


def read(text: str) -> Scores:
    """The table of a CSV text: header ``attempt,KEY…``, a first row ``max`` if there is one.

    An empty cell is a question without an answer: 0. Raises BadScores, which names the line.
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    keys: tuple[str, ...] = ()
    maxima: tuple[Fraction, ...] | None = None
    found: list[tuple[Fraction, ...]] = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if not keys:
                keys = _keys(row, rows.line_num)
                continue
            marks = _marks(row, keys, rows.line_num)
            if row[0].strip().lower() == _MAXIMUM:
                if found or maxima:
                    raise BadScores("满分行（max）只能有一行，并且是第一行。", rows.line_num)
                maxima = marks
            else:
                found.append(marks)
            if len(found) > MAX_ATTEMPTS or len(found) * len(keys) > MAX_CELLS:
                raise BadScores(f"数据太多：最多 {MAX_ATTEMPTS} 次作答、{MAX_CELLS} 格。")
    except csv.Error:
        raise BadScores("不是 CSV：引号没有配对，或一格太长。", rows.line_num) from None
    if not keys:
        raise BadScores("文件是空的：第一行应为 attempt,题号1,题号2,…。")
    return Scores(keys, maxima or (Fraction(1),) * len(keys), tuple(found))


def _keys(row: Sequence[str], line: int) -> tuple[str, ...]:
    keys = tuple(cell.strip() for cell in row)
    if keys[0].lower() != "attempt" or len(keys) < 2:
        raise BadScores("表头应为 attempt,题号1,题号2,…。", line)
    if len(keys) - 1 > MAX_ITEMS:
        raise BadScores(f"题目太多：最多 {MAX_ITEMS} 道。", line)
    for place, key in enumerate(keys[1:], 1):
        if not key:
            raise BadScores(f"表头第 {place + 1} 格是空的。", line)
        if key in keys[1:place]:
            raise BadScores(f"题号 {key[:40]} 重复。", line)
    return keys[1:]


def _marks(row: Sequence[str], keys: Sequence[str], line: int) -> tuple[Fraction, ...]:
    if len(row) != len(keys) + 1:
        raise BadScores(f"应有 {len(keys) + 1} 格，现在有 {len(row)} 格。", line)
    marks = []
    for key, cell in zip(keys, row[1:], strict=True):
        mark = _mark(cell)
        if mark is None:
            raise BadScores(f"{key[:40]} 的得分“{cell.strip()[:20]}”不是可用的数。", line)
        marks.append(mark)
    return tuple(marks)


@lru_cache(maxsize=65_536)
def _mark(cell: str) -> Fraction | None:
    """What a cell says; None for what is no mark of any exam. Marks repeat: hence the cache."""
    mark = exact(cell) if cell.strip() else Fraction(0)
    fit = mark is not None and abs(mark) <= 10**9 and mark.denominator <= 10**12
    return mark if fit else None


def statistics(scores: Scores) -> dict[str, Any]:
    """The figures as JSON: ``attempts``, ``paper``, ``items``."""
    scale = math.lcm(*{mark.denominator for row in scores.rows for mark in row})
    columns = _columns(scores, scale)
    totals = [sum(row) for row in zip(*columns, strict=True)]
    spread = covariance(totals, totals)
    found = [_Spread.of(column, totals, spread) for column in columns]
    weights = _effective_weights([each.with_total for each in found])
    items = {
        key: _item(column, totals, maximum, scale, each) | {"effective_weight": weight}
        for key, column, maximum, weight, each in zip(
            scores.keys, columns, scores.maxima, weights, found, strict=True
        )
    }
    return {
        "attempts": len(scores.rows),
        "paper": _paper([each.own for each in found], totals, spread, scale),
        "items": items,
    }


@dataclass(frozen=True, slots=True)
class _Spread:
    """Variances and covariances of an item x, the total T and the rest y = T − x."""

    own: Fraction | None
    with_total: Fraction | None
    with_rest: Fraction | None
    of_rest: Fraction | None

    @classmethod
    def of(cls, column: Sequence[int], totals: Sequence[int], spread: Fraction | None) -> _Spread:
        """cov(x, y) = cov(x, T) − var x; var y = var T − 2 cov(x, T) + var x."""
        own, whole = covariance(column, column), covariance(column, totals)
        if own is None or whole is None or spread is None:
            return cls(None, None, None, None)
        return cls(own, whole, whole - own, spread - 2 * whole + own)


def _columns(scores: Scores, scale: int) -> list[list[int]]:
    """Marks of each item, as whole multiples of 1/scale."""
    if not scores.rows:
        return [[] for _ in scores.keys]
    return [
        [mark.numerator * (scale // mark.denominator) for mark in column]
        for column in zip(*scores.rows, strict=True)
    ]


# An item


def _item(
    column: Sequence[int],
    totals: Sequence[int],
    maximum: Fraction,
    scale: int,
    spread: _Spread,
) -> dict[str, Any]:
    return {
        "facility": _facility(column, maximum, scale),
        "sd": None if spread.own is None else math.sqrt(spread.own) / scale,
        "discrimination_index": _discrimination(spread),
        "discriminative_efficiency": _efficiency(column, totals, spread),
    }


def _facility(column: Sequence[int], maximum: Fraction, scale: int) -> float | int | None:
    """mean(x) ÷ maximum mark."""
    if not column or maximum == 0:
        return None
    return plain(Fraction(sum(column), len(column) * scale) / maximum)


def _discrimination(spread: _Spread) -> float | None:
    """100 · cov(x, y) ÷ √(var x · var y): the item–rest correlation, not upper minus lower 27 %."""
    together, own, rest = spread.with_rest, spread.own, spread.of_rest
    if together is None or own is None or rest is None or not own * rest:
        return None
    return 100 * _signed_root(together * abs(together) / (own * rest))


def _efficiency(column: Sequence[int], totals: Sequence[int], spread: _Spread) -> float | None:
    """100 · cov(x, y) ÷ covmax; covmax = the covariance with x and y each sorted."""
    rest = sorted(total - mark for total, mark in zip(totals, column, strict=True))
    most = covariance(sorted(column), rest)
    return None if spread.with_rest is None or not most else float(100 * spread.with_rest / most)


def _effective_weights(found: Sequence[Fraction | None]) -> list[float | None]:
    """100 · √cov(x, T) ÷ Σ √cov(x, T) over the items whose covariance is not negative."""
    roots = [None if each is None or each < 0 else math.sqrt(each) for each in found]
    whole = math.fsum(root for root in roots if root is not None)
    return [None if root is None or not whole else 100 * root / whole for root in roots]


# The paper


def _paper(
    variances: Sequence[Fraction | None],
    totals: Sequence[int],
    k2: Fraction | None,
    scale: int,
) -> dict[str, Any]:
    sd = None if k2 is None else math.sqrt(k2) / scale
    alpha = _alpha(variances, k2, len(totals))
    ratio = None if alpha is None else 100 * math.sqrt(1 - alpha / 100)
    return {
        "mean": plain(Fraction(sum(totals), len(totals) * scale)) if totals else None,
        "median": _median(totals, scale),
        "sd": sd,
        "skewness": _skewness(totals),
        "kurtosis": _kurtosis(totals),
        "alpha": None if alpha is None else float(alpha),
        "error_ratio": ratio,
        "standard_error": None if ratio is None or sd is None else ratio * sd / 100,
    }


def _alpha(
    variances: Sequence[Fraction | None], k2: Fraction | None, attempts: int
) -> Fraction | None:
    """Cronbach's α in percent: 100 · P/(P−1) · (1 − Σ var x ÷ k2); for S > 2 and P > 1.

    By Cauchy–Schwarz never above 100, and as negative as the data make it.
    """
    items = len(variances)
    if attempts <= 2 or items <= 1 or not k2:
        return None
    own = sum((each or Fraction(0) for each in variances), Fraction(0))
    return Fraction(100 * items, items - 1) * (1 - own / k2)


def _median(totals: Sequence[int], scale: int) -> float | int | None:
    """The middle total, or the mean of the middle two."""
    if not totals:
        return None
    ranked = sorted(totals)
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    return plain(Fraction(low + high, 2 * scale))


def _skewness(totals: Sequence[int]) -> float | None:
    """k3 ÷ k2^1.5, k3 = S² m3 ÷ ((S−1)(S−2)); for S > 2."""
    size = len(totals)
    k2 = covariance(totals, totals)
    if size <= 2 or not k2:
        return None
    k3 = size**2 * _moment(totals, 3) / ((size - 1) * (size - 2))
    return _signed_root(k3 * abs(k3) / k2**3)


def _kurtosis(totals: Sequence[int]) -> float | None:
    """k4 ÷ k2², k4 = S² ((S+1) m4 − 3 (S−1) m2²) ÷ ((S−1)(S−2)(S−3)); for S > 3."""
    size = len(totals)
    k2 = covariance(totals, totals)
    if size <= 3 or not k2:
        return None
    m2, m4 = _moment(totals, 2), _moment(totals, 4)
    k4 = size**2 * ((size + 1) * m4 - 3 * (size - 1) * m2**2)
    return float(k4 / ((size - 1) * (size - 2) * (size - 3)) / k2**2)


# Sums


def covariance(xs: Sequence[int], ys: Sequence[int]) -> Fraction | None:
    """Σ (x − x̄)(y − ȳ) ÷ (S − 1); None for fewer than two."""
    size = len(xs)
    if size < 2:
        return None
    products = sum(x * y for x, y in zip(xs, ys, strict=True))
    return Fraction(size * products - sum(xs) * sum(ys), size * (size - 1))


def _moment(values: Sequence[int], power: int) -> Fraction:
    """Σ (x − x̄)^power ÷ S."""
    size, whole = len(values), sum(values)
    return Fraction(sum((size * value - whole) ** power for value in values), size ** (power + 1))


def _signed_root(value: Fraction) -> float:
    return math.copysign(math.sqrt(abs(value)), value) if value else 0.0


# As a file


def write(scores: Scores, attempts: Sequence[object]) -> str:
    """The table as CSV; ``read`` gives back the same, as far as decimals can say it."""
    made = io.StringIO()
    rows = csv.writer(made, lineterminator="\n")
    rows.writerow(["attempt", *scores.keys])
    rows.writerow([_MAXIMUM, *map(decimal, scores.maxima)])
    for name, marks in zip(attempts, scores.rows, strict=True):
        rows.writerow([str(name), *map(decimal, marks)])
    return made.getvalue()
