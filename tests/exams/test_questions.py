"""Questions from JSON: what is taken, and what is said of the rest."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from exams.errors import BadQuestion
from exams.questions import KINDS, Question
from exams.reading import loads, read

from .asked import EXAMPLES, OPTIONS, question, questions


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_and_said_again(kind: str) -> None:
    found = question(kind, points=2.5, difficulty="hard", topics=["票务/退票"])
    assert found.points == Fraction(5, 2)
    assert read(json.loads(json.dumps(found.as_dict()))) == found


@given(questions())
def test_any_question_survives_json(found: Question) -> None:
    assert read(loads(json.dumps(found.as_dict()))) == found


def test_what_was_not_said_is_not_said() -> None:
    assert question("judge").as_dict() == {
        "key": "q",
        "kind": "judge",
        "stem": "题干",
        "answer": True,
        "points": 1,
    }


def test_thirds_that_programs_round_are_thirds() -> None:
    options = [{**option, "fraction": 0.33333} for option in OPTIONS[:3]]
    found = question("multiple", options=options, policy="fractions")
    assert sum(option.fraction or 0 for option in found.options) == 1


@pytest.mark.parametrize(
    ("kind", "changed", "sentence"),
    [
        ("single", {"answer": "Z"}, "answer：选项里没有 Z。"),
        ("single", {"answer": None}, "answer：缺少这一项。"),
        ("single", {"options": OPTIONS[:1]}, "options：至少要有两个选项。"),
        ("single", {"options": OPTIONS[:1] * 2}, "options[1]：选项 A 重复。"),
        ("multiple", {"answer": ["A", "A"]}, "answer[1]：A 重复。"),
        ("multiple", {"answer": []}, "answer：至少要有一个正确选项。"),
        ("multiple", {"answer": "AC"}, 'answer：应为选项编号的列表，如 ["A", "C"]，现在是“AC”。'),
        ("multiple", {"policy": "most"}, "policy：不认识“most”，可用：exact"),
        ("multiple", {"policy": "fractions"}, "options：按选项分值计分时"),
        ("judge", {"answer": "对"}, "answer：应为 true 或 false。"),
        ("judge", {"options": OPTIONS}, "options：判断题没有选项。"),
        ("blank", {"answer": ["30天"]}, "answer[0]：应为这一空可接受的写法的列表，现在是“30天”。"),
        ("blank", {"answer": [["a"], []]}, "answer[1]：这一空没有可接受的写法。"),
        ("blank", {"answer": [[" "]]}, "answer[0][0]：不能为空。"),
        ("number", {"answer": {"value": "三"}}, "answer.value：应为数字，现在是“三”。"),
        ("number", {"answer": {"value": 1, "tolerance": -1}}, "answer.tolerance：不能小于 0。"),
        ("number", {"answer": 30}, "answer：应为 {"),
        ("order", {"answer": ["A", "B"]}, "answer：没有排到选项 C。"),
        ("match", {"answer": {}}, "answer：应有 1 到 200 对。"),
        ("essay", {"answer": [{"words": []}]}, "answer[0].words：至少要有一个词。"),
        ("judge", {"stem": "  "}, "stem：不能为空。"),
        ("judge", {"stem": "a\x07b"}, "stem：有不能显示的字符 U+0007，请删去。"),
        ("judge", {"stem": "x" * 20_001}, "stem：有 20001 个字，最多 20000 个。"),
        ("judge", {"points": -1}, "points：应在 0 到 10000 之间。"),
        ("judge", {"points": True}, "points：应为数字，现在是true。"),
        ("judge", {"points": float("nan")}, "points：应为数字"),
        ("judge", {"source": {"start": 1}}, "source.article：缺少这一项。"),
        ("judge", {"source": {"article": "a", "start": -1}}, "source.start：应为不小于 0"),
    ],
)
def test_a_fault_is_said_with_its_place(kind: str, changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadQuestion) as error:
        question(kind, **changed)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize("value", [None, 3, "题", [], [EXAMPLES]])
def test_what_is_no_object_is_no_question(value: object) -> None:
    with pytest.raises(BadQuestion, match="第3题：应为一个题目对象"):
        read(value, "第3题")


@pytest.mark.parametrize("text", ["", "{", "[1,]", "NaN", "[" * 100_000, "1" * 5000])
def test_what_is_no_json_is_said(text: str) -> None:
    with pytest.raises(BadQuestion, match="JSON"):
        loads(text, "q.json")
