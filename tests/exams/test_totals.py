"""Adding up an attempt: sums, corrections of keys, marks of essays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.totals import SPREAD, Asked, Change, Mark, exactly, graded, mean_of, number, total

from .asked import question

HALF = Fraction(1, 2)
SIXTY = Fraction(60)
KEYS = "ABCD"


def single(response: str | None, *changes: Change, points: Fraction = Fraction(1), at: int = 1):  # type: ignore[no-untyped-def]
    return Asked(at, at, points, question("single"), response, changes)


def corrected(mode: str, key: str = "C", lowers: bool = False) -> Change:
    content = question("single", answer=key) if mode in ("key", "both") else None
    return Change(mode, content, lowers)


changes = st.builds(
    corrected,
    st.sampled_from(["key", "both", "full", "void"]),
    st.sampled_from(KEYS),
    st.booleans(),
)


@st.composite
def attempts(draw: st.DrawFn) -> list[Asked]:
    """A paper of single, multiple and blank questions, some corrected, some of them twice."""
    made = []
    for at in range(1, draw(st.integers(1, 5)) + 1):
        points = Fraction(draw(st.sampled_from([1, 2, 5, 7])), draw(st.sampled_from([1, 2])))
        kind = draw(st.sampled_from(["single", "multiple", "blank"]))
        if kind == "single":
            said: object = draw(st.none() | st.sampled_from(KEYS))
        elif kind == "multiple":
            said = draw(st.lists(st.sampled_from(KEYS), unique=True))
        else:
            said = [draw(st.sampled_from(["30天", "三十日", "错"])), "退票费"]
        asked = question(kind, policy="partial") if kind == "multiple" else question(kind)
        mine = draw(st.lists(changes, max_size=3)) if kind == "single" else []
        made.append(Asked(at, at, points, asked, said, tuple(mine)))
    return made


@given(attempts())
def test_points_are_the_sum_of_their_questions_and_never_above_possible(asked: list[Asked]) -> None:
    found = total(asked, SIXTY)
    assert 0 <= found.points <= found.possible <= sum(each.points for each in asked)
    kept = [d for d in found.details.values() if not d.get("void")]
    assert number(found.points) == pytest.approx(sum(d["points"] for d in kept))
    assert set(found.details) == {str(each.position) for each in asked}
    assert found.passed is (None if not found.possible else found.percent >= SIXTY)  # type: ignore[operator]
    assert exactly(number(found.points)) == found.points


@given(attempts(), st.integers(0, 4), changes)
def test_a_correction_that_does_not_lower_takes_from_nobody(
    asked: list[Asked], which: int, change: Change
) -> None:
    before = total(asked, SIXTY)
    which %= len(asked)
    one = asked[which]
    asked[which] = replace(one, changes=(*one.changes, replace(change, lowers=False)))
    after = total(asked, SIXTY)
    assert (after.percent or Fraction(0)) >= (before.percent or Fraction(0))
    assert not (before.passed and after.passed is False)


@given(st.lists(changes, min_size=2, max_size=3), st.sampled_from(KEYS))
def test_corrections_that_only_add_come_to_the_same_in_any_order(
    found: list[Change], said: str
) -> None:
    adding = [replace(change, lowers=False) for change in found]
    other = single("A", at=2)
    come_to = {
        (out.points, out.possible)
        for order in permutations(adding)
        for out in [total([single(said, *order), other], SIXTY)]
    }
    assert len(come_to) == 1


@given(st.lists(changes, max_size=3), changes, st.sampled_from(KEYS))
def test_a_correction_that_may_lower_stands_alone(
    before: list[Change], last: Change, said: str
) -> None:
    last = replace(last, lowers=True)
    alone = total([single(said, last), single("B", at=2)], SIXTY)
    after = total([single(said, *before, last), single("B", at=2)], SIXTY)
    assert (alone.points, alone.possible) == (after.points, after.possible)


@pytest.mark.parametrize(
    ("said", "change", "worth", "possible"),
    [
        ("C", corrected("key"), 1, 1),
        ("B", corrected("key"), 1, 1),
        ("B", corrected("key", lowers=True), 0, 1),
        ("A", corrected("key"), 0, 1),
        ("B", corrected("both", lowers=True), 1, 1),
        ("C", corrected("both", lowers=True), 1, 1),
        (None, corrected("full"), 1, 1),
        ("A", corrected("void"), 0, 0),
        ("B", corrected("void"), 1, 1),
        ("B", corrected("void", lowers=True), 0, 0),
    ],
)
def test_what_each_way_of_correcting_does(
    said: str | None, change: Change, worth: int, possible: int
) -> None:
    found = total([single(said, change)], SIXTY)
    assert (found.points, found.possible) == (worth, possible)


def test_a_void_question_stays_only_where_leaving_it_out_would_lower() -> None:
    partly = Asked(
        1, 1, Fraction(2), question("multiple", policy="partial"), ["A"], (Change("void"),)
    )
    weak, strong = single("A", at=2), single("B", at=2)
    kept = total([partly, weak], SIXTY)
    assert (kept.points, kept.possible) == (1, 3)
    assert "仍然计分" in kept.details["1"]["why"]
    left = total([partly, strong], SIXTY)
    assert (left.points, left.possible) == (1, 1)
    assert left.details["1"] == {
        "fraction": None,
        "points": None,
        "needs_marking": False,
        "why": "本题作废，不计分。",
        "void": True,
        "version": 1,
    }


def test_an_attempt_with_nothing_that_counts_neither_passes_nor_fails() -> None:
    nothing = total([single("A", corrected("void"))], SIXTY)
    assert (nothing.possible, nothing.percent, nothing.passed, nothing.complete) == (
        0,
        None,
        None,
        True,
    )


def test_the_pass_mark_is_compared_exactly() -> None:
    thirds = [
        Asked(at, at, Fraction(1), question("match"), {"G": "高速动车"}) for at in range(1, 4)
    ]
    assert total(thirds, Fraction(100, 3)).passed is True
    assert total(thirds, Fraction("33.34")).passed is False


def test_a_response_of_another_shape_earns_nothing_and_breaks_nothing() -> None:
    found = total([single({"left": "right"})], SIXTY)  # type: ignore[arg-type]
    assert (found.points, found.complete) == (0, True)
    assert "读不出" in found.details["1"]["why"]


# Essays


def essay(*marks: Mark, double: bool = False, said: object = "退票", **changed: object) -> Asked:
    changes = tuple(changed.pop("changes", ()))  # type: ignore[call-overload]
    return Asked(1, 1, Fraction(10), question("essay"), said, changes, marks, double)


shares = st.integers(0, 20).map(lambda n: Fraction(n, 20))


@given(shares, shares)
def test_two_markers_count_alike_and_far_apart_not_at_all(one: Fraction, other: Fraction) -> None:
    found = mean_of([Mark(one), Mark(other)], True)
    assert found == mean_of([Mark(other), Mark(one)], True)
    assert found == ((one + other) / 2 if abs(one - other) <= SPREAD else None)
    assert mean_of([Mark(one), Mark(other), Mark(HALF, settles=True)], True) == HALF
    assert mean_of([Mark(one)], True) is None
    assert mean_of([Mark(one)], False) == one


def test_an_essay_waits_until_it_is_marked_and_an_empty_one_does_not() -> None:
    waiting = total([essay(), single("B", at=2)], SIXTY)
    assert (waiting.complete, waiting.passed, waiting.points, waiting.possible) == (
        False,
        None,
        1,
        11,
    )
    assert waiting.details["1"]["needs_marking"] is True
    assert "suggested" not in waiting.details["1"]
    done = total([essay(Mark(Fraction(7, 10), "有理")), single("B", at=2)], SIXTY)
    assert (done.complete, done.points) == (True, 8)
    assert done.details["1"]["words"] == ["有理"]
    assert total([essay(said="  ")], SIXTY).complete


def test_full_points_end_the_waiting_for_an_essay() -> None:
    found = total([essay(changes=[Change("full")])], SIXTY)
    assert (found.complete, found.points) == (True, 10)
    assert total([essay(changes=[Change("void")])], SIXTY).complete


def test_what_graded_it_may_be_remembered() -> None:
    seen = []

    def remembering(asked, said):  # type: ignore[no-untyped-def]
        seen.append(said)
        return graded(asked, said)

    total([single("B")], SIXTY, remembering)
    assert seen == ["B"]
