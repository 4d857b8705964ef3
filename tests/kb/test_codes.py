"""Codes as people type them, and the centre's own fields; on texts alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import fieldrules
from kb.codes import Code, short_values
from kb.errors import InvalidContent
from kb.fieldrules import FieldRule
from kb.lookup import Match, matching, terms


@pytest.mark.parametrize(
    "typed, stored, likeness",
    [
        ("g1234", "G1234", "exact"),
        ("Ｇ１２３４次列车", "G1234", "exact"),
        ("1234", "G1234", "part"),
        ("G12", "G1234", "part"),
        ("234", "G1234", None),
        ("G123", "G12", None),
        ("1", "1234", None),
        ("北京南站", "北京南", "exact"),
        ("京南", "北京南", "part"),
        ("北京", "北京南", "part"),
        ("鐵客(2026)12號", "铁客〔2026〕12号", "exact"),
        ("铁客202612号", "铁客〔2026〕12号", "exact"),
        ("12号", "铁客〔2026〕12号", "part"),
        ("2号", "铁客〔2026〕12号", None),
        ("8802", "G8801/8802", "part"),
        ("站", "车站", None),
        ("", "G1", None),
        ("😀", "G1", None),
    ],
)
def test_a_code_is_found_however_it_is_typed(typed: str, stored: str, likeness: str | None) -> None:
    assert Code.of(stored).likeness(Code.of(typed)) == likeness


@given(st.text(max_size=40))
def test_every_code_is_itself_and_no_text_breaks_it(text: str) -> None:
    code = Code.of(text)
    assert code.likeness(code) == ("exact" if code.text else None)


RULE = FieldRule(kind="notice", key="车次", name="车次", sort="codes", choices=[])


def rule(sort: str, *choices: str, required: bool = False) -> FieldRule:
    return FieldRule(
        kind="notice", key="x", name="某项", sort=sort, choices=[*choices], required=required
    )


def test_several_words_must_all_fit_and_the_whole_is_tried_first() -> None:
    stations = FieldRule(kind="notice", key="车站", name="车站", sort="codes", choices=[])
    data: dict[str, object] = {"车次": ["G1234", "G1236"], "车站": ["北京南"]}

    def found(typed: str) -> tuple[Match, ...]:
        return matching([RULE, stations], data, terms(typed))

    assert found("g 1234") == (Match("车次", "G1234", True),)
    assert found("G1234 北京南站") == (
        Match("车次", "G1234", True),
        Match("车站", "北京南", True),
    )
    assert found("G1234 上海") == ()
    assert [match.value for match in found("G12")] == ["G1234", "G1236"]


def test_data_that_came_from_elsewhere_breaks_nothing() -> None:
    odd: dict[str, object] = {"车次": {"a": [1]}, "x": None}
    assert matching([RULE], odd, terms("1")) == ()
    assert matching([RULE], {"车次": ["G1", 7, None, True]}, terms("g1"))[0].exact
    assert list(short_values({"signing": "G1", "a": "x" * 900, "b": ["G1", 2], "c": ""})) == [
        ("b", "G1")
    ]


@pytest.mark.parametrize(
    "sort, typed, kept",
    [
        ("codes", "ｇ1234、D3107，D3107 k7725", ["G1234", "D3107", "K7725"]),
        ("code", "铁客〔2026〕12号", "铁客〔2026〕12号"),
        ("date", "２０２６年１１月２日", "2026-11-02"),
        ("number", "１,２００", 1200),
        ("number", "3.5", 3.5),
        ("choice", "晚点", "晚点"),
        ("text", "  两 行\n字 ", "两 行 字"),
        ("code", "   ", None),
    ],
)
def test_what_is_typed_is_kept_in_one_form(sort: str, typed: str, kept: object) -> None:
    assert fieldrules.understood(rule(sort, "晚点"), typed) == kept


@pytest.mark.parametrize(
    "sort, typed",
    [
        ("date", "2026-02-30"),
        ("date", "明天"),
        ("number", "十二"),
        ("number", "٣"),
        ("number", "1e9"),
        ("choice", "停运"),
        ("code", "G" * 900),
        ("codes", "、、"),
        ("codes", " ".join(f"G{n}" for n in range(99))),
        ("text", "长" * 900),
        ("text", "a\0b"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(sort: str, typed: str) -> None:
    with pytest.raises(InvalidContent) as wrong:
        fieldrules.understood(rule(sort, "晚点"), typed)
    assert wrong.value.field == "own.notice.x"
    assert str(wrong.value).endswith("。")


def test_a_required_field_is_asked_for() -> None:
    with pytest.raises(InvalidContent, match="请填写某项"):
        fieldrules.understood(rule("code", required=True), " ")


@given(st.sampled_from(list(fieldrules.SORTS)), st.text(max_size=60))
def test_any_text_is_kept_or_refused_and_what_is_kept_is_kept_again(sort: str, text: str) -> None:
    field = rule(sort, "晚点")
    try:
        kept = fieldrules.understood(field, text)
    except InvalidContent:
        return
    if kept is not None:
        again = fieldrules.understood(field, "、".join(fieldrules.texts(kept)))
        assert again == kept
