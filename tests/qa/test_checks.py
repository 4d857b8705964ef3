"""Checks of wording and sound on calls written by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from qa.checks import KINDS, Heard, check_of, suggest
from qa.checks.matching import compact, denied
from qa.errors import BadRubric
from qa.rubric_checks import check as notices
from qa.rubric_read import parse

from .calls import Base, find, heard, item, measured, measured_call
from .rubrics import form, section

GREETING = ["您好", "很高兴为您服务"]
GOOD = (
    "2-5 座席：您好，铁路客服，很高兴为您服务。",
    "6-9 客户：你好，我想退票。",
    "10-14 座席：好的，退票手续费是百分之二十。",
    "15-17 客户：知道了，谢谢。",
    "18-21 座席：不客气，祝您生活愉快，再见。",
)


def words(finding: Any) -> list[str]:
    return [each.words for each in finding.evidence]


# Phrases


def test_what_must_be_said_is_found_with_its_place() -> None:
    found = find({"kind": "required", "phrases": GREETING}, heard(*GOOD))
    assert (found.outcome, found.answer) == ("pass", "yes")
    assert words(found) == ["您好", "很高兴为您服务"]
    first = found.evidence[0]
    assert (first.utterance, first.start, first.end, first.at) == (0, 0, 2, Fraction(2))


def test_what_was_not_said_is_named_and_gets_the_failing_option() -> None:
    found = find({"kind": "required", "phrases": ["请稍等", "再见"]}, heard(*GOOD))
    assert (found.outcome, found.answer) == ("fail", "no")
    assert "“请稍等”" in found.reason
    assert words(found) == ["再见"]


@pytest.mark.parametrize(("need", "outcome"), [("any", "pass"), ("all", "fail"), (1, "pass")])
def test_all_any_or_some_of_the_phrases_may_be_needed(need: object, outcome: str) -> None:
    check = {"kind": "required", "phrases": ["请稍等", "再见"], "need": need}
    assert find(check, heard(*GOOD)).outcome == outcome


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        ("保证退款", "我保證退款給您"),
        ("保證退款", "我保证，退款给您"),
        ("保证退款", "我保证嗯那个退 款给您"),
        ("保证退款", "我保证　退款给您"),
        ("WIFI", "用Ｗｉ－Ｆｉ连上"),
        ("三十天内", "30 天内可以退"),
        ("30天内", "三十日内可以退"),
        ("扣5%", "扣百分之五的手续费"),
        ("12306", "请拨1 2 3 0 6"),
    ],
)
def test_a_phrase_is_known_in_every_way_of_writing_it(phrase: str, line: str) -> None:
    found = find({"kind": "forbidden", "phrases": [phrase]}, heard(f"0-4 座席：{line}"))
    assert (found.outcome, found.answer) == ("fail", "no")


@pytest.mark.parametrize(
    ("phrase", "line"),
    [("5%", "扣15%"), ("退票", "退一张票"), ("G12", "坐G1234次"), ("0天", "30天")],
)
def test_a_phrase_does_not_cut_a_number_or_a_word_in_two(phrase: str, line: str) -> None:
    found = find({"kind": "forbidden", "phrases": [phrase]}, heard(f"0-4 座席：{line}"))
    assert found.outcome == "pass"


def test_a_phrase_split_over_two_utterances_is_found_in_both() -> None:
    call = heard("0-2 座席：这个我保证", "2-3 客户：嗯", "2.5-4 座席：退款给您")
    found = find({"kind": "forbidden", "phrases": ["保证退款"]}, call)
    assert found.outcome == "fail"
    assert [(e.utterance, e.words) for e in found.evidence] == [(0, "保证"), (2, "退款")]
    later = heard("0-2 座席：这个我保证", "9-12 座席：退款给您")
    assert find({"kind": "forbidden", "phrases": ["保证退款"]}, later).outcome == "pass"


@pytest.mark.parametrize(("phrase", "line"), [("请那个人来", "请那个人来"), ("这个", "嗯这个")])
def test_words_of_a_phrase_that_are_fillers_elsewhere_are_its_own(phrase: str, line: str) -> None:
    check = {"kind": "required", "phrases": [phrase]}
    assert find(check, heard(f"0-4 座席：{line}")).outcome == "pass"
    endless = {"kind": "required", "phrases": ["嗯" * 60 + "好"]}
    assert find(endless, heard(f"0-4 座席：{'嗯' * 500}")).outcome == "fail"


def test_what_the_customer_says_is_not_the_agents() -> None:
    call = heard("0-3 客户：你能保证退款吗", "4-6 座席：我帮您看看")
    assert find({"kind": "forbidden", "phrases": ["保证退款"]}, call).outcome == "pass"
    by_anyone = {"kind": "forbidden", "phrases": ["保证退款"], "by": "anyone"}
    assert find(by_anyone, call).outcome == "fail"


@pytest.mark.parametrize(
    ("before", "says_no"),
    [
        ("我们不能", True),
        ("我们不能给您", True),
        ("没有办法", True),
        ("我没说", True),
        ("无法跟您", True),
        ("能不能", False),
        ("您是不是", False),
        ("不好意思", False),
        ("没关系", False),
        ("特别", False),
        ("不，我", False),
        ("我", False),
        ("", False),
    ],
)
def test_a_negation_right_before_is_told_from_words_like_it(before: str, says_no: bool) -> None:
    assert denied(before) is says_no


def test_a_denied_mention_does_not_count_unless_asked_for() -> None:
    call = heard("0-3 座席：我们不能保证退款")
    found = find({"kind": "forbidden", "phrases": ["保证退款"]}, call)
    assert found.outcome == "pass"
    assert found.evidence[0].note == "是否定的说法，不算"
    counted = {"kind": "forbidden", "phrases": ["保证退款"], "negated": True}
    assert find(counted, call).outcome == "fail"


def test_synonyms_of_the_knowledge_base_count_when_asked_for() -> None:
    base = Base(synonyms=(frozenset({"退票", "退款"}),))
    call = heard("0-3 座席：退款要收费", knowledge=base)
    check = {"kind": "required", "phrases": ["退票要收费"]}
    assert find(check, call).outcome == "fail"
    assert find({**check, "synonyms": True}, call).outcome == "pass"


@pytest.mark.parametrize(
    ("window", "outcome"),
    [({"first": 6}, "pass"), ({"first": 2}, "fail"), ({"last": 5}, "fail"), ({}, "pass")],
)
def test_a_phrase_counts_within_its_seconds(window: dict[str, int], outcome: str) -> None:
    check = {"kind": "required", "phrases": ["很高兴为您服务"], **window}
    assert find(check, heard(*GOOD, duration=21)).outcome == outcome


def test_without_words_or_speakers_a_check_does_not_guess() -> None:
    check = {"kind": "required", "phrases": ["您好"]}
    assert find(check, Heard()).answer is None
    found = find(check, heard("0-3 您好"))
    assert (found.outcome, found.answer) == ("unsure", None)
    assert find({"kind": "forbidden", "phrases": ["您好"]}, heard("0-3 您好")).answer is None
    assert find({"kind": "forbidden", "phrases": ["再见"]}, heard("0-3 您好")).answer == "yes"


def test_the_opening_is_counted_from_the_agents_first_word() -> None:
    check = {"kind": "opening", "phrases": GREETING, "within": 5}
    assert find(check, heard("20-23 座席：您好，很高兴为您服务")).outcome == "pass"
    late = heard("20-22 座席：喂", "30-33 座席：您好，很高兴为您服务")
    found = find(check, late)
    assert (found.outcome, found.answer) == ("fail", "no")
    assert find(check, heard(*GOOD[1:])).reason.startswith("开头5秒内")


def test_the_closing_is_counted_back_from_the_agents_last_word() -> None:
    check = {"kind": "closing", "phrases": ["再见", "祝您"], "within": 5}
    found = find(check, heard(*GOOD, duration=90))
    assert found.outcome == "pass"
    assert found.evidence[0].utterance == 4
    assert find(check, heard(*GOOD[:3])).outcome == "fail"


def test_one_thing_comes_before_another_and_in_time() -> None:
    steps = [{"phrases": ["身份证号"], "by": "agent"}, {"phrases": ["改签好了"]}]
    order = {"kind": "order", "steps": steps}
    call = heard("0-3 座席：请说身份证号", "4-8 客户：三三零一", "30-33 座席：改签好了")
    assert find(order, call).answer == "yes"
    assert find({**order, "within": 40}, call).outcome == "pass"
    late = find({**order, "within": 10}, call)
    assert (late.outcome, late.answer) == ("fail", "no")
    assert "10秒内没有" in late.reason
    turned = heard("0-3 座席：改签好了", "4-8 座席：请说身份证号")
    assert find(order, turned).outcome == "fail"


def test_a_second_chance_at_the_first_step_counts() -> None:
    order = {
        "kind": "order",
        "within": 5,
        "steps": [{"phrases": ["请稍等"]}, {"phrases": ["久等"]}],
    }
    call = heard("0-2 座席：请稍等", "20-22 座席：请稍等", "24-26 座席：让您久等了")
    assert find(order, call).outcome == "pass"


def test_a_first_step_that_never_happens_may_have_an_answer_of_its_own() -> None:
    order = {
        "kind": "order",
        "steps": [{"phrases": ["投诉"], "by": "customer"}, {"phrases": ["抱歉"]}],
    }
    assert find(order, heard(*GOOD)).answer == "no"
    found = find({**order, "absent": "na"}, heard(*GOOD), na=True)
    assert (found.outcome, found.answer) == ("absent", "na")


# Sound

HOLD = (
    "0-3 座席：请稍等，我查一下。",
    "25-28 座席：让您久等了。",
    "29-30 客户：好",
    "50-52 座席：退好了",
)


def test_a_long_silence_fails_unless_it_was_explained() -> None:
    check = {"kind": "silence", "over": 10}
    call = measured_call(*HOLD, duration=52)
    found = find(check, call)
    assert (found.outcome, found.answer) == ("fail", "no")
    assert [(e.at, e.until) for e in found.evidence] == [(3, 25), (30, 50)]
    excused = find({**check, "said_before": ["请稍等"], "most": 1}, call)
    assert excused.outcome == "pass"
    assert [e.words for e in excused.evidence] == ["", "", "请稍等"]
    assert find({**check, "said_before": ["请稍等"]}, call).outcome == "fail"
    after = {**check, "said_after": ["久等"], "most": 1}
    assert find(after, call).outcome == "pass"
    assert find({**after, "excused_up_to": 15}, call).outcome == "fail"


def test_a_silence_finer_than_the_figures_is_not_judged() -> None:
    found = find({"kind": "silence", "over": 1}, measured_call(*HOLD, duration=52))
    assert found.answer is None
    assert "3秒以上" in found.reason
    from_words = find({"kind": "silence", "over": 1}, heard(*HOLD, duration=52))
    assert from_words.settings["source"] == "transcript"
    assert from_words.outcome == "fail"
    assert find({"kind": "silence", "over": 5}, Heard()).answer is None


@pytest.mark.parametrize(("measure", "value"), [("longest", 22), ("total", 42), ("count", 2)])
def test_an_item_with_ranges_takes_the_number(measure: str, value: int) -> None:
    made = check_of(measured({"kind": "silence", "over": 10, "measure": measure}))
    assert made is not None
    assert made.find(measured_call(*HOLD, duration=52)).answer == value


def test_a_number_in_no_range_is_left_to_a_person() -> None:
    made = check_of(measured({"kind": "duration", "from": 0}))
    assert made is not None
    found = made.find(measured_call(*HOLD, duration=152))
    assert found.answer is None
    assert "不在评分项的任何区间内" in found.reason


def test_overtalk_interruptions_pace_and_duration_read_the_figures() -> None:
    call = measured_call(
        "0-10 客户：我想问一下我的票怎么退",
        "8-20 座席：您先听我说完这个票是不能退的您只能改签",
        "19-24 客户：可是",
        duration=30,
    )
    assert find({"kind": "overtalk", "seconds": 3}, call).outcome == "pass"
    assert find({"kind": "overtalk", "share": 0.05}, call).outcome == "fail"
    broke_in = find({"kind": "interruptions", "most": 0}, call)
    assert broke_in.outcome == "fail"
    assert [(e.at, e.note) for e in broke_in.evidence] == [(8, "座席打断")]
    assert find({"kind": "interruptions", "by": "customer", "over": 2}, call).outcome == "pass"
    assert find({"kind": "pace", "from": 90, "to": 200}, call).answer == "yes"
    slow = find({"kind": "pace", "from": 180}, call)
    assert slow.reason == "座席语速 95字/分，要求至少 180字/分，不在范围内。"
    assert find({"kind": "duration", "to": 30}, call).outcome == "pass"
    assert find({"kind": "duration", "of": "agent", "from": 20}, call).outcome == "fail"


def test_a_fact_of_the_call_is_read_where_there_is_one() -> None:
    check = {"kind": "fact", "fact": "satisfaction", "from": 4}
    assert find(check, Heard(facts={"satisfaction": 5})).outcome == "pass"
    assert find(check, Heard(facts={"satisfaction": 2})).outcome == "fail"
    assert find(check, Heard(facts={"satisfaction": "好"})).answer is None


def test_figures_that_do_not_tell_speakers_apart_are_not_judged() -> None:
    nothing = {"overtalk": {"total": None}, "interruptions": None, "agent": {"rate_cpm": None}}
    call = Heard(figures=nothing)
    for check in (
        {"kind": "overtalk", "seconds": 3},
        {"kind": "interruptions"},
        {"kind": "pace", "from": 100},
        {"kind": "duration", "from": 1},
    ):
        assert find(check, call).answer is None


# Reading


def test_answers_named_in_the_check_are_taken_and_null_leaves_it_to_a_person() -> None:
    check = {"kind": "required", "phrases": ["请稍等"], "fail": "half", "pass": None}
    assert find(check, heard(*GOOD)).answer == "half"
    assert find({**check, "phrases": ["您好"]}, heard(*GOOD)).answer is None


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        ({"kind": "magic"}, "kind 应为"),
        ({}, "没有写检查什么"),
        ({"kind": "required"}, "phrases 应为用语的列表"),
        ({"kind": "required", "phrases": ["！！"]}, "第1条应为文字"),
        ({"kind": "required", "phrases": [["您好", 3]]}, "第1条应为文字"),
        ({"kind": "required", "phrases": ["a"], "need": 2}, "need 应为"),
        ({"kind": "required", "phrases": ["a"], "need": True}, "need 应为"),
        ({"kind": "forbidden", "phrases": ["a"], "by": "boss"}, "by 应为"),
        ({"kind": "forbidden", "phrases": ["a"], "first": 3, "last": 3}, "只能写一个"),
        ({"kind": "forbidden", "phrases": ["a"], "first": -3}, "应大于 0"),
        ({"kind": "forbidden", "phrases": ["a"], "frist": 3}, "没有字段 frist"),
        ({"kind": "forbidden", "phrases": ["a"], "fail": "bad"}, "fail 应为本项的一个选项"),
        ({"kind": "forbidden", "phrases": ["a"], "fail": "na"}, "fail 应为本项的一个选项"),
        ({"kind": "forbidden", "phrases": ["a"], "fail": "yes"}, "同一个选项"),
        ({"kind": "order", "steps": [{"phrases": ["a"]}]}, "至少要有两步"),
        ({"kind": "order", "steps": [{"phrases": ["a"]}, {"words": ["b"]}]}, "第2步：自动检查"),
        ({"kind": "silence"}, "缺少 over"),
        ({"kind": "silence", "over": "很久"}, "over 不是数字"),
        ({"kind": "silence", "over": 3, "most": 1.5}, "most 应为"),
        ({"kind": "overtalk"}, "写且只写一个"),
        ({"kind": "overtalk", "share": 3}, "超出了范围"),
        ({"kind": "pace"}, "要写 from 或 to"),
        ({"kind": "duration", "from": 9, "to": 3}, "from 大于 to"),
        ({"kind": "fact", "from": 3}, "缺少 fact"),
        ({"kind": "answer", "differs": "no"}, "只供人判断"),
        ({"kind": "answer", "turns": 0}, "turns 应为"),
    ],
)
def test_a_wrong_check_is_a_fault_with_its_place(check: dict[str, Any], fault: str) -> None:
    """It can be read and scored by people, but not put to use."""
    found = [str(notice) for notice in notices(_rubric(check)) if notice.error]
    assert any(fault in each for each in found), found
    assert all(each.startswith("“一项”（x）") for each in found)


def _rubric(check: dict[str, Any]) -> Any:
    return parse(form("points", section("s", item(check).as_json())))


def test_a_measured_item_and_a_multi_item_say_what_they_cannot_have() -> None:
    with pytest.raises(BadRubric, match="量不出数"):
        check_of(measured({"kind": "answer"}))
    with pytest.raises(BadRubric, match="不用写 pass"):
        check_of(measured({"kind": "silence", "over": 3, "pass": "yes"}))
    with pytest.raises(BadRubric, match="多选项不能自动检查"):
        check_of(item({"kind": "pace", "from": 1}, kind="multi"))


def test_a_rubric_suggests_for_every_item_with_a_check() -> None:
    items = [
        item({"kind": "opening", "phrases": ["您好"]}).as_json() | {"key": "open"},
        item({"kind": "forbidden", "phrases": ["不知道"]}).as_json() | {"key": "never"},
        {
            "key": "manner",
            "title": "语态",
            "kind": "choice",
            "options": item({}).as_json()["options"],
        },
    ]
    found = suggest(parse(form("points", section("s", *items))), heard(*GOOD))
    assert [(each.item, each.kind, each.answer) for each in found] == [
        ("open", "opening", "yes"),
        ("never", "forbidden", "yes"),
    ]
    assert all(each.as_json()["settings"] for each in found)


def test_every_kind_has_a_title_and_what_can_come_out() -> None:
    assert all(kind.title and "unsure" in kind.outcomes for kind in KINDS.values())


def test_compact_text_keeps_its_way_back() -> None:
    text = "３０ 天，退 款！"
    found = compact(text)
    assert found.text == "30天退款"
    assert [text[a:b] for a, b in found.spans][-2:] == ["退", "款"]
