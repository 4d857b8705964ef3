"""Every route, for everybody: what the table of permissions says is what happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from exams import certificates
from exams.kept import Kept
from kb import articles
from qa import appeals, calibrations, coachings
from qa.calibrations import Planned
from qa.coachings import Task
from qa.tables import Call, Review
from web import accounts, errorpages
from web.access import (
    DEFAULT_ROLES,
    EITHER,
    PERMISSIONS,
    PUBLIC,
    SIGNED_IN,
    may,
    needs,
    permissions_of,
    viewer_of,
)
from web.app import FREE_WHILE_CHANGING, create_app
from web.evidence import recalls
from web.models import Person, Role
from web.security import POLICY

from ..browsing import Client
from ..exam_world import add_attempt, add_exam, add_set
from ..exams.asked import question
from ..qa_world import add_draw, add_review, add_score, add_scorecard, add_scored
from ..world import CAST, NOW, World
from .coursing import add_course
from .filing import PNG, publish_with_file
from .sounding import call_with_sound

SAMPLES: dict[str, object] = {
    "key": "refund-fee",
    "number": 1,
    "id": 1,
    "name": "desk",
    "digest": "x",
    "article": "refund-fee",
    "token": "none",
}
"""Arguments of addresses, all of them real in the world."""
CERTIFICATE = certificates.number_of(1, 1 + [*CAST].index("administrator"), NOW.year)
"""The administrator's, for the first exam of the world."""
BY_ENDPOINT: dict[str, dict[str, object]] = {
    "static": {"name": "css/base.css"},
    "help.show": {"name": "desk"},
    "attachments.show": {"key": "change-ticket", "number": 2, "nth": 1},
    "attachments.content": {"key": "change-ticket", "number": 2, "nth": 1},
    "past.show": {"key": "refund-fee", "at": f"{NOW:%Y-%m-%d %H:%M}"},
    "call.show": {"key": "C-sound"},
    "listening.sound": {"key": "C-sound"},
    "listening.peaks": {"key": "C-sound", "thin": 1, "first": 0, "count": 10},
    "listening.heard": {"key": "C-sound"},
    "learning.media": {"id": 1, "lesson": 2},
    "rechecks.show": {"id": 2},
    "certificates.file": {"name": CERTIFICATE},
    "certificates.own": {"name": CERTIFICATE},
}
"""What is no part of a path becomes the query."""

THEIRS = (
    *("attempt.confirm", "attempt.show", "attempt.state", "my_exams.show", "certificates.own"),
    *("practice.go_on", "practice.question"),
)
"""Pages of what the administrator sat or practised: for anybody else they are not there."""

AsPerson = Callable[[str], Client]


