"""Numbers with units in one canonical form, and what only looks like one."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text import analyse
from kb.text import numbers as text_numbers


def quantities(text: str) -> list[str]:
    return [token.text for token in analyse(text) if token.kind == "quantity"]


@pytest.mark.parametrize(
    ("forms", "canonical"),
    [
        (["三十天", "30天", "30日", "30 天", "３０天", "叁拾天"], "30天"),
        (["百分之五", "5%", "５％", "5 %"], "5%"),
        (["百分之二十", "20%"], "20%"),
        (["百分之零点五", "0.5%", "千分之五", "5‰"], "0.5%"),
        (["百分之百", "100%"], "100%"),
        (
            ["2.5万元", "25000元", "25,000元", "两万五千元", "二万五千块", "¥25000", "￥2.5万"],
            "25000元",
        ),
        (["三万五元", "3.5万元", "35000块钱"], "35000元"),
        (["半小时", "半个小时", "30分钟", "三十分钟", "半个钟头"], "30分钟"),
        (["一个半小时", "90分钟", "1.5小时", "九十分钟"], "90分钟"),
        (["两个半小时", "150分钟"], "150分钟"),
        (["一刻钟", "15分钟"], "15分钟"),
        (["24小时", "二十四小时", "24个小时"], "1440分钟"),
        (["一米三", "1.3米", "130厘米", "一百三十厘米", "130cm", "1米3", "130公分"], "130厘米"),
        (["20公斤", "20kg", "二十公斤", "20千克", "二十千克", "四十斤", "40斤"], "20公斤"),
        (["500克", "一斤", "0.5公斤"], "0.5公斤"),
        (["一周", "7天", "七天", "一个星期", "1个礼拜"], "7天"),
        (["一年", "12个月", "十二个月"], "12月"),
        (["半年", "6个月", "六个月"], "6月"),
        (["三块五", "3.5元", "3块5", "三点五元"], "3.5元"),
        (["五毛", "0.5元", "5角"], "0.5元"),
        (["三天半", "3.5天"], "3.5天"),
        (["14周岁", "14岁", "十四岁", "十四周岁"], "14岁"),
        (["三个工作日", "3个工作日"], "3工作日"),
        (["两次", "2次", "二次"], "2次"),
        (["两万毫安时", "20000mAh", "20000毫安"], "20000mah"),
        (["一百二十块钱", "120元", "一百二块"], "120元"),
        (["100Wh", "100瓦时"], "100wh"),
        (["120毫升", "120ml", "0.12升"], "0.12升"),
        (["一千零五十元", "1050元", "1,050元"], "1050元"),
        (["2026年6月30日", "2026-06-30", "2026年06月30号", "2026/6/30"], "日期2026-06-30"),
        (["6月30日", "6月30号", "06月30日"], "日期-06-30"),
    ],
)
def test_every_form_of_a_quantity_is_one_token(forms: list[str], canonical: str) -> None:
    assert {form: quantities(form) for form in forms} == {form: [canonical] for form in forms}


@pytest.mark.parametrize(
    "text",
    [
        "一次性解决", "我们一起去", "十分满意", "万一没赶上", "一般来说", "三万五", "第三条",
        "第一次", "两三天", "三五天", "几十天", "三十多天", "十几天", "好几百元", "一下", "一定",
        "一点也不", "唯一一次", "双十一", "五一", "星期一天气", "一等座", "二等", "一样", "百度",
        "千万不要", "万元", "天天", "G1234次", "初一天", "成千上万", "十五十六",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_quantity_is_none(text: str) -> None:
    assert quantities(text) == []


def test_days_and_hours_months_and_days_stay_apart() -> None:
    """Rules mean different things by 24小时 and 1天, by 1个月 and 30天."""
    assert quantities("24小时") != quantities("1天")
    assert quantities("1个月") != quantities("30天")


def test_a_quantity_within_a_sentence_keeps_its_place() -> None:
    text = "開車前四十八小時以上的，按票價百分之五計。"
    found = {t.text: text[t.start : t.end] for t in analyse(text) if t.kind == "quantity"}
    assert found == {"2880分钟": "四十八小時", "5%": "百分之五"}


@given(st.integers(1, 9999), st.sampled_from(["天", "元", "公斤", "分钟"]))
def test_chinese_and_arabic_numerals_agree(value: int, unit: str) -> None:
    assert quantities(chinese(value) + unit) == quantities(f"{value}{unit}") != []


def chinese(value: int) -> str:
    """The plain Chinese numeral of 1 … 9999."""
    digits, places = "零一二三四五六七八九", ("", "十", "百", "千")
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + digits[digit] + places[place]
        gap = digit == 0
    return text


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("一个半小时", 90, "分钟"),
        ("3块5", Fraction(7, 2), "元"),
        ("1234567.89元", Fraction(123456789, 100), "元"),
        ("千分之五", Fraction(1, 2), "%"),
        ("半年", 6, "月"),
    ],
)
def test_a_quantity_says_its_value_exactly(text: str, value: Fraction, unit: str) -> None:
    """Its text has six digits, enough to find it; those who compare numbers need all."""
    [found] = text_numbers.quantities(text)
    assert found.measure == text_numbers.Measure(Fraction(value), unit)


def test_a_date_has_no_measure_and_an_unknown_unit_none() -> None:
    [found] = text_numbers.quantities("2026年6月30日")
    assert found.measure is None
    assert text_numbers.measured(Fraction(1), "席") is None


@pytest.mark.parametrize(
    "digits", ["9" * 5000, "9" * 400 + ".5", "三" * 5000, "零点" + "三" * 5000]
)
@pytest.mark.parametrize("form", ["{}元", "{}%", "百分之{}", "¥{}", "{}万亿元", "{}天半"])
def test_a_numeral_beyond_all_reason_is_no_quantity(digits: str, form: str) -> None:
    assert quantities(form.format(digits)) == []
