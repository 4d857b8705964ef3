"""What holds of checks whatever is said in the call."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.checks import Finding, Heard, check_of
from qa.transcripts import Role, Utterance

from .calls import BEGAN, Base, item

PIECES = [
    "保证退款",
    "保证",
    "退款",
    "不",
    "不能",
    "能不能",
    "嗯",
    "那个",
    "，",
    "30天",
    "三十天",
    "5%",
]
PIECES += [
    "您好",
    "再见",
    "退票要扣多少钱？",
    "退票",
    "百分之二十",
    "免费",
    "Ｗi-Fi",
    "保證",
    "é",
    "😀",
    " ",
]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
ANY_TEXT = TEXTS | st.text(min_size=1, max_size=30)
ROLES: st.SearchStrategy[Role | None] = st.sampled_from(["agent", "customer", None])
FEE = Base(("退票", BEGAN, "开车前30天以上免费，其余收5%。"))
CHECKS: list[dict[str, Any]] = [
    {"kind": "required", "phrases": ["保证退款", ["三十天", "5%"]], "need": "any"},
    {"kind": "forbidden", "phrases": ["保证退款", "WiFi"], "synonyms": True},
    {"kind": "forbidden", "phrases": ["退款"], "by": "anyone", "last": 20},
    {"kind": "order", "steps": [{"phrases": ["您好"]}, {"phrases": ["再见"]}], "within": 9},
    {"kind": "opening", "phrases": ["您好"]},
    {"kind": "closing", "phrases": ["再见"], "within": 5},
    {"kind": "silence", "over": 2, "said_before": ["嗯"], "said_after": ["再见"]},
    {"kind": "duration", "from": 10},
    {"kind": "answer"},
    {"kind": "answer", "about": ["退票"], "question": "退票收多少"},
]


@st.composite
def calls(draw: st.DrawFn, texts: st.SearchStrategy[str] = ANY_TEXT) -> Heard:
    made = []
    for _ in range(draw(st.integers(0, 7))):
        start = Fraction(draw(st.integers(0, 200)), 4)
        length = Fraction(draw(st.integers(0, 40)), 4)
        made.append(Utterance(start, start + length, draw(texts), draw(ROLES)))
    made.sort(key=lambda each: (each.start, each.end))
    return Heard(tuple(made), draw(st.none() | st.just(Fraction(60))), None, BEGAN, {}, FEE)


def found(check: dict[str, Any], call: Heard) -> Finding:
    made = check_of(item(check))
    assert made is not None
    return made.find(call)


@settings(max_examples=150)
@given(calls(), st.sampled_from(CHECKS))
def test_no_text_makes_a_check_fail_to_answer_and_evidence_points_at_its_words(
    call: Heard, check: dict[str, Any]
) -> None:
    seen = found(check, call)
    assert seen.reason.endswith("。")
    assert seen.answer in (None, "yes", "no")
    for each in seen.evidence:
        assert each.at <= each.until
        if each.utterance is not None:
            said = call.utterances[each.utterance]
            assert said.text[each.start : each.end] == each.words != ""
            assert said.start <= each.at <= each.until <= said.end
    assert seen.as_json()["item"] == "x"


@settings(max_examples=150)
@given(calls(TEXTS), st.integers(0, 7), st.integers(0, 160), st.booleans())
def test_a_forbidden_phrase_said_once_more_always_fails(
    call: Heard, place: int, quarter: int, denied: bool
) -> None:
    check = {"kind": "forbidden", "phrases": ["保证退款", "三十天"], "negated": denied}
    at = Fraction(quarter, 4)
    said = Utterance(at, at + 1, "保证退款", "agent")
    more = sorted((*call.utterances, said), key=lambda each: (each.start, each.end))
    assert found(check, replace(call, utterances=tuple(more))).outcome == "fail"


@settings(max_examples=100)
@given(calls(TEXTS), st.permutations(["好的", "没问题", "您请说", "我看一下"]))
def test_the_order_of_what_is_said_outside_the_window_does_not_matter(
    call: Heard, others: list[str]
) -> None:
    for check in (
        {"kind": "required", "phrases": ["保证退款"], "first": 65},
        {"kind": "forbidden", "phrases": ["保证退款"], "first": 65},
    ):
        results = set()
        for words in (others, sorted(others)):
            late = [
                Utterance(Fraction(70 + 3 * n), Fraction(72 + 3 * n), text, "agent")
                for n, text in enumerate(words)
            ]
            seen = found(check, Heard((*call.utterances, *late), Fraction(90)))
            results.add((seen.outcome, seen.reason, seen.evidence))
        assert len(results) == 1


@settings(max_examples=100)
@given(calls(TEXTS))
def test_traditional_and_wide_writing_change_nothing(call: Heard) -> None:
    wide = str.maketrans({"证": "證", "款": "款", "票": "票", "扣": "扣", "钱": "錢", "5": "５"})
    other = replace(
        call, utterances=tuple(replace(e, text=e.text.translate(wide)) for e in call.utterances)
    )
    for check in CHECKS:
        assert found(check, call).outcome == found(check, other).outcome
