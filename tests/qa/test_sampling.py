"""Samples: reproducible, in proportion, each pick with its probability; and who looks at them."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.assigning import Inspector, assign
from qa.errors import BadPlan
from qa.sampling import Call, Plan, Rule, allocate, draw

QUEUES = ("退票", "改签", "投诉")


def calls(agents: int = 3, each: int = 40) -> list[Call]:
    return [
        Call(
            f"c{a:02}-{n:03}",
            f"agent{a}",
            {"queue": QUEUES[n % 4 % 3], "duration": 30 + 7 * n, "silence": n % 13},
        )
        for a in range(agents)
        for n in range(each)
    ]


LONG_SILENCE = Rule("长时间静音", "silence", least=10)
COMPLAINT = Rule("投诉", "queue", among=("投诉",))


def test_every_agent_gets_the_plans_number_by_chance() -> None:
    picks = draw(calls(), Plan(per_agent=5), "2026-11")
    assert Counter(pick.call.agent for pick in picks) == {"agent0": 5, "agent1": 5, "agent2": 5}
    assert {(pick.kind, pick.probability) for pick in picks} == {("random", Fraction(5, 40))}


def test_an_agent_with_few_calls_has_all_of_them_looked_at() -> None:
    picks = draw(calls(1, 3), Plan(per_agent=5), "s")
    assert [(pick.call.key, pick.probability) for pick in picks] == [
        ("c00-000", 1),
        ("c00-001", 1),
        ("c00-002", 1),
    ]


def test_strata_are_drawn_in_proportion() -> None:
    """40 calls: 退票 20, 改签 10, 投诉 10; 8 drawn are 4, 2 and 2."""
    picks = draw(calls(1), Plan(per_agent=8, strata=("queue",)), "s")
    assert Counter(pick.why for pick in picks) == {("退票",): 4, ("改签",): 2, ("投诉",): 2}
    assert {pick.probability for pick in picks} == {Fraction(1, 5)}


def test_risky_calls_come_on_top_and_say_why() -> None:
    plan = Plan(per_agent=4, risks=(LONG_SILENCE, COMPLAINT), risks_per_agent=3)
    picks = draw(calls(1), plan, "s")
    risky = [pick for pick in picks if pick.kind == "risk"]
    drawn = {pick.call.key for pick in picks if pick.kind == "random"}
    assert len(risky) == 3
    assert not drawn & {pick.call.key for pick in risky}
    rest = [
        c for c in calls(1) if c.key not in drawn and (LONG_SILENCE.holds(c) or COMPLAINT.holds(c))
    ]
    assert {pick.probability for pick in risky} == {Fraction(3, len(rest))}
    for pick in risky:
        assert pick.why == tuple(r.title for r in (LONG_SILENCE, COMPLAINT) if r.holds(pick.call))


def test_only_some_calls_are_looked_at_at_all() -> None:
    plan = Plan(per_agent=99, only=(Rule("够长", "duration", least=100, most=200),))
    assert {60 < pick.call.about["duration"] < 201 for pick in draw(calls(), plan, "s")} == {True}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("rule", "about", "holds"),
    [
        (Rule("r", "x", least=3), {"x": 3}, True),
        (Rule("r", "x", least=3), {"x": 2.99}, False),
        (Rule("r", "x", least=3, most=5), {"x": 6}, False),
        (Rule("r", "x", least=3), {"x": "7"}, False),
        (Rule("r", "x", least=3), {"x": None}, False),
        (Rule("r", "x", least=3), {}, False),
        (Rule("r", "x", among=("a", 1)), {"x": "a"}, True),
        (Rule("r", "x", among=("a",)), {"x": "b"}, False),
        (Rule("r", "x"), {"x": "b"}, False),
    ],
)
def test_what_a_rule_asks(rule: Rule, about: dict[str, Any], holds: bool) -> None:
    assert rule.holds(Call("k", "a", about)) is holds


def test_what_cannot_be_planned_is_refused_in_words() -> None:
    with pytest.raises(BadPlan, match="不能为负"):
        draw(calls(), Plan(per_agent=-1), "s")
    with pytest.raises(BadPlan, match="c00-000 出现了两次"):
        draw([*calls(1, 2), *calls(1, 1)], Plan(), "s")


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.text(max_size=5), st.integers(0, 12))
def test_the_same_seed_draws_the_same_whatever_the_order_and_the_others(
    chance: Any, seed: str, size: int
) -> None:
    plan = Plan(per_agent=size, strata=("queue",), risks=(LONG_SILENCE,), risks_per_agent=2)
    everything = calls(2, 20)
    shuffled = list(everything)
    chance.shuffle(shuffled)
    picks = draw(everything, plan, seed)
    assert draw(shuffled, plan, seed) == picks
    alone = [call for call in everything if call.agent == "agent1"]
    assert draw(alone, plan, seed) == [pick for pick in picks if pick.call.agent == "agent1"]
    assert len({pick.call.key for pick in picks}) == len(picks)


def test_every_call_is_drawn_as_often_as_its_probability_says() -> None:
    """2 of 8 over 2,000 seeds: each call about 500 times, give or take four deviations (78)."""
    counts = Counter(
        pick.call.key
        for seed in range(2000)
        for pick in draw(calls(1, 8), Plan(per_agent=2), str(seed))
    )
    assert len(counts) == 8
    assert all(422 <= count <= 578 for count in counts.values())


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 60))
def test_places_are_given_in_proportion_and_never_beyond_a_stratum(
    sizes: list[int], total: int
) -> None:
    total = min(total, sum(sizes))
    made = allocate(sizes, total, random.Random(1))
    assert sum(made) == total
    for got, size in zip(made, sizes, strict=True):
        assert got <= size
        assert abs(got - Fraction(size * total, sum(sizes))) < 1


# Who looks at them


def test_reviews_go_to_who_has_least_and_never_to_oneself_or_ones_own_lead() -> None:
    picks = draw(calls(), Plan(per_agent=4), "s")
    people = [
        Inspector("lead", never=frozenset({"agent0", "agent1"})),
        Inspector("agent2"),
        Inspector("busy", load=6),
    ]
    made, left = assign(picks, people)
    assert left == []
    by_call = {pick.call.key: pick.call.agent for pick in picks}
    assert {by_call[call] for call, name in made.items() if name == "lead"} == {"agent2"}
    assert "agent2" not in {by_call[call] for call, name in made.items() if name == "agent2"}
    assert Counter(made.values()) == {"agent2": 7, "lead": 4, "busy": 1}


def test_calls_that_nobody_may_take_are_told() -> None:
    picks = draw(calls(1), Plan(per_agent=2), "s")
    made, left = assign(picks, [Inspector("agent0")])
    assert made == {}
    assert sorted(left) == [pick.call.key for pick in picks]
