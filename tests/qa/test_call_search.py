"""Calls found by any combination: each condition alone, together, and what was said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from qa.call_search import Passage, Wanted, every, passages, queues, scores_of, search, texts
from qa.tables import Call, Transcript

from ..qa_world import (
    AGENT,
    add_call,
    add_recording,
    add_review,
    add_scorecard,
    add_scored,
    add_transcript,
)
from ..world import NOW

WRONG = {"greeting": "no", "patience": "na", "fee": "right"}
"""Four of eight points: 50."""


@pytest.fixture
def calls(session: Session) -> dict[str, Call]:
    """A: yesterday, long, good; B: days ago, unlike A in everything; C: neither is known of."""
    card = add_scorecard(session)
    a = add_call(session, "A-1", AGENT, seconds=600, queue="退票", satisfaction=5, extension="8001")
    b = add_call(
        session,
        "B-1",
        AGENT + 1,
        NOW - timedelta(days=9),
        60,
        queue="改签",
        direction="out",
        satisfaction=1,
        consent="yes",
    )
    c = add_call(session, "C-1", AGENT + 1, NOW - timedelta(days=30), 90, consent="no")
    add_recording(session, a)
    add_recording(session, c)  # not to be played: the caller refused
    add_transcript(session, a)
    add_transcript(session, b, [(0, 2, "customer", "退票費怎麼收？"), (2, 3, None, "嗯")])
    add_scored(session, a, card)
    add_scored(session, b, card, WRONG)
    add_review(session, c, card)
    return {"A": a, "B": b, "C": c}


def keys(session: Session, **wanted: Any) -> str:
    """The first letters of what is found, in order."""
    return "".join(call.key[0] for call in search(session, Wanted(**wanted)).calls)


@pytest.mark.parametrize(
    "wanted, found",
    [
        ({}, "ABC"),
        ({"first": NOW - timedelta(days=9), "last": NOW}, "AB"),
        ({"last": NOW - timedelta(days=9)}, "C"),
        ({"key": "b-"}, "B"),
        ({"key": "%"}, ""),
        ({"extension": "8001"}, "A"),
        ({"agents": [AGENT + 1]}, "BC"),
        ({"agents": []}, ""),
        ({"queue": "改签"}, "B"),
        ({"direction": "in"}, "AC"),
        ({"seconds": (60, 90)}, "BC"),
        ({"seconds": (None, 59.9)}, ""),
        ({"score": (50, None)}, "AB"),
        ({"score": (None, 99.9)}, "B"),
        ({"satisfaction": (1, 4)}, "B"),
        ({"consent": "unknown"}, "A"),
        ({"consent": "no"}, "C"),
        ({"sound": True}, "A"),
        ({"sound": False}, "BC"),
        ({"reviewed": "finished"}, "AB"),
        ({"reviewed": "open"}, "C"),
        ({"reviewed": "none"}, ""),
        ({"words": "退票"}, "AB"),
        ({"words": "退票", "said_by": "agent"}, "A"),
        ({"words": "退票费", "said_by": "customer"}, "B"),
        ({"words": "退票费 20%"}, "A"),
        ({"words": "谢谢", "said_by": "agent"}, ""),
        ({"words": "嗯", "said_by": "customer"}, ""),
        ({"words": "铁路旅客服务中心 请问"}, "A"),
        ({"words": "，。"}, "ABC"),
        ({"words": "退票", "agents": [AGENT + 1], "direction": "out", "score": (0, 60)}, "B"),
    ],
)
def test_every_condition_narrows_alone_and_together(
    session: Session, calls: dict[str, Call], wanted: dict[str, Any], found: str
) -> None:
    assert keys(session, **wanted) == found
    assert search(session, Wanted(**wanted)).total == len(found)


@pytest.mark.parametrize(
    "sort, found",
    [
        ("started", "CBA"),
        ("-started", "ABC"),
        ("seconds", "BCA"),
        ("-score", "ABC"),
        ("score", "BAC"),
        ("-satisfaction", "ABC"),
        ("satisfaction", "BAC"),
        ("key", "ABC"),
        ("drop table", "ABC"),
    ],
)
def test_the_list_is_sorted_and_what_is_not_known_comes_last(
    session: Session, calls: dict[str, Call], sort: str, found: str
) -> None:
    assert keys(session, sort=sort) == found


def test_a_page_is_a_part_and_the_count_is_of_all(session: Session, calls: dict[str, Call]) -> None:
    found = search(session, Wanted(), page=2, size=2)
    assert ([call.key for call in found.calls], found.total, found.pages(2)) == (["C-1"], 3, 2)


def test_nothing_outside_what_may_be_seen_is_counted(
    session: Session, calls: dict[str, Call]
) -> None:
    found = search(session, Wanted(), Call.agent_id == AGENT)
    assert (len(found.calls), found.total) == (1, 1)
    assert [call.key for call in every(session, Wanted(), Call.agent_id == AGENT, 9)] == ["A-1"]


def test_a_corrected_transcript_is_searched_and_the_old_one_is_not(
    session: Session, calls: dict[str, Call]
) -> None:
    add_transcript(session, calls["B"], [(0, 2, "customer", "我要改签")])
    assert keys(session, words="退票") == "A"
    assert keys(session, words="改签") == "B"
    assert len(calls["B"].transcripts) == 2


def test_words_are_shown_in_their_context_as_they_were_written(
    session: Session, calls: dict[str, Call]
) -> None:
    transcript = texts(session, [calls["B"]])[calls["B"].id]
    found = passages(transcript, Wanted(words="退票费"))
    assert found == [Passage(0.0, "customer", "", "退票費", "怎麼收？")]


def test_a_long_turn_is_cut_around_the_words(session: Session) -> None:
    call = add_call(session)
    text = "前" * 40 + "全额，退款" + "后" * 40
    add_transcript(session, call, [(3, 9, "agent", text)])
    [found] = passages(texts(session, [call])[call.id], Wanted(words="全额退款"))
    assert (found.hit, found.before, found.after) == (
        "全额，退款",
        "…" + "前" * 24,
        "后" * 24 + "…",
    )


def test_scores_and_queues_of_a_page(session: Session, calls: dict[str, Call]) -> None:
    found = scores_of(session, [calls["A"], calls["C"]])
    assert [review.score.reported for review in found[calls["A"].id] if review.score] == [100.0]
    assert [review.state for review in found[calls["C"].id]] == ["waiting"]
    assert queues(session) == ["改签", "退票"]


@given(st.text(max_size=60), st.text(max_size=8))
def test_what_is_found_by_words_can_be_shown(text: str, words: str) -> None:
    """A word that is in a turn has its passage, and the passage is a part of the turn."""
    wanted = Wanted(words=words)
    turn = {"start": 0.0, "end": 1.0, "role": "agent", "text": text}
    for found in passages(Transcript(turns=[turn]), wanted, most=99):
        shown = found.before.removeprefix("…") + found.hit + found.after.removesuffix("…")
        assert found.hit
        assert shown in text
