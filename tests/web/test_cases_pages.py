"""Handled cases: the form with its near-duplicates, the API, the editors' list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kb import articles
from kb.cases import HandledCase
from web import accounts

from ..browsing import Client
from ..world import CAST, REFUND, World
from .editing import AsPerson, told

CASE = {
    "question": "药落在车上怎么拿回",
    "result": "记失物工单，注明急用药。下一站取回。",
    "reference": "WO-77",
    "handled_at": "2026-11-21T14:05",
}


def count(world: World) -> int:
    with world.reading() as session:
        return session.query(HandledCase).count()


@pytest.mark.both_databases
def test_an_agents_case_becomes_a_draft_for_editors(world: World, as_person: AsPerson) -> None:
    agent = as_person("agent")
    assert "已提交" in told(agent, agent.post("/cases", data=CASE))
    assert "已经提交过" in told(agent, agent.post("/cases", data=CASE))
    assert count(world) == 1
    assert "等审核" in agent.get("/mine").text
    listing = as_person("editor").get("/kb/cases").text
    assert "药落在车上怎么拿回" in listing
    assert "WO-77" in listing
    with world.reading() as session:
        draft = articles.get(session, "药落在车上怎么拿回").draft
        assert draft is not None
        assert draft.data["source"]["kind"] == "case"


def test_a_near_duplicate_is_shown_first_and_can_be_sent_all_the_same(
    world: World, as_person: AsPerson
) -> None:
    copied = CASE | {"question": "退票费怎么收", "result": REFUND.body}
    agent = as_person("agent")
    answer = agent.post("/cases", data=copied)
    assert answer.status_code == 409
    assert "可能已经有了" in answer.text
    assert "/articles/refund-fee" in answer.text
    assert "相似度 100.0%" in answer.text
    assert count(world) == 0
    assert agent.post("/cases", data=copied | {"even_so": "1"}).status_code == 302
    assert "退票费怎么收" in as_person("editor").get("/kb/cases").text


def test_an_article_one_may_not_read_is_never_named_as_similar(
    world: World, as_person: AsPerson
) -> None:
    secret = CASE | {
        "question": "情绪激动旅客的升级处理",
        "result": "旅客要求投诉到上级的，由班长在30分钟内回电。",
    }
    assert as_person("supervisor").post("/cases", data=secret).status_code == 409
    assert as_person("agent").post("/cases", data=secret).status_code == 302


@pytest.mark.parametrize(
    "change, words",
    [
        ({"question": " "}, "请填写来电人的问题"),
        ({"result": "长" * 20_001}, "最长20000个字"),
        ({"reference": ""}, "请填写工单号或链接"),
        ({"handled_at": "昨天"}, "请写处理时间"),
        ({"handled_at": "2027-01-01T00:00"}, "不能晚于现在"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    as_person: AsPerson, change: dict[str, str], words: str
) -> None:
    answer = as_person("agent").post("/cases", data=CASE | change)
    assert answer.status_code == 422
    assert words in answer.text
    assert "WO-77" in answer.text or "reference" in change


# The API


@pytest.fixture
def call(world: World, client: Client) -> Callable[..., Any]:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, CAST["agent"].number)
        token = accounts.add_token(session, person, "test", world.clock())

    def made(method: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open("/api/v1/cases", method=method, headers=headers, **options)

    return made


def test_a_program_proposes_a_case_and_hears_what_is_similar(
    world: World, call: Callable[..., Any]
) -> None:
    sent = CASE | {
        "question": "退票费怎么收",
        "result": REFUND.body,
        "handled_at": "2026-11-21T14:05:00+08:00",
    }
    first = call("POST", json=sent)
    assert first.status_code == 201
    assert first.json["created"]
    assert first.json["similar"][0]["key"] == "refund-fee"
    assert first.json["similar"][0]["similarity"] == 1
    assert first.json["case"]["state"] == "waiting"
    again = call("POST", json=sent)
    assert again.status_code == 200
    assert again.json["case"]["id"] == first.json["case"]["id"]
    listed = call("GET").json
    assert listed["total"] == 1
    assert listed["items"][0]["reference"] == "WO-77"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        CASE,
        CASE | {"handled_at": "2026-11-21T14:05:00+08:00", "question": 5},
        CASE | {"handled_at": "2026-11-21T14:05:00+08:00", "result": "坏\0字"},
        CASE | {"handled_at": "9999-12-31T23:59:59+00:00"},
    ],
)
def test_a_program_is_told_what_is_wrong(call: Callable[..., Any], body: object) -> None:
    answer = call("POST", json=body)
    assert answer.status_code == 422
    assert answer.json["error"]["message"]
