"""The index of what was said finds exactly what looking through all the texts finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.transcribing import bare, folded
from qa.transcripts import Role
from qa.words import VERSION, Unusable, Words

Turn = tuple[Role | None, str]
TEXT = st.text(st.sampled_from("退票费儿a1 ，𠮷é"), max_size=6)
TURNS = st.lists(st.tuples(st.sampled_from(["agent", "customer", None]), TEXT), max_size=4)


def row(transcript: int, turns: Sequence[Turn], call: int | None = None) -> tuple[int, int, str]:
    made = [{"role": role, "text": text} for role, text in turns]
    return transcript, call if call is not None else transcript, folded(made)


@pytest.fixture
def words(tmp_path: Path) -> Words:
    made = Words(tmp_path / "index" / "calls.sqlite")
    made.make()
    return made


def test_parts_of_what_was_said_are_found_on_their_side(words: Words) -> None:
    words.add(
        [
            row(1, [("agent", "可以全额退款"), ("customer", "好的")]),
            row(2, [("customer", "能全額退款嗎？"), (None, "嗯")]),
        ]
    )
    assert words.calls(["全额退款"]) == {1, 2}
    assert words.calls(["全额退款"], "agent") == {1}
    assert words.calls(["额退"], "customer") == {2}
    assert words.calls(["嗯"]) == {2}
    assert words.calls(["嗯"], "customer") == set()
    assert words.calls(["全额", "好"]) == {1}
    assert words.calls([]) == set()


def test_words_do_not_run_over_the_end_of_a_turn(words: Words) -> None:
    words.add([row(1, [("agent", "全额"), ("agent", "退款")])])
    assert words.calls(["额退"]) == set()
    assert words.calls(["额"]) == {1}


def test_a_newer_transcript_takes_the_place_of_the_older(words: Words) -> None:
    words.add([row(1, [("agent", "退票")], call=7)])
    words.add([row(2, [("agent", "改签")], call=7)])
    assert words.calls(["退票"]) == set()
    assert words.calls(["改签"]) == {7}
    assert (words.last(), words.known(0)) == (2, {2})


def test_a_file_that_is_none_of_ours_is_unusable_until_made_anew(tmp_path: Path) -> None:
    words = Words(tmp_path / "calls.sqlite")
    with pytest.raises(Unusable):
        words.last()
    words.file.write_bytes(b"not a database, but something long enough to be looked at" * 99)
    with pytest.raises(Unusable):
        words.calls(["退票"])
    words.make()
    assert (words.last(), VERSION) == (0, 1)


@settings(max_examples=60)
@given(st.lists(TURNS, min_size=1, max_size=4), TEXT, st.sampled_from(["", "agent", "customer"]))
def test_the_index_finds_what_the_texts_hold(
    calls: list[list[Turn]], asked: str, said_by: str
) -> None:
    terms = [term for part in asked.split() if (term := bare(part))]
    with TemporaryDirectory() as folder:
        words = Words(Path(folder) / "calls.sqlite")
        words.make()
        words.add(row(n, turns) for n, turns in enumerate(calls, 1))
        found = words.calls(terms, said_by)
    held = {
        n
        for n, turns in enumerate(calls, 1)
        if terms
        and all(
            any(t in bare(text) for role, text in turns if said_by in ("", role or "nobody"))
            for t in terms
        )
    }
    assert found == held
