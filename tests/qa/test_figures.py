"""Figures from segments: by hand, and what holds for every conversation."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.errors import BadFile, BadSegments
from qa.figures import Conversation, Thresholds, figures
from qa.measuring import measure_segments
from qa.segments import parse
from qa.spans import Span, common, minus, outside, total, union


def seg(start: Any, end: Any, channel: str = "agent", **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "channel": channel, **more}


def measured(folder: Path, value: Any) -> dict[str, Any]:
    file = folder / "段.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return measure_segments(file)


CALL = {
    "duration": 30,
    "segments": [
        seg(0, 6, text="您好，12306客服，请讲。"),
        seg(5, 9, "customer", text="我要退G7次的票"),
        seg(8.5, 8.9, text="嗯"),
        seg(15, 25, text="可以，OK，退票费是百分之二十"),
        seg(20, 22.5, "customer"),
    ],
}


def test_a_call_by_hand(tmp_path: Path) -> None:
    """Agent 6 + 0.4 + 10 = 16.4; customer 4 + 2.5 = 6.5.

    Both speak 5–6 (the customer began), 8.5–8.9 (0.4 s: too short to interrupt) and 20–22.5.
    Nobody speaks 9–15 and 25–30: 11 s, the longest from 9.
    Agent's characters: 您好 12306 客服 请讲 = 2+5+2+2 = 11; 嗯 = 1; 可以 OK 退票费是百分之二十
    = 2+1+9 = 12; 24 in 16.4 s = 87.804878 a minute. Customer: 我要退 G 7 次的票 = 3+1+1+3 = 8.
    """
    found = measured(tmp_path, CALL)
    assert found["agent"] == {
        "talk": 16.4,
        "share": round(16.4 / 30, 6),
        "rate_cpm": 87.804878,
        "level_dbfs": None,
    }
    assert found["customer"]["talk"] == 6.5
    assert found["customer"]["rate_cpm"] == round(60 * 8 / 6.5, 6)
    assert found["silence"] == {
        "total": 11,
        "share": round(11 / 30, 6),
        "longest": {"start": 9, "duration": 6},
        "long": [{"start": 9, "duration": 6}, {"start": 25, "duration": 5}],
    }
    assert found["overtalk"] == {"total": 3.9, "share": 0.13, "count": 3}
    assert found["interruptions"] == [
        {"at": 5, "duration": 1, "by": "customer"},
        {"at": 20, "duration": 2.5, "by": "customer"},
    ]


def test_tenths_of_seconds_add_up(tmp_path: Path) -> None:
    pieces = [seg(n / 10, (n + 1) / 10) for n in range(10)]
    assert measured(tmp_path, {"duration": 1, "segments": pieces})["silence"]["total"] == 0


def test_overlapping_segments_of_one_speaker_count_once(tmp_path: Path) -> None:
    value = {"duration": 10, "segments": [seg(0, 4), seg(2, 6), seg(6, 7), seg(3, 3)]}
    found = measured(tmp_path, value)
    assert found["agent"]["talk"] == 7
    assert found["silence"]["longest"] == {"start": 7, "duration": 3}


def test_who_begins_at_the_same_moment_interrupts_nobody(tmp_path: Path) -> None:
    value = {"duration": 9, "segments": [seg(1, 5), seg(1, 3, "customer")]}
    found = measured(tmp_path, value)
    assert found["overtalk"]["count"] == 1
    assert found["interruptions"] == []


def test_without_a_word_there_is_only_silence(tmp_path: Path) -> None:
    found = measured(tmp_path, {"duration": 12.5, "segments": []})
    assert found["agent"]["talk"] == found["overtalk"]["count"] == 0
    assert found["agent"]["rate_cpm"] is None
    assert found["silence"]["longest"] == {"start": 0, "duration": 12.5}
    full = measured(tmp_path, {"duration": 3, "segments": [seg(0, 3)]})
    assert full["silence"]["longest"] is None


def test_a_threshold_changed_changes_its_figure_and_is_printed() -> None:
    call = Conversation(
        Fraction(10),
        {"agent": [Span(Fraction(0), Fraction(5))], "customer": [Span(Fraction(4), Fraction(9))]},
    )
    found = figures(call, Thresholds(interruption=1.5, long_silence=0.5))
    assert found["interruptions"] == []
    assert len(found["silence"]["long"]) == 1
    assert found["settings"] == {"interruption": 1.5, "long_silence": 0.5}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([], "应为"),
        ({"segments": []}, "duration 不是数字"),
        ({"duration": 0, "segments": []}, "duration 应大于 0"),
        ({"duration": 1e9, "segments": []}, "duration 应大于 0"),
        ({"duration": 9, "segments": [3]}, "第1段应为一个对象"),
        ({"duration": 9, "segments": [seg(3, 2)]}, "第1段的起止不对：3–2"),
        ({"duration": 9, "segments": [seg(-1, 2)]}, "第1段的起止不对"),
        ({"duration": 9, "segments": [seg(0, 2), seg(8, 9.2)]}, "第2段到 9.2 秒，超出了总长 9"),
        ({"duration": 9, "segments": [seg("0", 2)]}, "第1段的 start 不是数字"),
        ({"duration": 9, "segments": [seg(0, None)]}, "第1段的 end 不是数字"),
        ({"duration": 9, "segments": [seg(0, 2, "left")]}, "channel 应为 agent 或 customer"),
        ({"duration": 9, "segments": [seg(0, 2, text=5)]}, "text 不是文字"),
    ],
)
def test_segments_that_cannot_be_are_refused_in_words(
    tmp_path: Path, value: Any, sentence: str
) -> None:
    with pytest.raises((BadSegments, BadFile), match=sentence):
        measured(tmp_path, value)


# For every conversation

TENTHS = st.integers(0, 600).map(lambda n: Fraction(n, 10))
PAIRS = st.tuples(TENTHS, TENTHS).map(lambda pair: Span(min(pair), max(pair)))
SPEECH = st.lists(PAIRS, max_size=12)
WHOLE = Span(Fraction(0), Fraction(60))


@given(SPEECH, SPEECH)
def test_talk_silence_and_overtalk_add_up_to_the_duration(a: list[Span], b: list[Span]) -> None:
    """agent + customer − both + nobody = all; shares lie between 0 and 1."""
    found = figures(Conversation(WHOLE.length, {"agent": a, "customer": b}))
    parts = found["agent"]["talk"] + found["customer"]["talk"] - found["overtalk"]["total"]
    assert parts + found["silence"]["total"] == pytest.approx(60)
    for part in (found["agent"], found["customer"], found["silence"], found["overtalk"]):
        assert 0 <= part["share"] <= 1
    assert len(found["interruptions"]) <= found["overtalk"]["count"]


@given(SPEECH, SPEECH, st.randoms(use_true_random=False))
def test_order_and_cutting_of_segments_do_not_matter(
    a: list[Span], b: list[Span], chance: Any
) -> None:
    cut = [piece for span in a for piece in _halves(span)]
    chance.shuffle(cut)
    one = figures(Conversation(WHOLE.length, {"agent": a, "customer": b}))
    other = figures(Conversation(WHOLE.length, {"agent": cut, "customer": b}))
    assert one == other


def _halves(span: Span) -> list[Span]:
    middle = (span.start + span.end) / 2
    return [Span(span.start, middle), Span(middle, span.end)]


@given(SPEECH, SPEECH)
def test_speakers_exchanged_exchange_their_figures(a: list[Span], b: list[Span]) -> None:
    one = figures(Conversation(WHOLE.length, {"agent": a, "customer": b}))
    other = figures(Conversation(WHOLE.length, {"agent": b, "customer": a}))
    assert (one["agent"], one["silence"]) == (other["customer"], other["silence"])
    turned = {"agent": "customer", "customer": "agent"}
    assert [{**i, "by": turned[i["by"]]} for i in one["interruptions"]] == other["interruptions"]


@given(SPEECH, SPEECH)
@settings(max_examples=60)
def test_stretches_of_time_are_sets_of_moments(a: list[Span], b: list[Span]) -> None:
    """Held against the moments themselves, tenth by tenth."""
    one, other = union(a), union(b)
    assert _moments(one) == _moments(a)
    assert _moments(common(one, other)) == _moments(a) & _moments(b)
    assert _moments(minus(one, other)) == _moments(a) - _moments(b)
    assert _moments(outside(one, WHOLE)) == _moments([WHOLE]) - _moments(a)
    assert total(one) == Fraction(len(_moments(a)), 10)


def _moments(spans: list[Span]) -> set[int]:
    return {n for s in spans for n in range(int(s.start * 10), int(s.end * 10))}


@given(st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=5))
@settings(max_examples=60)
def test_whatever_stands_for_a_segment_is_refused_in_words(value: Any) -> None:
    for tried in (value, {"duration": 5, "segments": [value]}, {"duration": value}):
        with pytest.raises(BadSegments, match="应为|不是"):
            parse(tried)
