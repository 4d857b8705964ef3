"""The administrator opens, changes and closes accounts, and cannot lock everybody out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from web import accounts, people, people_import
from web.accounts import Origin
from web.errors import Conflict, InvalidInput, NotPermitted
from web.models import ApiToken, AuditEntry, Person, Role, SignIn, Team
from web.people import Details

from ..browsing import Client
from ..world import CAST, PASSWORD, World

AsPerson = Callable[[str], Client]
AGENT = f"/admin/people/{CAST['agent'].number}"


@pytest.fixture
def admin(as_person: AsPerson) -> Client:
    return as_person("administrator")


def role_ids(world: World, *keys: str) -> list[int]:
    with world.reading() as session:
        return [accounts.role_named(session, key).id for key in keys]


def stamp(world: World, who: str = "agent") -> str:
    return Details.of(world.person(who)).stamp()


def save(client: Client, world: World, who: str = "agent", **changes: object) -> TestResponse:
    found = Details.of(world.person(who))
    form: dict[str, object] = {
        "name": found.name,
        "team": found.team,
        "grade": found.grade,
        "roles": sorted(found.roles),
        "stamp": found.stamp(),
    }
    return client.post(f"/admin/people/{CAST[who].number}", data=form | changes)


def named(page: str) -> set[str]:
    """The people of the cast in the list on a page."""
    return {who for who, member in CAST.items() if f">{member.name}</a></th>" in page}


# The list


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", set(CAST) - {"leaver"}),
        ("?state=disabled", {"leaver"}),
        ("?state=all", set(CAST)),
        ("?state=fresh", set()),
        ("?q=周小", {"agent"}),
        ("?q=１００２", {"other_agent"}),
        ("?q=100", {"agent", "other_agent", "both"}),
        ("?q=%25", set()),
        ("?team=0", {"administrator"}),
        ("?state=nonsense&role=x&team=y&sort=z&page=w", set(CAST) - {"leaver"}),
    ],
)
@pytest.mark.both_databases
def test_the_list_is_narrowed_by_text_state_and_team(
    admin: Client, query: str, expected: set[str]
) -> None:
    assert named(admin.get(f"/admin/people{query}").text) == expected


@pytest.mark.both_databases
def test_the_list_is_narrowed_by_a_role_that_is_one_of_several(admin: Client, world: World) -> None:
    [editor] = role_ids(world, "editor")
    assert named(admin.get(f"/admin/people?role={editor}").text) == {"editor", "both"}


@pytest.mark.both_databases
def test_the_list_can_be_turned_round(admin: Client) -> None:
    page = admin.get("/admin/people?sort=-number").text
    assert page.index("总管家</a></th>") < page.index("周小禾</a></th>")


def test_a_long_list_has_pages_and_a_page_beyond_the_last_is_not_there(
    admin: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PAGE", 4)
    first, third = admin.get("/admin/people").text, admin.get("/admin/people?page=3").text
    assert len(named(first)) == 4
    assert len(named(third)) == 3
    assert "共 11 人" in first
    assert admin.get("/admin/people?page=4").status_code == 404


def test_an_empty_list_says_what_to_do(admin: Client) -> None:
    page = admin.get("/admin/people?q=没有这个人").text
    assert "没有符合条件的人" in page
    assert "清除条件" in page


def test_the_list_shows_when_somebody_was_last_here(
    admin: Client, world: World, as_person: AsPerson
) -> None:
    as_person("editor")
    page = admin.get("/admin/people?q=沈墨言").text
    assert "2026-11-22 10:00" in page
    assert "还没登录过" in admin.get("/admin/people?q=周小禾").text


# Opening an account


def test_a_new_person_signs_in_with_the_password_shown_once_and_must_change_it(
    admin: Client, world: World, client: Client
) -> None:
    [agent] = role_ids(world, "agent")
    form = {"number": "ａ１２３", "name": " 新来的 ", "team": "票务三组", "roles": [agent]}
    page = admin.post("/admin/people/new", data=form).text
    password = re.search(r'id="secret"[^>]*>([^<]+)<', page)[1]  # type: ignore[index]
    assert password not in admin.get("/admin/people/A123").text
    entered = client.post("/sign-in", data={"number": "a123", "password": password})
    assert entered.status_code == 302
    assert client.get("/desk").headers["Location"] == "/account/password"
    change = {"current": password, "new": "my-own-words-1", "again": "my-own-words-1"}
    assert client.post("/account/password", data=change).status_code == 302
    assert client.get("/desk").status_code == 200
    assert "票务三组" in admin.get("/admin/people/A123").text


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"number": "", "name": "某人"}, "工号要有1到40个字符"),
        ({"number": "1001", "name": "某人"}, "已经有人在用"),
        ({"number": "A1", "name": "  "}, "姓名要有1到60个字"),
        ({"number": "A1", "name": "某人", "team": "长" * 61}, "班组名最长60个字"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    admin: Client, world: World, form: dict[str, str], sentence: str
) -> None:
    response = admin.post("/admin/people/new", data=form | {"grade": "资深"})
    assert response.status_code == 422
    assert sentence in response.text
    assert 'value="资深"' in response.text
    with world.reading() as session:
        assert session.scalar(select(Person.id).where(Person.number == "A1")) is None
        assert session.scalar(select(Team.id).where(Team.name == "长" * 61)) is None


@pytest.mark.parametrize("number", ["A/1", "A?1", "A#1", "A 1", "客服-001", "A%2F1"])
def test_a_number_with_odd_signs_has_a_page_of_its_own(admin: Client, number: str) -> None:
    admin.post("/admin/people/new", data={"number": number, "name": "某人"})
    page = admin.get("/admin/people?q=某人").text
    address = re.search(r'href="([^"]+)">某人</a></th>', page)[1]  # type: ignore[index]
    assert f"<dd>{number}</dd>" in admin.get(address.replace("&amp;", "&")).text


# Changing somebody


def test_an_edit_changes_name_team_grade_and_roles_and_is_recorded_with_both_values(
    admin: Client, world: World
) -> None:
    roles = role_ids(world, "agent", "supervisor")
    response = save(admin, world, name="周大禾", team="票务二组", grade="高级", roles=roles)
    assert response.headers["Location"] == AGENT
    changed = world.person("agent")
    assert (changed.name, changed.grade) == ("周大禾", "高级")
    assert changed.team is not None
    assert changed.team.name == "票务二组"
    assert [role.key for role in changed.roles] == ["agent", "supervisor"]
    with world.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.doing == "people.edit").order_by(AuditEntry.id)
        ).all()
    assert {entry.actor for entry in entries} == {"总管家"}
    assert {entry.entity for entry in entries} == {"person", "person_role"}
    values = next(e for e in entries if e.entity == "person").values
    assert values["name"] == ["周小禾", "周大禾"]


def test_two_administrators_do_not_overwrite_each_other(admin: Client, world: World) -> None:
    seen = stamp(world)
    save(admin, world, grade="中级")
    response = save(admin, world, name="别名", stamp=seen)
    assert response.status_code == 409
    assert "刚被别人改过" in response.text
    assert 'value="中级"' in response.text
    assert world.person("agent").name == "周小禾"


def test_a_role_number_that_is_none_gives_nothing(admin: Client, world: World) -> None:
    assert save(admin, world, roles=["999999", "x", "-1", "²"]).status_code == 302
    assert world.person("agent").roles == []


def test_there_is_no_page_for_nobody(admin: Client) -> None:
    response = admin.get("/admin/people/nobody")
    assert response.status_code == 404
    assert "找不到人员“nobody”" in response.text


def test_a_new_password_ends_the_sessions_and_is_for_one_use(
    admin: Client, world: World, as_person: AsPerson, client: Client
) -> None:
    agent = as_person("agent")
    page = admin.post(f"{AGENT}/password").text
    password = re.search(r'id="secret"[^>]*>([^<]+)<', page)[1]  # type: ignore[index]
    assert agent.get("/desk").headers["Location"].startswith("/sign-in")
    number = CAST["agent"].number
    assert client.post("/sign-in", data={"number": number, "password": PASSWORD}).status_code == 403
    assert client.post("/sign-in", data={"number": number, "password": password}).status_code == 302
    assert client.get("/").headers["Location"] == "/account/password"


@pytest.mark.both_databases
def test_disabling_closes_the_account_and_enabling_opens_it_again(
    admin: Client, world: World, as_person: AsPerson, client: Client
) -> None:
    agent = as_person("agent")
    assert "已停用" in admin.post(f"{AGENT}/disabling", follow_redirects=True).text
    assert agent.get("/desk").headers["Location"].startswith("/sign-in")
    form = {"number": CAST["agent"].number, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 403
    admin.post(f"{AGENT}/enabling")
    assert client.post("/sign-in", data=form).status_code == 302


def test_a_disabled_account_gets_no_new_password(admin: Client) -> None:
    response = admin.post(f"/admin/people/{CAST['leaver'].number}/password")
    assert response.status_code == 409
    assert "请先恢复使用" in response.text


def test_one_device_of_somebody_is_signed_out_and_that_is_recorded(
    admin: Client, world: World, as_person: AsPerson
) -> None:
    agent, other = as_person("agent"), as_person("agent")
    with world.reading() as session:
        person = accounts.get_person(session, CAST["agent"].number)
        first = accounts.open_sign_ins(session, person, world.clock())[-1]
    admin.post(f"{AGENT}/sign-ins/{first.id}/revocation")
    assert {c.get("/desk").status_code for c in (agent, other)} == {200, 302}
    with world.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.doing == "people.revoke")).one()
    assert (entry.actor, entry.entity, entry.entity_id) == ("总管家", "sign_in", str(first.id))


def test_a_session_or_token_of_somebody_else_cannot_be_ended_through_this_page(
    admin: Client, world: World, as_person: AsPerson
) -> None:
    editor = as_person("editor")
    with world.work() as session:
        person = accounts.get_person(session, CAST["editor"].number)
        accounts.add_token(session, person, "x", world.clock())
        session.flush()
        [found] = accounts.open_sign_ins(session, person, world.clock())
        token_id = session.scalars(select(ApiToken.id)).one()
    assert admin.post(f"{AGENT}/sign-ins/{found.id}/revocation").status_code == 404
    assert admin.post(f"{AGENT}/tokens/{token_id}/revocation").status_code == 404
    assert editor.get("/desk").status_code == 200


def test_a_token_of_somebody_is_revoked_for_them(admin: Client, world: World) -> None:
    with world.work() as session:
        person = accounts.get_person(session, CAST["agent"].number)
        token = accounts.add_token(session, person, "机器人", world.clock())
        session.flush()
        token_id = session.scalars(select(ApiToken.id)).one()
    assert "机器人" in admin.get(AGENT).text
    admin.post(f"{AGENT}/tokens/{token_id}/revocation")
    with world.reading() as session:
        assert accounts.person_of_token(session, token) is None


# Nobody is locked out


def test_nobody_disables_themselves(admin: Client, world: World) -> None:
    response = admin.post(f"/admin/people/{CAST['administrator'].number}/disabling")
    assert response.status_code == 409
    assert "不能停用自己的账号" in response.text
    assert world.person("administrator").disabled_at is None


def test_the_last_administrator_cannot_give_the_role_away(admin: Client, world: World) -> None:
    response = save(admin, world, "administrator", roles=role_ids(world, "agent"))
    assert response.status_code == 409
    assert "没有人能管理人员" in response.text
    assert [role.key for role in world.person("administrator").roles] == ["administrator"]


def test_one_of_two_administrators_may_step_down_and_lands_on_the_start_page(
    admin: Client, world: World
) -> None:
    save(admin, world, "editor", roles=role_ids(world, "editor", "administrator"))
    response = save(admin, world, "administrator", roles=role_ids(world, "agent"))
    assert response.headers["Location"] == "/"
    assert admin.get("/admin/people").status_code == 403


def test_a_disabled_administrator_does_not_count_as_one(admin: Client, world: World) -> None:
    with world.work() as session:
        leaver = accounts.get_person(session, CAST["leaver"].number)
        accounts.set_roles(leaver, [accounts.role_named(session, "administrator")])
    assert save(admin, world, "administrator", roles=[]).status_code == 409


def test_the_last_who_manages_roles_cannot_be_disabled(world: World) -> None:
    with world.work() as session:
        role = Role(key="hr", name="人事", permissions=["people.manage", "roles.manage"])
        clerk = accounts.get_person(session, CAST["supervisor"].number)
        accounts.set_roles(clerk, [role])
        accounts.role_named(session, "administrator").permissions = ["roles.manage"]
    with world.work("supervisor") as session:
        role.permissions = ["people.manage"]
        session.merge(role)
    with pytest.raises(NotPermitted), world.work("supervisor") as session:
        clerk = accounts.get_person(session, CAST["supervisor"].number)
        boss = accounts.get_person(session, CAST["administrator"].number)
        people.disable(session, clerk, boss, world.clock())


# Nobody rises to a power they were not given


@pytest.fixture
def clerk(world: World, as_person: AsPerson) -> Client:
    """Somebody who manages people, but not roles."""
    with world.work() as session:
        role = Role(key="hr", name="人事", permissions=["people.manage"])
        accounts.set_roles(accounts.get_person(session, CAST["supervisor"].number), [role])
    return as_person("supervisor")


def test_who_does_not_manage_roles_cannot_hand_out_a_role_that_does(
    clerk: Client, world: World
) -> None:
    response = save(clerk, world, "supervisor", roles=role_ids(world, "hr", "administrator"))
    assert response.status_code == 403
    assert "只有同样有这项权限的人" in response.text
    form = {"number": "A9", "name": "帮手", "roles": role_ids(world, "administrator")}
    assert clerk.post("/admin/people/new", data=form).status_code == 403
    assert [role.key for role in world.person("supervisor").roles] == ["hr"]


@pytest.mark.parametrize("act", ["", "/password", "/disabling"])
def test_who_does_not_manage_roles_cannot_touch_an_account_that_does(
    clerk: Client, world: World, act: str
) -> None:
    boss = world.person("administrator")
    form = {"name": "改名", "stamp": Details.of(boss).stamp()}
    assert clerk.post(f"/admin/people/9001{act}", data=form).status_code == 403
    after = world.person("administrator")
    assert (after.name, after.password_hash, after.disabled_at) == (
        boss.name,
        boss.password_hash,
        None,
    )


@pytest.mark.both_databases
def test_who_does_not_manage_roles_cannot_end_the_sessions_of_one_who_does(
    clerk: Client, admin: Client, world: World
) -> None:
    with world.reading() as session:
        boss = accounts.get_person(session, "9001")
        ids = session.scalars(select(SignIn.id).where(SignIn.person_id == boss.id)).all()
    for id in ids:
        assert clerk.post(f"/admin/people/9001/sign-ins/{id}/revocation").status_code == 403
    assert admin.get("/").status_code == 200


def test_who_manages_people_still_gives_ordinary_roles(clerk: Client, world: World) -> None:
    assert save(clerk, world, roles=role_ids(world, "agent", "trainer")).status_code == 302


# From a table


def upload(client: Client, text: str | bytes, name: str = "people.csv") -> TestResponse:
    data = text.encode() if isinstance(text, str) else text
    return client.post("/admin/people/import", data={"file": (io.BytesIO(data), name)})


def test_a_table_opens_an_account_for_every_row(
    admin: Client, world: World, client: Client
) -> None:
    page = upload(
        admin,
        "姓名,工号,角色,班组,等级,备注\n林小满,ａ００１,座席,甲班,一级,x\n,,,,,\n何启明,S001,班长、inspector,甲班,,\n",
    ).text
    assert "开通了 2 个账号" in page
    password = re.search(r"A001.*?<code>([^<]+)</code>", page, re.DOTALL)[1]  # type: ignore[index]
    entered = client.post("/sign-in", data={"number": "A001", "password": password})
    assert entered.status_code == 302
    with world.reading() as session:
        chief = accounts.get_person(session, "S001")
        assert [role.key for role in chief.roles] == ["inspector", "supervisor"]
        assert chief.must_change_password


def test_a_table_with_one_wrong_row_opens_no_account_and_names_every_fault(
    admin: Client, world: World
) -> None:
    response = upload(
        admin, "工号,姓名,角色\nA1,甲,座席\n1001,乙,座席\nA1,丙,船长\nA2,,座席\n,丁,\n"
    )
    assert response.status_code == 422
    rows = re.findall(r'number fit">(\d+)</td><td>([^<]+)<', response.text)
    assert [int(line) for line, _ in rows] == [3, 4, 4, 5, 6]
    words = " ".join(sentence for _, sentence in rows)
    for part in ("已经有人在用", "和第2行重复", "没有“船长”这个角色", "姓名要有", "工号要有"):
        assert part in words
    with world.reading() as session:
        assert session.scalar(select(Person.id).where(Person.number == "A1")) is None


def test_a_workbook_counts_numbers_as_they_look(admin: Client, world: World) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("工号", "姓名"), (7001, "甲"), (7002.0, "乙")):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    assert "开通了 2 个账号" in upload(admin, data.getvalue(), "人员.XLSX").text
    with world.reading() as session:
        assert accounts.get_person(session, "7002").name == "乙"


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "a.csv", "没有人"),
        ("工号,姓名\n".encode(), "a.csv", "没有人"),
        ("工号\n1\n".encode(), "a.csv", "缺少“姓名”"),
        (b"not a zip", "a.xlsx", "已损坏"),
        (b"x", "a.exe", "只支持 .csv 和 .xlsx"),
        (
            "工号,姓名\n".encode() + "".join(f"N{i},某\n" for i in range(201)).encode(),
            "a.csv",
            "一次最多 200 人",
        ),
        ("工号,姓名\nA1,甲\n".encode("utf-16-le"), "a.csv", ""),
    ],
)
def test_a_file_that_is_no_list_of_people_is_refused_with_a_sentence(
    admin: Client, data: bytes, name: str, sentence: str
) -> None:
    response = upload(admin, data, name)
    assert response.status_code == (422 if sentence else 200)
    assert sentence in response.text


def test_a_clerk_imports_no_administrators(clerk: Client, world: World) -> None:
    response = upload(clerk, "工号,姓名,角色\nA1,甲,管理员\n")
    assert response.status_code == 422
    assert "只有同样有这项权限的人" in response.text


def test_old_gbk_files_are_read(admin: Client, world: World) -> None:
    upload(admin, "工号,姓名\nG1,国标\n".encode("gbk"))
    with world.reading() as session:
        assert accounts.get_person(session, "G1").name == "国标"


@given(st.text(max_size=40))
def test_any_text_of_roles_splits_into_names_without_marks(text: str) -> None:
    names = list(people_import._split(text))
    assert all(name and name == name.strip() for name in names)
    assert not any(mark in name for name in names for mark in "、，,；;/")


# The rules below the pages


def test_the_stamp_of_a_person_follows_each_thing_an_administrator_sets(world: World) -> None:
    base = Details("甲", "一组", "一级", frozenset({1}))
    others = [
        Details("乙", "一组", "一级", frozenset({1})),
        Details("甲", "二组", "一级", frozenset({1})),
        Details("甲", "一组", "二级", frozenset({1})),
        Details("甲", "一组", "一级", frozenset({1, 2})),
    ]
    assert len({base.stamp(), *(other.stamp() for other in others)}) == 5


def test_a_refused_edit_leaves_nothing_half_done(world: World) -> None:
    found = world.person("administrator")
    wanted = Details("新名", "新组", "", frozenset())
    with pytest.raises(Conflict), world.work("administrator") as session:
        me = accounts.get_person(session, "9001")
        people.edit(session, me, me, wanted, Details.of(found).stamp(), world.clock())
    with world.reading() as session:
        assert accounts.get_person(session, "9001").name == found.name
        assert session.scalar(select(Team.id).where(Team.name == "新组")) is None


def test_nobody_resets_their_own_password_here(world: World) -> None:
    with pytest.raises(Conflict, match="我的账号"), world.work("administrator") as session:
        me = accounts.get_person(session, "9001")
        people.reset_password(session, me, me, world.clock())


def test_a_name_must_be_one_line(world: World) -> None:
    with pytest.raises(InvalidInput):
        accounts.clean_name("甲\n乙")


def test_an_origin_longer_than_its_column_is_cut(world: World) -> None:
    with world.work() as session:
        person = accounts.get_person(session, "1001")
        accounts.sign_in(session, person, Origin("x" * 999, "y" * 999), world.clock())
    with world.reading() as session:
        kept = session.scalars(select(SignIn)).one()
        assert (len(kept.address), len(kept.browser)) == (60, 300)
