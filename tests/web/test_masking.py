"""Personal data never reaches the search log; what the trade needs stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.masking import mask


@pytest.mark.parametrize(
    "text, masked",
    [
        ("我手机13800138000要退票", "我手机〔手机号〕要退票"),
        ("１３８ ０００１ ２３４５", "〔手机号〕"),
        ("138-0013-8000", "〔手机号〕"),
        ("身份证11010519491231002X丢了", "身份证〔证件号〕丢了"),
        ("010-55550100 打不通", "〔电话〕 打不通"),
        ("卡6222 0212 3456 7890 123", "卡〔卡号〕"),
        ("发到a.b@example.com吧", "发到〔邮箱〕吧"),
        ("护照E12345678", "护照〔证件号〕"),
        ("港澳证H12345678", "港澳证〔证件号〕"),
    ],
)
def test_personal_data_is_named_but_not_kept(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text", ["G1234次几点开", "12306打不通", "WES-80", "25000元", "2026-11-21 14:05", "20261121"]
)
def test_codes_amounts_and_dates_of_the_trade_stay(text):
    assert mask(text) == text


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "我的", " ", "："]))
def test_no_mobile_number_survives(number, before):
    assert number not in mask(f"{before}{number}查一下")
