"""The category tree: paths, order, renaming, removing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, categories, changes
from kb.articles import Edit
from kb.errors import InvalidContent, NotFound
from kb.models import Category
from kb.records import Record
from tests.world import NOW
from web.db import SYSTEM, Database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


def paths(session: Session) -> list[str]:
    return [category.path for category in categories.tree(session)]


def named(session: Session, path: str) -> int:
    return session.scalars(select(Category.id).where(Category.path == path)).one()


def put(session: Session, key: str, category: str) -> None:
    record = Record(key, "标题", "正文。", category=category)
    articles.put(session, record, Edit(7, NOW), publish_it=True)


def test_a_path_brings_its_ancestors(session: Session) -> None:
    leaf = categories.ensure(session, "票务/退票/团体")
    assert leaf is not None
    assert (leaf.name, leaf.depth) == ("团体", 2)
    assert paths(session) == ["票务", "票务/退票", "票务/退票/团体"]


def test_the_same_path_is_made_once(session: Session) -> None:
    assert categories.ensure(session, "票务/退票") is categories.ensure(session, " 票务 / 退票 /")
    assert categories.ensure(session, " / ") is None


def test_siblings_stand_by_position_and_under_their_parents(session: Session) -> None:
    for path in ("乙", "甲/二", "甲/一", "甲/一/深"):
        categories.ensure(session, path)
    categories.move(session, named(session, "甲"), 1)
    categories.move(session, named(session, "乙"), 2)
    categories.move(session, named(session, "甲/二"), -1)
    session.flush()
    assert paths(session) == ["甲", "甲/二", "甲/一", "甲/一/深", "乙"]


def test_a_new_name_goes_down_the_branch_and_no_further(session: Session) -> None:
    for path in ("票务/退票", "票务说明", "票%务/甲", "其他/票务"):
        categories.ensure(session, path)
    categories.rename(session, named(session, "票务"), "车票")
    assert set(paths(session)) == {
        *("车票", "车票/退票", "票务说明", "票%务", "票%务/甲", "其他", "其他/票务")
    }


def test_a_name_with_wildcards_renames_only_itself(session: Session) -> None:
    for path in ("%/甲", "_/甲", "票务/甲"):
        categories.ensure(session, path)
    categories.rename(session, named(session, "%"), "百分")
    assert set(paths(session)) == {"百分", "百分/甲", "_", "_/甲", "票务", "票务/甲"}


def test_articles_follow_a_renamed_category_and_the_index_hears_of_it(database: Database) -> None:
    with database.work(SYSTEM, "test") as session:
        put(session, "fee", "票务/退票")
        put(session, "bag", "行李")
    with database.work(SYSTEM, "test") as session:
        changes.acknowledge(session, [token for token, _ in changes.batch(session)])
    with database.work(SYSTEM, "test") as session:
        categories.rename(session, named(session, "票务"), "车票")
    with database.reading() as session:
        fee = articles.get(session, "fee")
        assert fee.latest.record().category == "车票/退票"
        assert {article for _, article in changes.batch(session)} == {fee.id}


@pytest.mark.parametrize("name", ["", "  ", "甲/乙", "长" * 61, "退票"])
def test_a_name_that_cannot_be_changes_nothing(session: Session, name: str) -> None:
    for path in ("票务/改签", "票务/退票"):
        categories.ensure(session, path)
    with pytest.raises(InvalidContent):
        categories.rename(session, named(session, "票务/改签"), name)
    assert paths(session) == ["票务", "票务/改签", "票务/退票"]


def test_its_own_name_is_no_change(session: Session) -> None:
    categories.ensure(session, "票务")
    assert categories.rename(session, named(session, "票务"), " 票务 ").path == "票务"


def test_only_an_empty_leaf_can_be_removed(session: Session) -> None:
    put(session, "fee", "票务/退票")
    categories.ensure(session, "票务/改签")
    for path in ("票务", "票务/退票"):
        with pytest.raises(InvalidContent):
            categories.remove(session, named(session, path))
    categories.remove(session, named(session, "票务/改签"))
    assert paths(session) == ["票务", "票务/退票"]


def test_a_category_of_the_past_stays_for_the_sake_of_history(session: Session) -> None:
    put(session, "fee", "旧")
    put(session, "fee", "新")
    with pytest.raises(InvalidContent):
        categories.remove(session, named(session, "旧"))


def test_an_unknown_category_is_not_found(session: Session) -> None:
    for act in (categories.remove, lambda s, id: categories.rename(s, id, "新")):
        with pytest.raises(NotFound):
            act(session, 4711)


STEPS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), max_size=8
)


@given(st.lists(STEPS, max_size=6), st.sampled_from(["/", "\\", " / ", "//"]))
def test_a_clean_path_stays_as_it_is(steps: list[str], separator: str) -> None:
    clean = categories.clean_path(separator.join(steps))
    assert categories.clean_path(clean) == clean
    assert all(step and step == step.strip() for step in clean.split("/") if clean)
