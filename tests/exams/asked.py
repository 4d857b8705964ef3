"""Questions that the tests share, and any question at all for properties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from exams.questions import KINDS, Question
from exams.reading import read

OPTIONS = [
    {"key": "A", "text": "开车前8天以上"},
    {"key": "B", "text": "开车前48小时以上"},
    {"key": "C", "text": "开车前24小时以上"},
    {"key": "D", "text": "开车后"},
]

EXAMPLES: dict[str, dict[str, Any]] = {
    "single": {"options": OPTIONS, "answer": "B"},
    "multiple": {"options": OPTIONS, "answer": ["A", "C"]},
    "judge": {"answer": True},
    "blank": {"answer": [["三十天", "30天"], ["退票费"]]},
    "number": {"answer": {"value": 30, "tolerance": 0.5, "unit": "天"}},
    "order": {"options": OPTIONS[:3], "answer": ["C", "A", "B"]},
    "match": {"answer": {"G": "高速动车", "D": "动车", "K": "快速"}},
    "essay": {
        "answer": [{"words": ["退票", "退款"], "points": 2}, {"words": ["48小时"], "points": 1}]
    },
}


def question(kind: str, **changed: Any) -> Question:
    """An example of a kind; fields may be changed."""
    return read({"key": "q", "kind": kind, "stem": "题干", **EXAMPLES[kind], **changed})


# Any question

ALPHABET = (
    "退票费开车前后时限应不得天元帳號🚄é0123456789abXY"
    "。，：；？！、%（）《》“”-–—_/\\|{}~=#:*[]<>&\"'$@+^` \n\t"
)
texts = st.text(ALPHABET, min_size=1, max_size=24).filter(lambda text: bool(text.strip()))
names = texts.map(lambda text: " ".join(text.split())).filter(bool)
numbers = st.decimals(0, 10_000, places=2).map(float)


@st.composite
def questions(draw: st.DrawFn, kinds: Sequence[str] = tuple(KINDS)) -> Question:
    """Any question of these kinds that can exist."""
    kind = draw(st.sampled_from(kinds))
    value: dict[str, Any] = {
        "key": draw(names),
        "kind": kind,
        "stem": draw(texts),
        "points": draw(st.sampled_from([0, 0.5, 1, 2, 2.5, 100])),
        "difficulty": draw(st.sampled_from(["", "easy", "medium", "hard"])),
        "topics": draw(st.lists(names, max_size=2)),
        "explanation": draw(st.just("") | texts),
    } | draw(_answers(kind))
    if draw(st.booleans()):
        quote = draw(texts)
        value["source"] = {"article": draw(names), "revision": 3, "start": 0, "end": 9}
        value["source"] |= {"quote": quote}
    return read(value)


@st.composite
def _answers(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    if kind == "judge":
        return {"answer": draw(st.booleans())}
    if kind == "blank":
        forms = st.lists(texts, min_size=1, max_size=3)
        blanks = draw(st.lists(forms, min_size=1, max_size=3))
        return {"answer": blanks, "strict": draw(st.booleans())}
    if kind == "number":
        unit = draw(st.just("") | names)
        return {"answer": {"value": draw(numbers), "tolerance": draw(numbers), "unit": unit}}
    if kind == "match":
        pairs = st.dictionaries(texts.map(str.strip), texts, min_size=1, max_size=4)
        extra = [{"key": "x", "text": draw(texts)}] if draw(st.booleans()) else []
        return {"answer": draw(pairs), "options": extra}
    if kind == "essay":
        points = st.fixed_dictionaries({"words": st.lists(texts, min_size=1), "points": numbers})
        return {"answer": draw(st.lists(points, max_size=3))}
    return draw(_choices(kind))


@st.composite
def _choices(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    lettered = draw(st.booleans())
    size = draw(st.integers(2, 6))
    keys = list("ABCDEF")[:size]
    if not lettered:
        keys = draw(st.lists(names, min_size=size, max_size=size, unique=True))
    fraction = st.sampled_from([None, -1, -0.5, 0, 0.25, 1 / 3, 1])
    options = [{"key": key, "text": draw(texts), "fraction": draw(fraction)} for key in keys]
    policy = draw(st.sampled_from(["", "exact", "partial", "half", "fractions"]))
    if policy == "fractions":
        options[0]["fraction"] = 0.5
    if kind == "order":
        return {"options": options, "answer": draw(st.permutations(keys)), "policy": policy}
    if kind == "single":
        return {"options": options, "answer": draw(st.sampled_from(keys)), "policy": policy}
    right = st.lists(st.sampled_from(keys), min_size=1, unique=True)
    return {"options": options, "answer": draw(right), "policy": policy}
