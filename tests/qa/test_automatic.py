"""When an automatic answer may count without a person."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.automatic import Answer, counted, fits, same, standing

from .calls import item, measured

CHECK = {"kind": "forbidden", "phrases": ["不知道"]}
ITEM = item(CHECK, na=True)


def test_thirty_five_agreements_of_thirty_five_pass_and_thirty_four_do_not() -> None:
    """Wilson 95 %: 35 of 35 has the lower bound 35/(35+1.96²) = 0.9011; 34 of 34 0.8985."""
    enough = standing(ITEM, [("yes", "yes")] * 35)
    assert (enough.n, enough.agreed, enough.alone) == (35, 35, True)
    assert enough.agreement is not None
    assert enough.agreement.low == pytest.approx(0.9011, abs=1e-4)
    assert (
        enough.reason == "35 通里 35 通与人一致（100.0%，下限 90.1%），达到 90.0%，可以单独计分。"
    )
    few = standing(ITEM, [("yes", "yes")] * 34)
    assert not few.alone
    assert few.reason.endswith("下限不到 90.0%，要由人来判。")
    assert standing(ITEM, [("yes", "yes")] * 34, threshold=0.8).alone


def test_what_it_could_not_judge_is_counted_apart_and_what_nobody_judged_not_at_all() -> None:
    found = standing(ITEM, [(None, "yes"), ("no", "yes"), ("yes", None), ("na", "na")])
    assert (found.n, found.agreed, found.abstained) == (2, 1, 1)
    nothing = standing(ITEM, [("yes", None)])
    assert (nothing.n, nothing.agreement, nothing.alone) == (0, None, False)
    assert "只作建议" in nothing.reason


def test_numbers_agree_where_they_fall_into_one_range() -> None:
    numbers = measured({"kind": "silence", "over": 3})
    assert same(numbers, Fraction(3), Fraction(9))
    assert not same(numbers, Fraction(9), Fraction(10))
    assert not same(numbers, Fraction(500), Fraction(500))


def test_a_persons_answer_counts_and_the_automatic_one_is_kept_beside_it() -> None:
    trusted = standing(ITEM, [("yes", "yes")] * 40)
    both = counted(ITEM, "no", "yes", trusted)
    assert (both.answer, both.automatic, both.human, both.apart) == ("yes", "no", "yes", True)
    alone = counted(ITEM, "no", None, trusted)
    assert (alone.source, alone.answer, alone.human) == ("automatic", "no", None)
    untried = counted(ITEM, "no", None, None)
    assert (untried.source, untried.answer, untried.automatic) == (None, None, "no")
    assert untried.waits
    assert counted(ITEM, None, None, trusted).waits


def test_trust_is_of_its_own_item_and_of_answers_it_still_takes() -> None:
    trusted = standing(ITEM, [("yes", "yes")] * 40)
    assert counted(ITEM, "gone", None, trusted).waits
    assert counted(replace(ITEM, key="y"), "yes", None, trusted).waits
    assert not counted(ITEM, "yes", None, trusted).waits
    assert not fits(item(CHECK), "na")
    assert fits(ITEM, "na")


@given(st.lists(st.tuples(*[st.sampled_from(["yes", "no", "na", None])] * 2), max_size=60))
def test_more_disagreement_never_earns_trust(pairs: list[tuple[Answer, Answer]]) -> None:
    before = standing(ITEM, pairs)
    after = standing(ITEM, [*pairs, ("yes", "no")])
    assert after.n == before.n + 1
    assert before.alone or not after.alone
