"""Reading the trail: whom, what, when; narrowed, paged, exported."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

import web
from kb.lexicon import SynonymGroup
from web import accounts, trail
from web.audit_names import ACTIONS, DOINGS, ENTITIES, FIELDS
from web.audit_notes import note
from web.audit_words import REFERS, lines
from web.errors import NoActor
from web.migrate import METADATA
from web.models import AuditEntry, Person, Role
from web.trail import Wanted

from ..browsing import Client
from ..world import CAST, World

AsPerson = Callable[[str], Client]


@pytest.fixture
def admin(as_person: AsPerson) -> Client:
    return as_person("administrator")


@pytest.fixture
def edited(world: World) -> World:
    """The world, after the administrator renamed the agent and the editor drafted."""
    with world.work("administrator", "people.edit") as session:
        agent = accounts.get_person(session, CAST["agent"].number)
        agent.name, agent.grade = "周大禾", "高级"
        accounts.set_roles(agent, [accounts.role_named(session, "trainer")])
    return world


def find(world: World, **wanted: object) -> list[AuditEntry]:
    with world.reading() as session:
        return list(trail.find(session, Wanted(**wanted), 1)[0])  # type: ignore[arg-type]


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


# The page


def test_an_entry_reads_who_did_what_to_whom_and_both_values(admin: Client, edited: World) -> None:
    page = admin.get("/admin/audit?doing=people.edit").text
    assert "总管家" in page
    assert "修改人员资料" in page
    assert '<a href="/admin/people/1001">周大禾（1001）</a>' in page
    assert "<dt>姓名</dt>" in page
    assert "<del>周小禾</del>" in page
    assert "<ins>周大禾</ins>" in page
    assert "周大禾（1001）：培训师" in page
    assert "给予角色" in page
    assert "收回角色" in page


def test_the_newest_entry_stands_first(admin: Client, edited: World) -> None:
    entries = find(edited)
    assert [entry.id for entry in entries] == sorted((e.id for e in entries), reverse=True)


@pytest.mark.both_databases
def test_what_an_article_became_is_readable(admin: Client, world: World) -> None:
    page = admin.get("/admin/audit?entity=revision&doing=kb.write").text
    assert "随身行李限重" in page
    assert "<dt>状态</dt><dd>草稿</dd>" in page
    assert 'href="/articles/draft-luggage/revisions"' in page
    assert "沈墨言" in page


def test_somebody_who_may_not_manage_people_gets_no_link_to_them(
    world: World, as_person: AsPerson
) -> None:
    with world.work() as session:
        reader = Role(key="auditor", name="稽核", permissions=["audit.read"])
        accounts.set_roles(accounts.get_person(session, CAST["qa_lead"].number), [reader])
    page = as_person("qa_lead").get("/admin/audit?entity=person").text
    assert "周小禾（1001）" in page
    assert "/admin/people/" not in page


def test_a_thing_that_is_gone_is_called_by_the_name_it_had(world: World) -> None:
    with world.work("administrator", "roles.add") as session:
        session.add(Role(key="temp", name="临时工", permissions=[]))
    with world.work("administrator", "roles.remove") as session:
        session.delete(accounts.role_named(session, "temp"))
    with world.reading() as session:
        [line] = lines(session, find(world, doing="roles.remove"))
    assert (line.action, line.entity) == ("删除", "角色")
    assert line.changes
    assert any(change.old == "临时工" for change in line.changes)


def test_words_of_a_list_and_names_in_the_dictionary_are_readable(world: World) -> None:
    with world.work("editor", "kb.synonym.add") as session:
        session.add(SynonymGroup(words=["退款", "退费"], changed_at=world.clock()))
    with world.reading() as session:
        [line] = lines(session, find(world, entity="synonym_group"))
    assert line.subject == "退款、退费"
    assert ("词", "退款、退费") in [(change.field, change.new) for change in line.changes]


def test_a_changed_password_is_named_and_not_shown(world: World) -> None:
    with world.work("administrator", "people.password") as session:
        accounts.reset_password(session, accounts.get_person(session, "1001"), world.clock())
    with world.reading() as session:
        [line] = lines(session, find(world, doing="people.password"))
    assert ("密码", "", "已更换") in [(c.field, c.old, c.new) for c in line.changes]


def test_markup_in_old_and_new_values_is_text(admin: Client, world: World) -> None:
    with world.work("administrator", "people.edit") as session:
        accounts.get_person(session, "1001").grade = "<b onclick=x>"
    assert "<b onclick" not in admin.get("/admin/audit").text


# Narrowing


@pytest.mark.parametrize(
    ("who", "actors"),
    [
        ("9001", {"总管家"}),
        ("９００１", {"总管家"}),
        ("管家", {"总管家"}),
        ("系统", {"系统"}),
        ("无", set()),
    ],
)
def test_the_trail_is_narrowed_to_a_person_by_number_or_name(
    edited: World, who: str, actors: set[str]
) -> None:
    assert {entry.actor for entry in find(edited, who=who)} == actors


def test_a_person_is_found_under_a_new_name_for_what_they_did_under_the_old(
    edited: World,
) -> None:
    with edited.work("agent", "account.token") as session:
        accounts.add_token(session, accounts.get_person(session, "1001"), "x", edited.clock())
    with edited.work("administrator", "people.edit") as session:
        accounts.get_person(session, "1001").name = "周新名"
    assert {entry.doing for entry in find(edited, who="周新名")} == {"account.token"}


def test_one_person_comes_with_the_roles_they_were_given(edited: World) -> None:
    person = edited.person("agent").id
    entries = find(edited, entity="person", entity_id=str(person))
    assert {entry.entity for entry in entries} == {"person", "person_role"}
    assert all(entry.entity_id.split(",")[0] == str(person) for entry in entries)


def test_one_article_comes_with_its_revisions(world: World) -> None:
    article = world.article("refund-fee")
    entries = find(world, entity="article", entity_id=str(article.id))
    assert {entry.entity for entry in entries} == {"article", "revision"}
    assert {e.entity_id for e in entries if e.entity == "revision"} == {
        str(revision.id) for revision in article.revisions
    }


def moments(world: World, *found: datetime) -> None:
    """Entries at these moments: the trail keeps its own clock."""
    with world.services.db.engine.execution_options(write=True).begin() as connection:
        for at in found:
            connection.execute(
                insert(AuditEntry).values(
                    at=at,
                    actor="系统",
                    doing="test.day",
                    action="update",
                    entity="team",
                    entity_id="1",
                    values={},
                )
            )


def test_days_begin_and_end_at_midnight_in_china(world: World) -> None:
    midnight = datetime(2026, 11, 20, 16, tzinfo=UTC)  # 0:00 of the 21st in Beijing
    second = timedelta(seconds=1)
    moments(world, midnight - second, midnight, midnight + timedelta(days=1) - second)
    day = date(2026, 11, 21)
    assert len(find(world, doing="test.day", first=day, last=day)) == 2
    assert len(find(world, doing="test.day", first=day)) == 2
    assert len(find(world, doing="test.day", last=date(2026, 11, 20))) == 1


@pytest.mark.parametrize("query", ["from=yesterday", "to=2026-13-01", "from=２０２６"])
def test_a_day_that_is_none_is_told_at_its_field(admin: Client, query: str) -> None:
    response = admin.get(f"/admin/audit?{query}")
    assert response.status_code == 200
    assert "日期要写成 2026-11-21 这样" in response.text
    assert admin.get(f"/admin/audit/export.csv?{query}").status_code == 422


def test_nothing_found_says_so_and_offers_the_whole(admin: Client) -> None:
    page = admin.get("/admin/audit?who=没有这个人").text
    assert "没有符合条件的记录" in page
    assert "清除条件" in page


def test_a_long_trail_has_pages(
    admin: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "PAGE", 2)
    moments(world, *[world.clock()] * 5)
    assert "共 5 条" in admin.get("/admin/audit?doing=test.day").text
    assert admin.get("/admin/audit?doing=test.day&page=3").status_code == 200
    assert admin.get("/admin/audit?doing=test.day&page=4").status_code == 404


# Taking it away


@pytest.mark.both_databases
def test_the_export_holds_what_the_page_shows_a_row_for_each_change(
    admin: Client, edited: World
) -> None:
    response = admin.get("/admin/audit/export.csv?doing=people.edit")
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"] == 'attachment; filename="audit-2026-11-22.csv"'
    heading, *rows = table(response.text)
    assert heading[:4] == ["编号", "时间", "人员", "做什么"]
    changed = [row[-3:] for row in rows if row[5] == "人员"]
    assert changed == [["姓名", "周小禾", "周大禾"], ["座席等级", "初级", "高级"]]
    assert {row[2] for row in rows} == {"总管家"}


@pytest.mark.both_databases
def test_no_cell_of_the_export_is_a_formula(admin: Client, world: World) -> None:
    evil = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "＝1"]
    with world.work("administrator", "people.edit") as session:
        for who, name in zip(list(CAST)[:6], evil, strict=True):
            accounts.get_person(session, CAST[who].number).name = name
    rows = table(admin.get("/admin/audit/export.csv").text)
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if re.match(r"[=+\-@\t\r＝＋－＠]", cell)] == []
    assert "'=cmd|' /C calc'!A0" in cells


def test_a_long_trail_is_exported_whole_and_in_order(
    admin: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "BATCH", 3)
    moments(world, *[world.clock()] * 10)
    _, *rows = table(admin.get("/admin/audit/export.csv?doing=test.day").text)
    numbers = [int(row[0]) for row in rows]
    assert len(numbers) == 10
    assert numbers == sorted(numbers, reverse=True)


def test_taking_the_trail_away_is_itself_recorded(admin: Client, world: World) -> None:
    admin.get("/admin/audit/export.csv?who=9001").close()
    [entry] = find(world, doing="audit.export")
    assert (entry.actor, entry.values) == ("总管家", {"filter": [None, {"who": "9001"}]})
    assert "导出操作记录" in admin.get("/admin/audit").text


def test_a_note_needs_somebody_who_does_it(world: World) -> None:
    with pytest.raises(NoActor), world.services.db.work(None, "test") as session:
        note(session, "job", 1, {})


# Names for everything


def test_every_use_case_in_the_program_is_named() -> None:
    found = set(use_cases())
    assert len(found) > 40
    assert found - set(DOINGS) == set()


def test_no_name_is_kept_for_a_use_case_that_is_gone() -> None:
    assert set(DOINGS) - set(use_cases()) == set()


def test_every_audited_table_and_column_is_named() -> None:
    from exams.tables import Base as ExamsBase
    from kb.models import Base as KbBase
    from qa.tables import Base as QaBase
    from web.models import Base as WebBase

    bases = (KbBase, QaBase, ExamsBase, WebBase)
    assert {base.metadata for base in bases} == set(METADATA)
    for base in bases:
        for mapper in base.registry.mappers:
            if not getattr(mapper.class_, "__audited__", True):
                continue
            table_name = mapper.local_table.name  # type: ignore[attr-defined]
            assert table_name in ENTITIES
            for column in mapper.column_attrs:
                assert column.key in FIELDS, f"{table_name}.{column.key}"


def test_every_field_that_points_at_something_names_it(world: World) -> None:
    assert set(REFERS) <= set(FIELDS)
    assert set(REFERS.values()) <= set(ENTITIES)
    with world.reading() as session:
        entries = session.scalars(select(AuditEntry)).all()
        shown = lines(session, entries)
        person = session.scalars(select(Person).where(Person.number == "2002")).one()
    assert {line.entry.action for line in shown} <= set(ACTIONS)
    by = {c.new for line in shown for c in line.changes if c.field == "发布人"}
    assert by == {f"{person.name}（2002）", "沈墨言（2001）"}


def use_cases() -> Iterator[str]:
    """The names given to every ``work(…)`` in the program."""
    for path in Path(web.__file__).parent.rglob("*.py"):
        yield from _use_cases(ast.parse(path.read_text(encoding="utf-8")))


def _use_cases(tree: ast.Module) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    passing = _functions_that_pass_it_on(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        if name == "work" and node.args:
            given = node.args[-1]
        elif name in passing and len(node.args) > passing[name]:
            given = node.args[passing[name]]
        else:
            continue
        if isinstance(given, ast.Constant | ast.IfExp):
            yield from (n.value for n in ast.walk(given) if isinstance(n, ast.Constant))
        elif isinstance(given, ast.JoinedStr):  # f"kb.{part}": the other ends are spelt out too
            assert ast.unparse(given).startswith("f'kb."), ast.unparse(given)
        elif isinstance(given, ast.Name) and given.id in constants:
            yield str(constants[given.id])
        else:
            # What is left only hands on what it was given, or starts the worker process.
            assert isinstance(given, ast.Name | ast.Attribute), ast.dump(node)
            assert ast.unparse(given) in ("doing", "settings", "self.settings"), ast.dump(node)


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _functions_that_pass_it_on(tree: ast.Module) -> dict[str, int]:
    """{function: the place of its parameter ``doing``}"""
    return {
        node.name: [argument.arg for argument in node.args.args].index("doing")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.name != "work"
        and "doing" in [argument.arg for argument in node.args.args]
    }
