"""The editors' list, what it does to many at once, and who may."""

from __future__ import annotations

import pytest

from kb.models import PUBLISHED
from kb.records import Record

from ..browsing import Client
from ..world import DRAFT, REFUND, World
from .editing import AsPerson, count, notices, page, record, shown, text, titles, told, typed


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    """Writes, imports and exports, may not publish."""
    return as_person("editor")


@pytest.fixture
def reviewer(as_person: AsPerson) -> Client:
    """Writes and publishes, may not import."""
    return as_person("reviewer")


@pytest.fixture
def administrator(as_person: AsPerson) -> Client:
    return as_person("administrator")


# The list


def test_the_list_shows_every_state_with_its_word(editor: Client) -> None:
    found = page(editor.get("/edit"))
    states = {text(row, ".title .soft"): text(row, ".states") for row in found.select("tbody tr")}
    assert states["refund-fee"] == "生效中"
    assert states["draft-luggage"] == "有草稿"
    assert states["old-rule"] == "已停用"
    assert states["tomorrow-hours"] == "待生效"
    assert states["yesterday-outage"] == "已失效"


@pytest.mark.both_databases
def test_filters_narrow_and_are_kept_in_every_link(editor: Client) -> None:
    response = editor.get("/edit?kind=faq&category=票务&state=in_force&text=退票")
    assert titles(response) == ["退票费怎么收"]
    export = page(response).select_one(".export-sheet a")
    assert export is not None
    assert "kind=faq" in export["href"]


@pytest.mark.parametrize("words", ["%", "_", "'", '"', "\\", "𠮷", "a" * 5000])
def test_odd_words_find_nothing_and_harm_nothing(editor: Client, words: str) -> None:
    assert editor.get(f"/edit?text={words}").status_code == 200


def test_filters_that_do_not_exist_do_not_narrow(editor: Client) -> None:
    assert len(titles(editor.get("/edit?state=x&kind=poem"))) == count_shown(editor)


def count_shown(client: Client) -> int:
    return len(titles(client.get("/edit")))


def test_a_page_beyond_the_last_leads_to_the_last(editor: Client) -> None:
    response = editor.get("/edit?page=999999999999&kind=faq")
    assert response.status_code == 302
    assert response.location == "/edit?kind=faq&page=1"
    for odd in ("0", "-1", "x", ""):
        assert editor.get(f"/edit?page={odd}").status_code == 200


def test_a_list_with_nothing_in_it_says_what_to_do(editor: Client) -> None:
    assert "看全部" in editor.get("/edit?text=没有这样的文章").text


def test_titles_are_text_and_never_markup(world: World, editor: Client) -> None:
    world.publish(Record("xss", "<script>alert(1)</script>", "正文", audiences=('"><b>',)))
    for address in ("/edit", "/edit/articles/xss", "/articles/xss/revisions"):
        assert "<script>alert" not in editor.get(address).text
        assert "<b>" not in editor.get(address).text


def test_only_who_may_publish_can_tick(editor: Client, reviewer: Client) -> None:
    assert not page(editor.get("/edit")).select("[data-row]")
    assert page(reviewer.get("/edit")).select("[data-row]")


# Many at once


def ticks(client: Client, *keys: str) -> list[str]:
    """What the boxes of these articles send."""
    boxes = page(client.get("/edit")).select("[data-row]")
    values = {str(box["value"]).partition(":")[2]: str(box["value"]) for box in boxes}
    return [values[key] for key in keys]


def test_many_are_published_and_the_rest_is_named(world: World, reviewer: Client) -> None:
    chosen = ticks(reviewer, "draft-luggage", "refund-fee", "old-rule")
    response = reviewer.post(
        "/edit/publications", data={"article": chosen, "back": "/edit?kind=faq"}
    )
    assert response.location == "/edit?kind=faq"
    said = told(reviewer, response)
    assert "已发布 2 篇" in said
    assert "1 篇没有发布：“refund-fee”没有待发布的草稿" in said
    assert world.article("draft-luggage").latest.state == PUBLISHED
    assert world.article("old-rule").retired_at is None


def test_many_are_retired(world: World, reviewer: Client) -> None:
    chosen = ticks(reviewer, "refund-fee", "change-ticket", "old-rule")
    said = told(reviewer, reviewer.post("/edit/retirements", data={"article": chosen}))
    assert "已停用 2 篇" in said
    assert "“old-rule”已经停用了" in said
    assert world.article("change-ticket").retired_at is not None


def test_a_draft_changed_since_the_list_was_opened_is_not_published(
    world: World, reviewer: Client, editor: Client
) -> None:
    chosen = ticks(reviewer, "draft-luggage")
    sent = shown(editor.get("/edit/articles/draft-luggage")) | {"title": "改过"}
    editor.post("/edit/articles/draft-luggage/draft", data=sent)
    said = told(reviewer, reviewer.post("/edit/publications", data={"article": chosen}))
    assert "没有发布" in said
    assert world.article("draft-luggage").published == []


