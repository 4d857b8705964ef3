"""Scores through the API: whose, what of them, and the agent's appeal."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from qa.tables import Appeal
from tests.world import CAST, World
from web import accounts

from .test_after_score import NOTE, scored


def ask(app: Flask, world: World, who: str, path: str, **json: Any) -> TestResponse:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, CAST[who].number)
        token = accounts.add_token(session, person, "test", world.clock())
    headers = {"Authorization": f"Bearer {token}"}
    if json:
        return app.test_client().post(f"/api/v1/qa/{path}", json=json, headers=headers)
    return app.test_client().get(f"/api/v1/qa/{path}", headers=headers)


@pytest.mark.both_databases
def test_everybody_lists_what_is_theirs_to_know(app: Flask, world: World) -> None:
    mine, other = scored(world), scored(world, who="other_agent")
    blind = scored(world, purpose="recheck", of_id=mine, blind=True)
    seen = {
        who: [item["id"] for item in ask(app, world, who, "reviews").json["items"]]
        for who in ("agent", "supervisor", "inspector")
    }
    assert seen == {"agent": [mine], "supervisor": [mine], "inspector": [other, mine]}
    assert ask(app, world, "editor", "reviews").status_code == 403
    assert ask(app, world, "agent", f"reviews/{other}").status_code == 404
    assert ask(app, world, "inspector", f"reviews/{blind}").status_code == 404
    [page] = ask(app, world, "inspector", "reviews?page=2&limit=1").json["items"]
    assert page["id"] == mine


def test_one_review_says_every_item_and_its_history(app: Flask, world: World) -> None:
    id = scored(world)
    found = ask(app, world, "agent", f"reviews/{id}").json
    assert (found["reported"], found["agent"], found["chosen"]) == (60.0, "1001", "random")
    [greeting] = [item for item in found["items"] if item["failed"]]
    assert (greeting["item"], greeting["words"], greeting["note"]) == ("greeting", "没有", NOTE)
    assert [(s["number"], s["cause"]) for s in found["scores"]] == [(1, "review")]


@pytest.mark.both_databases
def test_an_appeal_through_the_api_is_the_same_appeal(app: Flask, world: World) -> None:
    id = scored(world)
    body = {"item": "greeting", "reason": "第一秒就问候了"}
    answers = [ask(app, world, "agent", f"reviews/{id}/appeals", **body) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 200]
    assert answers[1].json["appeal"]["state"] == "waiting"
    other = {"item": "greeting", "reason": "另一个理由"}
    assert ask(app, world, "agent", f"reviews/{id}/appeals", **other).status_code == 409
    for wrong in ({"item": 1, "reason": "x"}, {"item": "greeting"}, {"reason": "x"}):
        assert ask(app, world, "agent", f"reviews/{id}/appeals", **wrong).status_code == 422
    assert ask(app, world, "other_agent", f"reviews/{id}/appeals", **body).status_code == 404
    assert ask(app, world, "inspector", f"reviews/{id}/appeals", **body).status_code == 403
    with world.reading() as session:
        assert len(session.scalars(select(Appeal)).all()) == 1
