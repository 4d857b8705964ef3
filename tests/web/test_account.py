"""One's own account: password, where one is signed in, tokens shown once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from web import accounts
from web.accounts import Origin
from web.models import ApiToken, AuditEntry, SignIn
from web.pages import Shown, shown
from web.user_agents import browser

from ..browsing import Client
from ..world import CAST, PASSWORD, World

AsPerson = Callable[[str], Client]
NEW = "a-better-horse-7"


@pytest.fixture
def me(as_person: AsPerson) -> Client:
    return as_person("agent")


# Password


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"current": "wrong", "new": NEW, "again": NEW}, "current", "现在的密码不对"),
        ({"current": PASSWORD, "new": NEW, "again": NEW + "x"}, "again", "两次输入的新密码不一样"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new", "至少10个"),
        ({"current": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "new", "和现在的不一样"),
        ({"current": PASSWORD, "new": "a" * 12, "again": "a" * 12}, "new", "太容易猜"),
        ({"current": "", "new": "", "again": ""}, "current", "现在的密码不对"),
    ],
)
def test_what_is_wrong_with_a_new_password_stands_at_its_field(
    me: Client, form: dict[str, str], field: str, sentence: str
) -> None:
    response = me.post("/account/password", data=form)
    assert response.status_code == 422
    part = response.text.split(f'id="{field}-error"')[1]
    assert sentence in part[:300]
    assert 'value="a-better' not in response.text


def test_a_changed_password_is_the_one_that_counts(me: Client, client: Client) -> None:
    me.post("/account/password", data={"current": PASSWORD, "new": NEW, "again": NEW})
    number = CAST["agent"].number
    assert client.post("/sign-in", data={"number": number, "password": PASSWORD}).status_code == 403
    assert client.post("/sign-in", data={"number": number, "password": NEW}).status_code == 302


@pytest.mark.both_databases
def test_a_first_sign_in_says_why_the_password_must_be_changed(me: Client, world: World) -> None:
    assert "先换一个自己的密码" not in me.get("/account/password").text
    with world.work() as session:
        accounts.get_person(session, CAST["agent"].number).must_change_password = True
    assert "先换一个自己的密码" in me.get("/account/password").text


# Where one is signed in


def test_the_sessions_are_listed_with_this_one_marked(me: Client, world: World) -> None:
    with world.work() as session:
        person = accounts.get_person(session, CAST["agent"].number)
        agent = (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0"
        )
        accounts.sign_in(session, person, Origin("10.2.3.4", agent), world.clock())
    page = me.get("/account").text
    assert page.count("这一台") == 1
    assert "Edge · Windows" in page
    assert "10.2.3.4" in page


def test_another_device_is_signed_out_and_this_one_stays(
    me: Client, world: World, as_person: AsPerson
) -> None:
    other = as_person("agent")
    [id] = re.findall(r"/account/sign-ins/(\d+)/revocation", me.get("/account").text)
    assert me.post(f"/account/sign-ins/{id}/revocation").status_code == 302
    assert other.get("/desk").status_code == 302
    assert me.get("/desk").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(
    me: Client, world: World, as_person: AsPerson
) -> None:
    editor = as_person("editor")
    with world.reading() as session:
        boss = accounts.get_person(session, CAST["editor"].number)
        [found] = accounts.open_sign_ins(session, boss, world.clock())
    assert me.post(f"/account/sign-ins/{found.id}/revocation").status_code == 404
    assert me.post("/account/sign-ins/999999/revocation").status_code == 404
    assert editor.get("/desk").status_code == 200


@pytest.mark.both_databases
def test_ended_sessions_are_no_longer_listed(me: Client, world: World) -> None:
    with world.work() as session:
        person = accounts.get_person(session, CAST["agent"].number)
        accounts.sign_in(session, person, Origin("10.9.9.9", "x"), world.clock())
        session.flush()
        session.scalars(
            select(SignIn).where(SignIn.address == "10.9.9.9")
        ).one().revoked_at = world.clock()
    assert "10.9.9.9" not in me.get("/account").text


# Tokens


def new_token(me: Client, name: str = "官网机器人") -> str:
    page = me.post("/account/tokens", data={"name": name}).text
    return re.search(r'id="secret"[^>]*>(zx_[\w-]+)<', page)[1]  # type: ignore[index]


def test_a_token_is_shown_once_and_works(me: Client, app: Flask) -> None:
    token = new_token(me)
    page = me.get("/account").text
    assert token not in page
    assert "官网机器人" in page
    bearer = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/search?q=退票", headers=bearer).status_code == 200


def test_the_page_with_the_token_is_kept_by_no_cache(me: Client) -> None:
    response = me.post("/account/tokens", data={"name": "x"})
    assert response.headers["Cache-Control"] == "no-store"


def test_a_revoked_token_stops_working_at_once(me: Client, app: Flask) -> None:
    token = new_token(me)
    [id] = re.findall(r"/account/tokens/(\d+)/revocation", me.get("/account").text)
    me.post(f"/account/tokens/{id}/revocation")
    bearer = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/search?q=退票", headers=bearer).status_code == 401
    assert f"/account/tokens/{id}/revocation" not in me.get("/account").text


def test_nobody_revokes_the_token_of_somebody_else(me: Client, world: World) -> None:
    with world.work() as session:
        boss = accounts.get_person(session, "9001")
        token = accounts.add_token(session, boss, "x", world.clock())
        session.flush()
        id = session.scalars(select(ApiToken.id)).one()
    assert me.post(f"/account/tokens/{id}/revocation").status_code == 404
    with world.reading() as session:
        assert accounts.person_of_token(session, token) is not None


def test_who_may_not_use_the_api_is_offered_no_token(
    me: Client, world: World, as_person: AsPerson
) -> None:
    with world.work() as session:
        accounts.role_named(session, "agent").permissions = ["kb.read"]
    assert "新建令牌" not in me.get("/account").text
    assert me.post("/account/tokens", data={"name": "x"}).status_code == 403


def test_making_and_revoking_a_token_is_recorded(me: Client, world: World) -> None:
    new_token(me)
    with world.reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.doing == "account.token"))
    assert (entry.actor, entry.entity) == (CAST["agent"].name, "api_token")


# How a person and a browser are shown


def test_templates_are_given_a_person_who_cannot_be_changed(world: World) -> None:
    seen = shown(world.person("both"))
    assert seen == Shown("1003", "双肩挑", "票务二组", ("座席", "知识管理员"))
    assert shown(None) is None
    with pytest.raises(AttributeError):
        seen.name = "x"  # type: ignore[union-attr,misc]


@pytest.mark.both_databases
def test_somebody_without_team_and_roles_still_has_pages(me: Client, world: World) -> None:
    with world.work() as session:
        person = accounts.get_person(session, CAST["agent"].number)
        person.team, person.grade = None, ""
        accounts.set_roles(person, [])
    page = me.get("/account").text
    assert "没有班组" in page
    assert "没有角色" in page
    assert me.get("/").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0", "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/126.0 Safari/5", "Chrome · macOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "没有报名的浏览器"),
    ],
)
def test_a_browser_is_called_by_names_people_know(user_agent: str, words: str) -> None:
    assert browser(user_agent) == words