def test_nothing_ticked_and_keys_that_are_not_there_are_said(reviewer: Client) -> None:
    assert "没有勾选" in told(reviewer, reviewer.post("/edit/publications"))
    odd = ["0:nowhere", "x", "", "0:", "99999999999999999999:refund-fee", "1:a\0b", "²:x"]
    said = told(reviewer, reviewer.post("/edit/retirements", data={"article": odd}))
    assert "7 篇没有停用" in said


def test_a_result_leads_back_only_to_this_site(reviewer: Client) -> None:
    for target in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        response = reviewer.post("/edit/publications", data={"back": target})
        assert "elsewhere" not in response.location
        assert response.location.startswith("/")


# Revisions


def test_revisions_say_which_one_holds_and_who_published_it(
    world: World, editor: Client, reviewer: Client
) -> None:
    sent = shown(reviewer.get("/edit/articles/refund-fee")) | {
        "effective_from": "2026-12-01T08:00",
        "note": "新规",
    }
    reviewer.post("/edit/articles/refund-fee/publication", data=sent)
    rows = page(editor.get("/articles/refund-fee/revisions")).select("tbody tr")
    texts = [row.get_text(" ", strip=True) for row in rows]
    assert "第 2 版" in texts[0]
    assert "待生效" in texts[0]
    assert "2026-12-01 08:00 起" in texts[0]
    assert "新规" in texts[0]
    assert "陆明审" in texts[0]
    assert "生效中" in texts[1]


def test_a_text_not_in_force_says_so_above_itself(world: World, editor: Client) -> None:
    said = {
        "/articles/draft-luggage/revisions/1": "这是草稿",
        "/articles/tomorrow-hours/revisions/1": "2026-11-23 10:00 才生效",
        "/articles/yesterday-outage/revisions/1": "2026-11-21 10:00 失效",
        "/articles/old-rule/revisions/1": "现在不生效",
    }
    for address, words in said.items():
        assert words in notices(editor.get(address))
    assert notices(editor.get("/articles/refund-fee/revisions/1")) == ""


# Who may


POSTS = [
    "/edit/articles",
    "/edit/articles/refund-fee/draft",
    "/edit/articles/refund-fee/publication",
    "/edit/articles/refund-fee/retirement",
    "/edit/articles/draft-luggage/draft/removal",
    "/edit/publications",
    "/edit/retirements",
    "/edit/preview",
    "/edit/import",
]
GETS = ["/edit", "/edit/new", "/edit/articles/refund-fee", "/edit/import", "/edit/export"]


def test_an_agent_gets_nowhere(world: World, as_person: AsPerson) -> None:
    agent = as_person("agent")
    for address in GETS:
        assert agent.get(address).status_code == 403, address
    for address in POSTS:
        assert agent.post(address, data=typed()).status_code == 403, address
    assert record(world, "refund-fee") == REFUND
    assert world.article("refund-fee").retired_at is None


def test_a_stranger_is_led_to_sign_in(client: Client) -> None:
    for address in GETS:
        assert "/sign-in" in client.get(address).location


def test_a_foreign_page_changes_nothing(world: World, administrator: Client) -> None:
    before = count(world)
    administrator.forged = True
    for address in POSTS:
        assert administrator.post(address, data=typed()).status_code == 400, address
    assert count(world) == before
    assert world.article("refund-fee").retired_at is None


def test_an_editor_may_not_publish_nor_retire(world: World, editor: Client) -> None:
    sent = shown(editor.get("/edit/articles/draft-luggage"))
    for address in (
        "/edit/articles/draft-luggage/publication",
        "/edit/articles/draft-luggage/retirement",
        "/edit/publications",
        "/edit/retirements",
    ):
        assert editor.post(address, data=sent).status_code == 403
    buttons = page(editor.get("/edit/articles/draft-luggage")).select("#article button")
    assert "保存并发布" not in {button.get_text(strip=True) for button in buttons}
    assert record(world, "draft-luggage") == DRAFT


@pytest.mark.parametrize("key", ["nowhere", "%00", "a%00b", "𠮷", "%25", "'", "x" * 3000])
def test_an_unknown_article_is_a_page_that_says_so(reviewer: Client, key: str) -> None:
    assert reviewer.get(f"/edit/articles/{key}").status_code == 404
    for act in ("draft", "publication", "retirement", "draft/removal"):
        response = reviewer.post(f"/edit/articles/{key}/{act}", data=typed(version="0"))
        assert response.status_code == 404, act