@dataclass(frozen=True, slots=True)
class Route:
    """One way in: a method of an address, and the permission it names."""

    method: str
    url: str
    endpoint: str
    permission: str

    @property
    def is_api(self) -> bool:
        return self.endpoint.startswith("api.")

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def routes_of(app: Flask) -> list[Route]:
    adapter = app.url_map.bind("localhost")
    return [
        Route(
            method,
            adapter.build(rule.endpoint, sample(rule)),
            rule.endpoint,
            app.view_functions[rule.endpoint].permission,
        )
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def sample(rule: Rule) -> dict[str, object]:
    values: dict[str, object] = {}
    for name in rule.arguments:
        converter = rule._converters[name]
        if isinstance(converter, AnyConverter):
            values[name] = min(converter.items)
        elif isinstance(converter, IntegerConverter):
            values[name] = SAMPLES.get(name, 1)
        elif name == "number":
            values[name] = CAST["agent"].number
        else:
            values[name] = SAMPLES[name]
    return values | BY_ENDPOINT.get(rule.endpoint, {})


@pytest.fixture
def furnished(world: World) -> None:
    """An article in force with a file, another's first text recalled, a call that was scored, an
    exam that the administrator sat, and a course that the agent has."""
    publish_with_file(world, "change-ticket", "站台图.png", PNG)
    with world.work("reviewer", "recall.send") as session:
        [wrong] = articles.get(session, "child-fare").revisions
        recalls.recall(session, wrong, world.person("reviewer").id, world.clock())
    call = call_with_sound(world)
    with world.work(doing="test.score") as session:
        card = add_scorecard(session)
        followed_up(session, add_scored(session, session.get_one(Call, call.id), card), world)
        add_draw(session, card)
        add_scorecard(session, "refund-fee")
        Kept(session, world.clock()).keep([question("judge")])
        administrator = world.person("administrator").id
        exam = add_exam(session)
        add_attempt(session, exam, administrator, ["B"], graded=True)
        add_set(session, administrator)
        certificates.issue(session, exam, [administrator], by=None, at=world.clock())
    add_course(world, "agent")


def followed_up(session: Session, review: Review, world: World) -> None:
    """A withdrawn appeal, coaching, a second look (the next review) and a calibration."""
    agent, at = world.person("agent").id, world.clock()
    appeal = appeals.make(session, review, "fee", "讲了", by=agent, at=at)
    appeals.withdraw(session, appeal, by=agent, at=at)
    coach = world.person("supervisor").id
    coachings.give(session, agent, Task("练开场白", review=review), by=coach, at=at)
    fields = {"purpose": "recheck", "of_id": review.id, "blind": True}
    add_score(session, add_review(session, review.call, review.version.scorecard, **fields))
    people = tuple(world.person(who).id for who in ("inspector", "qa_lead"))
    planned = Planned("十一月校准", review.version_id, (review.call_id,), people)
    calibrations.create(session, planned, coach, at)


@pytest.fixture
def gates(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The site with every view replaced by one that says it was reached: only the gate is left.

    Who is refused gets the status without the page, which is not looked at thousands of times.
    """
    monkeypatch.setattr(errorpages, "render_template", lambda *_, **__: "")
    for endpoint, view in list(app.view_functions.items()):

        def reached(permission: str = view.permission, **values: object) -> str:
            return "reached"

        reached.permission = view.permission
        app.view_functions[endpoint] = reached
    return app


def token_of(world: World, who: str) -> str:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, CAST[who].number)
        return accounts.add_token(session, person, "test", world.clock())


def outcome(response: TestResponse) -> str:
    if response.status_code == 302:
        return f"302 {response.headers['Location'].partition('?')[0]}"
    return "reached" if response.text == "reached" else str(response.status_code)


def walk(app: Flask, client: Client, token: str = "") -> Iterator[tuple[Route, str]]:
    for route in routes_of(app):
        headers = {"Authorization": f"Bearer {token}"} if route.is_api and token else {}
        yield route, outcome(client.open(route.url, method=route.method, headers=headers))


# The gate


@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_route_opens_to_each_default_role_exactly_as_the_table_says(
    gates: Flask, world: World, as_person: AsPerson
) -> None:
    """On one database: the walks below ask the same of both, for one person each."""
    for role in (role.key for role in DEFAULT_ROLES):
        held = permissions_of(world.person(role))
        found = dict(walk(gates, as_person(role), token_of(world, role)))
        assert len(found) > 60
        assert found == {r: "reached" if may(held, r.permission) else "403" for r in found}, role


def test_a_stranger_is_sent_to_sign_in_from_every_route_that_is_not_public(
    gates: Flask, client: Client
) -> None:
    def expected(route: Route) -> str:
        if route.permission == PUBLIC:
            return "reached"
        return "401" if route.is_api else "302 /sign-in"

    found = dict(walk(gates, client))
    assert found == {route: expected(route) for route in found}


def test_nothing_but_signing_in_health_static_files_and_the_api_description_is_public(
    app: Flask,
) -> None:
    public = {r.endpoint for r in routes_of(app) if r.permission == PUBLIC}
    assert public == {"account.sign_in", "health.alive", "health.ready", "static", "api.openapi"}


def test_somebody_without_roles_reaches_only_what_needs_no_permission(
    gates: Flask, world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.roles") as session:
        accounts.set_roles(accounts.get_person(session, CAST["agent"].number), [])
    found = dict(walk(gates, as_person("agent"), token_of(world, "agent")))
    assert {r for r, o in found.items() if o == "reached"} == {
        r for r in found if r.permission in (PUBLIC, SIGNED_IN)
    }


def test_a_disabled_person_counts_as_a_stranger_everywhere(
    gates: Flask, world: World, as_person: AsPerson
) -> None:
    client, token = as_person("administrator"), token_of(world, "administrator")
    with world.work(doing="test.disable") as session:
        person = accounts.get_person(session, CAST["administrator"].number)
        accounts.disable(session, person, world.clock())
    for route, found in walk(gates, client, token):
        assert (found == "reached") == (route.permission == PUBLIC), route


def test_an_initial_password_must_be_changed_before_anything_else(
    gates: Flask, world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.fresh") as session:
        accounts.get_person(session, CAST["administrator"].number).must_change_password = True
    client, token = as_person("administrator"), token_of(world, "administrator")
    for route, found in walk(gates, client, token):
        if route.is_api and route.permission != PUBLIC:
            assert found == "403", route
            continue
        free = route.permission == PUBLIC or route.endpoint in FREE_WHILE_CHANGING
        assert found == ("reached" if free else "302 /account/password"), route


def test_a_fragment_asked_for_without_a_session_leads_the_whole_page_to_sign_in(
    client: Client,
) -> None:
    response = client.get("/desk?q=退票", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"].startswith("/sign-in")


def test_a_cookie_opens_no_door_of_the_api(gates: Flask, as_person: AsPerson) -> None:
    found = {r: o for r, o in walk(gates, as_person("administrator")) if r.is_api}
    assert {o for r, o in found.items() if r.permission != PUBLIC} == {"401"}


def test_what_a_role_may_do_changes_with_the_next_request(
    app: Flask, world: World, as_person: AsPerson
) -> None:
    client = as_person("agent")
    assert client.get("/desk").status_code == 200
    with world.work(doing="test.grant") as session:
        accounts.role_named(session, "agent").permissions = []
    assert client.get("/desk").status_code == 403


# Behind the gate


@pytest.mark.both_databases
def test_every_page_opens_for_the_administrator_with_real_arguments(
    app: Flask, as_person: AsPerson, furnished: None
) -> None:
    client = as_person("administrator")
    pages = [r for r in routes_of(app) if r.method == "GET" and not r.is_api]
    statuses = {str(route): client.get(route.url).status_code for route in pages}
    # /sign-in sends on who is signed in; what has the number 1 is there only for people's things.
    assert {url: status for url, status in statuses.items() if status not in (200, 302, 404)} == {}
    assert [url for url, status in statuses.items() if status == 404] == []


def test_no_page_breaks_for_an_agent(app: Flask, as_person: AsPerson, furnished: None) -> None:
    client = as_person("agent")
    for route in routes_of(app):
        if route.method == "GET" and not route.is_api:
            there = (404,) if route.endpoint in THEIRS else (200, 302, 403)
            assert client.get(route.url).status_code in there, route


def test_every_post_refuses_a_form_without_its_token(app: Flask, as_person: AsPerson) -> None:
    client = as_person("administrator")
    client.forged = True
    posts = [r for r in routes_of(app) if r.method != "GET" and not r.is_api]
    assert len(posts) > 20
    for route in posts:
        response = client.open(route.url, method=route.method)
        assert response.status_code == 400, route
        assert "请刷新页面后再提交一次" in response.text
    assert client.get("/account").status_code == 200  # nothing happened, signing out included


def test_every_answer_carries_the_content_security_policy(
    app: Flask, client: Client, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    answers = [
        client.get("/sign-in"),
        client.get("/"),
        client.get("/nowhere"),
        client.get("/healthz"),
        client.get("/static/x/css/base.css"),
        client.get("/api/v1/openapi.json"),
        client.get("/api/v1/search"),
        client.delete("/sign-in"),
        agent.get("/desk"),
        agent.get("/admin/people"),
    ]
    assert {a.status_code for a in answers} >= {200, 302, 401, 403, 404, 405}
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "unsafe" not in POLICY


def test_pages_of_a_person_are_kept_by_no_cache(as_person: AsPerson) -> None:
    assert as_person("agent").get("/desk").headers["Cache-Control"] == "no-store"


# The tables


def test_a_route_must_name_a_permission(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_to_all() -> str:
        return ""

    monkeypatch.setattr("web.app._static", open_to_all)
    with pytest.raises(LookupError, match="static"):
        create_app(world.services.settings, made=world.services)


def test_a_permission_that_does_not_exist_cannot_be_named() -> None:
    with pytest.raises(LookupError, match="kb.fly"):
        needs("kb.fly")


def test_every_permission_is_asked_for_by_some_route_or_rule(app: Flask) -> None:
    asked = {each for route in routes_of(app) for each in route.permission.split(EITHER)}
    assert set(PERMISSIONS) - asked <= {
        "kb.read_all",  # asked for by viewer_of
        "evidence.people",  # by what masks people in evidence
        "qa.customer",  # by what masks callers' numbers
    }


def test_default_roles_hold_only_permissions_that_exist() -> None:
    for role in DEFAULT_ROLES:
        assert set(role.permissions) <= set(PERMISSIONS), role.key
        assert len(set(role.permissions)) == len(role.permissions)
    assert len({role.key for role in DEFAULT_ROLES}) == len({r.name for r in DEFAULT_ROLES}) == 9


def test_a_person_reads_for_all_their_roles_and_their_team(world: World) -> None:
    assert world.viewer("agent").audiences == {"agent", "座席", "票务一组", "1001"}
    assert world.viewer("both").audiences is None  # an editor reads everything


def test_permissions_that_were_dropped_from_the_program_allow_nothing() -> None:
    person = Person(role_links=[])
    assert permissions_of(person) == frozenset()
    role = Role(key="old", name="旧", permissions=["kb.fax", "kb.read"])
    holder = Person(number="7", role_links=[])
    accounts.set_roles(holder, [role])
    assert permissions_of(holder) == {"kb.read"}
    assert viewer_of(holder).audiences == {"old", "旧", "7"}
