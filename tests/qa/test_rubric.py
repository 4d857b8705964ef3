"""Rubrics as files: read with every fault named, checked before use, compared, self-testing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import jsonfile, starters
from qa.errors import BadFile, BadRubric
from qa.rubric import fingerprint
from qa.rubric_cases import run
from qa.rubric_checks import check
from qa.rubric_compare import comparable, compare
from qa.rubric_read import parse, read
from tests.qa.rubrics import JsonObject, form, forms, item, number, rubric, section

SHAPES = 'when 应为 {"item", "in": […]}、{"all": […]} 或 {"any": […]}，列表不能空。'
BROKEN = {
    "title": 5,
    "mode": "guess",
    "base": "100",
    "bands": [{"name": "好"}, 3],
    "sections": [
        {
            "key": "s",
            "weight": -1,
            "items": [
                {"key": "a", "kind": "choice", "options": []},
                {"key": "b", "kind": "number", "ranges": [{"from": 9, "to": 1, "points": 0}]},
                {"key": "c", "kind": "choice", "na": "yes", "options": [{"key": "na"}]},
                {"key": "d", "kind": "choice", "fatal": "all", "options": [{"points": 1e400}]},
                {**item("e"), "when": {"item": "a"}},
            ],
        },
        {"key": "t", "items": []},
    ],
}


def test_every_fault_is_found_at_once_and_says_where() -> None:
    with pytest.raises(BadRubric) as caught:
        parse(BROKEN)
    told = [(fault.path, str(fault)) for fault in caught.value.faults]
    assert told == [
        ("title", "title 应为非空文字。"),
        ("mode", "mode 应为 weighted（加权百分制）、points（得分制）、deduction（扣分制） 之一。"),
        ("base", "base 不是数字。"),
        ("bands[0].from", "第1个等级“好”：缺少 from。"),
        ("bands[1]", "第2个等级：应为一个对象 {…}。"),
        ("sections[0].weight", "第1部分“s”：weight 不能为负。"),
        (
            "sections[0].items[0].options",
            "第1部分“s”第1项“a”：要有至少一个选项（options）。",
        ),
        (
            "sections[0].items[1].ranges[0].from",
            "第1部分“s”第2项“b”第1个区间：from 大于 to。",
        ),
        (
            "sections[0].items[2].options[0].key",
            "第1部分“s”第3项“c”第1个选项“na”：选项不能叫 na，这是“不适用”。",
        ),
        (
            "sections[0].items[2].options[0].points",
            "第1部分“s”第3项“c”第1个选项“na”：缺少 points。",
        ),
        ("sections[0].items[2].na", "第1部分“s”第3项“c”：na 应为 true 或 false。"),
        (
            "sections[0].items[3].options[0].key",
            "第1部分“s”第4项“d”第1个选项：缺少 key。",
        ),
        (
            "sections[0].items[3].options[0].points",
            "第1部分“s”第4项“d”第1个选项：points 不是有限的数。",
        ),
        (
            "sections[0].items[3].fatal",
            "第1部分“s”第4项“d”：fatal 应为 section（本部分清零）、form（总分清零） 之一。",
        ),
        (
            "sections[0].items[4].when",
            "第1部分“s”第5项“e”：" + SHAPES,
        ),
        ("sections[1].items", "第2部分“t”：items 应为至少有一项的列表。"),
    ]
    assert str(caught.value).endswith("；另有 11 处。")


def test_a_title_of_several_lines_breaks_no_sentence() -> None:
    with pytest.raises(BadRubric) as caught:
        rubric("points", section("s", item("x", title="第一行\n\n第二行", weight="重")))
    assert "第一行 第二行" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [None, [], "…", 3, {}, {"mode": "points"}, {"mode": ["points"]}])
def test_what_is_no_rubric_is_refused_in_words(value: Any) -> None:
    with pytest.raises(BadRubric, match="评分表有误"):
        parse(value)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ([section("s", item("x")), section("s", item("y"))], "部分 s 写了两次"),
        ([section("s", item("x"), item("x"))], "评分项 x 写了两次"),
        ([section("s", item("x", when={"item": "y", "in": ["a"]}))], "没有评分项 y"),
        (
            [
                section("s", item("x", when={"item": "y", "in": ["yes"]})),
                section("t", item("y", when={"all": [{"item": "x", "in": ["no"]}]})),
            ],
            "when 绕成了圈",
        ),
        ([section("s", item("x", when={"item": "x", "in": ["yes"]}))], "when 绕成了圈"),
    ],
)
def test_keys_are_unique_and_conditions_lead_somewhere(
    made: list[JsonObject], sentence: str
) -> None:
    with pytest.raises(BadRubric, match=sentence):
        rubric("points", *made)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"{", "不是 JSON（第1行第2列）"),
        ("{}".encode("utf-16"), "不是 UTF-8"),
        (b'{"title": 1, "title": 2}', "“title”写了两次"),
        (b'{"base": NaN}', "有一个数字无法读取"),
        (b'{"base": ' + b"9" * 5000 + b"}", "有一个数字无法读取"),
        (b"[" * 100_000, "括号套得太深"),
        (b'{"mode":"points","base":1e999999999,"sections":[]}', "base 超出了范围"),
    ],
)
def test_a_file_that_is_no_rubric_is_refused_in_words(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "表.json"
    file.write_bytes(content)
    with pytest.raises((BadFile, BadRubric)) as caught:
        read(file)
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="没有.json：找不到这个文件"):
        read(tmp_path / "没有.json")
    with pytest.raises(BadFile, match="这是文件夹"):
        read(tmp_path)


@settings(max_examples=60)
@given(forms(), st.dictionaries(st.text(min_size=1), st.integers(), max_size=2))
def test_a_rubric_written_and_read_again_is_the_same(made: JsonObject, more: JsonObject) -> None:
    """Fields nobody knows are kept."""
    once = parse({**{f"x-{name}": value for name, value in more.items()}, **made})
    text = json.dumps(once.as_json(), ensure_ascii=False)
    again = parse(
        jsonfile.loads(text.encode("utf-8", "surrogatepass")) if _utf8(text) else once.as_json()
    )
    assert again == once
    assert fingerprint(again) == fingerprint(once)


def _utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


# Before activation


def told(made: JsonObject) -> list[str]:
    return [str(notice) for notice in check(parse(made)) if notice.error]


def warned(made: JsonObject) -> str:
    return "\n".join(str(notice) for notice in check(parse(made)) if not notice.error)


GOOD = form("points", section("s", item("x")))


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (form("points", section("s", item("x", fatal="form"))), "却没有一个选项会判为不合格"),
        (
            form("points", section("s", item("x", {"y": 1, "n!": 0}, fatal="form", bonus=True))),
            "加分项不能同时是致命项或关键项",
        ),
        (form("weighted", section("s", item("x", {"y": -1, "n": 0}), item("y"))), "没有得分的选项"),
        (form("points", section("s", item("x", {"y": 0, "n": -1}))), "没有一项能得分"),
        (
            form("points", section("s", number("n", (0, 5, 1), (4, 9, 2)))),
            "区间 0–5 与 4–9 重叠",
        ),
        (
            form("points", section("s", item("x"), item("y", when={"item": "x", "in": ["ja"]}))),
            "条件里“x”没有选项 ja",
        ),
        (form("weighted", section("s", item("x", weight=1), item("y"))), "有的项写了权重"),
        (form("deduction", section("s", item("x")), base=120, ceiling=100), "起评分 120 不在"),
        (
            {**GOOD, "bands": [{"from": 0, "name": "a"}, {"from": 0, "name": "b"}]},
            "有两个等级从同一分数开始",
        ),
        (
            form("points", section("s", {**item("x"), "kind": "check"})),
            "是自动检查，却没有写检查什么",
        ),
        ({**GOOD, "title": None}, "评分表没有名称"),
        (
            {**GOOD, "cases": [{"name": "a", "answers": {"x": "half"}, "expect": {"raw": 60}}]},
            "用例“a”：raw 应为 60，实为 50.0。",
        ),
        (
            {**GOOD, "cases": [{"name": "a", "answers": {}, "expect": {"raw": 60}}]},
            "没有作答",
        ),
    ],
)
def test_what_would_make_scores_wrong_forbids_activation(made: JsonObject, sentence: str) -> None:
    assert any(sentence in each for each in told(made)), told(made)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (form("weighted", section("s", item("x", wieght=3))), "不认识的字段 wieght"),
        (form("deduction", section("s", item("x", {"a": 0, "b": -5}))), "没有写 floor，按 0 计"),
        (form("weighted", section("s", item("x"), weight=95)), "权重合计 95，不是 100"),
        (form("weighted", section("s", item("x", weight=4), weight=5)), "以各项的为准"),
        (form("points", section("s", number("n", (0, 59, 1), (60, 90, 2)))), "59 与 60 之间的数"),
        (form("points", section("s", number("n", (0, 59, 1), (59, 90, 2)))), "大于 90 的数"),
        (form("points", section("s", item("x", {"a": 2, "b": 2}))), "怎么评都是一样的分"),
        ({**GOOD, "bands": [{"from": 60, "name": "a"}]}, "低于 60 分没有等级"),
        (GOOD, "没有用例"),
    ],
)
def test_what_may_surprise_is_a_warning(made: JsonObject, sentence: str) -> None:
    assert told(made) == []
    assert sentence in warned(made)


# Versions


def test_a_version_is_compared_in_words_and_says_whether_scores_still_compare() -> None:
    old = rubric("points", section("s", item("x"), item("y")), section("t", item("z")))
    titled = parse(
        form("points", section("s", item("x", title="开场"), item("y")), section("t", item("z")))
    )
    moved = rubric(
        "points", section("s", item("x")), section("t", item("z"), item("new"), weight=2)
    )
    assert [change.sentence for change in compare(old, titled)] == [
        "评分项“开场”的 title 由 x 改为 开场。"
    ]
    assert comparable(old, titled)
    assert compare(old, old) == []
    assert [(change.kind, change.sentence) for change in compare(old, moved)] == [
        ("added", "新增评分项“new”。"),
        ("changed", "部分“t”的 weight 由 空 改为 2。"),
        ("removed", "删去评分项“y”。"),
    ]
    assert not comparable(old, moved)


# The starters


@pytest.mark.parametrize("name", starters.names())
def test_a_starter_passes_its_own_cases_and_every_check(name: str) -> None:
    made = starters.starter(name)
    assert check(made) == []
    assert len(made.cases) >= 4
    assert all(outcome.passed for outcome in run(made))


def test_the_seven_criteria_of_the_source_are_there_and_errors_fatal_and_not() -> None:
    assert {"seven", "deductions"} <= set(starters.names())
    assert [each.title for each in starters.starter("seven").items()] == [
        *("通话语音", "语态", "语速", "服务技能", "业务知识", "客户满意度", "通话时长"),
    ]
    parts = starters.starter("deductions").sections
    assert [part.title for part in parts[:2]] == ["致命错误", "非致命错误"]
    assert all(each.fatal == "form" for each in parts[0].items)
    assert not any(each.fatal for each in parts[1].items)
