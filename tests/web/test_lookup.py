"""Looking up by train, station and document number, and the fields behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kb import articles, fieldrules
from kb.fieldrules import Wanted
from kb.records import Record

from ..browsing import Client
from ..world import World
from .editing import AsPerson, page, record, shown, told, typed


def notice(key: str, *trains: str, **more: object) -> Record:
    return Record(key, f"通知{key}", "预计晚点。", kind="notice", data={"车次": [*trains]}, **more)  # type: ignore[arg-type]


@pytest.fixture
def notices(world: World) -> World:
    """One for all, one for supervisors, one over, one to come, and one in use no more."""
    with world.work(doing="test") as session:
        fieldrules.add(session, Wanted("notice", "文号", "文号", "code"))
    world.publish(notice("one", "G1234", "G1236"))
    world.clock.forward(hours=1)
    world.publish(
        notice("two", "G12340"),
        notice("boss", "G1234", audiences=("班长",)),
        notice("over", "G1234", effective_to=world.clock() - timedelta(hours=1)),
        notice("later", "G1234", effective_from=world.clock() + timedelta(hours=1)),
        notice("retired", "G1234"),
    )
    with world.work("editor", "kb.retire") as session:
        edit = articles.Edit(1, world.clock())
        articles.retire(session, articles.get(session, "retired"), edit)
    world.sync()
    return world


def found(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return [link.get_text() for link in page(response).select(".lookup-hits h2 a")]


def test_a_train_gives_what_is_in_force_for_this_person_the_very_code_first(
    notices: World, as_person: AsPerson
) -> None:
    agent, supervisor = as_person("agent"), as_person("supervisor")
    for typed_in in ("G1234", "ｇ１２３４", "1234", "g 1234 次"):
        assert "通知one" in found(agent, f"/lookup?q={typed_in}")
    assert found(agent, "/lookup?q=G1234") == ["通知one", "通知two"]
    assert found(supervisor, "/lookup?q=G1234") == ["通知boss", "通知one", "通知two"]
    notices.clock.forward(hours=2)
    assert "通知later" in found(agent, "/lookup?q=G1234")


def test_it_is_narrowed_by_kind_and_field_and_says_what_to_do_when_nothing_fits(
    notices: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    assert found(agent, "/lookup?q=G1234&field=文号") == []
    assert found(agent, "/lookup?q=G1234&kind=notice&field=车次") == ["通知one", "通知two"]
    assert found(agent, "/lookup?q=G1234&kind=faq&field=nonsense")  # what is unknown is left out
    assert "少打几个字" in agent.get("/lookup?q=Z99").text
    for odd in ("😀", "（）", "1" * 5000, "a b c d e f g h i j"):
        assert agent.get(f"/lookup?q={odd}").status_code == 200


def test_the_desk_finds_it_by_its_code_too(notices: World, as_person: AsPerson) -> None:
    assert "通知one" in as_person("agent").get("/desk?q=G1236").text


@pytest.mark.both_databases
def test_an_editor_fills_the_fields_in_and_they_stand_on_the_article(
    world: World, as_person: AsPerson
) -> None:
    editor = as_person("editor")
    name = "own.notice.车次"
    sent = typed(kind="notice", key="n1", own_given="1") | {name: "ｇ7，G9"}
    told(editor, editor.post("/edit/articles", data=sent))
    assert record(world, "n1").data == {"车次": ["G7", "G9"]}
    form = shown(editor.get("/edit/articles/n1"))
    assert form[name] == "G7、G9"
    told(editor, editor.post("/edit/articles/n1/draft", data=form | {name: ""}))
    assert record(world, "n1").data == {}
    told(
        editor,
        editor.post(
            "/edit/articles/n1/draft", data=shown(editor.get("/edit/articles/n1")) | {name: "G8"}
        ),
    )
    told(
        as_person("administrator"), as_person("administrator").post("/edit/articles/n1/publication")
    )
    world.sync()
    agent = as_person("agent")
    assert "G8" in page(agent.get("/articles/n1")).select_one(".pairs").get_text()  # type: ignore[union-attr]
    assert "G8" in agent.get("/desk/articles/n1").text


def test_what_is_wrong_in_a_field_is_said_there_and_nothing_typed_is_lost(
    world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test") as session:
        fieldrules.add(session, Wanted("notice", "day", "发文日期", "date", required=True))
    editor = as_person("editor")
    sent = typed(kind="notice", key="n2", own_given="1")
    for day, sentence in (("", "请填写发文日期"), ("昨天", "不是日期")):
        response = editor.post("/edit/articles", data=sent | {"own.notice.day": day})
        assert response.status_code == 422
        assert sentence in response.text
        assert shown(response)["own.notice.day"] == day
    # A field of another kind asks for nothing.
    told(editor, editor.post("/edit/articles", data=sent | {"kind": "faq"}))


@pytest.mark.both_databases
def test_an_administrator_defines_fields_and_nobody_else(world: World, as_person: AsPerson) -> None:
    admin = as_person("administrator")
    field = {"kind": "notice", "key": "站", "name": "车站", "sort": "codes"}
    assert "已加上字段" in told(admin, admin.post("/admin/fields", data=field))
    again = admin.post("/admin/fields", data=field)
    assert again.status_code == 422
    assert "已经有字段" in again.text
    for wrong in (
        {"key": "title"},
        {"key": "signing"},
        {"key": "1x"},
        {"key": ""},
        {"name": ""},
        {"sort": "wish"},
        {"kind": "poem"},
        {"sort": "choice", "key": "c"},
    ):
        assert admin.post("/admin/fields", data=field | {"key": "other"} | wrong).status_code == 422
    with world.reading() as session:
        id = next(r.id for r in fieldrules.all_rules(session) if r.key == "站")
    changed = field | {"name": "停靠站", "required": "1"}
    assert "已保存" in told(admin, admin.post(f"/admin/fields/{id}", data=changed))
    assert "已删去" in told(admin, admin.post(f"/admin/fields/{id}/removal"))
    assert admin.post(f"/admin/fields/{id}/removal").status_code == 404
    assert as_person("editor").get("/admin/fields").status_code == 403
