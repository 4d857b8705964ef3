"""An article on its own page, and its revisions: who reads which text, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import TestResponse

from kb import articles
from kb.articles import Edit
from tests.browsing import Client
from tests.world import NOW, REFUND, World

AsPerson = Callable[[str], Client]


@pytest.fixture
def agent(as_person: AsPerson) -> Client:
    return as_person("agent")


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    return as_person("editor")


def page(response: TestResponse, status: int = 200) -> BeautifulSoup:
    assert response.status_code == status, response.text[:500]
    return BeautifulSoup(response.text, "lxml")


def text(response: TestResponse, status: int = 200) -> str:
    return page(response, status).select_one("main").get_text(" ", strip=True)


def revise(world: World, body: str, **changes: object) -> None:
    world.publish(replace(REFUND, body=body, **changes))  # type: ignore[arg-type]


def test_the_article_says_what_it_is_and_since_when(agent: Client) -> None:
    shown = page(agent.get("/articles/refund-fee"))
    assert shown.h1.get_text() == "退票费怎么收"
    words = shown.get_text(" ", strip=True)
    for part in (
        "第 1 版",
        "常见问题",
        "2026-11-22 10:00",
        "所有人",
        "退一张票要扣多少钱",
        "refund-fee",
    ):
        assert part in words
    assert shown.select_one("table")
    assert "修改" not in [a.get_text(strip=True) for a in shown.select("main a")]


def test_an_editor_is_led_to_the_editor(editor: Client) -> None:
    links = page(editor.get("/articles/refund-fee")).select("main a")
    assert "修改" in [a.get_text(strip=True) for a in links]


def test_a_reader_finds_only_what_holds_among_the_revisions(
    as_person: AsPerson, world: World
) -> None:
    agent = as_person("agent")
    revise(world, "第二稿。")
    revise(world, "第三稿，明天才有。", effective_from=NOW + timedelta(days=1))
    links = page(agent.get("/articles/refund-fee/revisions")).select("tbody tr")
    assert len(links) == 1
    assert "第二稿" in text(agent.get("/articles/refund-fee/revisions/2"))
    for number in (1, 3, 99, 0):
        page(agent.get(f"/articles/refund-fee/revisions/{number}"), 404)
    world.clock.forward(days=1)
    agent = as_person("agent")
    assert "第三稿" in text(agent.get("/articles/refund-fee/revisions/3"))
    page(agent.get("/articles/refund-fee/revisions/2"), 404)


def test_an_editor_reads_every_revision_with_a_warning_where_it_does_not_hold(
    editor: Client, world: World
) -> None:
    revise(world, "第二稿。")
    revise(world, "第三稿，明天才有。", effective_from=NOW + timedelta(days=1))
    with world.work("editor", "kb.write") as session:
        article = articles.get(session, "refund-fee")
        articles.save(session, article, replace(REFUND, body="草稿。"), Edit(1, NOW), note="试写")
    rows = page(editor.get("/articles/refund-fee/revisions")).select("tbody tr")
    assert ["草稿" in r.get_text() for r in rows] == [True, False, False, False]
    assert ["生效中" in r.get_text() for r in rows] == [False, False, True, False]
    assert "试写" in rows[0].get_text()
    expected = {4: "这是草稿", 3: "才生效", 1: "现在不生效"}
    for number, warning in expected.items():
        assert warning in text(editor.get(f"/articles/refund-fee/revisions/{number}"))
    assert "不能照它答复" not in text(editor.get("/articles/refund-fee/revisions/2"))


def test_an_expired_text_says_since_when(editor: Client, agent: Client, world: World) -> None:
    assert "2026-11-21 10:00 失效" in text(editor.get("/articles/yesterday-outage/revisions/1"))
    page(agent.get("/articles/yesterday-outage/revisions"), 404)
    page(agent.get("/articles/yesterday-outage/revisions/1"), 404)


def test_a_retired_article_is_an_editors_matter(editor: Client, agent: Client) -> None:
    assert "已停用" in text(editor.get("/articles/old-rule/revisions"))
    assert "不能照它答复" in text(editor.get("/articles/old-rule/revisions/1"))
    for client in (editor, agent):
        page(client.get("/articles/old-rule"), 404)
    page(agent.get("/articles/old-rule/revisions"), 404)


def test_the_revisions_of_what_one_may_not_see_do_not_exist(as_person: AsPerson) -> None:
    for address in ("/articles/team-one-duty", "/articles/angry-caller"):
        other = as_person("other_agent")
        for path in ("", "/revisions", "/revisions/1"):
            page(other.get(address + path), 404)
    assert "30分钟" in text(as_person("supervisor").get("/articles/angry-caller/revisions/1"))


def test_an_address_without_an_article_is_a_page_that_helps(agent: Client) -> None:
    for key in ("no-such-key", "%00", "%F0%9F%98%80", "..%2F..%2Fetc", "x" * 3000, "<script>"):
        shown = page(agent.get(f"/articles/{key}"), 404)
        assert shown.select_one("main a")
        assert not [s for s in shown.find_all("script") if not s.get("src")]


@pytest.mark.both_databases
def test_reading_is_kept_even_by_two_windows_at_once(app: Flask, world: World) -> None:
    def read(number: int) -> int:
        browser = app.test_client()
        assert isinstance(browser, Client)
        browser.sign_in(world, "agent")
        return browser.get("/articles/child-fare").status_code

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(read, range(6))) == [200] * 6
