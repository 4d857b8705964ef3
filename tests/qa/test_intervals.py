"""Intervals and sample sizes against printed figures, calibration and severity by hand."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.calibration import against_expert, item_report, may_stand_alone, verdict
from qa.intervals import Estimate, jackknife, mean, sample_size, student, wilson
from qa.ratings import ratings
from qa.severity import severities


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(5, 5, 56.6, 100.0), (4, 5, 37.6, 96.4), (0, 10, 0.0, 27.8), (81, 263, 25.5, 36.6)],
)
def test_wilsons_interval(successes: int, n: int, low: float, high: float) -> None:
    """5 and 4 of 5 as in the research, 81 of 263 as in Newcombe (1998), in percent."""
    found = wilson(successes, n)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (low, high)


def test_nothing_known_of_no_call() -> None:
    assert wilson(0, 0) is None
    assert mean([]) is None
    assert mean([7.0]) == Estimate(7.0, None, None, 1)
    with pytest.raises(ValueError, match="successes"):
        wilson(3, 2)


@given(st.integers(0, 200), st.integers(1, 200))
def test_an_interval_holds_its_share_and_lies_within_0_and_1(a: int, b: int) -> None:
    n = max(a, b)
    found = wilson(min(a, b), n)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    ("margin", "population", "confidence", "size"),
    [
        (0.05, 1000, 0.95, 278),
        (0.03, 60_000, 0.99, 1789),
        (0.03, None, 0.95, 1068),
        (0.05, 3, 0.95, 3),
    ],
)
def test_sample_sizes_as_printed(
    margin: float, population: int | None, confidence: float, size: int
) -> None:
    """TMCnet's 278 of 1,000, OttoQA's 1,789 of 60,000 (at 99 % ±3 %), Cochran's 1,068."""
    assert sample_size(margin, population, confidence) == size


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [
        (0.975, 1, 12.7062),
        (0.975, 2, 4.3027),
        (0.975, 10, 2.2281),
        (0.995, 5, 4.0321),
        (0.95, 30, 1.6973),
        (0.975, 1000, 1.9623),
        (0.5, 4, 0.0),
    ],
)
def test_students_quantiles_as_printed(probability: float, freedom: int, quantile: float) -> None:
    assert student(probability, freedom) == pytest.approx(quantile, abs=5e-5)


def test_the_jackknife_of_a_mean_is_students_interval() -> None:
    values = [Fraction(v, 10) for v in (3, 1, 4, 1, 5, 9, 2, 6)]
    by_leaving_out = jackknife(values, lambda kept: sum(kept, Fraction(0)) / len(kept))
    by_formula = mean([float(v) for v in values])
    assert by_leaving_out is not None
    assert by_formula is not None
    assert by_leaving_out.low == pytest.approx(by_formula.low)
    assert by_leaving_out.high == pytest.approx(by_formula.high)


# Calibration


def agreed(*units: str) -> Any:
    return ratings(
        (str(n), f"r{k}", value) for n, unit in enumerate(units) for k, value in enumerate(unit)
    )


def test_an_item_is_called_clear_or_unclear_only_when_the_interval_says_so() -> None:
    clear = item_report("问候", agreed(*["yyy", "nnn"] * 15))
    unclear = item_report("态度", agreed(*["yyn", "nny", "yny", "nyn"] * 8))
    few = item_report("结束", agreed("yy", "nn", "yn"))
    assert (clear.verdict, unclear.verdict, few.verdict) == ("clear", "unclear", "open")
    assert clear.ac1 == Estimate(1.0, 1.0, 1.0, 30)
    assert few.percent is not None
    assert few.percent.value == pytest.approx(2 / 3)
    assert few.kappa is not None
    assert verdict(None) == "open"


def test_an_item_everybody_passes_has_no_kappa_but_full_agreement() -> None:
    found = item_report("问候", agreed("yy", "yy", "yy"))
    assert (found.kappa, found.ac1, found.alpha, found.verdict) == (None, None, None, "open")
    assert found.percent is not None
    assert found.percent.value == 1


