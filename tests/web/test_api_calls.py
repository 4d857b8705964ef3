"""Calls through the API: sent, given their sound and words, read by whom they may be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from qa.tables import Call
from web import accounts
from web.models import AuditEntry, Job

from ..qa import sounds
from ..qa_world import add_review, add_scorecard
from ..world import CAST, World

TALK = sounds.wav(sounds.samples([sounds.tone(2), sounds.silent(2)]).tobytes(), 2)
VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v agent>您好，全额退款\n".encode()
NUMBER = "13900001234"
SENT = {
    "call_id": "C-1",
    "agent": "1001",
    "started_at": "2026-11-21T14:05:00+08:00",
    "seconds": 2,
    "customer": NUMBER,
    "direction": "in",
}
Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(app: Flask, world: World) -> Ask:
    """``ask("qa_lead", "GET", "/qa/calls")`` with a token of theirs."""
    tokens: dict[str, str] = {}

    def made(who: str, method: str, path: str, **given: Any) -> TestResponse:
        if who not in tokens:
            with world.work(doing="test.token") as session:
                person = accounts.get_person(session, CAST[who].number)
                tokens[who] = accounts.add_token(session, person, "test", world.clock())
        headers = {"Authorization": f"Bearer {tokens[who]}"}
        return app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **given)

    return made


def refused(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(json.loads(answer.text)["error"]["message"])


@pytest.mark.both_databases
def test_a_call_is_sent_corrected_and_found_again(ask: Ask) -> None:
    first = ask("qa_lead", "POST", "/qa/calls", json=SENT)
    assert (first.status_code, first.json["outcome"]) == (201, "created")
    assert ask("qa_lead", "POST", "/qa/calls", json=SENT).json["outcome"] == "unchanged"
    again = ask("qa_lead", "POST", "/qa/calls", json={"call_id": "C-1", "satisfaction": 4})
    assert (again.status_code, again.json["outcome"]) == (200, "revised")
    assert again.json["call"]["satisfaction"] == 4
    found = ask("qa_lead", "GET", "/qa/calls?satisfaction_from=4&agent=1001").json
    assert (found["total"], found["items"][0]["agent_name"]) == (1, "周小禾")


@pytest.mark.parametrize(
    "given, status, words",
    [
        ({"agent": "8888"}, 404, "人员"),
        ({"seconds": -1}, 422, "时长"),
        ({"started_at": "昨天"}, 422, "不是时间"),
        ({"started_at": [1]}, 422, "文字或数字"),
        ({"call_id": "a/b"}, 422, "只能用字母"),
        ({"call_id": "a\0b"}, 422, "只能用字母"),
        ({"agent": "10\0"}, 404, "人员"),
        ({"queue": "\ud800"}, 422, "不能显示"),
        ({"recording": "a.wav"}, 422, "PUT"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    ask: Ask, world: World, given: dict[str, Any], status: int, words: str
) -> None:
    body = json.dumps(SENT | given)
    answer = ask("qa_lead", "POST", "/qa/calls", data=body, content_type="application/json")
    assert words in refused(answer, status)
    with world.reading() as session:
        assert session.scalars(select(Call)).all() == []


def test_a_body_that_is_no_call_is_refused(ask: Ask) -> None:
    assert "JSON 对象" in refused(ask("qa_lead", "POST", "/qa/calls", json=[SENT]), 422)


def test_sound_and_words_are_the_bodies_of_their_requests(ask: Ask, world: World) -> None:
    ask("qa_lead", "POST", "/qa/calls", json=SENT)
    put = "/qa/calls/C-1/recording?name=通话.wav&agent_side=right"
    made = ask("qa_lead", "PUT", put, data=TALK).json
    assert made["outcome"] == "revised"
    [recording] = made["call"]["recordings"]
    assert (recording["name"], recording["agent_side"]) == ("通话.wav", "right")
    assert recording["state"] == "waiting"
    assert ask("qa_lead", "PUT", put, data=TALK).json["outcome"] == "unchanged"
    said = ask("qa_lead", "PUT", "/qa/calls/C-1/transcript", data=VTT).json
    assert said["call"]["turns"][0]["text"] == "您好，全额退款"
    [found] = ask("inspector", "GET", "/qa/calls?words=全额退款&said_by=agent").json["items"]
    assert (found["recording"], found["transcript"]) == ("waiting", True)
    assert found["passages"][0]["hit"] == "全额退款"
    with world.reading() as session:
        assert "qa.measure" in set(session.scalars(select(Job.kind)))


@pytest.mark.parametrize(
    "path, body, words",
    [
        ("recording", TALK[:-99], "不完整"),
        ("recording", b"", "空的"),
        ("recording", VTT, "不是能识别的录音"),
        ("recording?agent_side=up", TALK, "left 或 right"),
        ("transcript", TALK, "UTF-8"),
        ("transcript", b"hello", "不是能识别的转写"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_nothing_is_kept(
    ask: Ask, world: World, path: str, body: bytes, words: str
) -> None:
    ask("qa_lead", "POST", "/qa/calls", json=SENT)
    assert words in refused(ask("qa_lead", "PUT", f"/qa/calls/C-1/{path}", data=body), 422)
    assert list(world.services.recordings.all()) == []
    call = ask("qa_lead", "GET", "/qa/calls/C-1").json
    assert (call["recordings"], call["turns"]) == ([], [])


def test_a_call_that_is_not_there_and_one_not_to_be_seen_are_the_same(ask: Ask) -> None:
    ask("qa_lead", "POST", "/qa/calls", json=SENT | {"agent": "1002"})
    here = refused(ask("supervisor", "GET", "/qa/calls/C-1"), 404)
    there = refused(ask("supervisor", "GET", "/qa/calls/C-2"), 404)
    assert here.replace("C-1", "C-2") == there
    assert ask("supervisor", "GET", "/qa/calls").json["total"] == 0
    assert ask("qa_lead", "PUT", "/qa/calls/C-2/recording", data=TALK).status_code == 404


def test_who_may_not_send_or_read_is_turned_away(ask: Ask) -> None:
    assert ask("inspector", "POST", "/qa/calls", json=SENT).status_code == 403
    assert ask("inspector", "PUT", "/qa/calls/C-1/recording", data=TALK).status_code == 403
    assert ask("agent", "GET", "/qa/calls").status_code == 403


def test_the_number_is_masked_or_its_reader_is_recorded(ask: Ask, world: World) -> None:
    ask("qa_lead", "POST", "/qa/calls", json=SENT)
    for path in ("/qa/calls", "/qa/calls/C-1"):
        assert NUMBER not in ask("inspector", "GET", path).text
        assert "*******1234" in ask("inspector", "GET", path).text
        assert NUMBER in ask("qa_lead", "GET", path).text
    with world.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.doing == "qa.customer"))
        assert {entry.actor_id for entry in entries} == {world.person("qa_lead").id}


def test_a_blind_inspector_does_not_learn_the_agent_here_either(ask: Ask, world: World) -> None:
    ask("qa_lead", "POST", "/qa/calls", json=SENT | {"extension": "8001", "座席姓名": "周小禾"})
    with world.work(doing="test.review") as session:
        call = session.scalars(select(Call)).one()
        mine = {"inspector_id": world.person("inspector").id, "blind": True}
        add_review(session, call, add_scorecard(session), **mine)
    for path in ("/qa/calls", "/qa/calls/C-1"):
        text = ask("inspector", "GET", path).text
        assert not any(word in text for word in ("周小禾", "1001", "8001"))
