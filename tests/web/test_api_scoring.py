"""Scores through the API are what the command prints; scorecards are read by whoever scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from qa import scorecards, starters
from web import accounts
from web.cli import main

from ..browsing import Client
from ..world import CAST, World


@pytest.fixture
def key(world: World) -> str:
    """A scorecard in use, with a newer draft beside it."""
    with world.work("qa_lead", "qa.scorecard.create") as session:
        at, content = world.clock(), starters.starter("refund").as_json()
        card = scorecards.create(session, content, None, at)
        scorecards.activate(session, card, None, at, saves=1)
        scorecards.restore(session, card, 1, None, at)
        return card.key


def ask(
    client: Client, world: World, path: str, body: Any = None, who: str = "inspector"
) -> TestResponse:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, CAST[who].number)
        token = accounts.add_token(session, person, "test", world.clock())
    headers = {"Authorization": f"Bearer {token}"}
    if body is None:
        return client.get(f"/api/v1/qa/{path}", headers=headers)
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        f"/api/v1/qa/{path}", data=sent, headers=headers, content_type="application/json"
    )


@pytest.mark.parametrize("name", starters.names())
def test_a_score_is_exactly_what_the_command_prints(
    client: Client, world: World, tmp_path: Path, name: str
) -> None:
    rubric = starters.starter(name)
    (tmp_path / "r.json").write_text(json.dumps(rubric.as_json()), encoding="utf-8")
    for case in rubric.cases:
        marks = {"answers": dict(case.answers)}
        (tmp_path / "m.json").write_text(json.dumps(marks), encoding="utf-8")
        files = ["--rubric", str(tmp_path / "r.json"), "--marks", str(tmp_path / "m.json")]
        printed = CliRunner().invoke(main, ["qa", "score", *files])
        assert printed.exit_code == 0
        for body in ({"marks": marks}, marks):
            answer = ask(client, world, "score", {"rubric": rubric.as_json(), **body})
            assert answer.json == json.loads(printed.output)


def test_a_scorecard_is_scored_by_name_on_the_version_in_use(
    client: Client, world: World, key: str
) -> None:
    case = starters.starter("refund").cases[2]
    marks = {"answers": dict(case.answers)}
    answer = ask(client, world, "score", {"scorecard": key, "marks": marks}).json
    assert (answer["raw"], answer["reported"], answer["failed"]) == (56.52, 0, ["fee"])
    same = ask(client, world, "score", {"scorecard": key, "version": 1, "marks": marks})
    assert same.json == answer
    for missing in ({"scorecard": key, "version": 2}, {"scorecard": "no"}, {"scorecard": "\0"}):
        assert ask(client, world, "score", {**missing, "marks": marks}).status_code == 404


@pytest.mark.both_databases
def test_scorecards_in_use_are_listed_and_read(client: Client, world: World, key: str) -> None:
    [listed] = ask(client, world, "scorecards").json["items"]
    assert (listed["key"], listed["version"], listed["mode"]) == (key, 1, "points")
    read = ask(client, world, f"scorecards/{key}").json
    assert read["rubric"] == starters.starter("refund").as_json()
    with world.work("qa_lead", "qa.scorecard.retire") as session:
        scorecards.retire(session, scorecards.get(session, key), None, world.clock())
    assert ask(client, world, "scorecards").json["total"] == 0
    assert ask(client, world, f"scorecards/{key}").status_code == 404


@pytest.mark.parametrize(
    "body, word",
    [
        (b"{", "正文不是 JSON"),
        (b"[" * 9000, "正文括号套得太深"),
        (b'{"marks": 1, "marks": 2}', "写了两次"),
        ([], "JSON 对象"),
        ({"marks": {"answers": {}}}, "二选一"),
        ({"rubric": {}, "scorecard": "x", "marks": {"answers": {}}}, "二选一"),
        ({"rubric": [], "marks": {"answers": {}}}, "评分表有误"),
        ({"scorecard": 7, "marks": {"answers": {}}}, "scorecard 应为"),
        ({"rubric": starters.starter("seven").as_json(), "marks": None}, "打分有误"),
        ({"rubric": starters.starter("seven").as_json(), "answers": {"x": 1}}, "没有作答"),
    ],
)
def test_what_cannot_be_scored_is_said_in_words(
    client: Client, world: World, body: Any, word: str
) -> None:
    answer = ask(client, world, "score", body)
    assert answer.status_code == 422
    assert word in answer.json["error"]["message"]


def test_who_does_not_score_is_told_nothing(client: Client, world: World, key: str) -> None:
    for path, body in (
        ("score", {"scorecard": key}),
        ("scorecards", None),
        (f"scorecards/{key}", None),
    ):
        assert ask(client, world, path, body, who="agent").status_code == 403
