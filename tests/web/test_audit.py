"""The trail: what was changed, by whom, under which use case, with the old and new values."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kb import articles
from kb.articles import Edit
from web import accounts
from web.audit import LONGEST
from web.db import SYSTEM, Database
from web.models import AuditEntry, Favourite, Role, Team

from ..world import CAST, NOW, REFUND, World


def trail(world: World, doing: str) -> list[AuditEntry]:
    with world.reading() as session:
        query = select(AuditEntry).where(AuditEntry.doing == doing).order_by(AuditEntry.id)
        return list(session.scalars(query))


def values(entry: AuditEntry) -> dict[str, Any]:
    return dict(entry.values)


def test_a_new_thing_is_recorded_with_its_values(world: World) -> None:
    with world.work("administrator", "teams.add") as session:
        session.add(Team(name="夜班组"))
    (entry,) = trail(world, "teams.add")
    assert (entry.action, entry.entity, entry.actor) == (
        "insert",
        "team",
        CAST["administrator"].name,
    )
    assert entry.actor_id == world.person("administrator").id
    assert values(entry)["name"] == [None, "夜班组"]


def test_a_change_is_recorded_with_the_old_and_the_new_value_of_that_column_alone(
    world: World,
) -> None:
    with world.work("administrator", "people.edit") as session:
        person = accounts.get_person(session, CAST["agent"].number)
        person.grade = "高级"
    (entry,) = trail(world, "people.edit")
    assert (entry.action, entry.entity) == ("update", "person")
    assert entry.entity_id == str(world.person("agent").id)
    assert values(entry) == {"grade": ["初级", "高级"]}


def test_a_removal_is_recorded_with_what_was_lost(world: World) -> None:
    with world.work("administrator", "people.roles") as session:
        person = accounts.get_person(session, CAST["both"].number)
        accounts.set_roles(person, [accounts.role_named(session, "agent")])
    (entry,) = trail(world, "people.roles")
    editor = world.person("editor").roles[0].id
    assert (entry.action, entry.entity) == ("delete", "person_role")
    assert entry.entity_id == f"{world.person('both').id},{editor}"


def test_a_secret_is_named_but_never_shown(world: World) -> None:
    with world.work("agent", "account.password") as session:
        person = accounts.get_person(session, CAST["agent"].number)
        accounts.set_password(session, person, "another-horse-2026", NOW)
        after = person.password_hash
    (entry,) = (e for e in trail(world, "account.password") if e.entity == "person")
    assert values(entry)["password_hash"] == ["•", "•"]
    assert after not in str(entry.values)


def test_a_list_that_was_replaced_is_a_change(world: World) -> None:
    with world.work("administrator", "roles.edit") as session:
        role = session.scalars(select(Role).where(Role.key == "inspector")).one()
        role.permissions = [*role.permissions, "kb.read_all"]
    (entry,) = trail(world, "roles.edit")
    old, new = values(entry)["permissions"]
    assert new == [*old, "kb.read_all"]


def test_setting_what_is_there_already_leaves_no_trail(world: World) -> None:
    with world.work("administrator", "people.edit") as session:
        accounts.get_person(session, CAST["agent"].number).grade = CAST["agent"].grade
    assert trail(world, "people.edit") == []


def test_a_long_text_is_cut_and_says_how_long_it_was(world: World) -> None:
    body = "退" * (LONGEST + 50)
    with world.work("editor", "kb.write") as session:
        edit = Edit(world.person("editor").id, NOW)
        article = articles.get(session, REFUND.key)
        articles.save(session, article, type(REFUND)(REFUND.key, "退票", body), edit)
    recorded = [values(e)["body"] for e in trail(world, "kb.write") if "body" in values(e)]
    assert recorded[-1][1] == "退" * LONGEST + f"…（共{LONGEST + 50}字）"


def test_traces_of_reading_are_no_part_of_the_trail(world: World) -> None:
    with world.work("agent", "kb.favourite") as session:
        article = articles.get(session, REFUND.key)
        session.add(Favourite(person_id=world.person("agent").id, article_id=article.id, at=NOW))
    assert trail(world, "kb.favourite") == []


def test_the_system_has_a_name_and_no_number(database: Database) -> None:
    with database.work(SYSTEM, "teams.add") as session:
        session.add(Team(name="夜班组"))
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.doing == "teams.add")).one()
    assert (entry.actor_id, entry.actor) == (None, "系统")


@pytest.mark.parametrize("who", ["reviewer", "editor"])
def test_publishing_names_the_person_who_did_it(world: World, who: str) -> None:
    world.publish(type(REFUND)("new-rule", "新规定", "新的规定。"), who=who)
    entries = [e for e in trail(world, "kb.publish") if e.actor == CAST[who].name]
    assert {e.entity for e in entries} >= {"article", "revision"}
