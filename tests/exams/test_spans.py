"""Seconds that were played: each counted once, and never more than time allows."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams import spans
from exams.spans import Span

TENTHS = st.integers(0, 3000).map(lambda n: n / 10)
SPANS = st.lists(st.tuples(TENTHS, TENTHS), max_size=12)


def tenths(given: list[Span]) -> set[int]:
    """The tenths of a second that spans hold, one by one: the slow and obvious way."""
    return {n for a, b in given for n in range(round(a * 10), round(b * 10))}


@given(SPANS)
def test_merging_keeps_every_tenth_once_sorted_and_apart(found: list[Span]) -> None:
    merged = spans.merge(found)
    assert tenths(merged) == tenths(found)
    assert all(a < b for a, b in merged)
    assert all(one[1] < two[0] for one, two in pairwise(merged))
    assert spans.length(found) == pytest.approx(len(tenths(found)) / 10)
    assert spans.merge(reversed(merged)) == merged


@given(SPANS)
def test_what_is_kept_is_read_back(found: list[Span]) -> None:
    assert spans.parse(spans.text(found)) == spans.merge(found)


@given(SPANS, SPANS)
def test_what_is_taken_away_is_gone_and_nothing_else(found: list[Span], taken: list[Span]) -> None:
    assert tenths(spans.without(found, taken)) == tenths(found) - tenths(taken)


@given(SPANS, SPANS, st.integers(0, 2000).map(lambda n: n / 10))
def test_credit_is_never_more_than_was_played_nor_than_time_allows(
    heard: list[Span], played: list[Span], most: float
) -> None:
    after = tenths(spans.credit(heard, played, most))
    new = after - tenths(heard)
    assert tenths(heard) <= after <= tenths(heard) | tenths(played)
    possible = len(tenths(played) - tenths(heard))
    assert len(new) == min(possible, math.floor(most * 10 + 1e-6))


@given(SPANS, SPANS)
def test_a_report_sent_again_gives_nothing_more(heard: list[Span], played: list[Span]) -> None:
    once = spans.credit(heard, played, 1e9)
    assert spans.credit(once, played, 1e9) == once


def test_nonsense_is_no_span() -> None:
    nan, inf = math.nan, math.inf
    assert spans.merge([(5, 5), (6, 2), (nan, 3), (0, inf), (-4, -1), (-1, 1)]) == [(0, 1)]
    assert spans.parse("a-b,,3-,-,7-9,1e400-2,５-６") == [(5, 6), (7, 9)]
    assert spans.text([(0, 12.5), (100000.5, 100001)]) == "0-12.5,100000.5-100001"
