"""For editors: why a hit stands where it stands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from kb import articles, lexicon
from kb.explain import NAMES, WHY
from kb.index.fields import FIELDS
from kb.ranking import WEIGHTS
from kb.records import Record
from tests.browsing import Client
from tests.world import World

AsPerson = Callable[[str], Client]
QUESTION = "退票费怎么收"


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    return as_person("editor")


def page(client: Client, address: str, status: int = 200) -> BeautifulSoup:
    response = client.get(address)
    assert response.status_code == status
    return BeautifulSoup(response.text, "lxml")


def links(client: Client, q: str) -> list[str]:
    return [str(a["href"]) for a in page(client, f"/desk?q={q}").select(".hit .why")]


def test_every_part_of_a_score_has_a_name_and_a_reason() -> None:
    assert {*FIELDS, *WEIGHTS, "pin"} <= NAMES.keys() & WHY.keys()


def test_the_parts_are_told_and_add_up(editor: Client, world: World) -> None:
    world.publish(Record("other", "退票费的由来", "退票费怎么收，历史上变过几次。"))
    first, second = links(editor, QUESTION)[:2]
    told = page(editor, first)
    assert "第 1 位" in told.get_text()
    assert "它排在最前" in told.get_text()
    behind = page(editor, second)
    assert "第 2 位" in behind.get_text()
    assert "上一篇《退票费怎么收》多得" in behind.get_text()
    rows = behind.select("tbody tr")
    for column in (1, 2):
        points = [row.select("th, td")[column].get_text(strip=True) for row in rows]
        total = float(behind.select("tfoot .number")[column - 1].get_text())
        assert sum(float(p) for p in points if p != "—") == pytest.approx(total, abs=0.6)
    assert all(row.select("td")[-1].get_text(strip=True) for row in rows)


def test_a_pin_is_named_as_the_reason(editor: Client, world: World) -> None:
    with world.work("editor", "lexicon.change") as session:
        article = articles.get(session, "child-fare")
        lexicon.put_pin(session, QUESTION, article, world.clock())
    world.services.library.look_at_lexicon()
    told = page(editor, f"/desk/why/child-fare?q={QUESTION}")
    assert "编辑为这个问法置顶" in told.get_text()
    assert "第 1 位" in told.get_text()


def test_a_repaired_question_is_told(editor: Client) -> None:
    told = page(editor, "/desk/why/identity-rule?q=核言")
    assert "已按“核验”搜索" in told.get_text()
    assert "第 1 位" in told.get_text()


def test_what_is_not_among_the_best_is_told_what_to_do(editor: Client) -> None:
    told = page(editor, f"/desk/why/child-fare?q={QUESTION}&category=票务")
    assert "不在所选范围内" in told.get_text()


def test_it_is_for_those_who_write(as_person: AsPerson) -> None:
    agent = as_person("agent")
    assert links(agent, QUESTION) == []
    page(agent, f"/desk/why/refund-fee?q={QUESTION}", 403)


def test_what_one_cannot_see_is_not_there(editor: Client) -> None:
    for key in ("tomorrow-hours", "draft-luggage", "old-rule", "no-such-article"):
        page(editor, f"/desk/why/{key}?q={QUESTION}", 404)


def test_without_a_question_there_is_nothing_to_explain(editor: Client) -> None:
    assert editor.get("/desk/why/refund-fee").headers["Location"] == "/articles/refund-fee"
    for odd in ("？！", "-退票", '"', "😀", "退" * 500):
        page(editor, f"/desk/why/refund-fee?q={odd}")
