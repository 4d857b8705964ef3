"""Writing a script as a tree, and following it during a call."""

from __future__ import annotations

import io
import json

import pytest
from werkzeug.test import TestResponse

from kb import flows
from kb.flows import Flow, Node, Option
from kb.records import Record
from web import accounts

from ..browsing import Client
from ..world import World
from .editing import AsPerson, notices, page, record, text

FLOW = Flow(
    "1",
    (
        Node("1", "问车次", "请问坐哪一趟磁浮？", (Option("知道", "2"), Option("不知道", "3"))),
        Node("2", "办理", "请到窗口。", end=True, articles=("refund-fee", "angry-caller")),
        Node("3", "帮着找", "从哪站上车？", (Option("想起来了", "1"), Option("算了", "2"))),
    ),
)


def script(flow: Flow = FLOW, **more: object) -> Record:
    data = {"flow": flows.dump(flow)}
    return Record("flow-maglev", "磁浮线怎么买", "-", kind="script", data=data, **more)  # type: ignore[arg-type]


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    return as_person("editor")


@pytest.fixture
def agent(as_person: AsPerson) -> Client:
    return as_person("agent")


def send(client: Client, **changed: object) -> TestResponse:
    """The form of a step as the page has it, with changes."""
    html = page(client.get("/edit/flows/flow-maglev"))
    node = str(changed.get("node", "1"))
    form = html.select_one(f"#step-{node} form")
    assert form is not None
    sent: dict[str, object] = {
        "node": node,
        "version": str(form.select_one("[name=version]")["value"]),  # type: ignore[index]
        "title": str(form.select_one("[name=title]").get("value", "")),  # type: ignore[union-attr]
        "say": form.select_one("[name=say]").get_text().strip(),  # type: ignore[union-attr]
        "option": [str(field.get("value", "")) for field in form.select("[name=option]")],
        "to": [
            str((field.select_one("option[selected]") or {"value": ""})["value"])
            for field in form.select("[name=to]")
        ],
        "articles": str(form.select_one("[name=articles]").get("value", "")),  # type: ignore[union-attr]
        "act": "save",
    }
    if form.select_one("[name=end][checked]"):
        sent["end"] = "1"
    return client.post("/edit/flows/flow-maglev/step", data=sent | changed)


def stored(world: World) -> Flow:
    found = flows.of(record(world, "flow-maglev").data)
    assert found is not None
    return found


# Writing


def test_a_flow_is_made_from_nothing_step_by_step_and_published(
    world: World, as_person: AsPerson
) -> None:
    boss = as_person("administrator")
    made = boss.post("/edit/flows", data={"title": "flow maglev", "category": "服务话术"})
    assert made.status_code == 302
    assert made.location.endswith("/edit/flows/flow-maglev")
    send(boss, title="开场", say="您好。", option=["要买票", ""], to=["new", ""])
    assert [n.title for n in stored(world).nodes] == ["开场", "要买票"]
    refused = boss.post("/edit/articles/flow-maglev/publication")
    assert "没有写要说的话" in notices(boss.get(refused.location))
    send(boss, node="2", say="请说车次。", end="1")
    assert "检查通过" in boss.get("/edit/flows/flow-maglev").text
    boss.post("/edit/articles/flow-maglev/publication")
    assert world.article("flow-maglev").published
    assert "您好。" in boss.get("/flows/flow-maglev").text


def test_an_unchanged_form_changes_nothing(world: World, editor: Client) -> None:
    world.publish(script())
    assert send(editor).status_code == 302
    assert stored(world) == FLOW
    assert world.article("flow-maglev").draft is None


def test_steps_are_moved_started_with_and_removed(world: World, editor: Client) -> None:
    world.publish(script())
    send(editor, node="3", act="up")
    assert [n.key for n in stored(world).nodes] == ["1", "3", "2"]
    send(editor, node="3", act="start")
    assert stored(world).start == "3"
    send(editor, node="2", act="remove")
    assert [n.key for n in stored(world).nodes] == ["1", "3"]
    editor.post("/edit/flows/flow-maglev/steps", data={"title": "结束"})
    assert stored(world).nodes[-1] == Node("4", "结束")
    assert world.article("flow-maglev").published[0].data["flow"] == flows.dump(FLOW)


def test_what_was_typed_over_a_newer_draft_stays_on_the_page(
    world: World, editor: Client, as_person: AsPerson
) -> None:
    world.publish(script())
    send(as_person("both"), say="先存的。")
    stale = send(editor, say="后写的。", version="0")
    assert stale.status_code == 409
    assert "后写的。" in stale.text
    assert stored(world).nodes[0].say == "先存的。"


