"""What differs between two records, as people read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.compare import differences, words, woven
from kb.records import Record

FEE = Record("fee", "退票费", "第一行\n第二行\n第三行\n", tags=("退票",))
TEXTS = st.text(st.sampled_from("退票费改签\n \n"), max_size=60)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_the_woven_one(old: str, new: str) -> None:
    runs = woven(old, new)
    assert "".join(text for kind, text in runs if kind != "new") == old
    assert "".join(text for kind, text in runs if kind != "old") == new


def test_what_did_not_change_stays_the_same() -> None:
    assert woven("第一行\n可以退票\n", "第一行\n不可以退票\n") == [
        ("same", "第一行\n"),
        ("new", "不"),
        ("same", "可以退票\n"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("退票费为票价的5%。", "退票费为票价的10%。", [("5%", "10%")]),
        ("须在30天内办理", "须在15天内办理", [("30天", "15天")]),
        ("乘坐G1234次列车", "乘坐G1235次列车", [("G1234", "G1235")]),
        ("旅客可以改签一次", "旅客可以退票一次", [("改签", "退票")]),
        ("二十四小时以上", "四十八小时以上", [("二十四小时", "四十八小时")]),
        ("須憑身分證辦理", "須憑護照辦理", [("身分證", "護照")]),
        ("甲，乙", "丙，丁", [("甲，乙", "丙，丁")]),
    ],
)
def test_words_numbers_with_their_units_and_codes_change_as_a_whole(
    old: str, new: str, changed: list[tuple[str, str]]
) -> None:
    runs = woven(old, new)
    gone = [text for kind, text in runs if kind == "old"]
    come = [text for kind, text in runs if kind == "new"]
    assert list(zip(gone, come, strict=True)) == changed


@given(st.text(max_size=80))
def test_the_words_of_a_text_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text


def test_the_same_record_differs_in_nothing() -> None:
    assert differences(FEE, replace(FEE)) == []


def test_only_the_fields_that_differ_are_named() -> None:
    changed = replace(FEE, title="退票手续费", must_sign=True, kind="notice")
    found = {one.field: (one.old, one.new) for one in differences(FEE, changed)}
    assert found == {
        "title": ("退票费", "退票手续费"),
        "kind": ("文章", "公告"),
        "must_sign": ("否", "是"),
    }


def test_times_are_told_in_chinese_standard_time_to_the_second_that_differs() -> None:
    begins = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    later = replace(FEE, effective_from=begins + timedelta(seconds=1))
    (one,) = differences(replace(FEE, effective_from=begins), later)
    assert (one.old, one.new) == ("2026-11-23 00:00", "2026-11-23 00:00:01")


FILE, OTHER = "a" * 64, "b" * 64
DATA = {
    "number": "WES-80",
    "old": True,
    "attachments": [{"name": "票价.pdf", "sha256": FILE}, {"name": "旧.pdf", "sha256": FILE}],
    "flow": {"nodes": [{"key": "1", "title": "问", "articles": ["fee"], "end": True}]},
}


def told(old: Record, new: Record, *, everything: bool = True) -> dict[str, tuple[str, str]]:
    names = {"number": "文号", "trains": "车次"}
    found = differences(old, new, names, audience=lambda name: f"{name}们", everything=everything)
    return {one.label: (one.old, one.new) for one in found}


def test_fields_files_links_of_a_script_and_terms_of_signing_are_told_in_words() -> None:
    files = [{"name": "票价.pdf", "sha256": OTHER}, {"name": "新.pdf", "sha256": FILE}]
    data = {
        "number": "WES-81",
        "trains": ["G1", "G2"],
        "attachments": files,
        "flow": {"nodes": [{"key": "1", "title": "问", "end": True}]},
        "signing": {"again": False, "days": 3, "questions": []},
        "source": {"b": [1], "a": None},
    }
    old = replace(FEE, data=DATA)
    new = replace(
        FEE, data=data, audiences=("班长",), effective_to=datetime(2026, 11, 22, tzinfo=UTC)
    )
    assert told(old, new) == {
        "适用对象": ("所有人", "班长们"),
        "失效时间": ("长期有效", "2026-11-22 08:00"),
        "文号": ("WES-80", "WES-81"),
        "车次": ("", "G1、G2"),
        "附件": ("票价.pdf\n旧.pdf", "票价.pdf（换了内容）\n新.pdf"),
        "流程链接的文章": ("问：fee", ""),
        "签收要求": ("按中心的期限", "3天内\n签过上一版的不必再签"),
        "附加数据“old”": ("是", ""),
        "附加数据“source”": ("", '{"a": null, "b": [1]}'),
    }


def test_a_reader_is_told_of_nothing_but_what_stands_beside_the_text() -> None:
    new = replace(FEE, data={"number": "1", "attachments": [], "source": "x"})
    assert list(told(replace(FEE, data=DATA), new, everything=False)) == ["文号", "附件"]


def test_a_text_of_many_equal_lines_is_compared_all_the_same() -> None:
    """Line by line it would take the square of a hundred thousand steps."""
    old, new = "甲\n" + "\n" * 100_000 + "乙", "甲\n" + "空\n" * 100_000 + "乙"
    runs = woven(old, new)
    assert runs[0] == ("same", "甲\n")
    assert runs[-1] == ("same", "乙")
    assert "".join(text for kind, text in runs if kind != "old") == new
