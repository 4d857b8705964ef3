"""Accounts, passwords, signing in: what an attacker may try, and what a person may rely on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from argon2 import extract_parameters
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from web import accounts
from web.accounts import Origin
from web.app import create_app
from web.errors import Conflict, InvalidInput, SignInRefused
from web.models import ApiToken, AuditEntry, Person, SignIn, SignInFailure

from ..browsing import Client
from ..world import CAST, PASSWORD, World

NUMBER = CAST["agent"].number
NEW = "a-better-horse-7"


def enter(
    client: Client, number: str = NUMBER, password: str = PASSWORD, **more: str
) -> TestResponse:
    return client.post("/sign-in", data={"number": number, "password": password, **more})


def is_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


# Passwords


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short-pw9", "至少10个"),
        ("aaaaaaaaaaab", "太容易猜"),
        ("my-1001-password", "太容易猜"),
        ("x1y2" * 60, "最长200"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_with_the_rule(
    password: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        accounts.check_password(password, "1001")
    assert caught.value.field == "password"


def test_a_chinese_sentence_is_a_good_password() -> None:
    accounts.check_password("明月几时有把酒问青天", "1001")


def test_one_time_passwords_keep_the_rules_and_have_no_letters_that_look_alike() -> None:
    made = {accounts.initial_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert not set(password) & set("0Oo1lIi")
        accounts.check_password(password, "")


def test_passwords_are_kept_as_argon2id(world: World) -> None:
    assert world.person("agent").password_hash.startswith("$argon2id$")


def test_changing_to_the_same_password_is_refused(world: World) -> None:
    with world.work() as session, pytest.raises(InvalidInput, match="不一样"):
        person = accounts.get_person(session, NUMBER)
        accounts.set_password(session, person, PASSWORD, world.clock())


# Employee numbers


@pytest.mark.parametrize("typed", ["１００１", " 1001 ", "1001\u3000", "１00１"])
def test_full_width_digits_and_stray_spaces_in_a_number_are_forgiven(
    client: Client, typed: str
) -> None:
    assert enter(client, typed).status_code == 302
    assert is_in(client)


@given(st.text(max_size=30))
def test_cleaning_a_number_twice_changes_nothing_more(number: str) -> None:
    once = accounts.clean_number(number)
    assert accounts.clean_number(once) == once


@pytest.mark.parametrize("number", ["", "   ", "x" * 41, "10\n01"])
def test_a_number_nobody_could_type_is_refused(world: World, number: str) -> None:
    with world.work() as session, pytest.raises(InvalidInput) as caught:
        accounts.add_person(session, number, "某人", NEW, at=world.clock())
    assert caught.value.field == "number"


def test_a_number_is_given_once_however_it_is_typed(world: World) -> None:
    with world.work() as session, pytest.raises(InvalidInput, match="已经有人在用"):
        accounts.add_person(session, "１００１", "某人", NEW, at=world.clock())


def test_an_unknown_role_is_answered_with_those_there_are(world: World) -> None:
    with world.reading() as session, pytest.raises(InvalidInput, match="administrator（管理员）"):
        accounts.role_named(session, "boss")


# Signing in


def test_the_right_password_opens_the_page_that_was_asked_for(client: Client) -> None:
    sent = client.get("/admin/audit?who=1")
    assert sent.headers["Location"] == "/sign-in?next=/admin/audit?who%3D1"
    assert enter(client, "9001", next="/admin/audit?who=1").headers["Location"] == (
        "/admin/audit?who=1"
    )


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:evil",
        "//[",
        "/\t/[",
        "/\r\nSet-Cookie: zhixi=stolen",
    ],
)
def test_signing_in_never_leads_to_another_site_or_into_a_header(
    client: Client, target: str
) -> None:
    response = enter(client, next=target)
    assert response.status_code == 302
    assert response.location.startswith("/")
    assert not response.location.startswith(("//", "/\\"))
    assert "evil.example" not in response.location.partition("?")[0].lstrip("/").partition("/")[0]
    assert [c for c in response.headers.getlist("Set-Cookie") if "stolen" in c] == []


def test_a_wrong_password_and_an_unknown_number_are_told_alike(client: Client) -> None:
    wrong, unknown = enter(client, password="x" * 12), enter(client, "8888")
    assert wrong.status_code == unknown.status_code == 403
    sentence = "工号或密码不对，请重新输入。"
    assert sentence in wrong.text
    assert sentence in unknown.text
    assert not is_in(client)


def test_a_number_nobody_has_costs_as_much_checking_as_a_real_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = accounts.verify

    def spy(password_hash: str, password: str) -> bool:
        asked.append(password_hash)
        return real(password_hash, password)

    monkeypatch.setattr(accounts, "verify", spy)
    with world.reading() as session, pytest.raises(SignInRefused):
        accounts.check_credentials(session, "8888", PASSWORD, world.clock())
    assert len(asked) == 1
    parameters = extract_parameters(asked[0])
    assert parameters == extract_parameters(world.person("agent").password_hash)


def test_a_disabled_person_is_told_so_only_with_the_right_password(client: Client) -> None:
    number = CAST["leaver"].number
    assert "已停用" in enter(client, number).text
    assert "已停用" not in enter(client, number, "not-the-password").text
    assert not is_in(client)


def test_a_password_page_never_repeats_the_password(client: Client) -> None:
    page = enter(client, password="my-secret-typo").text
    assert "my-secret-typo" not in page
    assert f'value="{NUMBER}"' in page


@pytest.mark.both_databases
def test_an_absurdly_long_number_is_refused_without_a_trace(client: Client, world: World) -> None:
    assert enter(client, "9" * 5000).status_code == 403
    with world.reading() as session:
        assert session.scalars(select(SignInFailure.number)).all() == ["9" * 40]


# Guessing grows slower


def test_the_wait_after_failures_doubles_to_five_minutes(world: World) -> None:
    waits = []
    for _ in range(16):
        with world.work() as session:
            accounts.note_failure(session, NUMBER, world.clock())
        with world.reading() as session:
            waits.append(accounts.delay_left(session, NUMBER, world.clock()).total_seconds())
    assert waits[:6] == [0, 0, 1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == 300


def test_while_one_must_wait_even_the_right_password_is_not_looked_at(
    client: Client, world: World
) -> None:
    for _ in range(3):
        enter(client, password="wrong-password")
    refused = enter(client)
    assert refused.status_code == 403
    assert "请等 1 秒再试" in refused.text
    world.clock.forward(seconds=1)
    assert enter(client).status_code == 302


def test_tries_during_the_wait_do_not_lengthen_it(client: Client, world: World) -> None:
    for _ in range(20):
        enter(client, password="wrong-password")
    with world.reading() as session:
        assert session.get_one(SignInFailure, NUMBER).count == 3


def test_one_success_forgives_the_failures(client: Client, world: World) -> None:
    for _ in range(2):
        enter(client, password="wrong-password")
    enter(client)
    with world.reading() as session:
        assert session.get(SignInFailure, NUMBER) is None


def test_guessing_one_number_delays_no_other(client: Client) -> None:
    for _ in range(5):
        enter(client, password="wrong-password")
    assert enter(client, CAST["other_agent"].number).status_code == 302


# Sessions


def cookie(response: TestResponse) -> str:
    return next(c for c in response.headers.getlist("Set-Cookie") if c.startswith("zhixi="))


def test_the_session_cookie_is_out_of_reach_of_script_and_foreign_pages(client: Client) -> None:
    morsel = SimpleCookie(cookie(enter(client)))["zhixi"]
    assert morsel["httponly"] is True
    assert morsel["samesite"] == "Lax"
    assert morsel["path"] == "/"


def test_behind_https_the_cookie_travels_by_https_alone(world: World) -> None:
    settings = replace(world.services.settings, behind_proxy=True)
    app = create_app(settings, made=replace(world.services, settings=settings))
    app.test_client_class = Client
    client = app.test_client()
    client.get("/sign-in", base_url="https://localhost")
    response = client.post(
        "/sign-in",
        base_url="https://localhost",
        data={"number": NUMBER, "password": PASSWORD},
        headers={"Referer": "https://localhost/sign-in"},
    )
    morsels = [SimpleCookie(c)["zhixi"] for c in response.headers.getlist("Set-Cookie")]
    assert morsels
    assert all(morsel["secure"] is True for morsel in morsels)


@pytest.mark.both_databases
def test_the_database_holds_no_token_that_opens_a_session(client: Client, world: World) -> None:
    enter(client)
    with client.session_transaction() as session:
        token = session["sign_in"]
    with world.reading() as session:
        kept = session.scalars(select(SignIn.token_hash)).all()
    assert accounts.hash_token(token) in kept
    assert token not in kept


def test_signing_in_begins_a_new_session_so_that_none_can_be_planted(client: Client) -> None:
    client.get("/sign-in")
    before = client.form_token()
    with client.session_transaction() as session:
        session["planted"] = "yes"
    enter(client)
    with client.session_transaction() as session:
        assert "planted" not in session
    assert client.form_token() != before


def test_a_revoked_session_ends_with_the_next_request(client: Client, world: World) -> None:
    enter(client)
    with world.work() as session:
        accounts.revoke_sign_ins(session, accounts.get_person(session, NUMBER), world.clock())
    assert not is_in(client)


def test_twelve_idle_hours_end_a_session(client: Client, world: World) -> None:
    enter(client)
    world.clock.forward(hours=11, minutes=59)
    assert is_in(client)
    world.clock.forward(hours=12)
    assert not is_in(client)


def test_fourteen_days_end_a_session_however_busy(client: Client, world: World) -> None:
    enter(client)
    for _ in range(28):
        world.clock.forward(hours=11, minutes=59)
        assert is_in(client)
    world.clock.forward(hours=11, minutes=59)
    assert not is_in(client)


@pytest.mark.both_databases
def test_the_last_use_is_kept_to_the_minute_without_a_write_for_every_request(
    client: Client, world: World
) -> None:
    enter(client)
    seen = []
    for seconds in (30, 31, 10):
        world.clock.forward(seconds=seconds)
        client.get("/account")
        with world.reading() as session:
            seen.append(session.scalars(select(SignIn.seen_at).order_by(SignIn.id.desc())).first())
    assert seen[1] == seen[2] == world.clock() - timedelta(seconds=10)
    assert seen[0] == world.clock() - timedelta(seconds=71)


def test_signing_out_ends_the_session_for_a_copy_of_the_cookie_too(
    app: Flask, client: Client
) -> None:
    enter(client)
    with client.session_transaction() as session:
        token = session["sign_in"]
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    copy = app.test_client()
    with copy.session_transaction() as session:
        session["sign_in"] = token
    assert copy.get("/account").status_code == 302


def test_a_made_up_token_opens_nothing(client: Client) -> None:
    with client.session_transaction() as session:
        session["sign_in"] = "made-up"
    assert not is_in(client)


def test_who_is_signed_in_is_sent_on_from_the_sign_in_page(client: Client) -> None:
    enter(client)
    assert client.get("/sign-in?next=/desk").headers["Location"] == "/desk"


def test_a_change_of_password_ends_every_other_session(app: Flask, client: Client) -> None:
    other = app.test_client()
    assert isinstance(other, Client)
    enter(client)
    enter(other)
    form = {"current": PASSWORD, "new": NEW, "again": NEW}
    assert client.post("/account/password", data=form).status_code == 302
    assert is_in(client)
    assert not is_in(other)


def test_a_disabled_account_is_closed_at_once_with_its_tokens(world: World) -> None:
    at = world.clock()
    with world.work() as session:
        person = accounts.get_person(session, NUMBER)
        key, token = accounts.add_token(session, person, "", at), ""
        token = accounts.sign_in(session, person, Origin(), at)
        session.flush()
        assert accounts.person_of_token(session, key) is person
        accounts.disable(session, person, at)
    with world.reading() as session:
        assert accounts.person_of_token(session, key) is None
        assert accounts.current_sign_in(session, token, at) is None
        with pytest.raises(Conflict):
            accounts.add_token(session, accounts.get_person(session, NUMBER), "", at)


def test_a_token_is_kept_as_a_hash_and_named_in_the_trail_without_it(world: World) -> None:
    with world.work() as session:
        token = accounts.add_token(
            session, accounts.get_person(session, NUMBER), "机器人", world.clock()
        )
    with world.reading() as session:
        assert session.scalars(select(ApiToken.token_hash)).all() == [accounts.hash_token(token)]
        entry = session.scalars(select(AuditEntry).where(AuditEntry.entity == "api_token")).one()
        assert token not in str(entry.values)
        assert accounts.hash_token(token) not in str(entry.values)


def test_the_trail_never_holds_a_password_hash(world: World) -> None:
    with world.work() as session:
        accounts.reset_password(session, accounts.get_person(session, NUMBER), world.clock())
    with world.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.entity == "person")).all()
        assert entries
        assert "argon2" not in str([entry.values for entry in entries])


def test_setting_roles_gives_and_takes_exactly(world: World) -> None:
    with world.work() as session:
        person = accounts.get_person(session, NUMBER)
        accounts.set_roles(person, [accounts.role_named(session, r) for r in ("agent", "editor")])
    with world.work() as session:
        person = accounts.get_person(session, NUMBER)
        accounts.set_roles(person, [accounts.role_named(session, "editor")] * 2)
    assert [role.key for role in world.person("agent").roles] == ["editor"]


# Too much


def test_a_huge_form_field_is_refused_in_chinese(client: Client) -> None:
    client.form_token()
    response = client.post("/sign-in", data={"number": "9" * 3_000_000, "password": "x"})
    assert response.status_code == 413
    assert "太大" in response.text


def test_a_request_that_announces_more_than_the_limit_is_refused_unread(client: Client) -> None:
    response = client.post(
        "/sign-in",
        data=b"x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(65 * 1024 * 1024)},
    )
    assert response.status_code == 413


def test_names_are_shown_as_text_and_never_as_markup(world: World, as_person) -> None:  # type: ignore[no-untyped-def]
    with world.work() as session:
        accounts.get_person(session, "9001").name = "<script>alert(1)</script>"
    page = as_person("administrator").get("/admin/people").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_people_are_disabled_and_never_deleted(world: World) -> None:
    with world.reading() as session:
        leaver = session.scalars(select(Person).where(Person.number == "1009")).one()
    assert leaver.disabled_at is not None
