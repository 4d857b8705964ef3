"""实时监控: events in by the API, the board, commands as far as the system can, live reviews."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qa import live
from qa.presence import Event
from qa.tables import Review
from qa.telephony import Command, Outcome, Simulator, Unreachable
from tests import qa_world
from web.audit_names import DOINGS
from web.demo import live as invented
from web.models import AuditEntry

from ..browsing import Client
from ..world import CAST, NOW, World
from .test_api import Program, refused, token_of

AsPerson = Callable[[str], Client]


def told(id: str, kind: str, second: int, **more: str) -> dict[str, str]:
    at = NOW - timedelta(minutes=10) + timedelta(seconds=second)
    return {"id": id, "at": at.isoformat(), "agent": "1001", "kind": kind, **more}


CALL = {"call": "C-77", "queue": "退改签", "customer": "13900001234", "direction": "in"}
TALKING = [told("1", "idle", 0), told("2", "ringing", 30, **CALL)]
TALKING += [told("3", "answered", 36, call="C-77")]


@pytest.fixture
def send(app: Flask, world: World) -> Callable[..., Any]:
    """Deliver events as the telephone system does."""
    program = Program(FlaskClient(app, use_cookies=False), token_of(world, "qa_lead"))
    return lambda *events: program("POST", "qa/events", json={"events": list(events)})


@pytest.fixture
def simulator(app: Flask, world: World) -> Simulator:
    made = Simulator()
    app.extensions["zhixi"] = replace(world.services, telephony=made)
    return made


def agent_id(world: World) -> int:
    return world.person("agent").id


# The API


def test_events_are_taken_once_and_those_that_cannot_be_are_named(send: Callable[..., Any]) -> None:
    late = told("9", "idle", 3600 * 5)
    stranger = {**told("8", "idle", 0), "agent": "没有这个人"}
    first = send(*TALKING, told("4", "humming", 40), late, stranger)
    assert first.status_code == 200
    counts = {"accepted": 4, "repeated": 0, "unknown": 1}
    assert {name: first.json[name] for name in counts} == counts
    assert [each["index"] for each in first.json["errors"]] == [4, 5]
    assert send(*TALKING).json == {"accepted": 0, "repeated": 3, "unknown": 0, "errors": []}


def test_a_delivery_of_another_shape_is_refused_whole(app: Flask, world: World) -> None:
    program = Program(FlaskClient(app, use_cookies=False), token_of(world, "qa_lead"))
    shapes: list[object] = [{}, {"events": []}, {"events": "x"}, {"events": [3]}, []]
    one = TALKING[0]
    wrong = [{"id": "1"}, {**one, "id": "a b"}, {**one, "at": "昨天"}, {**one, "queue": "\ud800"}]
    wrong.append({**one, "agent": "\ud800"})
    shapes += [{"events": [one, each]} for each in wrong]
    shapes.append({"events": [one] * 1001})
    for body in shapes:
        text = json.dumps(body)
        answer = program("POST", "qa/events", data=text, content_type="application/json")
        refused(answer, 422, "invalid")
    with world.services.db.reading() as session:
        assert live.board(session) == []


def test_an_agent_sends_no_events(app: Flask, world: World) -> None:
    program = Program(FlaskClient(app, use_cookies=False), token_of(world, "agent"))
    refused(program("POST", "qa/events", json={"events": TALKING}), 403, "forbidden")


# The board


def test_whoever_scores_without_the_board_is_led_home(
    send: Callable[..., Any], as_person: AsPerson, world: World
) -> None:
    send(*TALKING)
    chosen = as_person("inspector").get(f"/qa/monitor/{agent_id(world)}/review?call=C-77")
    assert chosen.status_code == 200
    assert "/qa/monitor" not in chosen.text.replace(f"/qa/monitor/{agent_id(world)}/review", "")


def test_an_empty_board_says_what_to_do(as_person: AsPerson) -> None:
    page = as_person("supervisor").get("/qa/monitor")
    assert "还没有收到电话系统的事件" in page.text
    assert "/api/v1/qa/events" in page.text


def test_the_board_says_who_is_on_which_call_and_masks_the_caller(
    send: Callable[..., Any], as_person: AsPerson
) -> None:
    send(*TALKING)
    page = as_person("supervisor").get("/qa/monitor").text
    assert CAST["agent"].name in page
    assert "通话中" in page
    assert "退改签" in page
    assert "C-77" in page
    assert "1234" in page
    assert "13900001234" not in page
    assert "只能看，不能操作" in page
    assert "/commands" not in page
    elsewhere = as_person("supervisor").get("/qa/monitor?team=票务一组&queue=没有的").text
    assert CAST["agent"].name in elsewhere


def test_the_board_asks_again_and_hears_nothing_until_something_is_new(
    send: Callable[..., Any], as_person: AsPerson, world: World
) -> None:
    send(*TALKING[:1])
    browser = as_person("supervisor")
    with world.services.db.reading() as session:
        stamp = live.stamp(session)
    assert browser.get(f"/qa/monitor/board?since={stamp}").status_code == 204
    send(*TALKING[1:])
    part = browser.get(f"/qa/monitor/board?since={stamp}")
    assert part.status_code == 200
    assert "通话中" in part.text
    assert "<html" not in part.text


def test_an_agent_sees_no_board(as_person: AsPerson) -> None:
    assert as_person("agent").get("/qa/monitor").status_code == 403


# Commands


@pytest.mark.both_databases
def test_only_what_the_system_can_do_now_has_a_button_and_it_is_done_and_kept(
    send: Callable[..., Any], simulator: Simulator, as_person: AsPerson, world: World
) -> None:
    send(*TALKING)
    browser = as_person("supervisor")
    page = browser.get("/qa/monitor").text
    assert 'value="listen"' in page
    assert 'value="idle"' not in page
    agent = agent_id(world)
    form = {"kind": "release", "call": "C-77"}
    answer = browser.post(f"/qa/monitor/{agent}/commands", data=form, follow_redirects=True)
    assert f"强拆 {CAST['agent'].name}：模拟器已挂断这通电话。" in answer.text
    assert "话后整理" in answer.text
    again = browser.post(f"/qa/monitor/{agent}/commands", data=form, follow_redirects=True)
    assert "这通电话已经结束" in again.text
    assert [each.outcome.done for each in simulator.recorded] == [True, False]
    with world.services.db.reading() as session:
        kept = live.asked(session)
        doings = {row.doing for row in session.query(AuditEntry) if row.entity == "qa_command"}
    assert [(row.state, row.by_id) for row in kept] == [
        ("refused", world.person("supervisor").id),
        ("done", world.person("supervisor").id),
    ]
    assert doings == {"qa.command", "qa.command.answer"} <= set(DOINGS)


def test_what_cannot_be_asked_is_refused_and_nothing_is_sent(
    send: Callable[..., Any], simulator: Simulator, as_person: AsPerson, world: World
) -> None:
    send(*TALKING, {**told("s", "idle", 0), "agent": CAST["supervisor"].number})
    browser = as_person("supervisor")
    agent, own = agent_id(world), world.person("supervisor").id
    assert browser.post(f"/qa/monitor/{agent}/commands", data={"kind": "x"}).status_code == 404
    assert browser.post("/qa/monitor/99999/commands", data={"kind": "busy"}).status_code == 404
    mine = browser.post(f"/qa/monitor/{own}/commands", data={"kind": "busy"}, follow_redirects=True)
    assert "不能监听或操作自己的分机" in mine.text
    assert simulator.recorded == []


def test_a_system_that_gives_no_answer_is_said_so_and_kept(
    send: Callable[..., Any], app: Flask, as_person: AsPerson, world: World
) -> None:
    class Silent(Simulator):
        def do(self, command: Command, presence: object) -> Outcome:
            raise Unreachable("连接超时")

    send(*TALKING)
    app.extensions["zhixi"] = replace(world.services, telephony=Silent())
    form = {"kind": "listen", "call": "C-77"}
    page = as_person("supervisor").post(
        f"/qa/monitor/{agent_id(world)}/commands", data=form, follow_redirects=True
    )
    assert "电话系统没有答复（连接超时）" in page.text
    with world.services.db.reading() as session:
        assert live.asked(session)[0].state == "failed"


# Live reviews


@pytest.mark.both_databases
def test_a_call_in_progress_is_reviewed_live(
    send: Callable[..., Any], as_person: AsPerson, world: World
) -> None:
    with world.work(doing="test") as session:
        card = qa_world.add_scorecard(session)
        key, title = card.key, card.title
    send(*TALKING)
    browser, agent = as_person("qa_lead"), agent_id(world)
    assert "实时评分" in browser.get("/qa/monitor").text
    assert "实时评分" not in as_person("supervisor").get("/qa/monitor").text
    chosen = browser.get(f"/qa/monitor/{agent}/review?call=C-77")
    assert title in chosen.text
    form = {"call": "C-77", "scorecard": key}
    opened = browser.post(f"/qa/monitor/{agent}/review", data=form)
    assert browser.get(opened.location).status_code == 200
    with world.services.db.reading() as session:
        (made,) = session.query(Review)
        assert (made.purpose, made.call.key) == ("live", "C-77")
    send(told("8", "ended", 200, call="C-77"))
    late = browser.post(f"/qa/monitor/{agent}/review", data=form, follow_redirects=True)
    assert "这通电话已经结束" in late.text
    gone = browser.get(f"/qa/monitor/{agent}/review?call=C-77")
    assert "没有正在进行的这通电话" in gone.text


# The demo's calls


def test_invented_calls_are_the_same_again_and_fit_the_states(world: World) -> None:
    agents = {"DEMO01": 1, "DEMO10": 2, "DEMO11": 3}
    since, until = NOW, NOW + timedelta(minutes=40)
    one = invented.events(agents, since, until)
    assert one == invented.events(agents, since, until)
    halves = invented.events(agents, since, NOW + timedelta(minutes=20))
    halves += invented.events(agents, NOW + timedelta(minutes=20), until)
    assert {each.event.id for each in halves} == {each.event.id for each in one}
    assert {each.event.kind for each in one} >= {"ringing", "answered", "ended", "idle"}
    assert all(not live.faults(each.event, until) for each in one)


def test_who_is_forced_busy_gets_no_invented_calls(world: World) -> None:
    event = Event("e", NOW, 7, "ringing", "C")
    early, late = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    bound = invented.Told(event, NOW)
    assert not invented._held_back(bound, {})
    assert invented._held_back(bound, {7: [(early, "busy")]})
    assert not invented._held_back(bound, {7: [(early, "busy"), (NOW, "idle")]})
    assert not invented._held_back(bound, {7: [(late, "busy")]})
