"""Numbers of files as exact fractions, and back."""

from __future__ import annotations

import doctest
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import exams.answers
import exams.exact
import exams.generate.values
from exams.exact import decimal, exact, plain, share


@pytest.mark.parametrize("module", [exams.exact, exams.answers, exams.generate.values])
def test_the_examples_in_the_help_of_functions_are_true(module: object) -> None:
    found = doctest.testmod(module)  # type: ignore[arg-type]
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize(
    "value", [None, True, "", "三", "1,5", "1/3", "0x10", "1e999", "9" * 50, float("inf"), [], "٣"]
)
def test_what_is_no_plain_number_is_none(value: object) -> None:
    assert exact(value) is None


@given(st.decimals(-(10**9), 10**9, places=4))
def test_a_decimal_is_said_and_read_without_loss(value: object) -> None:
    found = exact(str(value))
    assert found is not None
    assert exact(decimal(found)) == exact(plain(found)) == found


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_share_survives_five_decimals_and_a_float(part: int, whole: int) -> None:
    wanted = Fraction(min(part, whole), max(part, whole))
    assert share(float(wanted)) == wanted
    assert share(Fraction(decimal(wanted * 100, 5)) / 100) == wanted
