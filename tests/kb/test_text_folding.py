"""Folding: one form for comparing, and the way back to the text as written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text import fold

CHINESE = st.text(
    st.sampled_from("退票後乾著瞭裡ＡＢ１２，。…㎡①é学學帳甚麼身分\u200b ﾞｶ"), max_size=40
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("退票須知", "退票须知"),
        ("改簽費用", "改签费用"),
        ("Ｇ１２３４次", "g1234次"),
        ("WES–80", "wes-80"),
        ("乾淨", "干净"),
        ("看著", "看着"),
        ("著名", "着名"),
        ("瞭解", "了解"),
        ("之後", "之后"),
        ("皇后", "皇後"),
        ("憑藉", "凭借"),
        ("帳號", "账号"),
        ("帐号", "賬號"),
        ("身分證", "身份证"),
        ("甚麼", "什么"),
        ("計畫", "计划"),
        ("答覆", "答复"),
        ("車裡", "车裏"),
        ("乘車證明", "乘车证明"),
        ("（含）", "(含)"),
        ("退\u200b票", "退票"),
        ("℃", "°C"),
        ("ｶﾞ", "ガ"),
        ("e\u0301", "é"),
    ],
)
def test_two_spellings_of_the_same_text_fold_to_one(one: str, other: str) -> None:
    """Width, case, script and variants do not matter when texts are compared."""
    assert fold(one).text == fold(other).text


@pytest.mark.parametrize(
    ("one", "other"), [("退票", "改签"), ("一等座", "二等座"), ("不可以", "可以")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one).text != fold(other).text


def test_a_place_in_the_folded_text_leads_back_to_the_original() -> None:
    """Also where folding made the text longer (…) or shorter (a mark on a letter)."""
    text = "退票…㎡費用e\u0301了"
    folded = fold(text)
    start = folded.text.index("费用")
    assert text[slice(*folded.original(start, start + 2))] == "費用"
    start = folded.text.index("é了")
    assert text[slice(*folded.original(start, start + 2))] == "e\u0301了"


def test_an_empty_stretch_leads_back_to_an_empty_one() -> None:
    folded = fold("…退")
    assert folded.original(3, 3) == (1, 1)
    assert folded.original(4, 4) == (2, 2)


@given(CHINESE | st.text(max_size=30))
def test_spans_are_ordered_and_within_the_original(text: str) -> None:
    folded = fold(text)
    spans = [folded.original(i, i + 1) for i in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@given(CHINESE)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text).text).text == fold(text).text


@given(st.text(st.characters(max_codepoint=0x17F), max_size=30))
def test_composed_and_decomposed_latin_fold_alike(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", text)
    assert fold(composed).text == fold(decomposed).text


@given(CHINESE)
def test_the_quick_way_for_plain_text_agrees_with_the_careful_one(text: str) -> None:
    """A character that needs care, added at the end, does not change what comes before it."""
    careful = fold(text + "…").text
    assert careful[:-3] == fold(text).text
