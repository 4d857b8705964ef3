"""Gaps from the desk to the published answer, through the pages and the job."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kb import gapbook
from kb.gapbook import Gap
from kb.records import Record
from web import gapwatch

from ..world import NOW, World
from .editing import AsPerson, page, shown, text, told


def raised(as_person: AsPerson, query: str, who: str = "agent") -> str:
    data = {"q": query}
    answer = as_person(who).post("/desk/gaps", data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return page(answer).get_text(strip=True)


def gap(world: World, id: int) -> Gap:
    with world.reading() as session:
        return gapbook.get(session, id)


@pytest.fixture
def pets(as_person: AsPerson, world: World) -> int:
    """A gap that two agents asked about."""
    raised(as_person, "宠物能带上车吗")
    said = raised(as_person, "可以带宠物坐车吗", "other_agent")
    assert "另有 1 人也问过" in said
    return 2  # the world has one already


def settle(world: World) -> int:
    return gapwatch.settle(world.services.db, world.services.library)


def test_the_desk_offers_the_key_where_nothing_was_found(as_person: AsPerson) -> None:
    for q in ("宠物能带上车吗", "退票"):
        form = page(as_person("agent").get(f"/desk?q={q}")).select_one("form[data-gap]")
        assert form is not None
        assert text(form, "kbd") == "Ctrl G"
    assert 'data-gap"' not in as_person("agent").get("/desk").text


def test_personal_data_never_reaches_the_list(world: World, as_person: AsPerson) -> None:
    raised(as_person, "13912345678 的宠物怎么托运")
    found = gap(world, 2)
    assert found.question == "〔手机号〕 的宠物怎么托运"


def test_why_nothing_was_found_is_kept(world: World, as_person: AsPerson) -> None:
    raised(as_person, "魑魅魍魉")
    assert gap(world, 2).askings[0].cause == "missing"
    assert "没有这样的文章" in as_person("editor").get("/kb/gaps").text


def test_the_form_of_a_new_article_is_filled_in_and_tied_to_the_gap(
    world: World, as_person: AsPerson, pets: int
) -> None:
    editor = as_person("editor")
    form = editor.get(f"/edit/new?gap={pets}")
    sent = shown(form)
    assert sent["title"] == "宠物能带上车吗"
    assert sent["questions"] == "可以带宠物坐车吗"
    action = page(form).find(id="article")["action"]  # type: ignore[index]
    assert editor.post(str(action), data=sent | {"body": "不能。"}).status_code == 302
    found = gap(world, pets)
    assert found.article is not None
    assert found.assignee_id == world.person("editor").id
    assert not found.end
    assert "在写" in editor.get("/kb/gaps").text


@pytest.mark.both_databases
def test_a_gap_closes_when_all_who_asked_find_the_answer_and_they_are_told(
    world: World, as_person: AsPerson, pets: int
) -> None:
    answer = Record("pets", "宠物能不能带上车", "宠物不能带上车，可以办托运。", kind="faq")
    with world.work("editor", "kb.create") as session:
        from kb import articles

        made = articles.create(session, answer, articles.Edit(2, NOW))
        gapbook.take_up(session, pets, made.article_id)
    assert settle(world) == 0
    world.clock.forward(hours=5)
    world.publish(answer)
    assert settle(world) == 1
    found = gap(world, pets)
    assert (found.end, found.took) == ("answered", timedelta(hours=5))
    for who, asked in (("agent", "宠物能带上车吗"), ("other_agent", "可以带宠物坐车吗")):
        assert f"您提交的“{asked}”有答案了" in as_person(who).get("/").text
    assert "宠物能不能带上车" in as_person("agent").get("/mine").text
    listing = as_person("editor").get("/kb/gaps?show=answered").text
    assert "5小时" in listing
    assert "n=1" in listing
    agent = as_person("agent")
    (item,) = [i for i in agent.get("/pulse").json["items"] if i["kind"] == "答复"]  # type: ignore[index]
    agent.post(item["confirm"])
    assert "有答案了" not in agent.get("/").text


@pytest.mark.both_databases
def test_a_gap_stays_open_while_an_asker_may_not_read_the_answer(
    world: World, as_person: AsPerson, pets: int
) -> None:
    answer = Record("pets", "宠物能不能带上车", "不能。", kind="faq", audiences=("票务一组",))
    world.publish(answer)
    editor = as_person("editor")
    editor.post(f"/kb/gaps/{pets}/article", data={"key": "pets"})
    assert settle(world) == 0
    shown_page = editor.get(f"/kb/gaps/{pets}").text
    assert "还搜不到" in shown_page
    assert "搜得到" in shown_page
    assert "已关闭" in told(editor, editor.post(f"/kb/gaps/{pets}/closing"))
    other = as_person("other_agent").get("/mine").text
    assert "有答案了" in other
    assert "宠物能不能带上车" not in other  # it is not for them


@pytest.mark.both_databases
def test_an_editor_moves_merges_assigns_renames_and_drops(
    world: World, as_person: AsPerson, pets: int
) -> None:
    editor = as_person("editor")
    second = gap(world, pets).askings[1].id
    moved = editor.post(f"/kb/gaps/{pets}/moves", data={"asking": str(second), "to": ""})
    assert "已移走" in told(editor, moved)
    assert moved.location == "/kb/gaps/3"
    back = editor.post("/kb/gaps/3/merger", data={"into": str(pets)})
    assert "已并入" in told(editor, back)
    assert editor.get("/kb/gaps/3").location == f"/kb/gaps/{pets}"
    to = str(world.person("reviewer").id)
    assert "已交给陆明审" in told(editor, editor.post(f"/kb/gaps/{pets}/assignee", data={"to": to}))
    assert "由您承办" in as_person("reviewer").get("/").text
    editor.post(f"/kb/gaps/{pets}/question", data={"question": "宠物能不能上车"})
    assert gap(world, pets).question == "宠物能不能上车"
    assert "为什么不写" in told(editor, editor.post(f"/kb/gaps/{pets}/dropping", data={"note": ""}))
    editor.post(f"/kb/gaps/{pets}/dropping", data={"note": "不归我们管"})
    assert "不写：不归我们管" in as_person("agent").get("/").text
    assert "刚被别人处理过" in told(
        editor, editor.post(f"/kb/gaps/{pets}/assignee", data={"to": to})
    )


def test_odd_hands_get_sentences(as_person: AsPerson, world: World) -> None:
    agent, editor = as_person("agent"), as_person("editor")
    for q, status in (("", 422), ("？？", 422), ("😀" * 500, 302), ("坏\0字", 422)):
        assert agent.post("/desk/gaps", data={"q": q}).status_code == status, q
    for data in ({}, {"into": "abc"}, {"into": "9" * 30}):
        assert "选并入" in told(editor, editor.post("/kb/gaps/1/merger", data=data))
    assert "勾选" in told(editor, editor.post("/kb/gaps/1/moves", data={"asking": ["x", "１"]}))
    assert "没有这个编号" in told(editor, editor.post("/kb/gaps/1/article", data={"key": "nope"}))
    assert "还没有生效" in told(editor, editor.post("/kb/gaps/1/closing"))
    assert editor.get("/kb/gaps/4711").status_code == 404
    assert editor.get("/edit/new?gap=4711").status_code == 404


def test_the_same_gap_raised_twice_is_one_asking(world: World, as_person: AsPerson) -> None:
    for _ in range(2):
        raised(as_person, "宠物能带上车吗")
    assert len(gap(world, 2).askings) == 1
