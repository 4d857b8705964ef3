"""What a paper asks: read strictly, split by weights."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.blueprints import Blueprint, Fixed, Row, Weights, read, split
from exams.questions import DIFFICULTIES
from kb.errors import InvalidContent

ROW = {"topic": "票务/退票", "difficulty": "easy", "kind": "single", "grade": "", "number": 5}
ROW |= {"points": 2}


def test_a_blueprint_comes_back_as_it_was_kept() -> None:
    content = {"rows": [ROW], "weights": {"初级": {"easy": 5, "medium": 3, "hard": 2}}}
    found = read(content)
    assert isinstance(found, Blueprint)
    assert (found.as_json(), found.number, found.possible) == (content, 5, 10)


def test_a_fixed_paper_comes_back_as_it_was_kept() -> None:
    content = {"questions": [{"version": 3, "points": 1.5}, {"version": 1, "points": 2}]}
    found = read(content)
    assert isinstance(found, Fixed)
    assert (found.as_json(), found.possible) == (content, Fraction(7, 2))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "试卷的内容应为一个对象"),
        ({}, "二者取一"),
        ({"rows": [ROW], "questions": []}, "二者取一"),
        ({"rows": []}, "至少要有一行"),
        ({"rows": "x"}, "应为一个列表"),
        ({"rows": [ROW], "mark": 1}, "没有“mark”这一项"),
        ({"rows": [ROW, 7]}, "第2行：应为一个对象"),
        ({"rows": [ROW | {"numbr": 5}]}, "第1行：没有“numbr”这一项"),
        ({"rows": [ROW | {"number": True}]}, "第1行：题数应为"),
        ({"rows": [ROW | {"number": "5"}]}, "第1行：题数应为"),
        ({"rows": [ROW | {"number": 0}]}, "第1行：题数应为"),
        ({"rows": [ROW, ROW | {"points": 0}]}, "第2行：每题分值"),
        ({"rows": [ROW | {"points": 0.001}]}, "第1行：每题分值"),
        ({"rows": [ROW | {"points": float("nan")}]}, "第1行：每题分值"),
        ({"rows": [ROW | {"kind": "quiz"}]}, "第1行：题型只能是"),
        ({"rows": [ROW | {"difficulty": ["easy"]}]}, "第1行：难度只能是"),
        ({"rows": [ROW | {"topic": "票" * 401}]}, "第1行：知识点"),
        ({"rows": [ROW | {"topic": "退\0票"}]}, "第1行：知识点"),
        ({"rows": [ROW | {"number": 200}] * 2}, "一共 400 道题"),
        ({"rows": [ROW], "weights": []}, "难度比例应为一个对象"),
        ({"rows": [ROW], "weights": {"初级": {"easy": -1}}}, "“初级”的难度比例"),
        ({"rows": [ROW], "weights": {"": {"easy": 0}}}, "“其他等级”的难度比例"),
        ({"rows": [ROW], "weights": {"初级": {"易": 1}}}, "没有“易”这一项"),
        ({"questions": [{"version": 1, "points": 1}] * 2}, "第2题：和前面的题重复"),
        ({"questions": [{"version": 10**12, "points": 1}]}, "第1题：没有写是题库里的哪一道"),
        ({"questions": [{"version": 1}]}, "第1题：每题分值"),
        ({"questions": [{"version": 1, "points": 1}], "weights": {}}, "没有难度比例"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content: Any, said: str) -> None:
    with pytest.raises(InvalidContent) as wrong:
        read(content)
    assert said in str(wrong.value)


weights = st.fixed_dictionaries({name: st.integers(0, 9) for name in DIFFICULTIES}).filter(
    lambda each: any(each.values())
)


@given(st.integers(0, 60), weights)
def test_a_split_is_whole_and_no_part_is_a_question_off(number: int, each: dict[str, int]) -> None:
    parts = split(number, each)
    assert sum(parts.values()) == number
    for name, part in parts.items():
        assert abs(part - Fraction(number * each[name], sum(each.values()))) < 1


def test_rows_without_a_difficulty_are_shared_out_together() -> None:
    rows = [Row(1, Fraction(1))] * 10 + [Row(3, Fraction(1), difficulty="hard")]
    named = Blueprint(tuple(rows), {"高级": Weights(1, 2, 7), "": Weights(1, 1, 1)})
    assert named.shares("高级") == {"easy": 1, "medium": 2, "hard": 7 + 3}
    assert named.shares("初级") == {"easy": 4, "medium": 3, "hard": 3 + 3}
    assert Blueprint(tuple(rows), {"高级": Weights(1, 2, 7)}).shares("初级") is None
