"""Who is strict by how many points: an additive model of calls and inspectors.

    found = severities({"call-1": {"ann": 80, "bob": 90}, …})
    found.adjusted("ann", 80)

score = call + severity of the inspector + error, by least squares with severities adding up to
nought (two-way layout without interaction; Scheffé 1959, The Analysis of Variance, ch. 4; the
linear cousin of Linacre's many-facet model, 1989). Only inspectors linked by common calls can
be compared: each group of linked ones is a comparison of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .intervals import CONFIDENCE, Estimate, student

Scores = Mapping[str, Mapping[str, float]]
"""Call → inspector → score in points."""

Matrix = list[list[float]]


@dataclass(frozen=True, slots=True)
class Severity:
    """``points`` is what the inspector adds to a score: below nought = strict.

    ``group``: inspectors of one number are linked; n is the number of calls shared with others.
    """

    inspector: str
    points: Estimate
    group: int


@dataclass(frozen=True)
class Severities:
    """Of every inspector who shares a call with another, by name."""

    found: Mapping[str, Severity]

    def adjusted(self, inspector: str, score: float) -> float | None:
        """The score as an average inspector of the group would give it; None if unknown."""
        known = self.found.get(inspector)
        return None if known is None else score - known.points.value


def severities(scores: Scores, confidence: float = CONFIDENCE) -> Severities:
    """Severities of all inspectors; calls scored by one alone tell nothing."""
    shared = {call: given for call, given in sorted(scores.items()) if len(given) > 1}
    found: dict[str, Severity] = {}
    for number, inspectors in enumerate(_groups(shared)):
        calls = [given for given in shared.values() if not inspectors.isdisjoint(given)]
        estimates = _estimate(calls, sorted(inspectors), confidence)
        found |= {name: Severity(name, points, number) for name, points in estimates.items()}
    return Severities(dict(sorted(found.items())))


def _groups(shared: Scores) -> list[set[str]]:
    groups: list[set[str]] = []
    for given in shared.values():
        linked = [group for group in groups if not group.isdisjoint(given)]
        groups = [group for group in groups if group.isdisjoint(given)]
        groups.append(set(given).union(*linked))
    return sorted(groups, key=min)


def _estimate(
    calls: Sequence[Mapping[str, float]], names: Sequence[str], confidence: float
) -> dict[str, Estimate]:
    """The normal equations with the calls eliminated, made regular by the sum of nought."""
    place = {name: k for k, name in enumerate(names)}
    size = len(names)
    left: Matrix = [[1 / size] * size for _ in names]
    right = [0.0] * size
    for given in calls:
        middle = math.fsum(given.values()) / len(given)
        for name, value in given.items():
            left[place[name]][place[name]] += 1
            right[place[name]] += value - middle
            for other in given:
                left[place[name]][place[other]] -= 1 / len(given)
    turned = _inverse(left)
    points = [math.fsum(a * b for a, b in zip(row, right, strict=True)) for row in turned]
    half = _half_widths(calls, place, points, turned, confidence)
    counts = {name: sum(name in given for given in calls) for name in names}
    return {
        name: Estimate(
            points[k],
            None if half is None else points[k] - half[k],
            None if half is None else points[k] + half[k],
            counts[name],
        )
        for name, k in place.items()
    }


def _half_widths(
    calls: Sequence[Mapping[str, float]],
    place: Mapping[str, int],
    points: Sequence[float],
    turned: Matrix,
    confidence: float,
) -> list[float] | None:
    """Half the intervals; None where there is no freedom left to judge the error by."""
    size = len(points)
    freedom = sum(map(len, calls)) - len(calls) - size + 1
    if freedom < 1:
        return None
    squares = 0.0
    for given in calls:
        rest = [value - points[place[name]] for name, value in given.items()]
        middle = math.fsum(rest) / len(rest)
        squares += math.fsum((value - middle) ** 2 for value in rest)
    quantile = student(0.5 + confidence / 2, freedom)
    # turned − J/size is the pseudo-inverse: its diagonal times σ² are the variances.
    spread = (max(0.0, turned[k][k] - 1 / size) for k in range(size))
    return [quantile * math.sqrt(each * squares / freedom) for each in spread]


def _inverse(matrix: Matrix) -> Matrix:
    """Gauss and Jordan with the largest pivot; the matrix is regular."""
    size = len(matrix)
    rows = [[*row, *(float(k == n) for k in range(size))] for n, row in enumerate(matrix)]
    for n in range(size):
        pivot = max(range(n, size), key=lambda k: abs(rows[k][n]))
        rows[n], rows[pivot] = rows[pivot], rows[n]
        rows[n] = [value / rows[n][n] for value in rows[n]]
        for k in range(size):
            if k != n and rows[k][n]:
                factor = rows[k][n]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[n], strict=True)]
    return [row[size:] for row in rows]
