"""A withdrawn answer is called back from those who used it, and they confirm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kb import articles
from kb.articles import Edit
from tests.browsing import Client
from tests.world import REFUND, World
from web.evidence import recalls
from web.evidence.tables import Recall, RecallNotice

AsPerson = Callable[[str], Client]
COPY = {"key": "refund-fee", "number": "1", "start": "0", "end": "16"}
KEY = "refund-fee"


def told(world: World) -> dict[str, tuple[str, bool]]:
    """{name: (what they did, whether they confirmed)}"""
    with world.reading() as session:
        found = session.scalars(select(RecallNotice)).all()
        names = {world.person(who).id: who for who in ("agent", "other_agent", "supervisor")}
        return {names[n.person_id]: (n.act, n.seen_at is not None) for n in found}


def items(client: Client) -> list[dict[str, str]]:
    answer = client.get("/pulse")
    kept = answer.json["items"] if answer.status_code == 200 else []
    return [item for item in kept if item["kind"] == "作废通知"]


def use(world: World, as_person: AsPerson) -> tuple[Client, Client]:
    """The agent copies, the other one opens."""
    agent, other = as_person("agent"), as_person("other_agent")
    agent.post("/desk/copies", data=COPY)
    other.get(f"/articles/{KEY}")
    world.clock.forward(minutes=17)
    return agent, other


def retire(client: Client, **form: str) -> None:
    assert client.post(f"/edit/articles/{KEY}/retirement", data=form).status_code == 302


def correct(world: World, **form: str) -> None:
    """The reviewer publishes another text, through the page."""
    with world.work("editor", "kb.edit") as session:
        article = articles.get(session, KEY)
        edit = Edit(world.person("editor").id, world.clock())
        articles.save(session, article, replace(REFUND, body="退票收10%。\n"), edit)


def test_who_copied_and_who_opened_is_told_in_words_of_their_own(
    world: World, as_person: AsPerson
) -> None:
    agent, other = use(world, as_person)
    retire(as_person("reviewer"), recall="1", recall_reason="票价比例写错了")
    assert told(world) == {"agent": ("copied", False), "other_agent": ("opened", False)}
    [mine] = items(agent)
    assert mine["sentence"] == "您 10:00 复制的《退票费怎么收》第1版已于 10:17 作废"
    assert "票价比例写错了" in mine["detail"]
    assert "请更正" in mine["detail"]
    assert "没有替代它的内容" in mine["detail"]
    [theirs] = items(other)
    assert "打开过的" in theirs["sentence"]
    assert "请更正" not in theirs["detail"]
    assert items(as_person("supervisor")) == []


def test_not_every_new_revision_is_a_recall(world: World, as_person: AsPerson) -> None:
    agent, _ = use(world, as_person)
    retire(as_person("reviewer"))
    assert told(world) == {}
    assert items(agent) == []


def test_a_correction_leads_to_the_text_that_holds_now(world: World, as_person: AsPerson) -> None:
    agent, _ = use(world, as_person)
    correct(world)
    reviewer = as_person("reviewer")
    reviewer.post(f"/edit/articles/{KEY}/publication", data={"version": "1", "recall": "1"})
    [mine] = items(agent)
    assert mine["link"]["words"] == "看新的内容（第2版）"
    assert agent.get(mine["link"]["address"]).status_code == 200
    page = agent.get("/recalls").text
    assert "看新的内容" in page
    assert "第 1 版，已于 10:17 作废" in page


def test_the_new_text_is_offered_only_to_those_who_may_read_it(
    world: World, as_person: AsPerson
) -> None:
    agent, _ = use(world, as_person)
    world.publish(replace(REFUND, body="只给班长。\n", audiences=("班长",)))
    with world.work("reviewer", "recall.send") as session:
        old = articles.get(session, KEY).revisions[0]
        recalls.recall(session, old, world.person("reviewer").id, world.clock())
    [mine] = items(agent)
    assert mine["link"] is None


def test_confirming_takes_it_from_the_screen_and_the_editor_sees_it(
    world: World, as_person: AsPerson
) -> None:
    agent, _ = use(world, as_person)
    retire(as_person("reviewer"), recall="1")
    [mine] = items(agent)
    assert agent.post(mine["confirm"]).status_code in (204, 302)
    agent.post(mine["confirm"])  # twice is once
    assert items(agent) == []
    assert "已确认" in agent.get("/recalls").text
    editor = as_person("editor")
    assert "还有 1 人没确认" in editor.get("/kb/recalls").text
    page = editor.get("/kb/recalls/1").text
    assert page.index("林知夏") < page.index("周小禾")  # who has not confirmed comes first
    assert "复制过" in page


def test_nobody_confirms_for_somebody_else(world: World, as_person: AsPerson) -> None:
    use(world, as_person)
    retire(as_person("reviewer"), recall="1")
    assert as_person("supervisor").post("/recalls/1/confirmation").status_code == 404
    assert as_person("agent").post("/recalls/99/confirmation").status_code == 404
    assert as_person("agent").get("/kb/recalls").status_code == 403


def test_use_long_ago_is_no_matter(world: World, as_person: AsPerson) -> None:
    as_person("agent").post("/desk/copies", data=COPY)
    world.clock.forward(hours=25)
    as_person("other_agent").get(f"/articles/{KEY}")
    retire(as_person("reviewer"), recall="1")
    assert set(told(world)) == {"other_agent"}


@pytest.mark.both_databases
def test_a_copy_from_a_page_left_open_is_told_at_once_and_again(
    world: World, as_person: AsPerson
) -> None:
    agent, _ = use(world, as_person)
    retire(as_person("reviewer"), recall="1")
    agent.post("/recalls/1/confirmation")
    late = as_person("supervisor")
    world.clock.forward(minutes=3)
    assert "不再生效" in late.post("/desk/copies", data=COPY).json["sentence"]
    assert "10:20 复制的" in items(late)[0]["sentence"]
    agent.post("/desk/copies", data=COPY)
    assert told(world)["agent"] == ("copied", False)


def test_what_came_back_into_force_is_not_recalled_any_more(
    world: World, as_person: AsPerson
) -> None:
    use(world, as_person)
    reviewer = as_person("reviewer")
    retire(reviewer, recall="1")
    world.clock.forward(minutes=1)
    reviewer.post(f"/edit/articles/{KEY}/publication")
    as_person("supervisor").get(f"/articles/{KEY}")
    assert "supervisor" not in told(world)


def test_a_form_sent_twice_recalls_once(world: World, as_person: AsPerson) -> None:
    use(world, as_person)
    reviewer = as_person("reviewer")
    for _ in range(2):
        retire(reviewer, recall="1")
    with world.reading() as session:
        assert session.scalar(select(func.count()).select_from(Recall)) == 1


@pytest.mark.parametrize("reason", ["长" * 201, "a" * 5000])
def test_a_reason_that_is_too_long_is_refused_and_nothing_is_retired(
    world: World, as_person: AsPerson, reason: str
) -> None:
    use(world, as_person)
    data = {"recall": "1", "recall_reason": reason}
    response = as_person("reviewer").post(f"/edit/articles/{KEY}/retirement", data=data)
    assert response.status_code == 422
    assert "最长200个字" in response.text
    assert world.article(KEY).retired_at is None


def test_an_article_that_nobody_used_tells_nobody_and_says_so(
    world: World, as_person: AsPerson
) -> None:
    reviewer = as_person("reviewer")
    page = reviewer.post(
        f"/edit/articles/{KEY}/retirement", data={"recall": "1"}, follow_redirects=True
    )
    assert "最近没有人用过" in page.text
    with world.reading() as session:
        assert recalls.tallies(session)[0].told == 0
        assert (
            recalls.waiting(
                session,
                world.person("agent").id,
                world.viewer("agent"),
                world.clock() + timedelta(1),
            )
            == []
        )
