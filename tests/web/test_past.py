"""Looking up what held on a day gone by: pages and API."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ..browsing import Client
from ..world import REFUND, World
from .editing import AsPerson, page

OLD = "2026-11-22"


@pytest.fixture
def changed(world: World) -> World:
    """The refund rule is changed ten days later; today is twenty days later."""
    world.clock.forward(days=10)
    world.publish(replace(REFUND, body="开车前15天以上退票，不收退票费。"))
    world.clock.forward(days=10)
    return world


def token(client: Client, world: World, who: str) -> dict[str, str]:
    from web import accounts

    with world.work("administrator", "test.token") as session:
        person = accounts.get_person(session, world.person(who).number)
        made = accounts.add_token(session, person, "test", world.clock())
    return {"Authorization": f"Bearer {made}"}


def test_the_past_is_searched_and_read_under_a_banner(changed: World, as_person: AsPerson) -> None:
    agent = as_person("agent")
    found = page(agent.get(f"/past?at={OLD}&q=退票费"))
    assert OLD in found.select(".past-banner")[0].get_text()
    hit = found.select(".past-hits > li")[0]
    assert f"{OLD} 的规定" in str(hit["data-source"])
    article = page(agent.get(f"/past/refund-fee?at={OLD}"))
    text = article.get_text()
    assert "8天以上" in text
    assert "今天已经不是这一版" in text
    assert OLD in str(article.select("article[data-source]")[0]["data-source"])
    assert "15天以上" in agent.get("/past/refund-fee?at=2026-12-05").text
    assert agent.get("/past/refund-fee?at=2026-11-21").status_code == 404
    assert "按日期查阅" in agent.get("/desk").text
    assert agent.get("/past/refund-fee").location == "/past"  # which day? is asked there


def test_a_later_text_for_an_earlier_day_is_told_of(changed: World, as_person: AsPerson) -> None:
    early = changed.clock() - timedelta(days=15)
    changed.publish(replace(REFUND, body="追溯的规定。", effective_from=early))
    agent = as_person("agent")
    shown = agent.get("/past/refund-fee?at=2026-12-04")
    assert "追溯生效" in shown.text
    assert "15天以上" in shown.text
    assert "追溯的规定" in agent.get("/past/refund-fee?at=2026-12-04&known=now").text


@pytest.mark.parametrize("at", ["昨天", "2026-13-01", "2999-01-01", "9" * 50])
def test_a_day_that_cannot_be_meant_is_asked_again(as_person: AsPerson, at: str) -> None:
    answer = as_person("agent").get("/past", query_string={"at": at, "q": "退票"})
    assert answer.status_code == 422
    assert not page(answer).select(".past-banner")


@pytest.mark.parametrize("at", ["2026年11月22日", "２０２６－１１－２２", "2026/11/22 23:00"])
def test_a_day_may_be_written_as_people_write_it(
    changed: World, as_person: AsPerson, at: str
) -> None:
    answer = as_person("agent").get("/past", query_string={"at": at, "q": "退票费"})
    assert page(answer).select(".past-hits > li")


def test_going_back_shows_nobody_what_is_not_for_them(changed: World, as_person: AsPerson) -> None:
    changed.publish(replace(REFUND, body="只给班长。", audiences=("班长",)))
    agent = as_person("agent")
    assert agent.get(f"/past/refund-fee?at={OLD}").status_code == 404
    assert agent.get(f"/past/angry-caller?at={OLD}").status_code == 404
    assert not [
        hit
        for hit in page(agent.get(f"/past?at={OLD}&q=退票费怎么收")).select(".past-hits h2")
        if "退票费怎么收" in hit.get_text()
    ]
    assert as_person("supervisor").get(f"/past/refund-fee?at={OLD}").status_code == 200


def test_the_api_answers_as_of_a_day(changed: World, client: Client) -> None:
    headers = token(client, changed, "agent")

    def get(address: str) -> tuple[int, dict[str, object]]:
        answer = client.get(f"/api/v1/{address}", headers=headers)
        return answer.status_code, answer.get_json()

    status, article = get(f"articles/refund-fee?at={OLD}")
    assert (status, article["revision"]) == (200, 1)
    assert get("articles/refund-fee")[1]["revision"] == 2
    assert get("articles/refund-fee?at=2026-11-20")[0] == 404
    status, found = get(f"search?q=退票费&at={OLD}T23:00")
    hits = found["hits"]
    assert isinstance(hits, list)
    assert [hit["revision"] for hit in hits if hit["key"] == "refund-fee"] == [1]
    assert get("search?q=退票费&at=2999-01-01")[0] == 409
    assert get("search?q=退票费&at=昨天")[0] == 422
    assert get(f"search?q=退票费&at={OLD}&known=maybe")[0] == 422
