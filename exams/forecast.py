"""What a paper will probably come to, from how its questions went before. Pure.

With w the points of a question, p its facility, v the variance of the share of its points and
c the mean of its covariances with other questions (``exams.item_history``), W = Σ w and k
questions:

- mean = Σ w p ÷ W;
- variance of the total = Σ w² v + Σ w c (W − w), which is Σᵢ wᵢ² vᵢ + Σᵢ Σⱼ≠ᵢ wᵢ wⱼ (cᵢ + cⱼ) ÷ 2:
  of two questions that nobody was asked together the covariance is taken to be the mean of what
  each of them has with others;
- reliability = k ÷ (k − 1) · (1 − Σ w² v ÷ variance of the total): coefficient alpha (L. J.
  Cronbach, Coefficient alpha and the internal structure of tests, Psychometrika 16, 1951,
  297–334), for questions that are right or wrong formula 20 of G. F. Kuder and M. W. Richardson
  (The theory of the estimation of test reliability, Psychometrika 2, 1937, 151–160). For a paper
  that was asked as it stands, with equal points, this is exactly the alpha of its attempts.

Of a paper that is drawn, each row counts with the means over what may be drawn for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .item_history import Item

KNOWN = 0.5
"""Share of what may stand in a place that must have figures, in every place."""


@dataclass(frozen=True, slots=True)
class Place:
    """``number`` questions worth ``points`` each; ``versions``: {id: how likely it is there}."""

    number: int
    points: float
    versions: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Forecast:
    """``mean`` and ``sd`` in per cent of the points, ``alpha`` 0…1 as a rule; None = too little
    is known. ``known`` of ``of`` questions have figures, from ``answers`` answers together."""

    mean: float | None
    sd: float | None
    alpha: float | None
    known: int
    of: int
    answers: int


@dataclass(frozen=True, slots=True)
class _Means:
    number: int
    points: float
    facility: float
    variance: float
    covariance: float


def forecast(places: Sequence[Place], items: Mapping[int, Item]) -> Forecast:
    """What is to be expected of a paper with these places."""
    asked = {version for place in places for version in place.versions}
    counted = [items[version].n for version in asked if version in items]
    means = [found for place in places if (found := _means(place, items))]
    mean = sd = alpha = None
    if means and len(means) == len(places):
        mean, sd, alpha = _figures(means)
    return Forecast(mean, sd, alpha, len(counted), len(asked), sum(counted))


def _means(place: Place, items: Mapping[int, Item]) -> _Means | None:
    known = {version: items[version] for version in place.versions if version in items}
    weight = sum(place.versions[version] for version in known)
    if not weight or weight < KNOWN * sum(place.versions.values()):
        return None

    def mean(values: Iterable[tuple[int, float]]) -> float:
        return sum(place.versions[version] * value for version, value in values) / weight

    return _Means(
        place.number,
        place.points,
        mean((version, item.facility) for version, item in known.items()),
        mean((version, item.variance) for version, item in known.items()),
        mean((version, item.covariance) for version, item in known.items()),
    )


def _figures(means: Sequence[_Means]) -> tuple[float, float | None, float | None]:
    whole = sum(m.number * m.points for m in means)
    count = sum(m.number for m in means)
    mean = 100 * sum(m.number * m.points * m.facility for m in means) / whole
    own = sum(m.number * m.points**2 * m.variance for m in means)
    shared = sum(m.number * m.points * m.covariance * (whole - m.points) for m in means)
    total = own + shared
    if total <= 0 or count < 2:
        return mean, None, None
    return mean, 100 * math.sqrt(total) / whole, count / (count - 1) * (1 - own / total)
