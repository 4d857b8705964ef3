"""Statistics of papers; the worked example is computed by hand."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.errors import BadScores
from exams.stats import read, statistics

GUTTMAN = "attempt,q1,q2,q3\na,1,1,1\nb,1,1,0\nc,1,0,0\nd,0,0,0\n"
"""Totals 3, 2, 1, 0: mean 1.5, variance 5/3; item variances 1/4, 1/3, 1/4."""


def of(text: str) -> dict[str, Any]:
    return statistics(read(text))


def test_the_figures_of_a_paper_are_those_worked_out_by_hand() -> None:
    """α = 100·(3/2)·(1 − (5/6)/(5/3)) = 75; k4 = 16·(5·2.5625 − 9·1.5625)/6 = −10/3."""
    found = of(GUTTMAN)
    assert found["attempts"] == 4
    assert found["paper"] == pytest.approx(
        {
            "mean": 1.5,
            "median": 1.5,
            "sd": math.sqrt(5 / 3),
            "skewness": 0,
            "kurtosis": -1.2,
            "alpha": 75,
            "error_ratio": 50,
            "standard_error": math.sqrt(5 / 3) / 2,
        }
    )


def test_the_figures_of_an_item_are_those_worked_out_by_hand() -> None:
    """q1: cov(x, y) = 1/4, var y = 11/12; cov(x, T) of the three items: 1/2, 2/3, 1/2."""
    roots = 2 * math.sqrt(1 / 2) + math.sqrt(2 / 3)
    assert of(GUTTMAN)["items"]["q1"] == pytest.approx(
        {
            "facility": 0.75,
            "sd": 0.5,
            "discrimination_index": 100 * 0.25 / math.sqrt(0.25 * 11 / 12),
            "discriminative_efficiency": 100,
            "effective_weight": 100 * math.sqrt(1 / 2) / roots,
        }
    )
    assert of(GUTTMAN)["items"]["q2"]["effective_weight"] == pytest.approx(
        100 * math.sqrt(2 / 3) / roots
    )


def test_a_maximum_row_scales_the_facility_alone() -> None:
    plain, scaled = of(GUTTMAN), of(GUTTMAN.replace("a,1", "max,2,1,1\na,1", 1))
    assert scaled["attempts"] == 4
    assert scaled["items"]["q1"]["facility"] == 0.375
    assert scaled["paper"] == plain["paper"]


def test_nothing_is_clamped() -> None:
    """Two items that contradict one another: α = 100·2·(1 − (1/2 + 1/2 + …)) is far below 0."""
    found = of("attempt,q1,q2,q3\na,2,0,1\nb,0,1,1\nc,1,0,1\nd,0,2,0\n")
    assert found["paper"]["alpha"] < 0
    assert found["paper"]["error_ratio"] > 100
    assert found["items"]["q2"]["discrimination_index"] < 0
    assert of("attempt,q1\na,3\n")["items"]["q1"]["facility"] == 3


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        (
            "",
            {
                "mean",
                "median",
                "sd",
                "skewness",
                "kurtosis",
                "alpha",
                "error_ratio",
                "standard_error",
            },
        ),
        ("a,1,0\n", {"sd", "skewness", "kurtosis", "alpha", "error_ratio", "standard_error"}),
        ("a,1,0\nb,1,1\n", {"skewness", "kurtosis", "alpha", "error_ratio", "standard_error"}),
        ("a,1,0\nb,1,1\nc,0,0\n", {"kurtosis"}),
        (
            "a,1,0\nb,1,0\nc,1,0\nd,1,0\n",
            {"skewness", "kurtosis", "alpha", "error_ratio", "standard_error"},
        ),
    ],
)
def test_what_is_undefined_is_null(rows: str, missing: set[str]) -> None:
    paper = of("attempt,q1,q2\n" + rows)["paper"]
    assert {name for name, value in paper.items() if value is None} == missing


def test_an_item_that_everybody_solved_discriminates_nothing() -> None:
    found = of("attempt,q1,q2\na,1,0\nb,1,1\nc,1,0\n")["items"]["q1"]
    assert found == {
        "facility": 1,
        "sd": 0,
        "discrimination_index": None,
        "discriminative_efficiency": None,
        "effective_weight": 0,
    }


def test_a_weight_below_zero_is_none_and_counts_for_nothing() -> None:
    items = of("attempt,q1,q2,q3\na,3,0,0\nb,2,0,1\nc,0,1,0\n")["items"]
    assert items["q2"]["effective_weight"] is None
    others = [items[key]["effective_weight"] for key in ("q1", "q3")]
    assert sum(others) == pytest.approx(100)


def test_a_maximum_of_nothing_has_no_facility() -> None:
    assert of("attempt,q1\nmax,0\na,0\n")["items"]["q1"]["facility"] is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "文件是空的"),
        ("q1,q2\n1,2\n", "第1行：表头应为 attempt"),
        ("attempt\na\n", "第1行：表头应为 attempt"),
        ("attempt,q1,q1\n", "第1行：题号 q1 重复。"),
        ("attempt,q1,\n", "第1行：表头第 3 格是空的。"),
        ("attempt,q1\na,1\nb,x\n", "第3行：q1 的得分“x”不是可用的数。"),
        ("attempt,q1\na,nan\n", "第2行：q1 的得分“nan”不是可用的数。"),
        ("attempt,q1\na,1e99\n", "第2行：q1"),
        ("attempt,q1\na,1,2\n", "第2行：应有 2 格，现在有 3 格。"),
        ("attempt,q1\na,1\nmax,2\n", "第3行：满分行"),
    ],
)
def test_a_table_that_cannot_be_used_says_which_line(text: str, sentence: str) -> None:
    with pytest.raises(BadScores) as error:
        read(text)
    assert str(error.value).startswith(sentence)


marks = st.lists(
    st.lists(st.sampled_from([0, 0.5, 1, 2, 3.25]), min_size=3, max_size=3), min_size=2, max_size=8
)


def table(rows: list[list[float]]) -> str:
    lines = [",".join(map(str, (f"a{n}", *row))) for n, row in enumerate(rows)]
    return "\n".join(["attempt,q1,q2,q3", *lines])


@given(marks, st.randoms())
def test_the_order_of_attempts_never_matters(
    rows: list[list[float]], chance: random.Random
) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert of(table(shuffled)) == of(table(rows))


@given(marks)
def test_marks_in_another_unit_change_no_index(rows: list[list[float]]) -> None:
    """Ten times the marks: the same α, indices and weights; ten times the spread."""
    one, ten = of(table(rows)), of(table([[10 * mark for mark in row] for row in rows]))
    for name in ("skewness", "kurtosis", "alpha", "error_ratio"):
        assert ten["paper"][name] == pytest.approx(one["paper"][name])
    assert ten["paper"]["sd"] == pytest.approx(10 * one["paper"]["sd"])
    for key in ("q1", "q2", "q3"):
        for name in ("discrimination_index", "discriminative_efficiency", "effective_weight"):
            assert ten["items"][key][name] == pytest.approx(one["items"][key][name])


@given(marks)
def test_an_index_is_a_correlation_and_weights_share_a_hundred(rows: list[list[float]]) -> None:
    found = of(table(rows))
    indices = [item["discrimination_index"] for item in found["items"].values()]
    assert all(index is None or -100.0001 <= index <= 100.0001 for index in indices)
    weights = [item["effective_weight"] for item in found["items"].values()]
    known = [weight for weight in weights if weight is not None]
    assert not known or sum(known) == pytest.approx(100)
    assert found["paper"]["alpha"] is None or found["paper"]["alpha"] <= 100