def test_a_step_that_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    world: World, editor: Client
) -> None:
    world.publish(script())
    long = send(editor, say="长" * 2001)
    assert long.status_code == 422
    assert "最长2000个字" in long.text
    assert "长" * 2001 in long.text
    assert stored(world) == FLOW


def test_the_body_follows_the_flow_whatever_the_form_of_the_article_says(
    world: World, editor: Client
) -> None:
    world.publish(script())
    assert "readonly" in editor.get("/edit/articles/flow-maglev").text
    world.publish(
        Record("flow-maglev", "磁浮线怎么买", "别的话", kind="script", data=script().data)
    )
    assert record(world, "flow-maglev").body == flows.outline(FLOW)


def test_a_flow_goes_out_as_a_file_and_comes_back(world: World, editor: Client) -> None:
    world.publish(script())
    out = editor.get("/edit/flows/flow-maglev/export")
    assert json.loads(out.data)["title"] == "磁浮线怎么买"
    send(editor, say="改过。")
    back = {"file": (io.BytesIO(out.data), "flow.json")}
    editor.post("/edit/flows/flow-maglev/import", data=back)
    assert stored(world) == FLOW
    made = editor.post(
        "/edit/flows", data={"title": "另一个", "file": (io.BytesIO(out.data), "f.json")}
    )
    assert made.status_code == 302


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"nodes":[{}]}', b"[" * 9000])
def test_a_file_that_is_no_flow_is_refused_in_words(
    world: World, editor: Client, content: bytes
) -> None:
    world.publish(script())
    sent = {"file": (io.BytesIO(content), "flow.json")}
    response = editor.post("/edit/flows/flow-maglev/import", data=sent)
    assert response.status_code == 422
    assert "没有成功" in notices(response)
    assert stored(world) == FLOW


def test_an_agent_writes_no_flow(agent: Client, world: World) -> None:
    world.publish(script())
    assert agent.get("/edit/flows/flow-maglev").status_code == 403
    assert agent.post("/edit/flows/flow-maglev/steps").status_code == 403


# Following


def test_an_agent_follows_the_flow_and_sees_the_way_so_far(world: World, agent: Client) -> None:
    world.publish(script())
    first = page(agent.get("/flows/flow-maglev"))
    assert text(first, ".flow-say") == "请问坐哪一趟磁浮？"
    choice = first.select_one("[data-choice='2']")
    assert choice is not None
    second = page(agent.get(str(choice["href"])))
    assert text(second, ".flow-way") == "问车次 不知道"
    back = second.select_one("[data-back]")
    assert back is not None
    assert text(page(agent.get(str(back["href"]))), ".flow-say") == "请问坐哪一趟磁浮？"
    for way in ("9", "x", "1.1.1", "1." * 500):
        assert agent.get(f"/flows/flow-maglev?way={way}").status_code == 200


def test_a_link_to_what_the_agent_may_not_see_shows_nothing(
    world: World, agent: Client, as_person: AsPerson
) -> None:
    world.publish(script())
    shown = agent.get("/flows/flow-maglev?way=1").text
    assert "退票费怎么收" in shown
    assert "情绪激动" not in shown
    assert "angry-caller" not in shown
    assert "情绪激动" in as_person("supervisor").get("/flows/flow-maglev?way=1").text


def test_who_may_not_see_the_flow_finds_nothing(world: World, agent: Client) -> None:
    world.publish(script(audiences=("班长",)))
    assert agent.get("/flows/flow-maglev").status_code == 404
    assert agent.get("/flows/no-such").status_code == 404


def test_a_flow_revised_during_a_call_begins_again_and_says_so(world: World, agent: Client) -> None:
    world.publish(script())
    world.publish(script(flows.put(FLOW, Node("2", "办理", "请上网。", end=True))))
    html = agent.get("/flows/flow-maglev?way=1&version=1")
    assert "请从头开始" in notices(html)
    assert text(page(html), ".flow-say") == "请问坐哪一趟磁浮？"


def test_a_flow_is_found_by_what_it_says_and_leads_to_its_steps(
    world: World, agent: Client
) -> None:
    world.publish(script())
    hits = world.services.library.search("磁浮从哪站上车").hits
    assert hits[0].key == "flow-maglev"
    assert "/flows/flow-maglev" in agent.get("/articles/flow-maglev").text


def test_the_interface_for_programs_names_no_hidden_article(
    world: World, agent: Client, editor: Client
) -> None:
    world.publish(script())
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, "1001")
        token = accounts.add_token(session, person, "test", world.clock())
    answer = agent.get("/api/v1/articles/flow-maglev", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "angry-caller" not in answer.text
