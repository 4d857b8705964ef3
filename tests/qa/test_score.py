"""The scoring kernel: the three modes by hand, and what holds for every rubric."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import BadMarks
from qa.exact import rounded
from qa.rubric_read import parse
from qa.score import Result, score
from tests.qa.rubrics import JsonObject, answered, form, item, number, rubric, section

YES_NO = {"yes": 10, "no": 0}


def figures(result: Result, *names: str) -> list[Any]:
    shown = result.as_dict()
    return [shown[name] for name in names]


# Weighted


def test_weighted_shares_times_weights_over_the_weights_that_apply() -> None:
    """(3·10/10 + 2·5/10 + 5·0/10) ÷ (3+2+5) = 4/10 = 40; without the last: 4/5 = 80."""
    made = rubric(
        "weighted",
        section("a", item("x", weight=3), item("y", weight=2), item("z", weight=5, na=True)),
    )
    assert figures(score(made, {"x": "yes", "y": "half", "z": "no"}), "raw") == [40]
    assert figures(score(made, {"x": "yes", "y": "half", "z": "na"}), "raw", "not_applicable") == [
        80,
        ["z"],
    ]


def test_a_sections_weight_is_spread_evenly_over_its_items() -> None:
    """a: 60 over two items, 30 each; b: 40 on one. 30·1 + 30·0 + 40·½ = 50 of 100.

    Without y its 30 leave both sides: (30 + 20) ÷ 70 = 71.43.
    """
    made = rubric(
        "weighted",
        section("a", item("x"), item("y", na=True), weight=60),
        section("b", item("z"), weight=40),
    )
    result = score(made, {"x": "yes", "y": "no", "z": "half"})
    assert figures(result, "raw", "earned", "possible") == [50, 50, 100]
    assert result.as_dict()["items"]["x"] == {"earned": 10, "possible": 10, "weight": 30}
    assert figures(score(made, {"x": "yes", "y": "na", "z": "half"}), "raw") == [71.43]


def test_a_multi_earns_its_sum_up_to_its_cap() -> None:
    """Possible is min(max, 4+4+4) = 10; two chosen are 8 of 10, three are 10 of 10."""
    multi = {**item("m", {"a": 4, "b": 4, "c": 4}), "kind": "multi", "max": 10}
    made = rubric("weighted", section("s", multi))
    assert figures(score(made, {"m": ["a", "c"]}), "raw") == [80]
    assert figures(score(made, {"m": ["a", "b", "c"]}), "raw") == [100]
    assert figures(score(made, {"m": []}), "raw") == [0]


def test_an_item_with_nothing_to_earn_has_no_share_but_may_be_fatal() -> None:
    made = rubric(
        "weighted",
        section("s", item("x"), item("f", {"ok": 0, "bad!": 0}, fatal="form", weight=None)),
    )
    assert figures(score(made, {"x": "half", "f": "ok"}), "raw", "reported") == [50, 50]
    assert figures(score(made, {"x": "half", "f": "bad"}), "raw", "reported") == [50, 0]


# Points


def test_points_with_a_bonus_that_is_never_in_possible() -> None:
    """8/10 + 3/5 = 11/15 = 73.33; with the bonus of 4: 15/15 = 100 (research B2, derived)."""
    bonus = item("b", {"yes": 4, "no": 0}, bonus=True)
    made = rubric(
        "points",
        section("s", item("x", {"a": 10, "b": 8}), item("y", {"a": 5, "b": 3}), bonus),
    )
    without = score(made, {"x": "b", "y": "b", "b": "no"})
    assert figures(without, "raw", "earned", "possible") == [73.33, 11, 15]
    assert figures(score(made, {"x": "b", "y": "b", "b": "yes"}), "raw", "possible") == [100, 15]
    assert figures(score(made, {"x": "a", "y": "a", "b": "yes"}), "raw") == [126.67]


def test_points_weigh_whole_sections() -> None:
    """(1·3 + 2·4) ÷ (1·5 + 2·10) = 11/25 = 44."""
    made = rubric(
        "points",
        section("a", item("x", {"a": 5, "b": 3})),
        section("b", item("y", {"a": 10, "b": 4}), weight=2),
    )
    result = score(made, {"x": "b", "y": "b"})
    assert figures(result, "raw") == [44]
    assert result.as_dict()["sections"] == {
        "a": {"raw": 60, "reported": 60},
        "b": {"raw": 40, "reported": 40},
    }


# Deduction


@pytest.mark.parametrize(
    ("bounds", "points", "expected"),
    [
        ({"base": 100, "floor": 0, "ceiling": 100}, [-4], 96),
        ({"base": 100, "floor": 0, "ceiling": 100}, [-60, -50], 0),
        ({"base": 100, "floor": 0, "ceiling": 100}, [-50], 50),
        ({"base": 100, "floor": 0, "ceiling": 100}, [10], 100),
        ({"base": 80, "floor": 0, "ceiling": 100}, [10, -5], 85),
        ({}, [-130], 0),
        ({}, [30], 100),
        ({"base": 120}, [], 120),
        ({"floor": -50}, [-130], -30),
    ],
)
def test_deduction_starts_from_the_base_and_stays_within_bounds(
    bounds: JsonObject, points: list[int], expected: int
) -> None:
    """The tests C1–C5 of the research, then the defaults: base 100, floor 0, ceiling 100."""
    worth = [*points, 0]
    items = [item(f"i{n}", {"hit": p, "no": 0}) for n, p in enumerate(worth)]
    made = rubric("deduction", section("s", *items), **bounds)
    assert figures(score(made, {f"i{n}": "hit" for n in range(len(worth))}), "raw") == [expected]


# Fatal, critical


def test_a_fatal_error_of_a_section_takes_what_the_section_earned() -> None:
    """Raw (10+10+10)/40 = 75; section a earned 20 of 40, so reported is 10/40 = 25."""
    made = rubric(
        "points",
        section("a", item("x"), item("y"), item("f", {"ok": 10, "bad!": 0}, fatal="section")),
        section("b", item("z")),
    )
    result = score(made, {"x": "yes", "y": "yes", "f": "bad", "z": "yes"})
    assert figures(result, "raw", "reported", "failed") == [75, 25, ["f"]]
    assert result.as_dict()["sections"]["a"] == {"raw": 66.67, "reported": 0}


def test_a_fatal_error_of_the_form_reports_nought_and_keeps_the_raw_score() -> None:
    made = rubric(
        "deduction",
        section("s", item("f", {"ok": 0, "bad!": -10}, fatal="form")),
        floor=40,
        bands=[{"from": 0, "name": "不合格"}, {"from": 60, "name": "合格"}],
    )
    assert figures(score(made, {"f": "bad"}), "raw", "reported", "band") == [90, 0, "不合格"]


def test_a_failed_item_that_is_not_fatal_is_named_and_nothing_more() -> None:
    made = rubric("points", section("s", item("x", {"yes": 4, "no!": 1})))
    assert figures(score(made, {"x": "no"}), "raw", "reported", "failed") == [25, 25, ["x"]]


def test_a_section_of_deductions_is_not_forgiven_by_its_fatal_error() -> None:
    """The section earned −30; setting that to nought would raise 70 to 100."""
    made = rubric(
        "deduction", section("s", item("f", {"ok": 0, "bad!": -30}, fatal="section")), base=100
    )
    assert figures(score(made, {"f": "bad"}), "raw", "reported") == [70, 70]


def test_critical_items_alone_unweighted() -> None:
    """(10 + 2) ÷ (10 + 20) = 40, whatever the weights."""
    made = rubric(
        "weighted",
        section(
            "s",
            item("x", weight=1, critical=True),
            item("y", {"a": 20, "b": 2}, weight=9, critical=True),
            item("z", weight=5),
        ),
    )
    assert figures(score(made, {"x": "yes", "y": "b", "z": "no"}), "critical") == [40]


# Conditions, numbers


CONDITION = {"any": [{"item": "a", "in": ["no"]}, {"all": [{"item": "n", "in": [7]}]}]}


@pytest.mark.parametrize(
    ("given", "hidden"),
    [
        ({"a": "yes", "n": 3}, ["x", "y"]),
        ({"a": "yes", "n": 7, "x": "yes", "y": "half"}, []),
        ({"a": "no", "n": 3, "x": "no"}, ["y"]),
        ({"a": "yes", "n": 3, "x": "never looked at", "y": 5}, ["x", "y"]),
    ],
)
def test_a_condition_hides_an_item_and_what_hangs_on_it(
    given: JsonObject, hidden: list[str]
) -> None:
    made = rubric(
        "points",
        section("s", item("y", when={"item": "x", "in": ["yes", "half"]})),
        section("t", item("x", when=CONDITION), item("a"), number("n", (0, 5, 1), (5, 9, 2))),
    )
    assert sorted(score(made, given).hidden) == hidden


def test_an_item_that_is_not_hidden_must_be_answered() -> None:
    made = rubric("points", section("s", item("x"), item("y"), item("z")))
    with pytest.raises(BadMarks, match="“y”（y）：没有作答；“z”（z）：没有作答"):
        score(made, {"x": "yes", "z": None})


@pytest.mark.parametrize(
    ("value", "points"), [(0, 1), (59.99, 1), (60, 2), (119, 2), (120, 2), (131, 3), (139, 3)]
)
def test_a_bound_shared_by_two_ranges_belongs_to_the_upper_one(value: float, points: int) -> None:
    made = rubric("points", section("s", number("n", (0, 60, 1), (60, 120, 2), (130, 139, 3))))
    assert score(made, {"n": value}).earned == points


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("maybe", "没有选项“maybe”，可选：yes、half、no"),
        (3, "应为一个选项"),
        (["yes"], "应为一个选项"),
        (True, "应为一个选项"),
        ("na", "不能选“不适用”"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_in_words(given: Any, sentence: str) -> None:
    with pytest.raises(BadMarks, match=sentence):
        score(rubric("points", section("s", item("x"))), {"x": given})


@pytest.mark.parametrize("given", ["12", True, float("nan"), 1e300, 200, [1]])
def test_a_number_that_is_none_or_lies_in_no_range_is_refused(given: Any) -> None:
    with pytest.raises(BadMarks, match="数字|区间"):
        score(rubric("points", section("s", number("n", (0, 100, 1)))), {"n": given})


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(BadMarks, match="超出了范围"):
        score(rubric("points", section("s", number("n", (0, 100, 1)))), {"n": 10**5000})


def test_every_fault_of_the_marks_is_told_at_once() -> None:
    made = rubric("points", section("s", item("x"), {**item("m"), "kind": "multi"}))
    with pytest.raises(BadMarks) as caught:
        score(made, {"x": "q", "m": ["yes", "yes"], "ghost": 1})
    assert [fault.path for fault in caught.value.faults] == [
        "answers.ghost",
        "answers.m",
        "answers.x",
    ]


def test_a_long_chain_of_conditions_is_no_recursion() -> None:
    chain = [item("i0")]
    chain += [item(f"i{n}", when={"item": f"i{n - 1}", "in": ["yes"]}) for n in range(1, 400)]
    made = rubric("points", section("s", *reversed(chain)))
    assert score(made, {f"i{n}": "yes" for n in range(400)}).as_dict()["raw"] == 100


# Exactness


def test_tenths_are_tenths() -> None:
    """0.1·1 + 0.2·1 of 0.3 is 100, not 100.00000000000001; and 2.675 rounds up to 2.68."""
    parts = [item("x", {"y": 0.1}), item("y", {"y": 0.2}), item("z", {"y": 0.7, "n": 0})]
    result = score(rubric("points", section("s", *parts)), {"x": "y", "y": "y", "z": "n"})
    assert (result.earned, result.raw) == (Fraction(3, 10), Fraction(30))
    assert rounded(Fraction("2.675")) == 2.68
    assert rounded(Fraction("-2.675")) == -2.68


def test_the_band_is_that_of_the_figure_shown() -> None:
    """89.996 is shown as 90.00 and so is in the band from 90."""
    bands = [{"from": 90, "name": "优"}, {"from": 0, "name": "中"}]
    made = rubric("deduction", section("s", item("x", {"y": -10.004})), bands=bands)
    assert figures(score(made, {"x": "y"}), "raw", "band") == [90, "优"]


# For every rubric


@settings(max_examples=60)
@given(answered(), st.randoms(use_true_random=False))
def test_the_order_of_sections_items_options_and_marks_does_not_matter(
    pair: tuple[JsonObject, JsonObject], chance: Any
) -> None:
    made, given = pair
    other = copy.deepcopy(made)
    chance.shuffle(other["sections"])
    for part in other["sections"]:
        chance.shuffle(part["items"])
        for each in part["items"]:
            chance.shuffle(each.get("options", []))
            chance.shuffle(each.get("ranges", []))
    turned = dict(reversed(given.items()))
    assert _comparable(score(parse(made), given)) == _comparable(score(parse(other), turned))


def _comparable(result: Result) -> JsonObject:
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in result.as_dict().items()
    }


@settings(max_examples=60)
@given(answered())
def test_not_applicable_everywhere_gives_no_score(pair: tuple[JsonObject, JsonObject]) -> None:
    made, given = pair
    result = score(parse(made), dict.fromkeys(given, "na"))
    assert figures(result, "raw", "reported", "critical", "band") == [None] * 4
    assert list(result.not_applicable) == list(given)


@settings(max_examples=60)
@given(answered(spread=False), st.data())
def test_an_item_not_applicable_is_as_if_it_were_not_there(
    pair: tuple[JsonObject, JsonObject], data: st.DataObject
) -> None:
    made, given = pair
    key = data.draw(st.sampled_from(sorted(given)))
    absent = copy.deepcopy(made)
    for part in absent["sections"]:
        part["items"] = [each for each in part["items"] if each["key"] != key]
    absent["sections"] = [part for part in absent["sections"] if part["items"]]
    if not absent["sections"]:
        return
    rest = {name: value for name, value in given.items() if name != key}
    marked, removed = score(parse(made), {**given, key: "na"}), score(parse(absent), rest)
    names = ("raw", "reported", "critical", "earned", "possible", "failed")
    assert figures(marked, *names) == figures(removed, *names)


@settings(max_examples=60)
@given(answered(), st.data())
def test_a_hidden_item_is_as_one_not_applicable(
    pair: tuple[JsonObject, JsonObject], data: st.DataObject
) -> None:
    made, given = pair
    key = data.draw(st.sampled_from(sorted(given)))
    hiding = copy.deepcopy(made)
    hiding["sections"].append(section("last", item("gate", {"a": 0}, na=True)))
    seen = copy.deepcopy(hiding)
    for part in hiding["sections"]:
        for each in part["items"]:
            if each["key"] == key:
                each["when"] = {"item": "gate", "in": ["never"]}
    hidden = score(parse(hiding), {**given, "gate": "na"})
    marked = score(parse(seen), {**given, "gate": "na", key: "na"})
    assert hidden.hidden == (key,)
    names = ("raw", "reported", "critical", "earned", "possible", "sections")
    assert figures(hidden, *names) == figures(marked, *names)


@settings(max_examples=60)
@given(answered(), st.data(), st.sampled_from(["section", "form"]))
def test_making_an_item_fatal_never_raises_the_score(
    pair: tuple[JsonObject, JsonObject], data: st.DataObject, scope: str
) -> None:
    made, given = pair
    key = data.draw(st.sampled_from(sorted(given)))
    stricter = copy.deepcopy(made)
    for part in stricter["sections"]:
        for each in part["items"]:
            if each["key"] == key and "fatal" not in each:
                each["fatal"] = scope
    before, after = score(parse(made), given), score(parse(stricter), given)
    assert after.raw == before.raw
    if before.reported is not None:
        assert after.reported is not None
        assert after.reported <= before.reported
    if before.raw is not None:
        assert before.reported is not None
        assert before.reported <= before.raw


@settings(max_examples=60)
@given(answered(modes=("weighted", "points"), lowest=0))
def test_without_bonus_or_negative_points_scores_lie_within_0_and_100(
    pair: tuple[JsonObject, JsonObject],
) -> None:
    made, given = pair
    result = score(parse(made), given)
    parts = [part.reported for part in result.sections.values()]
    for value in (result.raw, result.reported, result.critical, *parts):
        assert value is None or 0 <= value <= 100


@settings(max_examples=60)
@given(answered(modes=("deduction",)), st.integers(-50, 50), st.integers(60, 150))
def test_a_deduction_stays_within_its_bounds_but_for_a_fatal_nought(
    pair: tuple[JsonObject, JsonObject], floor: int, ceiling: int
) -> None:
    made, given = pair
    result = score(parse({**made, "floor": floor, "ceiling": ceiling}), given)
    if result.raw is not None and result.reported is not None:
        assert floor <= result.raw <= ceiling
        assert min(floor, 0) <= result.reported <= ceiling


@settings(max_examples=60)
@given(answered(modes=("weighted",), spread=False), st.integers(2, 9))
def test_weights_count_only_by_their_proportion(
    pair: tuple[JsonObject, JsonObject], factor: int
) -> None:
    made, given = pair
    heavier = copy.deepcopy(made)
    for part in heavier["sections"]:
        for each in part["items"]:
            each["weight"] *= factor
    assert score(parse(made), given).reported == score(parse(heavier), given).reported


@settings(max_examples=60)
@given(answered())
def test_the_best_answers_give_the_full_score_of_points_and_weights(
    pair: tuple[JsonObject, JsonObject],
) -> None:
    made, _ = pair
    read = parse({**made, "mode": "points"})
    best: JsonObject = {}
    for each in read.items():
        if each.kind == "multi":
            best[each.key] = [option.key for option in each.options if option.points > 0]
        elif each.kind == "number":
            top = max(each.ranges, key=lambda r: r.points)
            best[each.key] = float(top.start if top.start is not None else (top.end or 0) - 1)
        else:
            best[each.key] = max(each.options, key=lambda option: option.points).key
    assert score(read, best).raw in (None, 100)


@settings(max_examples=60)
@given(answered(na=False))
def test_a_bonus_never_lowers_and_leaving_it_out_changes_nothing(
    pair: tuple[JsonObject, JsonObject],
) -> None:
    made, given = pair
    richer = copy.deepcopy(made)
    richer["sections"][0]["items"].append(
        item("bonus", {"yes": 5, "no": 0}, bonus=True)
        | ({"weight": 1} if "weight" in richer["sections"][0]["items"][0] else {})
    )
    plain = score(parse(made), given).raw
    without = score(parse(richer), {**given, "bonus": "no"}).raw
    with_it = score(parse(richer), {**given, "bonus": "yes"}).raw
    assert plain == without
    if with_it is not None and without is not None:
        assert with_it >= without


def test_a_rubric_is_a_form_of_the_contract() -> None:
    """The result has exactly the contract's fields, and the version of the arithmetic."""
    made = parse(form("points", section("s", item("x"))))
    assert set(score(made, {"x": "yes"}).as_dict()) == {
        *("raw", "reported", "critical", "earned", "possible", "band", "failed"),
        *("not_applicable", "hidden", "items", "sections", "kernel"),
    }
