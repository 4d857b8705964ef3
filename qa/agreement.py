"""How far raters agree: the usual coefficients, exact, each with the source of its formula.

    agreement(ratings).as_dict()

Notation: r_ik raters put unit i into category k, r_i = Σ_k r_ik ≥ 2 rated it at all, there are
n units and q categories. Every function gives a rational, or None where the coefficient is
undefined (a division by nought: no unit, or only one category in use).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .ratings import Ratings, Value

Units = Sequence[Sequence[Value]]
Numbers = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """All coefficients of one set of ratings; ``units`` and ``raters`` are those that count.

    ``kappa`` is Cohen's for two raters and Fleiss' for more.
    """

    units: int
    raters: int
    percent: Fraction | None
    nominal: Fraction | None
    ordinal: Fraction | None
    interval: Fraction | None
    ac1: Fraction | None
    kappa: Fraction | None
    weighted: Fraction | None
    icc: Fraction | None

    def as_dict(self) -> dict[str, Any]:
        """The result of CONTRACTS.md; coefficients and ``percent_agreement`` are up to 1."""
        two = self.raters <= 2
        alpha = {"nominal": self.nominal, "ordinal": self.ordinal, "interval": self.interval}
        made: dict[str, Any] = {
            "units": self.units,
            "raters": self.raters,
            "percent_agreement": _float(self.percent),
            "krippendorff_alpha": {name: _float(value) for name, value in alpha.items()},
            "gwet_ac1": _float(self.ac1),
            "cohen_kappa" if two else "fleiss_kappa": _float(self.kappa),
            "icc": _float(self.icc),
        }
        return made | ({"cohen_kappa_quadratic": _float(self.weighted)} if two else {})


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def agreement(ratings: Ratings) -> Agreement:
    """Every coefficient of these ratings."""
    units = [list(given.values()) for given in ratings.units.values()]
    numbers = ratings.numbers
    pairs = _pairs(ratings)
    return Agreement(
        units=len(units),
        raters=len(ratings.raters),
        percent=percent_agreement(units),
        nominal=alpha_nominal(units),
        ordinal=alpha_ordinal(numbers) if numbers else None,
        interval=alpha_interval(numbers) if numbers else None,
        ac1=gwet_ac1(units),
        kappa=cohen_kappa(pairs) if len(ratings.raters) <= 2 else fleiss_kappa(units),
        weighted=cohen_kappa_quadratic(pairs) if numbers and pairs else None,
        icc=_icc(ratings),
    )


def _pairs(ratings: Ratings) -> list[tuple[Value, Value]]:
    """What the first and the second of two raters gave; nothing where there are more."""
    if len(ratings.raters) != 2:
        return []
    first, second = ratings.raters
    return [(given[first], given[second]) for given in ratings.units.values()]


def _icc(ratings: Ratings) -> Fraction | None:
    if ratings.numbers is None or not ratings.complete:
        return None
    rows = [[given[rater] for rater in ratings.raters] for given in ratings.units.values()]
    return icc_agreement([[v for v in row if isinstance(v, Fraction)] for row in rows])


def percent_agreement(units: Units) -> Fraction | None:
    """Mean over units of the agreeing pairs: (1/n) Σ_i Σ_k r_ik(r_ik−1) / (r_i(r_i−1)).

    Fleiss, J. L. (1971), Psychological Bulletin 76: 378–382; with missing ratings Gwet, K. L.
    (2014), Handbook of Inter-Rater Reliability, 4th ed.
    """
    if not units:
        return None
    return sum((_agreeing(unit) for unit in units), Fraction(0)) / len(units)


def _agreeing(unit: Sequence[Value]) -> Fraction:
    size = len(unit)
    return Fraction(sum(n * (n - 1) for n in Counter(unit).values()), size * (size - 1))


def _prevalence(units: Units) -> dict[Value, Fraction]:
    """π_k = (1/n) Σ_i r_ik / r_i."""
    found: dict[Value, Fraction] = {}
    for unit in units:
        for value, count in Counter(unit).items():
            found[value] = found.get(value, Fraction(0)) + Fraction(count, len(unit))
    return {value: total / len(units) for value, total in found.items()}


def _beyond_chance(observed: Fraction | None, chance: Fraction) -> Fraction | None:
    if observed is None or chance == 1:
        return None
    return (observed - chance) / (1 - chance)


def gwet_ac1(units: Units) -> Fraction | None:
    """(p_a − p_e) / (1 − p_e), p_e = Σ_k π_k(1−π_k) / (q−1), q the categories in use.

    Gwet, K. L. (2008), British Journal of Mathematical and Statistical Psychology 61: 29–48.
    """
    shares = _prevalence(units)
    if len(shares) < 2:
        return None
    chance = sum((p * (1 - p) for p in shares.values()), Fraction(0)) / (len(shares) - 1)
    return _beyond_chance(percent_agreement(units), chance)


def fleiss_kappa(units: Units) -> Fraction | None:
    """(p_a − p_e) / (1 − p_e), p_e = Σ_k π_k².

    Fleiss (1971) as above. Where units have different numbers of ratings p_a and π_k are as in
    Gwet (2014); with equal numbers that is Fleiss' formula itself.
    """
    chance = sum((p * p for p in _prevalence(units).values()), Fraction(0))
    return _beyond_chance(percent_agreement(units), chance)


def cohen_kappa(pairs: Sequence[tuple[Value, Value]]) -> Fraction | None:
    """(p_o − p_e) / (1 − p_e), p_e = Σ_k p_1k·p_2k with each rater's own shares.

    Cohen, J. (1960), Educational and Psychological Measurement 20: 37–46.
    """
    if not pairs:
        return None
    n = len(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = Fraction(sum(first[value] * second[value] for value in first), n * n)
    return _beyond_chance(Fraction(sum(a == b for a, b in pairs), n), chance)


def cohen_kappa_quadratic(pairs: Sequence[tuple[Value, Value]]) -> Fraction | None:
    """1 − Σ d_o / Σ d_e with squared differences of numbers as weights.

    Cohen, J. (1968), Psychological Bulletin 70: 213–220. None for anything but numbers.
    """
    numbers = [(a, b) for a, b in pairs if isinstance(a, Fraction) and isinstance(b, Fraction)]
    n = len(numbers)
    if not n or n < len(pairs):
        return None
    observed = sum(((a - b) ** 2 for a, b in numbers), Fraction(0)) / n
    first, second = [a for a, _ in numbers], [b for _, b in numbers]
    # Mean of (a−b)² over all n² pairings of the two margins.
    expected = _mean(a * a for a in first) + _mean(b * b for b in second)
    expected -= 2 * _mean(first) * _mean(second)
    return 1 - observed / expected if expected else None


def _mean(values: Iterable[Fraction]) -> Fraction:
    found = list(values)
    return sum(found, Fraction(0)) / len(found)


def alpha_nominal(units: Units) -> Fraction | None:
    """1 − D_o/D_e with δ² = 1 for different values.

    Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability. n.. = Σ r_i pairable
    values, D_o = (1/n..) Σ_i (r_i² − Σ_k r_ik²)/(r_i−1), D_e = (n..² − Σ_k n_k²)/(n..(n..−1)).
    """
    totals = Counter(value for unit in units for value in unit)
    n = totals.total()
    expected = n * n - sum(count * count for count in totals.values())
    if not expected:
        return None
    observed = sum((_differing(unit) for unit in units), Fraction(0))
    return 1 - observed * (n - 1) / expected


def _differing(unit: Sequence[Value]) -> Fraction:
    size = len(unit)
    return Fraction(size * size - sum(c * c for c in Counter(unit).values()), size - 1)


def alpha_interval(units: Numbers) -> Fraction | None:
    """As :func:`alpha_nominal`, with δ² = (c−k)².

    Σ_{a,b}(a−b)² = 2(m·Σa² − (Σa)²) makes it linear in the number of ratings.
    """
    everything = [value for unit in units for value in unit]
    n, expected = len(everything), _spread(everything)
    if not expected:
        return None
    observed = sum((_spread(unit) / (len(unit) - 1) for unit in units), Fraction(0))
    return 1 - observed * (n - 1) / expected


def _spread(values: Sequence[Fraction]) -> Fraction:
    """m·Σa² − (Σa)²."""
    total = sum(values, Fraction(0))
    return len(values) * sum((v * v for v in values), Fraction(0)) - total * total


def alpha_ordinal(units: Numbers) -> Fraction | None:
    """As :func:`alpha_interval`, of mid-ranks.

    Krippendorff's ordinal metric is (Σ_{g=c..k} n_g − (n_c+n_k)/2)², which is the squared
    difference of the mid-ranks of c and k.
    """
    totals = Counter(value for unit in units for value in unit)
    ranks: dict[Fraction, Fraction] = {}
    below = 0
    for value in sorted(totals):
        ranks[value] = below + Fraction(totals[value], 2)
        below += totals[value]
    return alpha_interval([[ranks[value] for value in unit] for unit in units])


def icc_agreement(rows: Numbers) -> Fraction | None:
    """ICC(2,1): two-way random effects, absolute agreement, a single rating.

    Shrout, P. E. & Fleiss, J. L. (1979), Psychological Bulletin 86: 420–428:
    (BMS − EMS) / (BMS + (k−1)·EMS + k(JMS − EMS)/n). Rows are units, columns raters, complete.
    """
    n, k = len(rows), len(rows[0]) if rows else 0
    if n < 2 or k < 2:
        return None
    between, judges, error = _mean_squares(rows)
    below = between + (k - 1) * error + k * (judges - error) / n
    return (between - error) / below if below else None


def _mean_squares(rows: Numbers) -> tuple[Fraction, Fraction, Fraction]:
    """Of units, of raters, and what is left, of a two-way table without repetition."""
    n, k = len(rows), len(rows[0])
    total = _spread([v for row in rows for v in row]) / (n * k)
    units = _spread([sum(row, Fraction(0)) for row in rows]) / (n * k)
    raters = _spread([sum(column, Fraction(0)) for column in zip(*rows, strict=True)]) / (n * k)
    left = total - units - raters
    return units / (n - 1), raters / (k - 1), left / ((n - 1) * (k - 1))
