"""Responses in letters and in keys: what is shown comes back, and nothing tells what is right."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.errors import BadResponse
from exams.questions import KINDS, Question
from exams.responses import (
    LONGEST_ESSAY,
    Shape,
    arranged,
    clean,
    letter,
    read,
    shape_of,
    shown,
    standing,
)

from .asked import question, questions


def any_response(shape: Shape) -> st.SearchStrategy[Any]:
    """What somebody could answer, in letters as they are shown."""
    letters = [letter(n) for n in range(len(shape.keys))]
    texts = st.text(max_size=8)
    made: dict[str, st.SearchStrategy[Any]] = {
        "single": st.sampled_from(letters or [""]),
        "multiple": st.lists(st.sampled_from(letters or [""]), unique=True).map(sorted),
        "judge": st.booleans(),
        "blank": st.lists(texts, min_size=shape.blanks, max_size=shape.blanks),
        "number": texts | st.integers(-1000, 1000),
        "order": st.permutations(letters),
        "match": st.dictionaries(
            st.sampled_from(shape.lefts or ("",)), st.sampled_from(shape.rights or ("",))
        ),
        "essay": texts,
    }
    return made[shape.kind]


@given(asked=questions(), seed=st.text(max_size=5), data=st.data())
def test_what_is_given_in_letters_is_shown_again_in_the_same_letters(
    asked: Question, seed: str, data: st.DataObject
) -> None:
    content = json.loads(json.dumps(asked.as_dict()))
    shape = shape_of(content)
    order = arranged(content, seed)
    said = data.draw(any_response(shape))
    kept = read(shape, order, said)
    assert clean(shape, kept) == kept
    back = shown(shape, order, kept)
    if shape.kind == "multiple":
        assert (back or []) == said
    elif kept is not None and shape.kind in ("single", "judge", "order", "match"):
        assert back == said
    assert read(shape, order, back) == kept


@given(asked=questions(), seed=st.text(max_size=5), shuffle=st.booleans())
def test_an_arrangement_is_always_the_same_and_never_the_right_order(
    asked: Question, seed: str, shuffle: bool
) -> None:
    content = asked.as_dict()
    order = arranged(content, seed, shuffle=shuffle)
    assert order == arranged(content, seed, shuffle=shuffle)
    shape = shape_of(content)
    assert sorted(order) == sorted(shape.keys or shape.rights)
    assert standing(shape, order) == order
    if asked.kind == "order":
        assert order != list(asked.answer)


BOMB: Any = "x"
for _ in range(200):
    BOMB = [BOMB]
NONSENSE: list[Any] = [
    "Z", "🚄", 7, -1.5, float("nan"), float("inf"), 10**30, 10**400, True, [], ["A", "A"],
    ["Z"], [1], [None], [["A"]], {"A": "B"}, {"G": 1}, {1: "动车"}, {"G": "飞机"},
    "x" * (LONGEST_ESSAY + 1), ["x"] * 500, BOMB, {"G": BOMB}, "\x00\ud800", ["\ud800", "😀"],
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", NONSENSE, ids=lambda value: repr(value)[:30])
def test_nonsense_is_refused_in_a_sentence_or_kept_as_what_a_database_can_hold(
    kind: str, given: Any
) -> None:
    shape = shape_of(question(kind).as_dict())
    try:
        kept = read(shape, [], given)
    except BadResponse as wrong:
        sentence = str(wrong)
    else:
        sentence = "可以保存。"
        assert "\x00" not in json.dumps(kept, ensure_ascii=False)
        json.dumps(kept, ensure_ascii=False, allow_nan=False).encode()
    assert sentence.endswith("。")


@pytest.mark.parametrize("kind", ["single", "multiple", "order"])
def test_lists_in_lists_are_no_letters_however_deep(kind: str) -> None:
    given: Any = []
    for _ in range(100_000):
        given = [given]
    with pytest.raises(BadResponse, match="没有这个选项"):
        read(shape_of(question(kind).as_dict()), [], given)
