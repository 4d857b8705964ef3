"""Draws: looked at first, made once, repeatable; each pick with its exact probability."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, Settled
from qa import drawing, plans, queue, reviews
from qa.drawing import Seat
from qa.eligible import Period
from qa.errors import BadPlan
from qa.plans import Wanted
from qa.sampled import STRATA, Facts
from qa.tables import Call, Plan, Remedy, Scorecard

from .. import qa_world
from ..world import NOW

PERIOD = Period(NOW - timedelta(days=30), NOW)
LEAD, ONE, TWO = 90, 21, 22
QUEUES = ("退票", "改签")


def filled(session: Session, agents: int = 2, each: int = 8) -> list[Call]:
    """``each`` calls for agents 1, 2, …; every one was written down."""
    made = []
    for agent in range(1, agents + 1):
        for n in range(each):
            call = qa_world.add_call(
                session,
                f"A{agent}-{n:02}",
                agent,
                NOW - timedelta(days=1 + n, hours=3 * n),
                40.0 + 60 * n,
                queue=QUEUES[n % 2],
                satisfaction=1 + n % 5,
            )
            qa_world.add_transcript(session, call)
            made.append(call)
    return made


def a_plan(session: Session, card: Scorecard | None = None, **content: Any) -> Plan:
    wanted = Wanted("月抽", card or qa_world.add_scorecard(session), {"per_agent": 3} | content)
    return plans.create(session, wanted, by=LEAD, at=NOW)


def prepared(session: Session, plan: Plan, *seats: Seat, seed: str = "s", **more: Any) -> Any:
    return drawing.prepare(
        session, plan, PERIOD, seed, seats or (Seat(ONE), Seat(TWO)), at=NOW, **more
    )


def made(session: Session, plan: Plan, *seats: Seat, seed: str = "s") -> Any:
    drawn = prepared(session, plan, *seats, seed=seed)
    return drawing.make(session, plan, drawn, drawn.fingerprint, by=LEAD, at=NOW)


def keys(picks: Any) -> list[str]:
    return [pick.key for pick in picks]


def test_what_is_looked_at_first_is_what_is_made(session: Session) -> None:
    filled(session)
    plan = a_plan(session, strata=["queue"])
    first = prepared(session, plan)
    draw = made(session, plan)
    rows = drawing.reviews_of(session, draw)
    assert [row.call.key for row in rows] == keys(first.picks)
    assert (draw.population, draw.agents, draw.seed) == (16, {"1": 8, "2": 8}, "s")
    assert {(row.chosen, row.state, row.purpose) for row in rows} == {
        ("random", "waiting", "score")
    }
    assert {row.due_at for row in rows} == {NOW + timedelta(days=7)}
    assert Counter(row.inspector_id for row in rows) == {ONE: 3, TWO: 3}
    for pick, row in zip(first.picks, rows, strict=True):
        assert (row.probability, tuple(row.why)) == (str(pick.probability), pick.why)


def test_the_same_draw_repeated_gives_the_same_picks_and_another_seed_others(
    session: Session,
) -> None:
    filled(session)
    plan = a_plan(session)
    assert keys(prepared(session, plan).picks) == keys(prepared(session, plan).picks)
    assert any(
        keys(prepared(session, plan, seed=seed).picks) != keys(prepared(session, plan).picks)
        for seed in "abc"
    )


def test_a_draw_can_be_replayed_after_it_was_made_and_says_when_calls_have_changed(
    session: Session,
) -> None:
    calls = filled(session)
    draw = made(session, a_plan(session, strata=["queue"]))
    again = drawing.replay(session, draw)
    assert (again.same, again.unchanged) == (True, True)
    late = qa_world.add_call(session, "LATE", 1, NOW - timedelta(days=2), queue="退票")
    qa_world.add_transcript(session, late)
    late.added_at = NOW + timedelta(hours=1)  # imported after the draw: it was not known then
    session.flush()
    assert drawing.replay(session, draw).unchanged
    calls[0].queue = "投诉"
    session.flush()
    assert not drawing.replay(session, draw).unchanged


def test_a_call_with_a_review_on_the_scorecard_is_left_out_until_that_is_cancelled(
    session: Session,
) -> None:
    calls = filled(session, 1, 3)
    plan = a_plan(session)
    review = qa_world.add_review(session, calls[0], plan.scorecard)
    qa_world.add_review(session, calls[1], qa_world.add_scorecard(session))
    assert keys(prepared(session, plan).picks) == ["A1-01", "A1-02"]
    reviews.cancel(session, review, by=LEAD, at=NOW, reason="不评了")
    assert len(prepared(session, plan).picks) == 3


def test_a_draw_is_made_once(session: Session) -> None:
    """Sent twice, or looked at before calls arrived: what was seen is not what would be drawn."""
    filled(session)
    plan = a_plan(session)
    seen = prepared(session, plan).fingerprint
    drawing.make(session, plan, prepared(session, plan), seen, by=LEAD, at=NOW)
    with pytest.raises(Settled, match="请重新预览"):
        drawing.make(session, plan, prepared(session, plan), seen, by=LEAD, at=NOW)
    plans.close(session, plan, NOW)
    drawn = prepared(session, plan)
    with pytest.raises(Settled, match="已经停用"):
        drawing.make(session, plan, drawn, drawn.fingerprint, by=LEAD, at=NOW)


def test_nothing_to_draw_is_said_and_makes_no_draw(session: Session) -> None:
    plan = a_plan(session)
    drawn = prepared(session, plan)
    with pytest.raises(InvalidContent, match="一通也没有抽到"):
        drawing.make(session, plan, drawn, drawn.fingerprint, by=LEAD, at=NOW)


def test_who_has_too_few_calls_and_who_has_none_is_told(session: Session) -> None:
    filled(session, 2, 8)
    qa_world.add_transcript(session, qa_world.add_call(session, "B", 3))
    drawn = prepared(session, a_plan(session), expected=[1, 3, 4])
    assert drawn.short == {3: 1, 4: 0}


def test_nobody_is_given_calls_that_are_not_for_him_and_what_nobody_may_score_is_told(
    session: Session,
) -> None:
    filled(session)
    seats = Seat(1), Seat(ONE, frozenset({1}))  # inspector 1 is agent 1; ONE leads agent 1
    drawn = prepared(session, a_plan(session), *seats)
    assert {pick.inspector for pick in drawn.picks if pick.agent_id == 1} == {None}
    assert len(drawn.left) == 3
    assert drawn.loads == {1: (0, 2), ONE: (0, 1)} or drawn.loads == {1: (0, 1), ONE: (0, 2)}
    draw = made(session, a_plan_named(session, "二"), *seats)
    assert sorted(draw.left) == sorted(
        row.call_id for row in drawing.reviews_of(session, draw) if row.inspector_id is None
    )


def a_plan_named(session: Session, name: str) -> Plan:
    wanted = Wanted(name, qa_world.add_scorecard(session), {"per_agent": 3})
    return plans.create(session, wanted, by=LEAD, at=NOW)


def test_work_is_spread_by_what_waits_already(session: Session) -> None:
    for n, call in enumerate(filled(session, 1, 12)):
        if n < 4:
            card = qa_world.add_scorecard(session)
            qa_world.add_review(session, call, card, inspector_id=ONE)
    drawn = prepared(session, a_plan(session, per_agent=6))
    assert drawn.loads == {ONE: (4, 5), TWO: (0, 5)}
    assert [(load.person, load.waiting) for load in queue.loads(session, NOW)] == [(ONE, 4)]


def test_risk_and_second_looks_come_on_top_of_chance_and_say_why(session: Session) -> None:
    """Agent 1 failed an item; his calls since then are looked at again for it."""
    calls = filled(session, 2, 10)
    card = qa_world.add_scorecard(session)
    failed = qa_world.add_scored(session, calls[9], card)
    session.add(
        Remedy(
            agent_id=1,
            scorecard_id=card.id,
            item="fee",
            review_id=failed.id,
            proposed_at=NOW - timedelta(days=8, hours=20),
        )
    )
    session.flush()
    low = {"title": "不满意", "name": "satisfaction", "most": 2}
    plan = a_plan(session, card, risks=[low], risks_per_agent=2, resamples_per_agent=2)
    drawn = prepared(session, plan)
    chance_alone = prepared(session, a_plan_on(session, card), seed="s")
    random = [pick for pick in drawn.picks if pick.kind == "random"]
    assert keys(random) == keys(chance_alone.picks)  # chance is not disturbed by what follows
    again = [pick for pick in drawn.picks if pick.kind == "resample"]
    assert {(pick.agent_id, pick.why) for pick in again} == {(1, ("复查“退票费答得对”",))}
    risky = [pick for pick in drawn.picks if pick.kind == "risk"]
    assert {pick.why for pick in risky} == {("不满意",)}
    assert len(keys(drawn.picks)) == len(set(keys(drawn.picks)))


def a_plan_on(session: Session, card: Scorecard) -> Plan:
    return plans.create(session, Wanted("只随机", card, {"per_agent": 3}), by=LEAD, at=NOW)


def test_words_said_and_measured_sound_can_be_asked_for(session: Session) -> None:
    quiet, rude, plain = (qa_world.add_call(session, key) for key in ("Q", "R", "P"))
    figures = {"silence": {"longest": {"start": 3, "duration": 42.0}, "share": 0.4}}
    qa_world.add_recording(session, quiet, figures=figures)
    qa_world.add_transcript(session, rude, [(0, 2, "agent", "你自己看著辦")])
    qa_world.add_transcript(session, plain, [(0, 2, "customer", "你自己看着办")])
    risks = [
        {"title": "长静音", "name": "silence", "least": 20},
        {"title": "服务忌语", "name": "said_by_agent", "among": ["自己看着办"]},
    ]
    plan = a_plan(session, per_agent=0, risks=risks, risks_per_agent=9)
    found = {pick.key: pick.why for pick in prepared(session, plan).picks}
    assert found == {"Q": ("长静音",), "R": ("服务忌语",)}


def test_new_agents_and_calls_without_sound_or_text(session: Session) -> None:
    for agent in (1, 2):
        qa_world.add_transcript(session, qa_world.add_call(session, f"N{agent}", agent))
    qa_world.add_call(session, "SILENT", 1)
    new = [{"title": "新座席", "name": "agent_days", "most": 30}]
    plan = a_plan(session, per_agent=0, risks=new, risks_per_agent=1)
    joined = {1: NOW - timedelta(days=400), 2: NOW - timedelta(days=9)}
    assert keys(prepared(session, plan, joined=joined).picks) == ["N2"]
    assert keys(prepared(session, a_plan_named(session, "随机")).picks) == ["N1", "N2"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"per_agent": 0}, "三种抽法都是 0"),
        ({"per_agent": -1}, "0 到 100"),
        ({"per_agent": True}, "0 到 100"),
        ({"per_agent": 1, "strata": ["moon"]}, "不认识"),
        ({"risks_per_agent": 2}, "至少一条风险规则"),
        ({"per_agent": 1, "only": [{"name": "moon"}]}, "“只抽”第1条：请选要看什么"),
        ({"per_agent": 1, "only": [{"name": "seconds"}]}, "请填“从”或“到”"),
        ({"per_agent": 1, "only": [{"name": "seconds", "least": 9, "most": 1}]}, "大于“到”"),
        ({"per_agent": 1, "only": [{"name": "said", "among": ["  "]}]}, "至少一个词"),
        ({"per_agent": 1, "only": [{"name": "queue", "among": "退票"}]}, "至少一个值"),
        ({"per_agent": 1, "risks": [{"name": "hour", "least": 1}] * 2}, "同名"),
        ({"per_agent": 1, "only": [{"name": "seconds", "least": float("nan")}]}, "应为数字"),
        ("abc", "应为一个对象"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(content: Any, told: str) -> None:
    with pytest.raises(BadPlan, match=told):
        plans.parse(content)


def test_a_plan_is_named_once_and_no_writer_goes_over_another(session: Session) -> None:
    plan = a_plan(session)
    with pytest.raises(InvalidContent, match="已经有名为"):
        a_plan(session)
    wanted = Wanted("月抽", plan.scorecard, {"per_agent": 4}, blind=True)
    plans.save(session, plan, wanted, 1)
    assert (plan.saves, plan.blind, plan.content["per_agent"]) == (2, True, 4)
    with pytest.raises(InvalidContent, match="刚被别人改过"):
        plans.save(session, plan, wanted, 1)


FACTS = st.lists(
    st.builds(
        Facts,
        id=st.integers(1, 10**6),
        key=st.text("abcdef", min_size=1, max_size=6),
        agent_id=st.integers(1, 3),
        started_at=st.just(NOW),
        seconds=st.sampled_from([10.0, 100.0, 400.0, 4000.0]),
        queue=st.sampled_from(QUEUES),
        satisfaction=st.sampled_from([None, 1, 5]),
        figures=st.none(),
        said=st.none(),
        days=st.none(),
        failed=st.sampled_from([(), ("退票费",)]),
    ),
    max_size=40,
    unique_by=lambda facts: facts.key,
)


@profile(suppress_health_check=[HealthCheck.too_slow])
@given(FACTS, st.sets(st.sampled_from(sorted(STRATA))), st.integers(0, 6), st.text(max_size=3))
def test_probabilities_of_every_stratum_add_up_to_what_was_drawn_from_it(
    facts: list[Facts], strata: set[str], size: int, seed: str
) -> None:
    """Exactly: Σ probability over the stratum's calls = its picks, as all its calls share one."""
    content = plans.parse(
        {
            "per_agent": size,
            "strata": sorted(strata),
            "risks": [{"title": "低", "name": "satisfaction", "most": 2}],
            "risks_per_agent": 2,
            "resamples_per_agent": 1,
        }
    )
    picks = drawing.pick(content, facts, seed)
    assert drawing.pick(content, list(reversed(facts)), seed) == picks
    random = [pick for pick in picks if pick.kind == "random"]
    for stratum in {(pick.agent_id, pick.why) for pick in random}:
        drawn = [pick for pick in random if (pick.agent_id, pick.why) == stratum]
        names = [name for name in STRATA if name in strata]
        there = [
            each
            for each in facts
            if each.agent_id == stratum[0]
            and tuple(STRATA[name][1](each) for name in names) == stratum[1]
        ]
        assert len(there) * drawn[0].probability == Fraction(len(drawn))
    for agent in {each.agent_id for each in facts}:
        count = sum(each.agent_id == agent for each in facts)
        assert sum(pick.agent_id == agent for pick in random) == min(size, count)


def test_the_queue_is_in_the_order_of_what_is_due_and_knows_the_next(session: Session) -> None:
    card = qa_world.add_scorecard(session)
    due = [3, 1, None, -1]
    rows = [
        qa_world.add_review(
            session,
            qa_world.add_call(session),
            card,
            inspector_id=ONE,
            due_at=None if days is None else NOW + timedelta(days=days),
        )
        for days in due
    ]
    assert list(queue.of(session, ONE)) == [rows[3], rows[1], rows[0], rows[2]]
    assert queue.next_of(session, ONE, after=rows[3].id) is rows[1]
    assert queue.next_of(session, TWO) is None
    qa_world.add_score(session, rows[3])
    assert queue.finished(session, ONE) == [rows[3]]
    [load] = queue.loads(session, NOW)
    assert (load.person, load.waiting, load.overdue, load.finished) == (ONE, 3, 0, 1)
    assert len(queue.everybody(session, person=ONE)) == 3
    assert queue.everybody(session, nobody=True) == []
