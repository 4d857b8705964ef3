"""Lists of calls: what is read of a row, and what is wrong with it, by line and column."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import manifest
from qa.manifest import BadManifest, Row, row_of

ENGLISH = """call_id,agent,extension,customer,direction,queue,started_at,seconds,satisfaction,\
consent,recording,agent_side,transcript,campaign
C-1,1001,8001,13900001234,in,退票,2026-11-21T14:05:09+08:00,192,5,yes,a.wav,right,a.vtt,春运
"""
CHINESE = """通话编号,座席工号,分机号,来电号码,方向,技能组,开始时间,时长（秒）,满意度,\
录音同意,录音文件,座席声道,转写文件,campaign
Ｃ-1,１００１,8001,13900001234,呼入,退票,2026年11月21日 14:05:09,3分12秒,非常满意,\
同意,a.wav,右声道,a.vtt,春运
"""


def rows(text: str | bytes, name: str = "清单.csv") -> list[Row]:
    return list(manifest.read(text if isinstance(text, bytes) else text.encode(), name))


@pytest.mark.parametrize("content", [ENGLISH.encode(), CHINESE.encode(), CHINESE.encode("gb18030")])
def test_a_row_is_read_whatever_its_columns_and_encoding(content: bytes) -> None:
    [row] = rows(content)
    assert row.faults == ()
    assert (row.line, row.facts.key, row.agent) == (2, "C-1", "1001")
    assert row.facts.started_at == datetime(2026, 11, 21, 6, 5, 9, tzinfo=UTC)
    assert (row.facts.seconds, row.facts.satisfaction, row.facts.consent) == (192, 5, "yes")
    assert (row.facts.direction, row.facts.queue) == ("in", "退票")
    assert (row.recording, row.agent_side, row.transcript) == ("a.wav", "right", "a.vtt")
    assert row.facts.data == {"campaign": "春运"}


def test_json_is_read_as_csv_is() -> None:
    given = {"call_id": "C-1", "agent": 1001, "started_at": "2026-11-21 14:05:09", "seconds": 62.5}
    for value in ([given], {"calls": [given]}):
        [row] = rows(json.dumps(value), "calls.json")
        assert (row.faults, row.facts.key, row.agent, row.facts.seconds) == (
            (),
            "C-1",
            "1001",
            62.5,
        )


HEAD = "call_id,agent,started_at,seconds,direction,satisfaction,consent,agent_side,recording\n"
FINE = "C-1,1001,2026-11-21 14:05,60,in,5,yes,left,a.wav\n"


@pytest.mark.parametrize(
    "line, column, words",
    [
        ("C-2,1001,昨天下午,60,in,5,yes,left,a.wav", "started_at", "不是时间"),
        ("C-2,1001,2026-11-21,60,in,5,yes,left,a.wav", "started_at", "不是时间"),
        ("C-2,1001,2026-11-21 14:05,一分钟,in,5,yes,left,a.wav", "seconds", "不是时长"),
        ("C-2,1001,2026-11-21 14:05,60,横着,5,yes,left,a.wav", "direction", "看不懂"),
        ("C-2,1001,2026-11-21 14:05,60,in,很好,yes,left,a.wav", "satisfaction", "不是满意度"),
        ("C-2,1001,2026-11-21 14:05,60,in,5,大概,left,a.wav", "consent", "看不懂"),
        ("C-2,1001,2026-11-21 14:05,60,in,5,yes,上,a.wav", "agent_side", "看不懂"),
        ("C-2,1001,2026-11-21 14:05,60,in,5,yes,left,../../etc/passwd", "recording", ".."),
        ("C-2,1001,2026-11-21 14:05,60,in,5,yes,left,/etc/passwd", "recording", "绝对路径"),
        (r"C-2,1001,2026-11-21 14:05,60,in,5,yes,left,..\..\a.wav", "recording", ".."),
        (r"C-2,1001,2026-11-21 14:05,60,in,5,yes,left,C:\a.wav", "recording", "绝对路径"),
        ("C-1,1001,2026-11-21 14:05,60,in,5,yes,left,a.wav", "call_id", "第2行"),
        ("C-2,1001,2026-11-21 14:05,60,in,5,yes,left,a.wav,多了", "", "10 格"),
    ],
)
def test_what_is_wrong_with_a_row_is_told_with_its_line_and_column(
    line: str, column: str, words: str
) -> None:
    fine, wrong = rows(HEAD + FINE + line + "\n")
    assert fine.faults == ()
    [fault] = wrong.faults
    assert (fault.line, fault.column) == (3, column)
    assert words in fault.sentence


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    [row] = rows(HEAD + "C-1,1001,从前,很久,横着,好,也许,上,/a\n")
    assert len(row.faults) == 7


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "没有通话"),
        (HEAD, "没有通话"),
        ("call_id,agent\nC-1,1001\n", "缺少开始时间"),
        ("随便一行\n", "缺少"),
        ("call_id,agent,started_at,工号\nC-1,1,x,2\n", "两列"),
        ('{"calls": 3}', "列表"),
        ("[1, 2", "JSON"),
        ("\x00\x01\x02", "NUL"),
    ],
)
def test_what_is_no_list_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadManifest, match=words):
        rows(text)


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("192", 192),
        ("3:12", 192),
        ("0:03:12", 192),
        ("3分12秒", 192),
        ("1小时3分2秒", 3782),
        ("5分钟", 300),
        ("62.5", 62.5),
        ("90s", 90),
    ],
)
def test_a_length_is_read_as_people_write_it(text: str, seconds: float) -> None:
    assert manifest.length(text) == seconds


@given(
    st.dictionaries(
        st.sampled_from([names[0] for names in manifest.COLUMNS.values()]) | st.text(max_size=9),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=40),
            lambda inner: st.lists(inner, max_size=2),
            max_leaves=3,
        ),
        max_size=9,
    )
)
def test_whatever_a_row_holds_is_read_or_told_in_a_sentence(given: dict[str, Any]) -> None:
    row = row_of(given)
    assert all(fault.sentence.endswith(("。", "如 5。")) for fault in row.faults)
    assert not (row.recording and manifest.astray(row.recording))
