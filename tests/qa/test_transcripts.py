"""Transcripts of every format: what was said, when, and by whom."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import BadTranscript
from qa.transcripts import Utterance, parse, role_of, spoken, write_srt, write_vtt

VTT = """WEBVTT - 一通电话
Kind: captions

STYLE
::cue { color: red }

NOTE
这一段不算 --> 不算

1
00:01.000 --> 00:03.250 align:start position:0%
<v.loud 座席>您好，<b>很高兴</b>为您服务

01:00:04.5 --> 01:00:06.000
客户：我要退票 &amp; 改签
两张
"""

SRT = """\ufeff1
00:00:01,000 --> 00:00:03,250
客服: 您好

2
00:00:04,000 --> 00:00:06,000 X1:10 X2:20
<i>我要退票</i>
"""

WHISPER = {
    "text": "您好我要退票",
    "language": "zh",
    "segments": [
        {"id": 0, "seek": 0, "start": 0.0, "end": 2.5, "text": " 您好", "tokens": [1], "words": []},
        {"id": 1, "start": 3.12, "end": 5, "text": "我要退票", "speaker": "CUSTOMER_1"},
        {"id": 2, "start": 6, "end": 7, "text": ""},
    ],
}

CONTACT_LENS = {
    "Version": "1.1.0",
    "Participants": [
        {"ParticipantId": "u-1", "ParticipantRole": "AGENT"},
        {"ParticipantId": "u-2", "ParticipantRole": "CUSTOMER"},
    ],
    "Transcript": [
        {
            "Id": "b",
            "ParticipantId": "u-2",
            "Content": "我要退票",
            "BeginOffsetMillis": 3120,
            "EndOffsetMillis": 5000,
            "LoudnessScores": [70.1],
        },
        {
            "Id": "a",
            "ParticipantId": "u-1",
            "Content": "您好",
            "BeginOffsetMillis": 0,
            "EndOffsetMillis": 2500,
        },
    ],
}


def told(content: Any) -> list[tuple[float, float, str, str | None]]:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return [(float(u.start), float(u.end), u.text, u.role) for u in parse(text.encode())]


def test_webvtt() -> None:
    assert told(VTT) == [
        (1, 3.25, "您好，很高兴为您服务", "agent"),
        (3604.5, 3606, "我要退票 & 改签\n两张", "customer"),
    ]


def test_srt() -> None:
    assert told(SRT) == [(1, 3.25, "您好", "agent"), (4, 6, "我要退票", None)]


def test_whisper() -> None:
    assert told(WHISPER) == [(0, 2.5, "您好", None), (3.12, 5, "我要退票", "customer")]


def test_contact_lens_with_its_participants() -> None:
    assert told(CONTACT_LENS) == [(0, 2.5, "您好", "agent"), (3.12, 5, "我要退票", "customer")]
    without = {"Transcript": [{**CONTACT_LENS["Transcript"][1], "ParticipantId": "AGENT"}]}  # type: ignore[dict-item]
    assert told(without) == [(0, 2.5, "您好", "agent")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "文件是空的"),
        ("\n \n", "文件是空的"),
        ("您好", "不是能识别的转写"),
        ("{}", "不是能识别的 JSON 转写"),
        ("[1]", "不是能识别的 JSON 转写"),
        ("{", "不是 JSON"),
        ('{"segments": 5}', "分段应为对象的列表"),
        ('{"segments": [5]}', "分段应为对象的列表"),
        ('{"segments": [{"start": 0, "text": "a"}]}', "第1段的 end 不是数字"),
        ('{"segments": [{"start": 3, "end": 2, "text": "a"}]}', "第1段的结束早于开始"),
        ('{"segments": [{"start": -3, "end": 2, "text": "a"}]}', "第1段的 start 小于 0"),
        ('{"segments": [{"start": 1, "end": 2, "text": 7}]}', "第1段的文字不是文字"),
        ('{"Transcript": [{"Content": "a"}]}', "第1段的 BeginOffsetMillis 不是数字"),
        ("WEBVTT\n\n00:05.000 --> 00:04.000\n反了", "第3行的结束早于开始"),
        ("WEBVTT\n\n0:5 -> 0:6\n错", "第3行起的一段没有时间"),
        ("WEBVTT\n\n一\n00:aa.000 --> 00:04.000\n错", "第4行的时间读不懂"),
        ("1\n00:00:01,000 --> 00:00:02\n缺毫秒", "第2行的时间读不懂"),
    ],
)
def test_a_transcript_that_cannot_be_read_is_refused_in_words(content: str, sentence: str) -> None:
    with pytest.raises(BadTranscript, match=sentence):
        parse(content.encode(), "转写")


def test_bytes_that_are_no_text_are_refused_in_words() -> None:
    with pytest.raises(BadTranscript, match="不是 UTF-8"):
        parse("WEBVTT 您好".encode("gb18030"))


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("AGENT", "agent"),
        ("agent_1", "agent"),
        ("座席", "agent"),
        ("座席 2", "agent"),
        ("Customer", "customer"),
        ("旅客", "customer"),
        ("SPEAKER_00", None),
        (None, None),
        (7, None),
    ],
)
def test_the_role_a_label_means(label: object, role: str | None) -> None:
    assert role_of(label) == role


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("您好，请讲。", 4),
        ("退票費是20%", 6),
        ("請撥１２３０６", 7),
        ("OK 没问题, it's fine", 6),
        ("G1234次", 6),
        ("……？！ \n😀", 0),
        ("𠮷野家", 3),
        ("二〇二六年", 5),
    ],
)
def test_characters_digits_and_words_are_counted(text: str, count: int) -> None:
    assert spoken(text) == count


WORDS = st.text(st.characters(categories=("L", "N", "P", "Z")), min_size=1).map(
    lambda text: "x" + text.strip().replace("\u2028", " ").replace("\u2029", " ")
)
SAID = st.builds(
    lambda start, length, text, role: Utterance(
        Fraction(start, 1000), Fraction(start + length, 1000), text, role
    ),
    st.integers(0, 10**7),
    st.integers(0, 10**5),
    WORDS.map(str.strip),
    st.sampled_from(["agent", "customer"]),
)


@settings(max_examples=60)
@given(st.lists(SAID, min_size=1, max_size=5))
def test_what_is_written_as_webvtt_or_srt_is_read_again(said: list[Utterance]) -> None:
    said = [each for each in said if ":" not in each.text and "：" not in each.text] or said[:0]
    order = sorted(said, key=lambda each: (each.start, each.end))
    if order:
        assert parse(write_vtt(said).encode()) == order
        plain = [each for each in order if not set("<>&{") & set(each.text)]
        if plain:
            assert parse(write_srt(plain).encode()) == plain
