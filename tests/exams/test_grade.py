"""Marking, kind by kind; the worked examples are computed by hand."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.answers import same, value_in
from exams.errors import BadResponse
from exams.grade import Grade, grade
from exams.questions import KINDS, Question

from .asked import OPTIONS, question, questions, texts

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def fraction(asked: Question, response: object) -> Fraction | None:
    return grade(asked, response).fraction


@pytest.mark.parametrize(
    ("response", "expected"), [("B", 1), ("Ｂ", 1), ("b", 1), ("A", 0), ("Z", 0)]
)
def test_a_single_choice_is_right_or_wrong(response: str, expected: int) -> None:
    assert fraction(question("single"), response) == expected


@pytest.mark.parametrize(
    ("policy", "response", "expected"),
    [
        ("", ["A", "C"], 1),
        ("", ["C", "A"], 1),
        ("", ["A"], 0),
        ("", ["A", "B", "C"], 0),
        ("exact", ["A", "A", "C"], 1),
        ("partial", ["A", "C"], 1),
        ("partial", ["A"], HALF),
        ("partial", ["A", "B"], 0),
        ("half", ["A"], HALF),
        ("half", ["C"], HALF),
        ("half", ["C", "D"], 0),
        ("half", ["A", "C"], 1),
        ("partial", ["A", "B", "C", "D"], 0),
        ("half", ["X"], 0),
    ],
)
def test_a_multiple_choice_follows_its_policy(
    policy: str, response: list[str], expected: Fraction
) -> None:
    assert fraction(question("multiple", policy=policy), response) == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (["A"], HALF),
        (["A", "C"], 1),
        (["A", "B"], 0),
        (["A", "C", "B"], HALF),
        (["B"], 0),
        (["D"], 0),
    ],
)
def test_fractions_are_summed_and_held_between_nothing_and_all(
    response: list[str], expected: Fraction
) -> None:
    """Moodle's example: A 50 %, C 50 %, B −50 %; D says nothing."""
    shares = {"A": 0.5, "B": -0.5, "C": 0.5}
    options = [{**option, "fraction": shares.get(option["key"])} for option in OPTIONS]
    asked = question("multiple", options=options, policy="fractions")
    assert fraction(asked, response) == expected


@pytest.mark.parametrize(
    ("response", "expected"), [(True, 1), ("对", 1), ("√", 1), (False, 0), ("错误", 0)]
)
def test_a_judgement_is_right_or_wrong(response: object, expected: int) -> None:
    assert fraction(question("judge"), response) == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (["30天", "退票费"], 1),
        (["３０ 日", "退票費。"], 1),
        (["叁拾天", "《退票费》"], 1),
        (["30个工作日", "退票费"], HALF),
        (["", "退票费"], HALF),
        (["30天"], HALF),
        ([None, "x"], 0),
    ],
)
def test_blanks_count_one_by_one_and_are_compared_after_folding(
    response: list[Any], expected: Fraction
) -> None:
    assert fraction(question("blank"), response) == expected


def test_the_blanks_of_an_all_or_nothing_question_are_still_told_apart() -> None:
    found = grade(question("blank", policy="exact"), ["30天", "改签费"])
    assert found.as_dict(Fraction(4)) == {
        "fraction": 0,
        "points": 0,
        "needs_marking": False,
        "why": "共 2 空，答对 1 空；全对才得分。",
        "per_part": [1, 0],
    }


def test_a_strict_blank_is_compared_letter_by_letter() -> None:
    asked = question("blank", answer=[["WES-80"]], strict=True)
    assert [fraction(asked, [text]) for text in ("WES-80", " WES-80 ", "wes-80")] == [1, 1, 0]


@pytest.mark.parametrize(
    ("accepted", "given", "expected"),
    [
        ("三十天", "30天", True),
        ("20%", "百分之二十", True),
        ("半小时", "30 分钟", True),
        ("帳號", "账号", True),
        ("开车前48小时", "开车前四十八个小时", True),
        ("3", "三", True),
        ("1,200元", "1200块", True),
        ("8:30", "8：30", True),
        ("10分", "十分", True),
        ("一次性", "1次", False),
        ("3天", "3个工作日", False),
        ("24", "2.4", False),
        ("1.5", "15", False),
        ("不可以退", "可以退", False),
        ("8:30", "830", False),
    ],
)
def test_two_spellings_of_an_answer_are_one(accepted: str, given: str, expected: bool) -> None:
    assert same(accepted, given) is expected
    assert same(given, accepted) is expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (30, 1),
        (30.5, 1),
        (29.5, 1),
        (30.6, 0),
        ("30", 1),
        ("三十天", 1),
        ("30 日", 1),
        ("720小时", 0),
        ("４周", 0),
        ("大约30天", 0),
        ("很久", 0),
        ("1e400", 0),
        (1e308, 0),
    ],
)
def test_a_number_is_right_within_its_tolerance_and_in_its_unit(
    response: object, expected: int
) -> None:
    assert fraction(question("number"), response) == expected


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("一个半小时", "分钟", 90),
        ("90分钟", "小时", Fraction(3, 2)),
        ("25块5", "元", Fraction(51, 2)),
        ("¥25", "元", 25),
        ("3.5万元", "元", 35_000),
        ("百分之五", "%", 5),
        ("零下5度", "度", -5),
        ("30公里/小时", "公里/小时", 30),
        ("30天", "", 30),
        ("30天", "小时", None),
        ("30/7", "", None),
    ],
)
def test_a_number_is_read_in_the_unit_that_is_asked_for(
    text: str, unit: str, value: Fraction | None
) -> None:
    assert value_in(text, unit) == value


