"""Sampling on pages: a plan is written, looked at, drawn once, and drawn again to be checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from qa.tables import Draw, Plan, Review
from web import accounts
from web.models import Job

from .. import qa_world
from ..browsing import Client
from ..world import NOW, World

AsPerson = Callable[[str], Client]
RULE = {"only.name": "seconds", "only.least": "x"} | dict.fromkeys(
    ("only.title", "only.most", "only.among"), ""
)
PERIOD = {"first": "2026-11-01", "last": "2026-11-22"}


def furnished(world: World) -> int:
    """Six calls of one agent and one of another; the scorecard's id."""
    with world.work(doing="test.calls") as session:
        card = qa_world.add_scorecard(session)
        for n in range(6):
            at = NOW - timedelta(days=1 + n)
            call = qa_world.add_call(
                session, f"A-{n}", world.person("agent").id, at, queue="退票", satisfaction=n % 5
            )
            qa_world.add_transcript(session, call)
        lone = qa_world.add_call(session, "B-0", world.person("other_agent").id)
        qa_world.add_transcript(session, lone)
        return int(card.id)


def written(client: Client, card: int, **more: object) -> str:
    """A plan of two calls an agent; the address of its preview."""
    fields = {"name": "每月例行", "scorecard": card, "per_agent": "２", "strata": "queue"}
    fields |= {"risks_per_agent": "0", "resamples_per_agent": "0", "due_days": "7", "heard": "1"}
    response = client.post("/qa/plans/new", data=fields | more)
    assert response.status_code == 302, response.text
    return str(response.location)


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint" value="(\w+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.both_databases
def test_a_draw_is_looked_at_then_made_once_and_can_be_repeated(
    world: World, as_person: AsPerson
) -> None:
    card, client = furnished(world), as_person("qa_lead")
    preview = written(client, card)
    page = client.get(preview, query_string=PERIOD).text
    assert "可抽的通话 7 通，2 名座席：随机抽中 3 通" in page
    assert "不够 2 通" in page  # 林知夏 has one call
    assert re.search(r"何听雨</th><td class=\"number\">0</td><td class=\"number\">3</td>", page)
    with world.reading() as session:
        assert session.query(Review).count() == 0  # looking draws nothing
    sent = PERIOD | {"fingerprint": fingerprint(page)}
    made = client.post(preview, data=sent)
    assert made.status_code == 302
    twice = client.post(preview, data=sent)
    assert (twice.status_code, "请重新预览再抽" in twice.text) == (409, True)
    with world.reading() as session:
        rows = session.query(Review).all()
        assert {row.inspector_id for row in rows} == {world.person("inspector").id}
        assert sorted(row.probability for row in rows) == ["1", "1/3", "1/3"]
        assert session.query(Draw).count() == 1
        [job] = session.query(Job).where(Job.kind == "qa.suggest").all()
        assert job.payload == {"calls": sorted(row.call_id for row in rows)}
    shown = client.get(made.location).text
    assert "1/3" in shown
    assert "33.3%" in shown
    again = client.get(made.location + "?replay=1").text
    assert "重抽一遍，抽出的 3 通与当时完全一样" in again
    assert made.location in client.get("/qa/plans").text
    assert made.location in client.get("/qa/plans/draws").text
    assert "等您评的 3 通" in as_person("inspector").get("/qa/queue").text


@pytest.mark.both_databases
def test_calls_nobody_may_score_are_told_before_they_are_drawn(
    world: World, as_person: AsPerson
) -> None:
    card, client = furnished(world), as_person("qa_lead")
    with world.work(doing="test.team") as session:  # the inspector now leads the agent's team
        inspector = session.merge(world.person("inspector"))
        inspector.team_id = world.person("agent").team_id
        role = next(r for r in session.merge(world.person("supervisor")).roles)
        accounts.set_roles(inspector, [*inspector.roles, role])
    preview = written(client, card)
    page = client.get(preview, query_string=PERIOD | {"spread": "1"}).text
    assert "没有选质检员" in page
    to = {"spread": "1", "to": str(world.person("inspector").id)}
    page = client.get(preview, query_string=PERIOD | to).text
    assert "有 2 通没有人可以评" in page
    client.post(preview, data=PERIOD | to | {"fingerprint": fingerprint(page)})
    assert "没有派人" in client.get("/qa/queue/all?person=nobody").text


@pytest.mark.both_databases
def test_risks_are_written_in_rows_and_shown_as_reasons(world: World, as_person: AsPerson) -> None:
    card, client = furnished(world), as_person("qa_lead")
    rows = {
        "risks.name": ["satisfaction", "said_by_agent", "", ""],
        "risks.title": ["不满意", "", "", ""],
        "risks.least": ["", "", "", ""],
        "risks.most": ["１", "", "", ""],
        "risks.among": ["", "自己看着办、不归我管", "", ""],
    }
    preview = written(client, card, per_agent="0", risks_per_agent="2", **rows)
    page = client.get(preview, query_string=PERIOD).text
    assert "不满意：满意度不超过 1 分" in page
    assert "座席说了：自己看着办、不归我管" in page
    assert "按风险抽中 2 通" in page
    edit = client.get(preview.removesuffix("/draw")).text
    assert 'value="不满意"' in edit
    assert 'value="自己看着办、不归我管"' in edit


@pytest.mark.both_databases
def test_what_is_wrong_with_a_plan_is_said_and_what_was_typed_stays(
    world: World, as_person: AsPerson
) -> None:
    card, client = furnished(world), as_person("qa_lead")
    good = {"name": "计划", "scorecard": card, "per_agent": "5", "due_days": "7"}
    good |= {"risks_per_agent": "0", "resamples_per_agent": "0"}
    for bad, why in (
        ({"per_agent": "五"}, "请填整数"),
        ({"per_agent": "1.5"}, "请填整数"),
        ({"per_agent": "0"}, "什么也抽不到"),
        ({"per_agent": "9" * 12}, "0 到 100"),
        ({"scorecard": "９" * 30}, "请选评分表"),
        ({"name": " "}, "请填写计划的名称"),
        ({"due_days": "0"}, "1 到 90 天"),
        (RULE, "不是数字"),
    ):
        page = client.post("/qa/plans/new", data=good | bad)
        assert (page.status_code, why in page.text) == (422, True), why
    with world.reading() as session:
        assert session.query(Plan).count() == 0
    preview = written(client, card)
    for query, why in (
        ({"first": "2026-11-20", "last": "2026-11-01"}, "截止日要在起始日之后"),
        ({"first": "明天"}, "不是日期"),
        ({"first": "2020-01-01", "last": "2026-01-01"}, "一次最多抽 400 天"),
        ({"seed": "长" * 61}, "最多 60 字"),
        ({"first": "2026-01-01", "last": "2026-01-02"}, "一通也抽不到"),
    ):
        page = client.get(preview, query_string=query)
        assert (page.status_code, why in page.text) == (200, True), why


@pytest.mark.both_databases
def test_two_who_change_a_plan_do_not_go_over_each_other(world: World, as_person: AsPerson) -> None:
    card, client = furnished(world), as_person("qa_lead")
    url = written(client, card).removesuffix("/draw")
    good = {"name": "每月例行", "scorecard": card, "per_agent": "4", "due_days": "7", "saves": 1}
    good |= {"risks_per_agent": "0", "resamples_per_agent": "0"}
    assert client.post(url, data=good).status_code == 302
    stale = client.post(url, data=good | {"per_agent": "3"})
    assert (stale.status_code, "刚被别人改过" in stale.text) == (409, True)
    client.post(f"{url}/closing")
    assert "已停用" in client.get("/qa/plans").text
    client.post(f"{url}/closing", data={"again": "1"})
    assert "已停用" not in client.get("/qa/plans").text
