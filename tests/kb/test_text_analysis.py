"""Tokens: words, codes, the centre's terms, with offsets; and n-grams."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text import Terms, analyse, fold, grams, grams_folded, units, words_folded
from kb.text.segment import fast_cutter, plain_cutter

MIXED = st.text(
    st.sampled_from("我想退票改簽30天三十元G12-K.一次性，。 \n…學生％半小时"), max_size=40
)


def texts(text: str, kind: str | None = None, terms: Terms = Terms()) -> list[str]:
    return [t.text for t in analyse(text, terms) if kind in (None, t.kind)]


@pytest.mark.parametrize(
    ("text", "code", "parts"),
    [
        ("G1234次列车", "g1234", {"g", "1234"}),
        ("坐Ｇ１２３４去", "g1234", {"g", "1234"}),
        ("型号WES-80", "wes-80", {"wes", "80", "wes80"}),
        ("见5.4.5节", "5.4.5", {"5.4", "5", "4"}),
        ("打12306", "12306", set()),
        ("K字头", None, set()),
        ("充电宝20000mAh", None, {"20000", "mah"}),
    ],
)
def test_a_code_is_found_whole_and_in_parts(text: str, code: str | None, parts: set[str]) -> None:
    assert texts(text, "code") == ([code] if code else [])
    assert parts <= set(texts(text))


def test_negations_are_words() -> None:
    """不可以退票 is not 可以退票."""
    assert "不" in texts("不可以退票")


def test_words_come_in_search_mode() -> None:
    assert {"手续", "手续费"} <= set(texts("退票手续费"))


def test_traditional_text_gives_the_same_words_as_simplified() -> None:
    assert texts("學生優惠票的購買資格") == texts("学生优惠票的购买资格")


def test_a_folded_dictionary_keeps_words_that_folding_changes() -> None:
    assert texts("著名的歌手") == texts("着名的歌手") == ["着名", "的", "歌手"]
    assert texts("著作") == ["着作"]
    assert "了望塔" in texts("瞭望塔")


def test_a_term_with_spaces_and_symbols_is_one_token() -> None:
    terms = Terms(["12306 App", "C++", "候补 购票"])
    assert "12306 app" in texts("在12306 APP上操作", terms=terms)
    assert "12306 app" in texts("在12306app上操作", terms=terms)
    assert "c++" in texts("学C++的", terms=terms)
    assert "候补 购票" in texts("候補購票怎么弄", terms=terms)


def test_the_longest_term_wins_and_words_within_are_still_found() -> None:
    terms = Terms(["畅行", "铁路畅行会员"])
    found = texts("铁路畅行会员积分", terms=terms)
    assert "铁路畅行会员" in found
    assert "会员" in found
    assert texts("铁路畅行会员积分", "term", terms) == ["铁路畅行会员"]


def test_a_latin_term_does_not_cut_a_longer_word() -> None:
    assert texts("happy", "term", Terms(["app"])) == []


@given(MIXED)
def test_offsets_are_those_of_the_text_as_written(text: str) -> None:
    for token in analyse(text):
        written = fold(text[token.start : token.end]).text
        assert token.kind == "quantity" or written.replace("-", "") == token.text.replace("-", "")


@given(MIXED)
def test_the_quick_way_to_words_agrees_with_the_tokens(text: str) -> None:
    folded = fold(text).text
    assert sorted(words_folded(folded)) == sorted(t.text for t in analyse(folded))


def test_grams_do_not_bridge_punctuation_and_keep_latin_whole() -> None:
    assert grams("退票，G12次") == ["退票", "g12次"]
    assert grams("票") == []
    assert units(fold("退票G12次").text) == ["退", "票", "g12", "次"]


@given(MIXED)
def test_every_pair_of_neighbouring_characters_is_a_gram(text: str) -> None:
    """So nothing of two characters or more is unfindable."""
    folded = fold(text).text
    pairs = set(grams_folded(folded))
    for a, b in pairwise(folded):
        if "\u4e00" <= a <= "\u9fff" and "\u4e00" <= b <= "\u9fff":
            assert a + b in pairs


def test_both_segmenters_give_the_same_words() -> None:
    """The fast one may be used only because it changes nothing: not one token differs."""
    fast, plain = fast_cutter(), plain_cutter()
    assert fast is not None
    runs = sorted({run for text in corpus() for run in han_runs(fold(text).text)})
    assert len(runs) > 500
    assert [r for r in runs if fast.cut(r) != plain.cut(r) or fast.words(r) != plain.words(r)] == []


def corpus() -> list[str]:
    root = Path(__file__).parents[2]
    files = [*root.glob("web/demo/articles/**/*.md"), *root.glob("tests/data/questions/*.jsonl")]
    return [file.read_text(encoding="utf-8") for file in files]


def han_runs(folded: str) -> list[str]:
    return re.findall(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,}", folded)
