"""Rows are filled together whenever they can be, against every way there is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from exams.matching import Lanes, Short, Want, fill

QUESTIONS = "abcdefg"
wants = st.lists(
    st.builds(Want, st.integers(1, 3), st.frozensets(st.sampled_from(QUESTIONS))),
    min_size=1,
    max_size=4,
)
kins = st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from("xy"), max_size=4)
orders = st.permutations(list(QUESTIONS))


def ways(wants: list[Want[str]], kin: dict[str, str], taken: frozenset[str]) -> Iterator[set[str]]:
    """Every set of questions that fills the rows."""
    if not wants:
        yield set()
        return
    first, *rest = wants
    free = sorted(q for q in first.pool if kin.get(q, q) not in taken)
    for some in combinations(free, first.number):
        used = {kin.get(q, q) for q in some}
        if len(used) == first.number:
            for others in ways(rest, kin, taken | used):
                yield {*some, *others}


@given(wants, orders, kins)
def test_rows_are_filled_if_there_is_any_way(
    wants: list[Want[str]], order: list[str], kin: dict[str, str]
) -> None:
    found = fill(wants, order, kin)
    possible = any(True for _ in ways(wants, kin, frozenset()))
    assert isinstance(found, list) == possible
    if isinstance(found, Short):
        assert found.found < found.wanted == sum(wants[n].number for n in found.wants)
        together = frozenset().union(*(wants[n].pool for n in found.wants))
        assert found.found == len({kin.get(q, q) for q in together})
        return
    for want, chosen in zip(wants, found, strict=True):
        assert len(chosen) == want.number
        assert want.pool >= set(chosen)
        assert chosen == sorted(chosen, key=order.index)
    used = [kin.get(q, q) for chosen in found for q in chosen]
    assert len(used) == len(set(used))


lanes = st.builds(
    Lanes,
    st.fixed_dictionaries({q: st.sampled_from("eh") for q in QUESTIONS}),
    st.fixed_dictionaries({"e": st.integers(0, 6), "h": st.integers(0, 6)}),
)


@given(wants, orders, lanes)
def test_rows_are_filled_within_the_lanes_if_there_is_any_way_and_the_first_come_first(
    wants: list[Want[str]], order: list[str], lanes: Lanes[str]
) -> None:
    found = fill(wants, order, {}, lanes)
    fitting = [
        sorted(map(order.index, way))
        for way in ways(wants, {}, frozenset())
        if all(sum(lanes.of[q] == lane for q in way) <= room for lane, room in lanes.room.items())
    ]
    assert isinstance(found, list) == bool(fitting)
    if isinstance(found, list):
        assert sorted(order.index(q) for chosen in found for q in chosen) == min(fitting)


@given(wants, orders, st.integers(0, len(QUESTIONS)))
def test_as_few_as_can_be_are_of_the_last_questions(
    wants: list[Want[str]], order: list[str], cut: int
) -> None:
    found = fill(wants, order, {})
    if isinstance(found, Short):
        return
    late = set(order[cut:])
    count = sum(q in late for chosen in found for q in chosen)
    assert count == min(len(way & late) for way in ways(wants, {}, frozenset()))


def test_a_narrow_row_is_not_starved_by_a_broad_one() -> None:
    broad = Want(2, frozenset("abc"))
    assert fill([broad, Want(1, frozenset("a"))], "abc", {}) == [["b", "c"], ["a"]]


def test_rows_that_are_short_together_are_named() -> None:
    one, two = Want(2, frozenset("ab")), Want(1, frozenset("b"))
    assert fill([Want(1, frozenset("z")), one, two], "zab", {}) == Short((1, 2), 3, 2)
    assert fill([one], "ab", {"a": "x", "b": "x"}) == Short((0,), 2, 1)
    easy = Lanes(dict.fromkeys("ab", "e"), {"e": 1, "h": 1})
    assert fill([one], "ab", {}, easy) == Short((), 2, 1)
