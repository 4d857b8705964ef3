"""What is to be looked at before publishing; on texts alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.radar import Other, contradictions, duplicates, gone, links
from kb.records import Record

from ..world import ARTICLES, REFUND


def new(body: str, key: str = "new") -> Record:
    return Record(key, "新的一篇", body)


def other(body: str) -> Other:
    return Other("old", "旧的一篇", body)


@pytest.mark.parametrize(
    "mine, theirs",
    [
        (
            "停运列车的车票，乘车日起30天内可以全额退票。",
            "停运列车的车票，乘车日起15日内可以全额退票。",
        ),
        ("退款会在三十天内退回原支付账户。", "退款將在15天內退回原支付帳戶。"),
        ("成人每人可以免费携带２０千克行李。", "- 成人每人可免费携带25公斤行李"),
    ],
)
def test_another_number_in_the_same_sentence_is_found_with_both_sides(
    mine: str, theirs: str
) -> None:
    [finding] = contradictions(new(mine), [other(theirs)])
    assert finding.own == mine
    assert finding.other == theirs.removeprefix("- ")
    assert finding.key == "old"
    assert "核对依据" in finding.advice


@pytest.mark.parametrize(
    "mine, theirs",
    [
        # the same number, said otherwise
        ("乘车日起30天内可以全额退票。", "乘车日起三十日内可以全额退票。"),
        # another case
        ("成人每人可以免费携带20千克行李。", "儿童每人可以免费携带10千克行李。"),
        ("开车前48小时以上退票收5%。", "开车前不足24小时退票收20%。"),
        # another unit, a date, and nothing but a number
        ("挂失补办要在3天内提出申请。", "挂失补办要交2元的手续费用。"),
        ("2026年11月22日起调整售票时间。", "2026年12月1日起调整售票时间。"),
        ("30天", "15天"),
        # it also has the same sentence with our number
        (
            "停运列车的车票30天内可以全额退票。",
            "停运列车的车票30天内可以全额退票。\n\n停运列车的车票15天内可以全额退票。",
        ),
    ],
)
def test_what_is_no_contradiction_gives_no_alarm(mine: str, theirs: str) -> None:
    assert contradictions(new(mine), [other(theirs)]) == []


def test_only_what_changed_is_held_against_the_others_and_never_the_text_itself() -> None:
    mine, theirs = "停运列车的车票30天内可以全额退票。", "停运列车的车票15天内可以全额退票。"
    assert contradictions(new(mine), [other(theirs)], before=new(mine)) == []
    assert contradictions(new(mine, "old"), [other(theirs)]) == []
    assert len(contradictions(new(mine), [other(theirs)], before=new(theirs))) == 1


def test_a_near_duplicate_is_named_and_a_neighbour_is_not() -> None:
    others = [Other(r.key, r.title, r.body) for r in ARTICLES]
    copy = Record("copy", REFUND.title, REFUND.body.replace("48", "36"))
    assert [finding.key for finding in duplicates(copy, others)] == [REFUND.key]
    assert duplicates(REFUND, others) == []


def test_links_are_read_as_the_page_shows_them() -> None:
    body = (
        "见[退票](/articles/refund-fee)和[中文](/articles/退票%20费?x=1#top)，"
        "[官网](https://example.test/a)，`[代码](/articles/no)`，[坏](javascript:alert)\n\n"
        "| 表 | 格 |\n| --- | --- |\n| [改签](/articles/change) | 1 |\n"
    )
    assert [link.key for link in links(body)] == ["refund-fee", "退票 费", "", "change"]
    assert [link.address for link in links(body) if not link.key] == ["https://example.test/a"]


def test_sentences_that_go_are_told_word_for_word() -> None:
    assert gone(new("甲说一。乙说二。"), new("甲说一。乙说三。")) == ["乙说二。"]


@settings(max_examples=50)
@given(st.text(max_size=120), st.text(max_size=120))
def test_no_text_breaks_the_radar(mine: str, theirs: str) -> None:
    contradictions(new(mine), [other(theirs)])
    assert contradictions(new(mine), [other(mine)]) == []
    links(mine)
