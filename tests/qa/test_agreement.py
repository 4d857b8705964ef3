"""Agreement of raters: against published examples, by hand, and for every table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.agreement import (
    agreement,
    alpha_interval,
    alpha_nominal,
    alpha_ordinal,
    cohen_kappa,
    cohen_kappa_quadratic,
    fleiss_kappa,
    gwet_ac1,
    icc_agreement,
    percent_agreement,
)
from qa.errors import BadRatings
from qa.ratings import parse, ratings, read

KRIPPENDORFF = """
A 1 2 3 3 2 1 4 1 2 . . .
B 1 2 3 3 2 2 4 1 2 5 . 3
C . 3 3 3 2 3 4 2 2 5 1 .
D 1 2 3 3 2 4 4 1 2 5 1 .
"""
"""Krippendorff (2011), example C: four observers, twelve units, some missing."""


def table(text: str) -> dict[str, Any]:
    rows = [
        (str(unit), rater, value)
        for rater, *values in (line.split() for line in text.strip().splitlines())
        for unit, value in enumerate(values)
        if value != "."
    ]
    return agreement(ratings(rows)).as_dict()


def test_krippendorffs_own_example() -> None:
    """He prints 0.743 nominal, 0.815 ordinal, 0.849 interval; the twelfth unit counts not."""
    found = table(KRIPPENDORFF)
    assert found["units"] == 11
    assert found["raters"] == 4
    alpha = found["krippendorff_alpha"]
    assert {name: round(value, 3) for name, value in alpha.items()} == {
        "nominal": 0.743,
        "ordinal": 0.815,
        "interval": 0.849,
    }
    assert found["percent_agreement"] == pytest.approx(0.8181818)
    assert found["icc"] is None


def test_ac1_and_fleiss_of_the_same_example_without_the_single_rating() -> None:
    """Gwet's irrCAC prints 0.77544 and 0.76117 for this table (its ``raw4raters``), the single
    rating of the twelfth unit included in the shares π_k. Here it counts for nothing:
    by hand from the eleven others π = (3, 3.25, 2.5, 1.25, 1)/11, and p_a = 9/11.
    """
    found = table(KRIPPENDORFF)
    shares = [Fraction(n, 44) for n in (12, 13, 10, 5, 4)]
    observed = Fraction(9, 11)
    ac1 = sum(p * (1 - p) for p in shares) / 4
    kappa = sum(p * p for p in shares)
    assert found["gwet_ac1"] == pytest.approx(float((observed - ac1) / (1 - ac1)))
    assert found["fleiss_kappa"] == pytest.approx(float((observed - kappa) / (1 - kappa)))


def test_fleiss_own_kind_of_table() -> None:
    """The table used since Fleiss (1971) in textbooks: 10 units, 14 raters, 5 categories.

    P̄ = 0.378, P̄e = 0.213, κ = 0.210.
    """
    counts = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    units = [[str(k) for k, n in enumerate(row) for _ in range(n)] for row in counts]
    observed, kappa = percent_agreement(units), fleiss_kappa(units)
    assert observed is not None
    assert kappa is not None
    assert round(float(observed), 3) == 0.378
    assert round(float(kappa), 3) == 0.210


def test_cohen_of_fifty_proposals() -> None:
    """20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no.

    p_o = 0.7, p_e = 0.5·0.6 + 0.5·0.4 = 0.5, κ = 0.2/0.5 = 0.4.
    """
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(pairs) == Fraction(2, 5)


def test_the_paradox_that_ac1_does_not_have() -> None:
    """118 both pass, 5 and 2 apart, none both fail (as in Gwet 2008): κ < 0, AC1 high.

    p_a = 118/125 = 0.944. Shares of fail: (5+2)/250 = 0.028; p_e = 2·0.028·0.972 = 0.054432;
    AC1 = (0.944 − 0.054432) / 0.945568 = 0.940776. κ: p_e = (123·120 + 2·5)/125² = 0.94528,
    κ = (0.944 − 0.94528) / 0.05472 = −0.023392.
    """
    units = [["p", "p"]] * 118 + [["p", "f"]] * 5 + [["f", "p"]] * 2
    ac1, kappa = gwet_ac1(units), cohen_kappa([(a, b) for a, b in units])
    assert ac1 is not None
    assert kappa is not None
    assert float(ac1) == pytest.approx(0.940776, abs=1e-6)
    assert float(kappa) == pytest.approx(-0.023392, abs=1e-6)


def test_shrout_and_fleiss_own_example() -> None:
    """Six targets, four judges (1979, table 2): ICC(2,1) = .29."""
    rows = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    icc = icc_agreement([[Fraction(v) for v in row] for row in rows])
    assert icc is not None
    assert round(float(icc), 2) == 0.29


def test_quadratic_kappa_by_hand() -> None:
    """Pairs 1-1, 2-3, 3-3: observed (0+1+0)/3 = 1/3.

    Expected over 9 pairings: 1 with 1,3,3: 0+4+4; 2: 1+1+1; 3: 4+0+0 → 15/9. κ = 1 − 1/5.
    """
    pairs = [(Fraction(1), Fraction(1)), (Fraction(2), Fraction(3)), (Fraction(3), Fraction(3))]
    assert cohen_kappa_quadratic(pairs) == Fraction(4, 5)


# Undefined, missing, wrong


def test_what_is_undefined_is_null() -> None:
    """Everybody always gave the same: no coefficient corrected for chance has a value."""
    found = table("A 5 5 5\nB 5 5 5")
    assert found == {
        "units": 3,
        "raters": 2,
        "percent_agreement": 1,
        "krippendorff_alpha": {"nominal": None, "ordinal": None, "interval": None},
        "gwet_ac1": None,
        "cohen_kappa": None,
        "cohen_kappa_quadratic": None,
        "icc": None,
    }


def test_units_with_one_rating_count_for_nothing() -> None:
    alone = table("A 1 2 2 3 .\nB 1 2 3 . 9")
    assert alone == table("A 1 2 2\nB 1 2 3")
    nothing = table("A 1 2\nB . .")
    assert (nothing["units"], nothing["raters"], nothing["percent_agreement"]) == (0, 0, None)


def test_words_have_no_order_and_no_distance() -> None:
    found = table("A 好 好 差\nB 好 中 差\nC 好 好 差")
    assert found["krippendorff_alpha"]["nominal"] is not None
    assert found["krippendorff_alpha"]["ordinal"] is found["krippendorff_alpha"]["interval"] is None
    assert "cohen_kappa" not in found


def test_a_csv_as_people_save_it(tmp_path: Path) -> None:
    """In UTF-8 with a mark or GB 18030; other columns and order, blank lines; 4.0 = ４ = 4."""
    text = "Rater,备注, Unit ,value\nann,,1,4\nbob,,1,４\n\n,,,\nann,x,2,4.0\nbob,,2,\ncai,,2,5\n"
    file = tmp_path / "评分.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read(file)
    file.write_bytes(text.encode("gb18030"))
    assert read(file) == found
    assert found.units == {
        "1": {"ann": Fraction(4), "bob": Fraction(4)},
        "2": {"ann": Fraction(4), "cai": Fraction(5)},
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "首行应有 unit,rater,value"),
        ("unit;rater;value\n", "unit、rater、value 没有或重复"),
        ("unit,rater,value,value\n", "value 没有或重复"),
        ("unit,rater,value\n1,ann\n", "第2行：这一行不足三列"),
        ("unit,rater,value\n1,ann,3\n1,ann,4\n", "第3行：ann 对 1 评了两次"),
        ("unit,rater,value\n,ann,3\n", "第2行：缺少 unit 或 rater"),
        ('unit,rater,value\n1,"ann"x,3\n', "不是完好的 CSV"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_words(text: str, sentence: str) -> None:
    with pytest.raises(BadRatings, match=sentence):
        parse(text)


# For every table

UNITS = st.lists(st.lists(st.integers(1, 5).map(Fraction), min_size=2, max_size=5), max_size=12)


def _by_definition(units: Sequence[Sequence[Fraction]], metric: Any) -> Fraction | None:
    """Alpha straight from the coincidence matrix: 1 − (n−1) Σ o_ck δ² / Σ n_c n_k δ²."""
    coincidences: Counter[tuple[Fraction, Fraction]] = Counter()
    for unit in units:
        for a, b in permutations(unit, 2):
            coincidences[a, b] += Fraction(1, len(unit) - 1)  # type: ignore[assignment]
    margins = Counter(value for unit in units for value in unit)
    distance = metric(margins)
    observed = sum(
        (Fraction(n) * distance(a, b) for (a, b), n in coincidences.items()), Fraction(0)
    )
    expected = sum(
        (margins[a] * margins[b] * distance(a, b) for a in margins for b in margins), Fraction(0)
    )
    return 1 - (margins.total() - 1) * observed / expected if expected else None


def _nominal(margins: Any) -> Any:
    return lambda a, b: Fraction(a != b)


def _interval(margins: Any) -> Any:
    return lambda a, b: (a - b) ** 2


def _ordinal(margins: Any) -> Any:
    def distance(a: Fraction, b: Fraction) -> Fraction:
        between = sum(n for value, n in margins.items() if min(a, b) <= value <= max(a, b))
        return (between - Fraction(margins[a] + margins[b], 2)) ** 2

    return distance


@settings(max_examples=80)
@given(UNITS)
def test_alpha_is_that_of_the_coincidence_matrix(units: list[list[Fraction]]) -> None:
    assert alpha_nominal(units) == _by_definition(units, _nominal)
    assert alpha_interval(units) == _by_definition(units, _interval)
    assert alpha_ordinal(units) == _by_definition(units, _ordinal)


@settings(max_examples=80)
@given(UNITS, st.permutations([1, 2, 3, 4, 5]))
def test_names_of_categories_do_not_matter_and_nothing_passes_one(
    units: list[list[Fraction]], names: list[int]
) -> None:
    renamed = [[str(names[int(value) - 1]) for value in unit] for unit in units]
    for coefficient in (percent_agreement, alpha_nominal, gwet_ac1, fleiss_kappa):
        found = coefficient(units)
        assert found == coefficient(renamed)
        assert found is None or found <= 1


@settings(max_examples=80)
@given(UNITS.filter(lambda units: len({value for unit in units for value in unit}) > 1))
def test_perfect_agreement_is_one_everywhere(units: list[list[Fraction]]) -> None:
    agreed = [[unit[0]] * len(unit) for unit in units]
    if len({unit[0] for unit in agreed}) > 1:
        for coefficient in (percent_agreement, alpha_nominal, gwet_ac1, fleiss_kappa):
            assert coefficient(agreed) == 1
        assert alpha_interval(agreed) == alpha_ordinal(agreed) == 1


@settings(max_examples=80)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("ab")), min_size=1, max_size=30))
def test_cohens_kappa_is_symmetric(pairs: list[tuple[str, str]]) -> None:
    assert cohen_kappa(pairs) == cohen_kappa([(b, a) for a, b in pairs])
