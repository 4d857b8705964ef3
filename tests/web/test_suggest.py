"""What is offered while somebody types: to whom, and what never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from kb import articles, lexicon
from kb.articles import Edit
from kb.library import Filters
from tests.browsing import Client
from tests.world import CAST, REFUND, World
from web import accounts, suggesting
from web.searchlog import Asked, Followed

AsPerson = Callable[[str], Client]


def offered(world: World, typed: str, who: str = "agent", **narrowed: str) -> list[str]:
    """What the person is offered, after a fresh look."""
    world.services.searchlog.flush()
    world.services.suggesting.look(world.clock())
    filters = Filters(category=narrowed.get("category", ""))
    with world.reading() as session:
        found = world.services.suggesting.suggest(
            session, world.viewer(who), world.clock(), typed, filters=filters
        )
    return [suggestion.text for suggestion in found]


def ask(world: World, who: str, query: str, opened: str = "") -> None:
    """Somebody asks, and perhaps opens an article."""
    person = world.person(who).id
    log = world.services.searchlog
    log.note(Asked(person, world.clock(), query, 3, True, opened, 1.0))
    if opened:
        log.note(Followed(person, world.clock(), "opened", opened, 1))


@pytest.mark.parametrize("typed", ["退票", "tuip", "tpf", "退piao", "tuipiaof"])
def test_titles_are_offered_by_characters_and_pinyin(world: World, typed: str) -> None:
    assert REFUND.title in offered(world, typed)


def test_other_ways_to_ask_and_terms_are_offered_with_them(world: World) -> None:
    with world.work("editor", "lexicon.change") as session:
        lexicon.add_term(session, "退票费", world.clock())
    assert "不想坐了能退多少" in offered(world, "不想坐")
    assert offered(world, "退票") == [REFUND.title, "退票费"]
    assert offered(world, REFUND.title) == []  # it stands there already


def test_what_one_may_not_read_is_not_offered(world: World) -> None:
    for typed in ("情绪", "qxjd"):
        assert offered(world, typed) == []
        assert offered(world, typed, "supervisor") == ["情绪激动旅客的升级处理"]
    assert offered(world, "票务一组") == ["票务一组值班安排"]
    assert offered(world, "票务一组", "other_agent") == []


@pytest.mark.parametrize("typed", ["售票时间", "系统维护", "随身行李", "纸质报销"])
def test_what_is_not_in_force_is_not_offered(world: World, typed: str) -> None:
    assert offered(world, typed, "reviewer") == []


def test_the_gate_is_asked_although_the_texts_are_a_minute_old(world: World) -> None:
    assert offered(world, "退票") == [REFUND.title]
    with world.work("reviewer", "kb.retire") as session:
        edit = Edit(None, world.clock())
        articles.retire(session, articles.get(session, REFUND.key), edit)
    with world.reading() as session:
        stale = world.services.suggesting.suggest(
            session, world.viewer("agent"), world.clock(), "退票"
        )
    assert stale == []


def test_what_two_people_asked_and_opened_is_offered_for_a_month(world: World) -> None:
    ask(world, "agent", "黄牛票能退吗", "refund-fee")
    assert offered(world, "黄牛") == []  # one alone may be anybody's story
    ask(world, "agent", "黄牛票能退吗？", "refund-fee")
    assert offered(world, "黄牛") == []
    ask(world, "other_agent", "黄牛票能退吗")
    assert offered(world, "黄牛") == ["黄牛票能退吗"]
    assert offered(world, "hnpiao") == ["黄牛票能退吗"]
    world.clock.forward(days=31)
    assert offered(world, "黄牛") == []


def test_what_led_nowhere_is_not_offered(world: World) -> None:
    for who in ("agent", "other_agent"):
        ask(world, who, "黄牛票能退吗")
    assert offered(world, "黄牛") == []


def test_the_words_of_those_who_read_more_are_not_offered(world: World) -> None:
    for who in ("supervisor", "reviewer"):
        ask(world, who, "旅客骂人怎么升级", "angry-caller")
    assert offered(world, "旅客骂") == []
    assert offered(world, "旅客骂", "supervisor") == ["旅客骂人怎么升级"]


def test_personal_data_is_never_offered(world: World) -> None:
    for who in ("agent", "other_agent"):
        ask(world, who, "黄牛13800138000卖的票", "refund-fee")
    assert offered(world, "黄牛") == []


def test_suggestions_keep_to_the_filters(world: World) -> None:
    assert offered(world, "退票", category="票务") == [REFUND.title]
    assert offered(world, "退票", category="特殊旅客") == []


def test_a_look_that_finds_nothing_new_builds_nothing_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(world, "退票")
    monkeypatch.setattr(suggesting.Suggestions, "of", None)
    assert offered(world, "退票") == [REFUND.title]
    monkeypatch.undo()
    world.publish(replace(REFUND, title="退票规则"))
    assert offered(world, "退票") == ["退票规则"]


def test_the_first_question_of_a_process_is_answered_right_or_not_at_all(world: World) -> None:
    fresh = suggesting.Suggesting(world.services.db)
    with world.reading() as session:
        for _ in range(2):
            found = fresh.suggest(session, world.viewer("agent"), world.clock(), "退票")
            assert {s.text for s in found} <= {REFUND.title}
    fresh.look(world.clock())
    with world.reading() as session:
        [one] = fresh.suggest(session, world.viewer("agent"), world.clock(), "退票")
    assert one.text == REFUND.title


def test_the_desk_offers_links_with_its_results(as_person: AsPerson, world: World) -> None:
    world.services.suggesting.look(world.clock())
    agent = as_person("agent")
    shown = BeautifulSoup(agent.get("/desk?q=tuip").text, "lxml")
    link = shown.select_one("#suggestions a")
    assert link["data-suggestion"] == link.get_text() == REFUND.title
    taken = BeautifulSoup(agent.get(link["href"]).text, "lxml")
    assert taken.select_one("input[name=q]")["value"] == REFUND.title
    assert not BeautifulSoup(agent.get("/desk").text, "lxml").select("#suggestions")


def test_programs_are_offered_the_same(app: Flask, world: World) -> None:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, CAST["agent"].number)
        token = accounts.add_token(session, person, "test", world.clock())
    world.services.suggesting.look(world.clock())
    client = FlaskClient(app, use_cookies=False)
    headers = {"Authorization": f"Bearer {token}"}
    found = client.get("/api/v1/suggest?q=tpf", headers=headers).json
    assert found["suggestions"] == [{"text": REFUND.title, "sort": "title", "key": REFUND.key}]
    assert client.get("/api/v1/suggest?q=qxjd", headers=headers).json["suggestions"] == []
    assert client.get("/api/v1/suggest", headers=headers).json["suggestions"] == []
    assert client.get("/api/v1/suggest?q=" + "退" * 401, headers=headers).status_code == 422
    assert client.get("/api/v1/suggest?q=x").status_code == 401


def test_what_ended_a_minute_ago_is_forgotten(world: World) -> None:
    world.publish(replace(REFUND, effective_to=world.clock() + timedelta(minutes=1)))
    assert offered(world, "退票") == [REFUND.title]
    world.clock.forward(minutes=1)
    assert offered(world, "退票") == []
