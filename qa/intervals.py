"""How far a figure from few calls can be trusted: intervals and sample sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from statistics import NormalDist
from typing import TypeVar

Unit = TypeVar("Unit")
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure from ``n`` units; the bounds are None where n is too small to give any."""

    value: float
    low: float | None
    high: float | None
    n: int

    def __str__(self) -> str:
        bounds = "" if self.low is None else f"（{self.low:.2f}–{self.high:.2f}）"
        return f"{self.value:.2f}{bounds}，n={self.n}"


def wilson(successes: int, n: int, confidence: float = CONFIDENCE) -> Estimate | None:
    """A share of n with its score interval; None for n = 0.

    Wilson, E. B. (1927), Journal of the American Statistical Association 22: 209–212.
    """
    if not 0 <= successes <= n:
        raise ValueError("0 ≤ successes ≤ n")
    if n == 0:
        return None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spare = successes / n, z * z / n
    middle = (share + spare / 2) / (1 + spare)
    half = z / (1 + spare) * math.sqrt(share * (1 - share) / n + spare / (4 * n))
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == n else min(1.0, middle + half)
    return Estimate(share, low, high, n)


def difference(
    first: tuple[int, int], second: tuple[int, int], confidence: float = CONFIDENCE
) -> Estimate | None:
    """The share of the first less that of the second, each (successes, n); None for an n of 0.

    The hybrid score interval: Newcombe, R. G. (1998), Interval estimation for the difference
    between independent proportions, Statistics in Medicine 17: 873–890, method 10. Its n is both.
    """
    one, two = wilson(*first, confidence), wilson(*second, confidence)
    if one is None or two is None:
        return None
    assert one.low is not None
    assert one.high is not None
    assert two.low is not None
    assert two.high is not None
    value = one.value - two.value
    low = value - math.hypot(one.value - one.low, two.high - two.value)
    high = value + math.hypot(one.high - one.value, two.value - two.low)
    return Estimate(value, max(-1.0, low), min(1.0, high), one.n + two.n)


def sample_size(
    margin: float, population: int | None = None, confidence: float = CONFIDENCE, share: float = 0.5
) -> int:
    """Calls to look at so that a share is known to ±``margin``, rounded up.

    Cochran, W. G. (1977), Sampling Techniques, 3rd ed., 4.4: n₀ = z²·p(1−p)/d², for a finite
    population n = n₀ / (1 + (n₀−1)/N).
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    endless = z * z * share * (1 - share) / (margin * margin)
    needed = endless if population is None else endless / (1 + (endless - 1) / population)
    size = math.ceil(needed - 1e-9)
    return size if population is None else min(size, population)


def mean(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate | None:
    """A mean with Student's interval; None without values."""
    n = len(values)
    if not n:
        return None
    middle = math.fsum(values) / n
    if n < 2:
        return Estimate(middle, None, None, n)
    error = math.sqrt(math.fsum((v - middle) ** 2 for v in values) / (n - 1) / n)
    half = student(0.5 + confidence / 2, n - 1) * error
    return Estimate(middle, middle - half, middle + half, n)


def weighted_mean(
    values: Sequence[float], weights: Sequence[float], confidence: float = CONFIDENCE
) -> Estimate | None:
    """A mean of values that stand for unequally many others; None without values.

    With weights 1/probability this is the estimator of Hájek (1971), its variance linearised
    and taken as with replacement: Särndal, Swensson & Wretman (1992), Model Assisted Survey
    Sampling, 5.7. With equal weights it is ``mean``.
    """
    n = len(values)
    if not n:
        return None
    whole = math.fsum(weights)
    middle = math.fsum(w * v for w, v in zip(weights, values, strict=True)) / whole
    if n < 2:
        return Estimate(middle, None, None, n)
    squares = math.fsum((w * (v - middle)) ** 2 for w, v in zip(weights, values, strict=True))
    half = student(0.5 + confidence / 2, n - 1) * math.sqrt(n / (n - 1) * squares) / whole
    return Estimate(middle, middle - half, middle + half, n)


def held(found: Estimate, scores: Sequence[float]) -> Estimate:
    """A mean of scores, its interval within what scores can be: 0–100, or as far as they went.

    Equal scores say nothing of how far others lie apart: then there is no interval.
    """
    if found.low is None or found.high is None or found.low == found.high:
        return Estimate(found.value, None, None, found.n)
    low, high = max(found.low, min(0.0, *scores)), min(found.high, max(100.0, *scores))
    return Estimate(found.value, low, high, found.n)


def jackknife(
    units: Sequence[Unit],
    statistic: Callable[[Sequence[Unit]], Fraction | None],
    confidence: float = CONFIDENCE,
) -> Estimate | None:
    """A coefficient with an interval from leaving out one unit at a time; None if undefined.

    Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 11; for agreement
    coefficients Gwet (2014), ch. 5. The bounds are None where leaving out a unit makes the
    coefficient undefined, or there are fewer than three units.
    """
    whole = statistic(units)
    if whole is None:
        return None
    n, value = len(units), float(whole)
    without = [statistic([*units[:k], *units[k + 1 :]]) for k in range(n)]
    left = [float(each) for each in without if each is not None]
    if n < 3 or len(left) < n:
        return Estimate(value, None, None, n)
    middle = math.fsum(left) / n
    error = math.sqrt((n - 1) / n * math.fsum((each - middle) ** 2 for each in left))
    half = student(0.5 + confidence / 2, n - 1) * error
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), n)


@lru_cache(maxsize=4_096)
def student(probability: float, freedom: int) -> float:
    """The quantile of Student's t; above one half only, to about nine digits."""
    if not 0.5 <= probability < 1 or freedom < 1:
        raise ValueError("0.5 ≤ probability < 1, freedom ≥ 1")
    low, high = 0.0, 1.0
    while _student_below(high, freedom) < probability:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        if _student_below(middle, freedom) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _student_below(t: float, freedom: int) -> float:
    """The finite sums of Abramowitz & Stegun (1964), 26.7.3 and 26.7.4."""
    angle = math.atan2(t, math.sqrt(freedom))
    cos2, term, total = math.cos(angle) ** 2, 1.0, 0.0
    if freedom % 2 == 0:
        for k in range(freedom // 2):
            total += term
            term *= cos2 * (2 * k + 1) / (2 * k + 2)
        return 0.5 + math.sin(angle) * total / 2
    for k in range((freedom - 1) // 2):
        total += term
        term *= cos2 * (2 * k + 2) / (2 * k + 3)
    return 0.5 + (angle + math.sin(angle) * math.cos(angle) * total) / math.pi
