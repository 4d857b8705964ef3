"""Kinds of roles, the matrix of permissions, and teams."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from kb.records import Record
from web import accounts, roles
from web.access import PERMISSIONS, READER, permissions_of
from web.audiences import addressed
from web.errors import Conflict, InvalidInput
from web.models import AuditEntry, Role, Team
from web.views.roles import GROUPS

from ..browsing import Client
from ..world import CAST, World

AsPerson = Callable[[str], Client]


@pytest.fixture
def admin(as_person: AsPerson) -> Client:
    return as_person("administrator")


def role(world: World, name: str) -> Role:
    with world.reading() as session:
        return accounts.role_named(session, name)


def ticks(page: str) -> set[str]:
    return set(re.findall(r'value="(\d+:[a-z_.]+)"[^>]*checked', page))


def stamp(page: str) -> str:
    return re.search(r'name="stamp" value="(\w+)"', page)[1]  # type: ignore[index]


def save(admin: Client, grants: Iterable[str], seen: str) -> TestResponse:
    return admin.post("/admin/roles", data={"grant": sorted(grants), "stamp": seen})


# The matrix


def test_the_matrix_shows_every_permission_of_every_role(admin: Client, world: World) -> None:
    page = admin.get("/admin/roles").text
    assert len(re.findall('name="grant"', page)) == len(PERMISSIONS) * 9
    with world.reading() as session:
        expected = {f"{id}:{p}" for id, p in roles.grants(roles.all_roles(session))}
    assert ticks(page) == expected


def test_every_permission_has_a_heading_in_the_matrix() -> None:
    assert {permission.partition(".")[0] for permission in PERMISSIONS} <= set(GROUPS)


def test_saving_what_is_shown_changes_nothing(admin: Client) -> None:
    page = admin.get("/admin/roles").text
    response = save(admin, ticks(page), stamp(page))
    assert "没有变化" in admin.get(response.headers["Location"]).text


def test_a_tick_gives_a_permission_and_a_missing_one_takes_it(
    admin: Client, world: World, as_person: AsPerson
) -> None:
    page = admin.get("/admin/roles").text
    agent = role(world, "agent").id
    wanted = (ticks(page) | {f"{agent}:jobs.manage"}) - {f"{agent}:kb.read"}
    response = save(admin, wanted, stamp(page))
    assert "1 个角色的权限有变化" in admin.get(response.headers["Location"]).text
    person = as_person("agent")
    assert person.get("/admin/jobs").status_code == 200
    assert person.get("/desk").status_code == 403
    with world.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.doing == "roles.grant")).one()
    assert entry.values["permissions"] == [
        [*READER, "qa.own"],
        ["board.write", "qa.own", "exams.take", "jobs.manage", "api.use"],
    ]


def test_a_matrix_somebody_else_changed_is_shown_anew_with_the_differences_marked(
    admin: Client, world: World
) -> None:
    page = admin.get("/admin/roles").text
    agent, trainer = role(world, "agent").id, role(world, "trainer").id
    save(admin, ticks(page) | {f"{agent}:audit.read"}, stamp(page))
    response = save(admin, ticks(page) | {f"{trainer}:kb.write"}, stamp(page))
    assert response.status_code == 409
    assert "刚被别人改过" in response.text
    assert ticks(response.text) == ticks(page) | {f"{agent}:audit.read"}
    assert response.text.count('class="differs"') == 2
    assert stamp(response.text) != stamp(page)
    assert "kb.write" not in role(world, "trainer").permissions


@pytest.mark.parametrize("permission", ["people.manage", "roles.manage"])
@pytest.mark.both_databases
def test_the_last_holder_of_what_keeps_the_doors_open_cannot_lose_it(
    admin: Client, world: World, permission: str
) -> None:
    page = admin.get("/admin/roles").text
    boss = role(world, "administrator").id
    response = save(admin, ticks(page) - {f"{boss}:{permission}"}, stamp(page))
    assert response.status_code == 409
    assert "没有人能管理" in response.text
    assert permission in role(world, "administrator").permissions


def test_who_takes_their_own_power_away_lands_on_the_start_page(
    admin: Client, world: World
) -> None:
    page = admin.get("/admin/roles").text
    boss, editor = role(world, "administrator").id, role(world, "editor").id
    wanted = (ticks(page) | {f"{editor}:roles.manage"}) - {f"{boss}:roles.manage"}
    assert save(admin, wanted, stamp(page)).headers["Location"] == "/"


def test_ticks_that_make_no_sense_are_ignored(admin: Client, world: World) -> None:
    page = admin.get("/admin/roles").text
    odd = {"", "x", "1", ":kb.read", "1:kb.fly", "²:kb.read", "99999:kb.read", "-1:kb.read"}
    assert save(admin, ticks(page) | odd, stamp(page)).status_code == 302
    assert "kb.fly" not in role(world, "agent").permissions


# Kinds of roles


def test_a_new_role_may_do_nothing_until_it_is_ticked(admin: Client, world: World) -> None:
    assert admin.post("/admin/roles/kinds", data={"name": " 实习座席 "}).status_code == 302
    assert role(world, "实习座席").permissions == []
    assert "实习座席" in admin.get("/admin/roles").text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("座席", "已经有“座席”了"), ("  ", "1到40个字"), ("长" * 41, "1到40个字")],
)
def test_a_role_needs_a_name_of_its_own(admin: Client, name: str, sentence: str) -> None:
    response = admin.post("/admin/roles/kinds", data={"name": name})
    assert response.status_code == 422
    assert sentence in response.text


def test_a_role_is_renamed_and_keeps_its_people_and_permissions(
    admin: Client, world: World
) -> None:
    inspector = role(world, "inspector")
    assert 'value="质检员"' in admin.get(f"/admin/roles/kinds/{inspector.id}").text
    admin.post(f"/admin/roles/kinds/{inspector.id}", data={"name": "质量检查员"})
    person = world.person("inspector")
    assert [r.name for r in person.roles] == ["质量检查员"]
    assert permissions_of(person) == set(inspector.permissions)


def test_renaming_what_articles_are_addressed_to_asks_first(admin: Client, world: World) -> None:
    supervisor = role(world, "supervisor").id  # “angry-caller” is for 班长 alone
    address = f"/admin/roles/kinds/{supervisor}"
    asked = admin.post(address, data={"name": "值班长"})
    assert asked.status_code == 409
    assert "有 1 篇文章写明只给“班长”看" in asked.text
    assert role(world, "supervisor").name == "班长"
    admin.post(address, data={"name": "值班长", "even_so": "1"})
    assert role(world, "supervisor").name == "值班长"


def test_renaming_to_a_name_that_is_taken_is_refused_and_to_its_own_is_nothing(
    admin: Client, world: World
) -> None:
    address = f"/admin/roles/kinds/{role(world, 'inspector').id}"
    assert admin.post(address, data={"name": "座席"}).status_code == 422
    assert admin.post(address, data={"name": "质检员"}).status_code == 302


def test_a_role_somebody_holds_is_not_removed_even_if_they_have_left(
    admin: Client, world: World
) -> None:
    leaver, held = held_by_the_leaver(world)
    response = admin.post(f"/admin/roles/kinds/{held}/removal", follow_redirects=True)
    assert "还有 1 人是“临时工”（含已停用的）" in response.text
    assert [r.name for r in world.person(leaver).roles] == ["临时工"]


def held_by_the_leaver(world: World) -> tuple[str, int]:
    with world.work() as session:
        made = roles.add_role(session, "临时工")
        accounts.set_roles(accounts.get_person(session, CAST["leaver"].number), [made])
        return "leaver", made.id


def test_an_unused_role_is_removed_and_its_removal_recorded(admin: Client, world: World) -> None:
    with world.work() as session:
        made = roles.add_role(session, "临时工").id
    assert (
        "已删除角色“临时工”"
        in admin.post(f"/admin/roles/kinds/{made}/removal", follow_redirects=True).text
    )
    with world.reading() as session:
        assert session.get(Role, made) is None
        entry = session.scalars(select(AuditEntry).where(AuditEntry.doing == "roles.remove")).one()
    assert (entry.action, entry.values["name"]) == ("delete", ["临时工", None])


def test_a_role_that_articles_are_addressed_to_is_not_removed(world: World) -> None:
    with world.work() as session:
        roles.add_role(session, "夜班")
    world.publish(Record("night", "夜班须知", "夜班在22点交接。", audiences=("夜班",)))
    with world.work() as session, pytest.raises(Conflict, match="1 篇文章写明只给“夜班”看"):
        roles.remove_role(session, accounts.role_named(session, "夜班"), world.clock())


@pytest.mark.parametrize("address", ["/admin/roles/kinds/999", "/admin/teams/999"])
def test_what_is_not_there_cannot_be_renamed_or_removed(admin: Client, address: str) -> None:
    assert admin.get(address).status_code == 404
    assert admin.post(f"{address}/removal").status_code == 404


# Teams


def team_id(world: World, name: str) -> int:
    with world.reading() as session:
        return session.scalars(select(Team.id).where(Team.name == name)).one()


def test_teams_are_listed_with_their_people_and_articles(admin: Client) -> None:
    page = admin.get("/admin/teams").text
    row = re.search(r"票务一组</th>.*?</tr>", page, re.DOTALL)[0]  # type: ignore[index]
    assert re.findall(r">(\d+)<", row) == ["2", "1"]  # agent, supervisor; team-one-duty


@pytest.mark.both_databases
def test_a_team_is_made_renamed_and_removed(admin: Client, world: World) -> None:
    admin.post("/admin/teams", data={"name": "夜班组"})
    id = team_id(world, "夜班组")
    admin.post(f"/admin/teams/{id}", data={"name": "晚班组"})
    assert team_id(world, "晚班组") == id
    admin.post(f"/admin/teams/{id}/removal")
    assert "晚班组" not in admin.get("/admin/teams?").text.split("</table>")[0].split("<table")[-1]


def test_a_team_with_people_is_not_removed(admin: Client, world: World) -> None:
    id = team_id(world, "综合服务组")
    page = admin.post(f"/admin/teams/{id}/removal", follow_redirects=True).text
    assert "请先把他们调到别的班组" in page
    assert team_id(world, "综合服务组") == id


def test_a_team_needs_a_name_of_its_own(admin: Client) -> None:
    response = admin.post("/admin/teams", data={"name": "票务一组"})
    assert response.status_code == 422
    assert "已经有“票务一组”了" in response.text


def test_renaming_a_team_articles_are_addressed_to_asks_first(
    admin: Client, world: World, as_person: AsPerson
) -> None:
    address = f"/admin/teams/{team_id(world, '票务一组')}"
    assert as_person("agent").get("/articles/team-one-duty").status_code == 200
    assert "有 1 篇文章" in admin.post(address, data={"name": "票务甲组"}).text
    admin.post(address, data={"name": "票务甲组", "even_so": "1"})
    assert as_person("agent").get("/articles/team-one-duty").status_code == 404  # as was said


# Which articles name somebody


def test_articles_in_force_to_come_and_in_draft_count_and_others_do_not(world: World) -> None:
    with world.reading() as session:
        assert addressed(session, ["班长"], world.clock()) == 1
        assert addressed(session, ["班"], world.clock()) == 0
        assert addressed(session, ["%"], world.clock()) == 0
        assert addressed(session, ["票务一组", "班长"], world.clock()) == 2
    world.publish(Record("angry-caller", "情绪激动旅客的升级处理", "由值班长回电。"))
    with world.reading() as session:
        assert addressed(session, ["班长"], world.clock()) == 0  # the newer revision is for all


def test_a_name_must_be_one_line_of_text() -> None:
    for name in ("", " ", "甲\n乙", "长" * 41):
        with pytest.raises(InvalidInput):
            roles.clean_name(name)
    assert roles.clean_name(" 甲 ") == "甲"
