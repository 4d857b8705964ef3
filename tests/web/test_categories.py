"""The page of the category tree."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from kb import categories
from kb.models import Category
from kb.records import Record

from ..browsing import Client
from ..world import World
from .editing import AsPerson, errors, notices, page, told


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    return as_person("editor")


def paths(world: World) -> list[str]:
    with world.reading() as session:
        return [category.path for category in categories.tree(session)]


def named(world: World, path: str) -> int:
    with world.reading() as session:
        return session.scalars(select(Category.id).where(Category.path == path)).one()


def row(found: BeautifulSoup, id: int) -> str:
    element = found.find(id=f"c{id}")
    assert element is not None
    return element.get_text(" ", strip=True)


def test_the_tree_counts_articles_here_and_below(world: World, editor: Client) -> None:
    world.publish(Record("top", "标题", "正文", category="票务"))
    found = page(editor.get("/categories"))
    assert row(found, named(world, "票务")).startswith("票务 3 （本级 1）")
    assert row(found, named(world, "票务/退票")).startswith("退票 1 ")


def test_a_new_path_brings_what_is_above_it(world: World, editor: Client) -> None:
    response = editor.post("/categories", data={"path": " 站内 / 餐饮 "})
    assert "已新增分类“站内/餐饮”" in told(editor, response)
    assert {"站内", "站内/餐饮"} <= set(paths(world))


@pytest.mark.parametrize("path", ["", " / ", "票务/退票", "a/b/c/d/e/f/g", "长" * 61, "a\0b"])
def test_a_path_that_cannot_be_is_told_beside_the_field(
    world: World, editor: Client, path: str
) -> None:
    before = paths(world)
    assert errors(editor.post("/categories", data={"path": path}))
    assert paths(world) == before


@pytest.mark.both_databases
def test_a_new_name_goes_down_the_branch_and_to_the_articles(
    world: World, editor: Client, as_person: AsPerson
) -> None:
    response = editor.post(f"/categories/{named(world, '票务')}/name", data={"name": "车票"})
    assert "已改名为“车票”" in told(editor, response)
    assert "车票/退票" in paths(world)
    world.sync()
    assert "车票" in as_person("agent").get("/articles/refund-fee").text


@pytest.mark.parametrize("name", ["", "退票", "a/b", "长" * 61, "a\0b"])
def test_a_name_that_cannot_be_is_told_in_its_row_with_what_was_typed(
    world: World, editor: Client, name: str
) -> None:
    before, id = paths(world), named(world, "票务/改签")
    response = editor.post(f"/categories/{id}/name", data={"name": name})
    assert errors(response)
    field = page(response, "html.parser").select_one(f"#c{id} input[name=name]")  # keeps a NUL
    assert field is not None
    assert field["value"] == name
    assert paths(world) == before


@pytest.mark.both_databases
def test_an_arrow_moves_a_category_one_place(world: World, editor: Client) -> None:
    tops = [path for path in paths(world) if "/" not in path]
    id = named(world, tops[0])
    for place, expected in ((2, 1), (3, 2), (99, len(tops) - 1), (-5, 0), (1, 0)):
        response = editor.post(f"/categories/{id}/position", data={"place": place})
        assert response.location == f"/categories#c{id}"
        assert [path for path in paths(world) if "/" not in path].index(tops[0]) == expected


def test_the_first_has_no_way_up_and_the_last_none_down(editor: Client) -> None:
    rows = page(editor.get("/categories")).select("tbody tr")
    first, last = rows[0].select(".order button"), rows[-1].select(".order button")
    assert first[0].has_attr("disabled")
    assert last[-1].has_attr("disabled")


@pytest.mark.both_databases
def test_an_empty_leaf_can_go_and_going_twice_harms_nothing(world: World, editor: Client) -> None:
    editor.post("/categories", data={"path": "空的"})
    id = named(world, "空的")
    assert "已删除" in told(editor, editor.post(f"/categories/{id}/removal"))
    assert "已经不在了" in told(editor, editor.post(f"/categories/{id}/removal"))
    assert "空的" not in paths(world)


def test_what_holds_articles_or_branches_stays(world: World, editor: Client) -> None:
    for path, word in (("票务", "下面还有分类"), ("票务/退票", "还有 1 个版本")):
        assert word in told(editor, editor.post(f"/categories/{named(world, path)}/removal"))
        assert path in paths(world)
    found = page(editor.get("/categories"))
    assert "删除" not in row(found, named(world, "票务/退票"))


def test_an_unknown_category_is_not_found(editor: Client) -> None:
    assert editor.post("/categories/4711/name", data={"name": "新"}).status_code == 404
    assert editor.post("/categories/4711/position", data={"place": 1}).status_code == 404
    assert notices(editor.get("/categories")) == ""


def test_only_who_keeps_the_categories_gets_here(world: World, as_person: AsPerson) -> None:
    before = paths(world)
    for who in ("agent", "reviewer"):
        client = as_person(who)
        assert client.get("/categories").status_code == 403
        for act in ("", "/1/name", "/1/position", "/1/removal"):
            assert client.post(f"/categories{act}", data={"name": "x"}).status_code == 403
    assert paths(world) == before


def test_a_foreign_page_changes_nothing(world: World, editor: Client) -> None:
    before = paths(world)
    editor.forged = True
    assert editor.post("/categories", data={"path": "新"}).status_code == 400
    assert paths(world) == before
