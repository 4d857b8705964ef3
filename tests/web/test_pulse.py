"""The pulse: what open pages are told, and that asking costs and means next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from kb import broadcasts
from kb.articles import Edit
from kb.broadcasts import Message
from web import accounts, pulse
from web.models import SignIn

from ..browsing import Client
from ..world import NOW, World

AsPerson = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _always_fresh(app: Flask) -> None:
    app.extensions["zhixi.pulse"].newest.fresh = 0.0


def send(world: World, title: str, **given: Any) -> int:
    with world.work("supervisor", "broadcasts.send") as session:
        edit = Edit(world.person("supervisor").id, world.clock())
        return broadcasts.send(session, Message(title, **given), edit).id


def told(client: Client, since: str = "", kind: str = "广播") -> list[str]:
    """The sentences of that kind; nothing where the mark still holds."""
    answer = client.get("/pulse", query_string={"since": since})
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200
    return [i["sentence"] for i in answer.get_json()["items"] if kind in i["kind"]]


def mark(client: Client) -> str:
    return str(client.get("/pulse").get_json()["mark"])


def test_a_broadcast_is_told_once_the_mark_is_old_and_nothing_before(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    before = mark(agent)
    assert agent.get(f"/pulse?since={before}").status_code == 204
    send(world, "G18次今日停运，请主动告知旅客")
    assert told(agent, before) == ["G18次今日停运，请主动告知旅客"]
    answer = agent.get(f"/pulse?since={before}").get_json()
    assert answer["sources"] == ["broadcasts"]  # the others have nothing new and are not asked
    assert list(pulse.SOURCES) == agent.get("/pulse?since=1-x").get_json()["sources"]


@pytest.mark.both_databases
def test_a_broadcast_begins_and_ends_by_the_clock_and_leaves_when_withdrawn(
    world: World, as_person: AsPerson
) -> None:
    agent, at = as_person("agent"), world.clock()
    send(world, "晚些时候", valid_from=at + timedelta(hours=1), valid_to=at + timedelta(hours=2))
    first = mark(agent)
    assert told(agent) == []
    world.clock.forward(hours=1)
    assert told(agent, first) == ["晚些时候"]
    second = mark(agent)
    world.clock.forward(hours=1)
    assert agent.get(f"/pulse?since={second}").get_json()["items"] is not None
    assert told(agent) == []
    id = send(world, "发错了")
    assert told(agent) == ["发错了"]
    third = mark(agent)
    with world.work("supervisor", "broadcasts.withdraw") as session:
        edit = Edit(None, world.clock())
        broadcasts.withdraw(session, broadcasts.get(session, id), edit)
    assert agent.get(f"/pulse?since={third}").status_code == 200
    assert told(agent) == []


def test_a_broadcast_reaches_those_it_names_and_no_one_else(
    world: World, as_person: AsPerson
) -> None:
    send(world, "只给一组", audiences=("票务一组",))
    send(world, "只给林知夏", person_ids=(world.person("other_agent").id,))
    send(world, "给考官", audiences=("考官",))
    assert told(as_person("agent")) == ["只给一组"]
    assert told(as_person("other_agent")) == ["只给林知夏"]
    assert told(as_person("editor")) == []  # who reads everything is not addressed by everything


@pytest.mark.both_databases
def test_what_somebody_has_confirmed_does_not_come_back_and_is_counted_once(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    id = send(world, "请确认", urgent=True)
    [item] = [i for i in agent.get("/pulse").get_json()["items"] if i["kind"] == "紧急广播"]
    assert item["urgency"] == "popup"
    for _ in range(2):
        assert agent.post(item["confirm"], headers={"HX-Request": "true"}).status_code == 204
    assert told(agent) == []
    with world.reading() as session:
        assert broadcasts.read_counts(session, [id]) == {id: 1}
    assert told(as_person("other_agent")) == ["请确认"]


def test_nobody_confirms_what_was_not_for_them_or_has_not_begun(
    world: World, as_person: AsPerson
) -> None:
    other = send(world, "给考官", audiences=("考官",))
    later = send(world, "明天", valid_from=NOW + timedelta(days=1))
    agent = as_person("agent")
    for id in (other, later, 99_999):
        assert agent.post(f"/broadcasts/{id}/reading").status_code == 404


def test_an_article_is_linked_only_for_those_who_may_read_it(
    world: World, as_person: AsPerson
) -> None:
    id = world.article("team-one-duty").id
    send(world, "看值班安排", article_id=id)
    links = {
        who: [
            i["link"]
            for i in as_person(who).get("/pulse").get_json()["items"]
            if i["detail"] == "" and i["sentence"] == "看值班安排"
        ]
        for who in ("agent", "other_agent")
    }
    assert links["agent"] == [{"words": "票务一组值班安排", "address": "/articles/team-one-duty"}]
    assert links["other_agent"] == [None]


@pytest.mark.both_databases
def test_asking_does_not_prolong_a_session(world: World, as_person: AsPerson) -> None:
    agent = as_person("agent")
    for hours in range(13):
        assert agent.get("/pulse").status_code == (200 if hours < 12 else 302)
        world.clock.forward(hours=1)
    with world.reading() as session:
        assert {s.seen_at for s in session.query(SignIn)} == {NOW}


def test_a_page_whose_session_is_over_is_told_so_and_not_sent_elsewhere(
    app: Flask, world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    since = mark(agent)
    with world.work(doing="account.sign_out") as session:
        accounts.revoke_sign_ins(session, world.person("agent"), world.clock())
    asked = {"path": "/pulse", "headers": {"HX-Request": "true"}}
    # While the cookie is trusted still, it gets to know that nothing is new, and that only.
    assert agent.get(query_string={"since": since}, **asked).status_code == 204
    app.extensions["zhixi.pulse"].trust_seconds = 0.0
    assert agent.get(query_string={"since": since}, **asked).status_code == 401


@pytest.mark.parametrize(
    "since", ["", "x", "-", "99999999999999999999-a", "１２３-a", "1-", "退票"]
)
def test_a_mark_that_makes_no_sense_counts_as_none(since: str, as_person: AsPerson) -> None:
    assert as_person("agent").get("/pulse", query_string={"since": since}).status_code == 200


@given(st.text(max_size=40))
def test_reading_a_mark_never_fails(text: str) -> None:
    moment, stamp = pulse.read_mark(text)
    assert (moment is None) == (stamp == "")


def test_the_shortcut_knows_only_cookies_the_application_has_seen(
    client: Client, as_person: AsPerson
) -> None:
    since = mark(as_person("agent"))
    assert client.get("/pulse", query_string={"since": since}).status_code == 302
    assert client.post("/pulse", query_string={"since": since}).status_code == 405


def test_every_source_says_a_stamp_for_any_moment(world: World) -> None:
    with world.reading() as session:
        for source in pulse.SOURCES.values():
            assert isinstance(source.stamp(session, world.clock()), str)
