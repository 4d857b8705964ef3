"""Near-duplicates, on texts alone."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.duplicates import LEAST, Sketch, near, similarity
from kb.records import Record

from ..world import ARTICLES, REFUND

TEXTS = st.one_of(st.text(max_size=80), st.sampled_from([r.body for r in ARTICLES]))


def test_a_text_in_other_script_width_and_layout_is_the_same() -> None:
    assert similarity("退票費按５％收取。\n\n**開車前**", "退票费按5%收取，开车前") == 1


def test_an_edited_copy_is_near_and_another_article_of_the_trade_is_not() -> None:
    edited = replace(
        REFUND, key="copy", body=re.sub("48", "36", REFUND.body).replace("铁路责任", "承运人责任")
    )
    others = [r for r in ARTICLES if r.key != REFUND.key]
    assert [key for key, _ in near(edited, [*ARTICLES])] == [REFUND.key]
    assert near(REFUND, others) == []
    assert near(REFUND, ARTICLES) == []  # itself does not count


def test_a_short_text_within_a_long_one_is_found_by_containment() -> None:
    part = REFUND.body[:120]
    assert similarity(part, REFUND) >= LEAST
    assert near(part, [(r.key, Sketch.of(r)) for r in ARTICLES])[0][0] == REFUND.key


def test_a_phrase_everybody_uses_is_no_duplicate() -> None:
    assert (
        similarity(
            "请问有什么可以帮您？", "您好，铁路旅客服务中心，请问有什么可以帮您？祝您旅途愉快"
        )
        < LEAST
    )


def test_the_likest_comes_first_and_equals_come_by_key() -> None:
    text = "开车前48小时以上退票，收取票价的5%作为退票费。"
    found = near(text, [("b", text), ("a", text), ("c", text[:-6]), ("d", "另一件事")])
    assert [key for key, _ in found] == ["a", "b", "c"]
    assert near(text, [("a", text), ("b", text)], limit=1) == [("a", 1.0)]


@settings(max_examples=80, deadline=None)
@given(TEXTS, TEXTS)
def test_similarity_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    found = similarity(one, other)
    assert 0 <= found <= 1
    assert found == similarity(other, one)
    assert similarity(one, one) in (0, 1)


def test_texts_without_a_letter_are_like_nothing() -> None:
    assert similarity("", "") == 0
    assert similarity("！？", "……") == 0
    assert near(Record("k", "", "。"), ARTICLES) == []