def test_numbers_may_be_compared_by_their_distance() -> None:
    near, far = agreed("34", "12", "55", "43"), agreed("35", "14", "55", "41")
    alphas = [item_report("x", each, "interval").alpha for each in (near, far)]
    assert alphas[0] is not None
    assert alphas[1] is not None
    assert alphas[0].value > alphas[1].value
    assert item_report("x", agreed("yn", "nn"), "ordinal").alpha is None


def test_automatic_marks_stand_alone_only_by_the_lower_bound() -> None:
    """29 of 30 are 96.7 %, but the interval begins at 83.3 %; 290 of 300 begin at 94.0 %."""
    assert not may_stand_alone(29, 30, 0.9)
    assert may_stand_alone(290, 300, 0.9)
    assert not may_stand_alone(0, 0, 0.0)


def test_inspectors_against_the_expert() -> None:
    scores = {
        "1": {"ann": Fraction(80), "bob": Fraction(95)},
        "2": {"ann": Fraction(70), "bob": Fraction(85)},
        "3": {"ann": Fraction(9)},
    }
    found = against_expert(scores, {"1": Fraction(90), "2": Fraction(82)})
    assert [(each.inspector, each.bias.value, each.size) for each in found] == [
        ("ann", -11, 11),
        ("bob", 4, 4),
    ]


# Severity


def test_severities_of_a_complete_table_are_differences_of_means() -> None:
    """Means 76, 84, 80 of the same calls, 80 overall: −4, +4, 0 points."""
    scores = {
        "1": {"ann": 70.0, "bob": 80.0, "cai": 78.0},
        "2": {"ann": 82.0, "bob": 88.0, "cai": 82.0},
    }
    found = severities(scores)
    points = {name: each.points.value for name, each in found.found.items()}
    assert points == pytest.approx({"ann": -4, "bob": 4, "cai": 0})
    assert found.adjusted("ann", 70) == pytest.approx(74)
    assert found.adjusted("stranger", 70) is None


def test_hard_calls_do_not_make_a_strict_inspector() -> None:
    """Ann met the hard calls alone, yet gave as much as Bob where both scored."""
    scores: dict[str, dict[str, float]] = {f"hard{n}": {"ann": 40.0 + n} for n in range(9)}
    scores |= {
        "a": {"ann": 90, "bob": 90},
        "b": {"ann": 80, "bob": 81},
        "c": {"ann": 71, "bob": 70},
    }
    found = severities(scores).found
    assert found["ann"].points.value == pytest.approx(0)
    assert found["ann"].points.n == 3


def test_inspectors_without_common_calls_are_not_compared() -> None:
    found = severities({"1": {"a": 1, "b": 2}, "2": {"x": 5, "y": 3}, "3": {"z": 1}}).found
    assert {name: each.group for name, each in found.items()} == {"a": 0, "b": 0, "x": 1, "y": 1}
    assert found["x"].points == Estimate(1.0, None, None, 1)
    assert severities({}).found == {}


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_known_severities_are_found_again(seed: int) -> None:
    """Without error the estimate is exact, whoever scored which calls."""
    chance = random.Random(seed)
    truth = {"a": -6.0, "b": 1.0, "c": 2.0, "d": 3.0}
    scores: dict[str, dict[str, float]] = {}
    for n in range(12):
        level = chance.uniform(40, 95)
        pair = ("a", "b", "c", "d")[n % 3 : n % 3 + 2]
        scores[str(n)] = {name: level + truth[name] for name in pair}
    found = severities(scores).found
    assert {k: v.points.value for k, v in found.items()} == pytest.approx(truth, abs=1e-9)
    for each in found.values():
        assert each.points.low == pytest.approx(each.points.high, abs=1e-4)


def test_nine_intervals_of_ten_hold_the_truth() -> None:
    """Of 300 calibrations with error, 95 % intervals cover in 95 ± 3.5 %."""
    chance = random.Random(11)
    truth = {"a": -4.0, "b": 0.0, "c": 4.0}
    held = 0
    for _ in range(300):
        scores = {
            str(n): {k: 80 + v + chance.gauss(0, 5) for k, v in truth.items()} for n in range(5)
        }
        points = severities(scores).found["a"].points
        assert points.low is not None
        assert points.high is not None
        held += points.low <= -4 <= points.high
    assert 0.915 <= held / 300 <= 0.985
