"""What else to read: the most alike, and what editors tied together."""

from __future__ import annotations

import pytest

from kb.records import Record

from ..browsing import Client
from ..world import World
from .editing import AsPerson, page, told

CANCELLED = Record(
    "stopped-refund",
    "停运列车退票费怎么收",
    "因铁路责任停运的，全额退款，不收退票费。\n",
    kind="faq",
    category="票务/退票",
    tags=("退票",),
)
SECRET = Record(
    "secret-refund",
    "退票费怎么减免",
    "开车前8天以上退票，不收退票费；班长可以减免退票费。\n",
    kind="faq",
    category="票务/退票",
    tags=("退票",),
    audiences=("班长",),
)


def related(client: Client, key: str = "refund-fee") -> list[str]:
    shown = page(client.get(f"/articles/{key}/related"))
    return [a.get_text() for a in shown.select(".related .rows a")]


def test_the_most_alike_is_shown_on_the_page_and_beside_the_desk_by_the_gate(
    world: World, as_person: AsPerson
) -> None:
    world.publish(CANCELLED, SECRET)
    agent = as_person("agent")
    assert CANCELLED.title in related(agent)
    assert SECRET.title not in related(agent)
    assert SECRET.title in related(as_person("supervisor"))
    place = page(agent.get("/desk/articles/refund-fee")).select_one("[data-beside]")
    assert place is not None
    line = agent.get(str(place["hx-get"]), headers={"HX-Request": "true"})
    beside = page(line).select_one(".related-line")
    assert beside is not None
    assert CANCELLED.title in beside.get_text()
    assert SECRET.title not in beside.get_text()


def test_an_article_that_goes_out_of_use_is_gone_from_there_at_once(
    world: World, as_person: AsPerson
) -> None:
    world.publish(CANCELLED)
    assert CANCELLED.title in related(as_person("agent"))
    admin = as_person("administrator")
    told(admin, admin.post(f"/edit/articles/{CANCELLED.key}/retirement"))
    assert CANCELLED.title not in related(as_person("agent"))


@pytest.mark.both_databases
def test_an_editor_ties_two_together_and_each_shows_the_other(
    world: World, as_person: AsPerson
) -> None:
    editor, agent = as_person("editor"), as_person("agent")
    here = "/articles/refund-fee/related"
    for _ in range(2):  # sent twice, tied once
        assert "互为相关" in told(editor, editor.post(here, data={"other": "实名制核验规定"}))
    assert related(agent)[0] == "实名制核验规定"
    assert related(agent, "identity-rule")[0] == "退票费怎么收"
    told(
        editor, editor.post("/articles/identity-rule/related/removal", data={"other": "refund-fee"})
    )
    assert "实名制核验规定" not in related(agent)


def test_what_cannot_be_tied_is_said_and_kept_on_the_page(
    world: World, as_person: AsPerson
) -> None:
    editor = as_person("editor")
    here = "/articles/refund-fee/related"
    for other in ("", "refund-fee", "没有这篇", "old-rule", "draft-luggage", "a\0b", "长" * 4000):
        response = editor.post(here, data={"other": other})
        assert response.status_code == 422, other
        assert page(response).select(".related .error")
    told(editor, editor.post(f"{here}/removal", data={"other": "nowhere"}))
    assert as_person("agent").post(here, data={"other": "change-ticket"}).status_code == 403


def test_what_was_tied_shows_only_to_those_who_may_read_it(
    world: World, as_person: AsPerson
) -> None:
    editor = as_person("editor")
    told(editor, editor.post("/articles/refund-fee/related", data={"other": "angry-caller"}))
    assert "情绪激动旅客的升级处理" not in related(as_person("agent"))
    assert related(as_person("supervisor"))[0] == "情绪激动旅客的升级处理"