def test_exact_decimals_are_not_lost_at_the_edge_of_the_tolerance() -> None:
    asked = question("number", answer={"value": 0.3, "tolerance": 0.1})
    assert [fraction(asked, each) for each in (0.2, 0.4, 0.19999, 0.1 + 0.2)] == [1, 1, 0, 1]


@pytest.mark.parametrize(
    ("policy", "response", "expected"),
    [
        ("", ["C", "A", "B"], 1),
        ("", ["C", "B", "A"], 0),
        ("", ["C", "A"], 0),
        ("partial", ["C", "B", "A"], THIRD),
        ("partial", ["C", "C", "C"], 0),
    ],
)
def test_an_order_is_all_or_nothing_unless_places_count(
    policy: str, response: list[str], expected: Fraction
) -> None:
    assert fraction(question("order", policy=policy), response) == expected


def test_pairs_count_one_by_one() -> None:
    found = grade(question("match"), {"G": "高速動車", "D": "快速", "X": "动车"})
    assert found.fraction == THIRD
    assert found.per_part == {"G": 1, "D": 0, "K": 0}


def test_an_essay_waits_for_a_person_with_a_suggestion() -> None:
    found = grade(question("essay", points=6), "四十八小時以前可以办理退款。")
    assert found.as_dict(Fraction(6)) == {
        "fraction": None,
        "points": None,
        "needs_marking": True,
        "why": "需要人工评分；关键词对上 2 个要点，共 2 个。",
        "per_part": [1, 1],
        "suggested": {"fraction": 1, "points": 6},
    }
    assert grade(question("essay"), "可以退票").suggested == Fraction(2, 3)
    assert grade(question("essay", answer=[]), "随便").needs_marking


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nothing", [None, "", "　", [], {}, ["", None]])
def test_no_answer_earns_nothing(kind: str, nothing: object) -> None:
    assert grade(question(kind), nothing) == Grade(Fraction(0), "未作答。")


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        ("single", ["B"]),
        ("single", 2),
        ("multiple", "A"),
        ("multiple", [1]),
        ("judge", 1),
        ("judge", "也许"),
        ("blank", {"a": "b"}),
        ("blank", ["1", "2", "3"]),
        ("number", [30]),
        ("number", True),
        ("order", "CAB"),
        ("match", ["G"]),
        ("match", {"G": 3}),
        ("essay", ["x"]),
    ],
)
def test_a_response_of_another_shape_is_refused(kind: str, response: object) -> None:
    with pytest.raises(BadResponse):
        grade(question(kind), response)


# Properties

responses = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | texts | st.sampled_from("ABCDEF"),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@given(questions(), responses)
def test_a_mark_never_leaves_nothing_to_all(asked: Question, response: object) -> None:
    try:
        found = grade(asked, response)
    except BadResponse:
        return
    assert found.needs_marking == (found.fraction is None)
    assert found.fraction is None or 0 <= found.fraction <= 1
    assert found.suggested is None or 0 <= found.suggested <= 1


def key_of(asked: Question) -> object:
    """The response that is right."""
    if asked.kind == "blank":
        return [forms[-1] for forms in asked.answer]
    if asked.kind == "number":
        return str(float(asked.answer.value)) if asked.answer.unit else float(asked.answer.value)
    return dict(asked.answer) if asked.kind == "match" else asked.answer


def test_left_sides_that_fold_to_the_same_are_still_two() -> None:
    asked = question("match", answer={"<": "一", "：<": "二"})
    assert fraction(asked, {"<": "一", "：<": "二"}) == 1
    assert fraction(asked, {"<": "二", "：<": "一"}) == 0


@given(questions([kind for kind in KINDS if kind != "essay"]))
def test_the_key_itself_earns_everything(asked: Question) -> None:
    assert fraction(asked, key_of(asked)) == 1 or asked.policy == "fractions"


@given(questions(["multiple"]), st.randoms())
def test_the_order_of_options_never_matters(asked: Question, chance: random.Random) -> None:
    keys = [option.key for option in asked.options]
    chosen = [key for key in keys if chance.random() < 0.5]
    shuffled = list(asked.options)
    chance.shuffle(shuffled)
    value = asked.as_dict()
    value["options"].sort(key=lambda option: [o.key for o in shuffled].index(option["key"]))
    other = question("multiple", **{k: v for k, v in value.items() if k not in ("key", "kind")})
    assert fraction(asked, chosen) == fraction(other, chosen[::-1])
