"""What people type, read into our own tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.query import STOPS, Query, parse
from kb.vocabulary import Vocabulary


def test_words_are_those_that_tell_something() -> None:
    query = parse("请问退票的手续费怎么收")
    assert {"退票", "手续费"} <= set(query.words)
    assert not {"的", "怎么", "请问"} & set(query.words)


def test_negations_are_kept() -> None:
    assert "不" in parse("不可以退票").words
    assert not {"不", "没", "未", "无", "非", "别", "勿"} & STOPS


def test_where_there_are_only_small_words_they_count() -> None:
    assert parse("怎么办").words
    assert parse("请问").units == ("请", "问")


@pytest.mark.parametrize(
    "text", ['"开车前8天"', "“开车前8天”", "「開車前8天」", "『开车前８天』", "＂开车前8天＂"]
)
def test_quotes_of_every_kind_make_a_phrase(text: str) -> None:
    assert parse(text).phrases == ("开车前8天",)


def test_the_words_of_a_phrase_still_count_as_words() -> None:
    assert "退票" in parse('"退票费" 高铁').words


@pytest.mark.parametrize("text", ["改签 -团体", "改签 －团体", "-团体 改签", "改簽 -團體"])
def test_a_minus_before_a_word_excludes_it(text: str) -> None:
    query = parse(text)
    assert query.excluded == ("团体",)
    assert "团体" not in query.words
    assert "改签" in query.words


@pytest.mark.parametrize("text", ["WES-80", "8-10天", "改签-团体", "零下-20度", "-", "- 团体"])
def test_a_hyphen_elsewhere_excludes_nothing(text: str) -> None:
    assert parse(text).excluded == ()


@pytest.mark.parametrize(
    "text",
    [
        "分类:退票 手续费",
        "分类：退票 手续费",
        "类别:退票 手续费",
        "category:退票 手续费",
        "手续费 目录:/退票/",
    ],
)
def test_a_category_filter_has_several_names(text: str) -> None:
    query = parse(text)
    assert query.category == "退票"
    assert "退票" not in query.words
    assert "手续费" in query.words


@pytest.mark.parametrize("text", ["类型:公告", "kind:notice", "KIND:NOTICE", "种类：公告"])
def test_a_kind_is_named_in_chinese_or_english(text: str) -> None:
    query = parse(text)
    assert query.kinds == {"notice"}
    assert query.empty


def test_an_unknown_kind_is_ordinary_text() -> None:
    query = parse("类型:小说")
    assert query.kinds == frozenset()
    assert "小说" in query.words


def test_tags_are_collected() -> None:
    assert parse('标签:退款 tag:"高铁 动车" 费用').tags == {"退款", "高铁 动车"}


def test_codes_are_known_and_quantities_are_no_codes() -> None:
    query = parse("G1234次能带20kg行李吗 WES-80")
    assert query.codes == ("g1234", "wes-80")
    assert query.quantities == ("20公斤",)


def test_a_number_counts_once_by_what_it_means() -> None:
    """三十天 is 30天, and no reason to find 三十元 or 十天."""
    query = parse("保管三十天")
    assert "30天" in query.words
    assert "三十" not in query.words + query.grams
    assert "十" not in query.units


def test_synonyms_of_the_vocabulary_widen_the_question_and_are_named() -> None:
    vocabulary = Vocabulary(synonyms=(frozenset({"退款", "退费"}),))
    query = parse("退費多久到帳", vocabulary)
    assert [(s.word, s.others) for s in query.synonyms] == [("退费", ("退款",))]
    assert {w.term for w in query.widened} >= {"退款"}
    assert all(w.weight < 1 for w in query.widened)
    assert parse("退费多久到账").synonyms == ()


def test_words_of_the_telephone_widen_the_question_less() -> None:
    query = parse("身份证丢了")
    assert "丢了" in {s.word for s in query.spoken}
    weights = {w.term: w.weight for w in query.widened}
    assert weights["遗失"] < 0.7


def test_what_was_typed_is_not_added_again() -> None:
    query = parse("丢了怎么挂失")
    assert "挂失" not in {w.term for w in query.widened}


def test_letters_may_be_pinyin() -> None:
    assert set(parse("tuipiao 12306 wi-fi").spelled) == {"tuipiao", "wi", "fi", "wifi"}


@given(
    st.text(max_size=60)
    | st.text(st.sampled_from('退票 "“”「-分类:类型标签kind:g12\n'), max_size=40)
)
def test_anything_at_all_can_be_typed(text: str) -> None:
    assert isinstance(parse(text), Query)


@given(st.text(st.sampled_from("退票改签學生30天 G12"), max_size=30))
def test_both_scripts_read_alike(text: str) -> None:
    simplified = text.replace("學", "学")
    assert parse(text) == parse(simplified)
