"""Calibration: several inspectors score the same calls blind; where do they differ, and why?

Of each item the agreement with its interval, and whether it is clear; of each inspector how
strict, in points; of the automatic marks of an item whether they may stand alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

from .agreement import (
    alpha_interval,
    alpha_nominal,
    alpha_ordinal,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    percent_agreement,
)
from .intervals import CONFIDENCE, Estimate, jackknife, mean, wilson
from .ratings import Ratings, Value

Scale = Literal["nominal", "ordinal", "interval"]
Verdict = Literal["clear", "unclear", "open"]

ENOUGH = 0.6
"""AC1 from which an item is called clear; a setting of the centre."""


@dataclass(frozen=True, slots=True)
class ItemReport:
    """Agreement about one item. ``verdict`` is open until the interval settles it."""

    item: str
    units: int
    raters: int
    percent: Estimate | None
    kappa: Estimate | None
    ac1: Estimate | None
    alpha: Estimate | None
    verdict: Verdict


def item_report(
    item: str,
    ratings: Ratings,
    scale: Scale = "nominal",
    enough: float = ENOUGH,
    confidence: float = CONFIDENCE,
) -> ItemReport:
    """How far inspectors agree about one item of several calls.

    kappa is Cohen's for two inspectors and Fleiss' for more. alpha is that of ``scale``; None
    where the values are no numbers and the scale asks for them.
    """
    units = [list(given.values()) for given in ratings.units.values()]
    interval = partial(jackknife, confidence=confidence)
    ac1 = interval(units, gwet_ac1)
    return ItemReport(
        item,
        len(units),
        len(ratings.raters),
        percent=interval(units, percent_agreement),
        kappa=_kappa(ratings, confidence),
        ac1=ac1,
        alpha=_alpha(ratings, scale, confidence),
        verdict=verdict(ac1, enough),
    )


def _kappa(ratings: Ratings, confidence: float) -> Estimate | None:
    if len(ratings.raters) == 2:
        first, second = ratings.raters
        pairs = [(given[first], given[second]) for given in ratings.units.values()]
        return jackknife(pairs, cohen_kappa, confidence)
    return jackknife([list(g.values()) for g in ratings.units.values()], fleiss_kappa, confidence)


def _alpha(ratings: Ratings, scale: Scale, confidence: float) -> Estimate | None:
    if scale == "nominal":
        units: list[list[Value]] = [list(given.values()) for given in ratings.units.values()]
        return jackknife(units, alpha_nominal, confidence)
    if ratings.numbers is None:
        return None
    return jackknife(
        ratings.numbers, alpha_ordinal if scale == "ordinal" else alpha_interval, confidence
    )


def verdict(found: Estimate | None, enough: float = ENOUGH) -> Verdict:
    """Clear where even the lower bound is enough, unclear where not even the upper one is."""
    if found is None or found.low is None or found.high is None:
        return "open"
    if found.low >= enough:
        return "clear"
    return "unclear" if found.high < enough else "open"


def may_stand_alone(
    agreed: int, n: int, threshold: float = 0.9, confidence: float = CONFIDENCE
) -> bool:
    """Whether automatic marks of an item may count without a person.

    ``agreed`` of ``n`` marks were those of people who had not seen them; the lower bound of
    Wilson's interval must pass the threshold.
    """
    found = wilson(agreed, n, confidence)
    return found is not None and found.low is not None and found.low >= threshold


@dataclass(frozen=True, slots=True)
class Deviation:
    """An inspector against the expert: mean difference (+ = lenient) and mean size of it."""

    inspector: str
    bias: Estimate
    size: float


def against_expert(
    scores: Mapping[str, Mapping[str, Fraction]], expert: Mapping[str, Fraction]
) -> list[Deviation]:
    """Each inspector's scores (call → inspector → score) beside the expert's, by name."""
    apart: dict[str, list[float]] = {}
    for call, given in scores.items():
        if call in expert:
            for inspector, value in given.items():
                apart.setdefault(inspector, []).append(float(value - expert[call]))
    return [_deviation(inspector, found) for inspector, found in sorted(apart.items())]


def _deviation(inspector: str, apart: Sequence[float]) -> Deviation:
    bias = mean(apart)
    assert bias is not None
    return Deviation(inspector, bias, sum(map(abs, apart)) / len(apart))
