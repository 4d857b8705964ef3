"""The agent's desk as plain pages: without script, as fragments, and in odd hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from kb import articles
from kb.articles import Edit
from kb.records import Record
from tests.browsing import Client
from tests.world import NOW, REFUND, World

AsPerson = Callable[[str], Client]
HX = {"HX-Request": "true"}
ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{7*7}}",
    "</title><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
)


@pytest.fixture
def agent(as_person: AsPerson) -> Client:
    return as_person("agent")


def page(response: TestResponse, status: int = 200) -> BeautifulSoup:
    assert response.status_code == status, response.text[:500]
    return BeautifulSoup(response.text, "lxml")


def ask(client: Client, q: str = "", headers: dict[str, str] | None = None, **more: str) -> Any:
    return page(client.get("/desk", query_string={"q": q, **more}, headers=headers))


def hits(shown: BeautifulSoup) -> list[str]:
    return [str(item["data-key"]) for item in shown.select("ol.hits > li.hit")]


def harmless(shown: BeautifulSoup) -> None:
    """Nothing on the page acts but our own scripts."""
    for script in shown.find_all("script"):
        assert script.get("src", "").startswith("/static/"), script
        assert not script.get_text(strip=True)
    for element in shown.find_all(True):
        assert not [name for name in element.attrs if name.startswith("on")], element
        for name in ("href", "src", "action"):
            target = "".join(str(element.get(name, "")).split()).lower()
            assert not target.startswith(("javascript:", "data:text", "vbscript:")), element
    assert not shown.select("svg[onload], iframe, object, embed, base")
    assert "49" not in [text.strip() for text in shown.find_all(string=True)]


# Asking


def test_a_question_is_answered_by_a_plain_form(agent: Client) -> None:
    empty = ask(agent)
    form = empty.select_one("form#ask")
    assert (form["method"], form["action"]) == ("get", "/desk")
    assert form.select_one("input[name=q]").has_attr("autofocus")
    assert form.select_one("button[type=submit]")
    found = ask(agent, "退一张票要扣多少钱")
    assert hits(found)[0] == "refund-fee"
    assert found.select_one("input[name=q]")["value"] == "退一张票要扣多少钱"
    assert "第 1 版" in found.select_one("li.hit").get_text()


def test_a_hit_opens_beside_the_results_by_its_plain_link(agent: Client) -> None:
    found = ask(agent, "退票费")
    link = found.select_one("li.hit h2 a")
    beside = page(agent.get(link["href"]))
    assert hits(beside) == hits(found)
    assert beside.select_one("#opened article")["data-key"] == "refund-fee"
    assert "开车前8天以上" in beside.select_one("#opened .prose").get_text()


def test_a_fragment_is_the_list_of_the_page(agent: Client) -> None:
    whole, part = ask(agent, "退票费"), ask(agent, "退票费", headers=HX)
    assert "<html" not in agent.get("/desk?q=退票费", headers=HX).text
    assert hits(part) == hits(whole) != []
    assert part.select_one(".found").get_text() == whole.select_one(".found").get_text()


def test_the_answer_can_be_copied_with_its_title_and_revision(agent: Client) -> None:
    first = ask(agent, "开车前8天以上退票收费吗").select_one("li.hit")
    assert first["data-key"] == "refund-fee"
    assert first["data-answer"] in REFUND.body
    assert first["data-source"].startswith("《退票费怎么收》第1版")


def test_the_answer_is_marked_in_the_article(agent: Client) -> None:
    opening = ask(agent, "开车前8天以上退票收费吗").select_one("li.hit h2 a")["data-open"]
    beside = page(agent.get(opening, headers=HX))
    marked = "".join(mark.get_text() for mark in beside.select("mark"))
    assert marked
    assert marked in "".join(REFUND.body.split("\n"))


SENSELESS_SPANS = (
    ("0", "0"),
    ("5", "2"),
    ("-3", "4"),
    ("0", "99999"),
    ("a", "b"),
    ("", ""),
    ("1", ""),
    ("1.5", "3"),
    ("9" * 5000, "9" * 5001),
)


def test_a_span_that_makes_no_sense_marks_nothing(agent: Client) -> None:
    for start, end in SENSELESS_SPANS:
        given = {"start": start, "end": end}
        beside = page(agent.get("/desk/articles/refund-fee", query_string=given, headers=HX))
        assert not beside.select("mark")
        assert "开车前8天以上" in beside.get_text()


@pytest.mark.both_databases
def test_without_words_the_category_is_listed(agent: Client) -> None:
    contents = ask(agent).select_one("nav.contents")
    links = {a["data-value"]: a for a in contents.select("a[data-filter=category]")}
    assert {"票务", "票务/退票", "特殊旅客"} <= set(links)
    listed = page(agent.get(links["票务"]["href"]))
    assert set(hits(listed)) == {"refund-fee", "change-ticket"}


@pytest.mark.both_databases
def test_chips_narrow_and_widen_again(agent: Client) -> None:
    narrowed = ask(agent, "旅客", kind="article")
    assert hits(narrowed) == ["elder-traditional"]
    chip = narrowed.select_one("[data-filter=kind][aria-current]")
    widened = page(agent.get(chip["href"]))
    assert len(hits(widened)) > 1
    assert hits(ask(agent, "旅客", category="特殊旅客/儿童")) == ["child-fare"]
    assert hits(ask(agent, "旅客", tag="儿童")) == ["child-fare"]
    assert hits(ask(agent, "旅客", kind="poem")) == hits(ask(agent, "旅客"))
    assert hits(ask(agent, "旅客", category="没有这个")) == []


def test_what_is_not_found_says_what_to_do(agent: Client) -> None:
    shown = ask(agent, "量子纠缠态")
    assert hits(shown) == []
    assert "没有找到" in shown.get_text()
    assert "换一种说法" in shown.get_text()


# What may be seen


HIDDEN = ("angry-caller", "tomorrow-hours", "yesterday-outage", "draft-luggage", "old-rule")


def test_nothing_forbidden_shows_in_any_corner(agent: Client, world: World) -> None:
    for key in HIDDEN:
        title = world.article(key).latest.title
        for shown in (ask(agent, title), ask(agent, open=key), ask(agent, title, headers=HX)):
            assert key not in hits(shown)
            assert shown.select_one(f"article[data-key={key}]") is None
        page(agent.get(f"/desk/articles/{key}", headers=HX), 404)
        page(agent.get(f"/articles/{key}"), 404)
        page(agent.post(f"/articles/{key}/favourite"), 404)
        page(agent.post("/desk/copies", data={"key": key}), 404)
    assert "angry-caller" not in hits(ask(agent, category="中心管理"))


def test_a_team_sees_its_own(as_person: AsPerson) -> None:
    assert hits(ask(as_person("agent"), "票务一组值班电话"))[0] == "team-one-duty"
    assert "team-one-duty" not in hits(ask(as_person("other_agent"), "票务一组值班电话"))


def test_a_text_comes_and_goes_at_its_hour(as_person: AsPerson, world: World) -> None:
    world.clock.forward(days=1)
    agent = as_person("agent")
    assert hits(ask(agent, "售票时间延长"))[0] == "tomorrow-hours"
    world.publish(replace(REFUND, effective_to=world.clock() + timedelta(hours=1)))
    assert "refund-fee" in hits(ask(agent, "退票费"))
    world.clock.forward(hours=1)
    assert "refund-fee" not in hits(ask(agent, "退票费"))
    page(agent.get("/articles/refund-fee"), 404)


def test_a_retired_article_leaves_results_recents_and_favourites(
    agent: Client, world: World
) -> None:
    agent.post("/articles/refund-fee/favourite")
    agent.get("/desk/articles/refund-fee")
    assert len(ask(agent).select('.shelf li[data-key="refund-fee"]')) == 2
    with world.work("reviewer", "kb.retire") as session:
        articles.retire(session, articles.get(session, "refund-fee"), Edit(None, NOW))
    assert ask(agent).select('.shelf li[data-key="refund-fee"]') == []
    assert "refund-fee" not in hits(ask(agent, "退票费"))


# One's own


@pytest.mark.both_databases
def test_favourites_are_kept_and_dropped_each_person_for_oneself(
    agent: Client, as_person: AsPerson
) -> None:
    for _ in range(2):  # twice does no harm
        kept = page(agent.post("/articles/refund-fee/favourite", headers=HX))
        assert kept.select_one("button")["aria-pressed"] == "true"
    assert agent.post("/articles/refund-fee/favourite").headers["Location"]
    assert ask(as_person("other_agent")).select('[data-key="refund-fee"]') == []
    dropped = page(agent.post("/articles/refund-fee/favourite/removal", headers=HX))
    assert dropped.select_one("button")["aria-pressed"] == "false"
    assert page(agent.post("/articles/refund-fee/favourite/removal", headers=HX))


def test_what_was_opened_last_comes_first(agent: Client, world: World) -> None:
    for key in ("refund-fee", "change-ticket", "child-fare", "refund-fee"):
        world.clock.forward(minutes=1)
        agent.get(f"/desk/articles/{key}")
    shelf = ask(agent).select_one(".shelf")
    assert [li["data-key"] for li in shelf.select("li")] == [
        "refund-fee",
        "child-fare",
        "change-ticket",
    ]


def test_a_peek_is_no_opening(agent: Client) -> None:
    agent.get("/desk/articles/refund-fee?peek=1", headers=HX)
    assert ask(agent).select(".shelf li") == []


def test_any_place_of_a_copy_is_taken(agent: Client, world: World) -> None:
    ask(agent, "退票费")
    for place in ("1", "", "x", "-1", "9" * 30, "１"):
        copied = agent.post("/desk/copies", data={"key": "refund-fee", "place": place})
        assert copied.status_code == 204
        world.services.searchlog.flush()


# Odd hands


ODD = (
    *(" ", "？！。……", "-", '"', "😀", "😀👨‍👩‍👧退票", "\u202e退票", "退" * 400, "退票 " * 500),
    *("分类:票务", "-退票", "%", "_", "'; drop table article; --", "\u3000", "﷽", "e\u0301" * 50),
)


def test_whatever_is_typed_gets_a_page(agent: Client) -> None:
    for q in (*ODD, *ATTACKS):
        for headers in ({}, HX):
            harmless(ask(agent, q, headers=headers))


@pytest.mark.both_databases
def test_whatever_is_in_the_filters_gets_a_page(agent: Client) -> None:
    for name in ("category", "kind", "tag", "open"):
        for value in (*ODD, *ATTACKS):
            harmless(ask(agent, "" if name == "tag" else "退票费", **{name: value}))


def test_a_long_question_is_cut_where_nobody_types_more(agent: Client) -> None:
    shown = ask(agent, "退票费" * 1000)
    assert len(shown.select_one("input[name=q]")["value"]) == 400


@pytest.mark.both_databases
def test_articles_with_an_attack_in_every_field_are_shown_and_do_nothing(
    agent: Client, world: World
) -> None:
    for number, attack in enumerate(ATTACKS):
        world.publish(
            Record(
                f"attack-{number}",
                f"攻击{attack}",
                f"攻击正文{attack}\n\n[链接]({attack}) ![图]({attack})\n\n`{attack}`\n\n{attack}\n",
                category=f"攻击{attack}".replace("/", ""),
                tags=(attack,),
                questions=(f"攻击问法{attack}",),
            )
        )
    harmless(ask(agent, "攻击"))
    harmless(ask(agent, "攻击", headers=HX))
    for number in range(len(ATTACKS)):
        key = f"attack-{number}"
        assert f'data-key="{key}"' in agent.get(f"/articles/{key}").text
        harmless(page(agent.get(f"/articles/{key}")))
        harmless(page(agent.get(f"/desk/articles/{key}?start=0&end=9", headers=HX)))
        harmless(ask(agent, "攻击正文", open=key))


def test_a_stranger_is_sent_to_sign_in_and_a_fragment_does_not_swallow_it(client: Client) -> None:
    whole = client.get("/desk?q=退票")
    assert (whole.status_code, "/sign-in" in whole.headers["Location"]) == (302, True)
    part = client.get("/desk?q=退票", headers=HX)
    assert (part.status_code, "/sign-in" in part.headers["HX-Redirect"]) == (401, True)
