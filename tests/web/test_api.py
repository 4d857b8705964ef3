"""The HTTP API as a program meets it: tokens, errors, audiences, odd keys, huge bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.world import CAST, World
from web import accounts
from web.api import limiter
from web.app import create_app

ARTICLE = {"title": "候补购票怎么用", "body": "候补订单可以提交多个车次。\n", "kind": "faq"}


@dataclass(frozen=True, slots=True)
class Program:
    """Something that calls the API with somebody's token."""

    client: FlaskClient
    token: str

    def __call__(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.open(f"/api/v1/{path}", method=method, headers=headers, **more)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self("GET", path, query_string=query)

    def put(self, key: str, article: Any = ARTICLE, **query: Any) -> TestResponse:
        return self("PUT", f"articles/{key}", json=article, query_string=query)


As = Callable[[str], Program]


def token_of(world: World, who: str) -> str:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, CAST[who].number)
        return accounts.add_token(session, person, "test", world.clock())


@pytest.fixture
def as_program(app: Flask, world: World) -> As:
    # A plain client: the API knows no cookies and no form tokens.
    return lambda who: Program(FlaskClient(app, use_cookies=False), token_of(world, who))


def refused(response: TestResponse, status: int, code: str) -> str:
    """The sentence of an error, which must have the one shape all errors have."""
    assert response.status_code == status
    assert response.content_type == "application/json"
    assert set(response.json) == {"error"}
    assert set(response.json["error"]) == {"code", "message"}
    assert response.json["error"]["code"] == code
    sentence = response.json["error"]["message"]
    assert sentence.endswith("。")
    return str(sentence)


# Who may


PATHS = ("search?q=退票", "articles", "articles/refund-fee", "categories", "people", "audit")
CREDENTIALS = (
    *("", "Bearer", "Bearer ", "Bearer zx_wrong", "Bearer zx_\x80\xff", "Bearer a b"),
    *("Bearer " + "x" * 5000, "Basic zx_\x80\xff", "Basic eDp5", "Digest x"),
)


def test_without_a_right_token_nothing_opens(app: Flask) -> None:
    for path in PATHS:
        for given in CREDENTIALS:
            headers = {"Authorization": given} if given else {}
            response = FlaskClient(app).get(f"/api/v1/{path}", headers=headers)
            refused(response, 401, "unauthorized")
            assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_cookie_counts_for_nothing(as_person: Any) -> None:
    browser = as_person("administrator")
    refused(browser.get("/api/v1/search?q=退票"), 401, "unauthorized")
    refused(browser.put("/api/v1/articles/x", json=ARTICLE), 401, "unauthorized")


def test_a_token_ends_with_its_account_and_when_it_is_revoked(world: World, as_program: As) -> None:
    ask = as_program("agent")
    assert ask.get("search", q="退票").status_code == 200
    with world.work(doing="people.disable") as session:
        accounts.disable(session, accounts.get_person(session, CAST["agent"].number), world.clock())
    refused(ask.get("search", q="退票"), 401, "unauthorized")


def test_who_has_still_to_change_the_password_is_told_so(world: World, as_program: As) -> None:
    ask = as_program("agent")
    with world.work(doing="people.reset") as session:
        person = accounts.get_person(session, CAST["agent"].number)
        accounts.reset_password(session, person, world.clock())
    assert "初始密码" in refused(ask.get("search", q="退票"), 403, "forbidden")


def test_an_agent_reads_nothing_of_the_administration(as_program: As) -> None:
    ask = as_program("agent")
    for path in ("people", "jobs", "audit", "articles/refund-fee/revisions"):
        refused(ask.get(path), 403, "forbidden")


def test_an_agent_writes_nothing(world: World, as_program: As) -> None:
    refused(as_program("agent").put("refund-fee"), 403, "forbidden")
    assert len(world.article("refund-fee").revisions) == 1


def test_an_editor_without_the_permission_publishes_nothing(world: World, as_program: As) -> None:
    refused(as_program("editor").put("refund-fee", publish="true"), 403, "forbidden")
    assert world.article("refund-fee").draft is None


# What one may see


HIDDEN = ("angry-caller", "tomorrow-hours", "yesterday-outage", "draft-luggage", "old-rule")


def test_what_one_may_not_see_is_not_there(as_program: As) -> None:
    ask = as_program("agent")
    for key in (*HIDDEN, "no-such-article"):
        refused(ask.get(f"articles/{key}"), 404, "not_found")


def test_every_way_out_keeps_to_the_audience(as_program: As) -> None:
    agent, other = as_program("agent"), as_program("other_agent")
    assert agent.get("articles/team-one-duty").status_code == 200
    refused(other.get("articles/team-one-duty"), 404, "not_found")
    for found, expected in ((agent, True), (other, False)):
        listed = found.get("articles", category="中心管理").json["items"]
        assert ("team-one-duty" in [a["key"] for a in listed]) is expected
        hits = found.get("search", q="票务一组值班电话").json["hits"]
        assert ("team-one-duty" in [hit["key"] for hit in hits]) is expected
        paths = {c["path"]: c["articles"] for c in found.get("categories").json["items"]}
        assert paths.get("中心管理") == (1 if expected else None)
    for key in HIDDEN:
        hits = agent.get("search", q=key).json["hits"]
        assert key not in [hit["key"] for hit in hits]


def test_a_search_is_what_the_contract_says(as_program: As) -> None:
    found = as_program("agent").get("search", q="退票费怎么收", limit=3).json
    assert set(found) >= {"query", "took_ms", "total", "notes", "hits"}
    first = found["hits"][0]
    assert (first["key"], first["revision"], first["category"]) == ("refund-fee", 1, "票务/退票")
    assert any(piece["hit"] for piece in first["snippet"])
    body = as_program("agent").get("articles/refund-fee").json["body"]
    for hit in found["hits"]:
        if hit["key"] == "refund-fee" and hit["answer"]:
            assert body[hit["answer"]["start"] : hit["answer"]["end"]] == hit["answer"]["text"]


@pytest.mark.both_databases
def test_filters_narrow_a_search_and_a_list(as_program: As) -> None:
    ask = as_program("reviewer")
    assert {h["kind"] for h in ask.get("search", q="旅客", kind="regulation").json["hits"]} == {
        "regulation"
    }
    assert ask.get("articles", tag="儿童").json["total"] == 1
    assert ask.get("articles", category="特殊旅客").json["total"] == 2
    assert ask.get("articles", category="特殊").json["total"] == 0


# Bad requests


SENSELESS: tuple[dict[str, str], ...] = (
    {},
    {"q": ""},
    {"q": "退" * 401},
    {"q": "退票", "limit": "0"},
    {"q": "退票", "limit": "101"},
    {"q": "退票", "limit": "ten"},
    {"q": "退票", "limit": "５"},
    {"q": "退票", "limit": "9" * 5000},
    {"q": "退票", "kind": "poem"},
)


def test_a_search_that_makes_no_sense_is_invalid(as_program: As) -> None:
    ask = as_program("agent")
    for query in SENSELESS:
        refused(ask.get("search", **query), 422, "invalid")


OFF_THE_PAGES: tuple[dict[str, str], ...] = (
    {"page": "0"},
    {"page": "-1"},
    {"limit": "201"},
    {"page": "1000001"},
    {"page": "1.5"},
)


def test_pages_have_limits(as_program: As) -> None:
    ask = as_program("administrator")
    for path in ("articles", "categories", "people", "jobs", "audit"):
        for query in OFF_THE_PAGES:
            refused(ask.get(path, **query), 422, "invalid")


def test_pages_cover_a_list_without_gap_or_overlap(as_program: As) -> None:
    ask = as_program("administrator")
    everything = [a["key"] for a in ask.get("articles", limit=200).json["items"]]
    pages = [ask.get("articles", limit=3, page=n).json for n in range(1, 5)]
    assert [a["key"] for page in pages for a in page["items"]] == everything
    assert {page["total"] for page in pages} == {len(everything)}
    beyond = ask.get("articles", page=1_000_000, limit=200).json
    assert (beyond["items"], beyond["total"]) == ([], len(everything))


def test_a_nul_in_the_address_is_a_bad_request(as_program: As) -> None:
    ask = as_program("agent")
    for path in ("search?q=%00", "articles?tag=a%00b", "articles?category=%00", "search?q=x&%00=1"):
        refused(ask("GET", path), 400, "bad_request")
    refused(ask("GET", "articles/a%00b"), 404, "not_found")


def test_bytes_that_are_no_text_are_read_as_well_as_can_be(as_program: As) -> None:
    ask = as_program("agent")
    for path in ("search?q=%ff%fe", "search?q=%ED%A0%80", "articles?tag=%C3%28"):
        assert ask("GET", path).status_code == 200


def test_a_wrong_method_names_the_right_ones(as_program: As) -> None:
    ask = as_program("reviewer")
    for method, path, allowed in (
        ("POST", "search", "GET"),
        ("DELETE", "articles/refund-fee", "PUT"),
        ("PATCH", "articles", "GET"),
    ):
        response = ask(method, path)
        refused(response, 405, "method_not_allowed")
        assert allowed in response.headers["Allow"]


def test_an_address_that_does_not_exist_is_json_too(as_program: As) -> None:
    refused(as_program("agent").get("nothing"), 404, "not_found")
    refused(as_program("agent").get("articles/a/b/c"), 404, "not_found")


# Writing


def test_a_new_article_is_created_revised_and_left_alone(world: World, as_program: As) -> None:
    put = as_program("reviewer").put
    first = put("waitlist", publish="true")
    assert (first.status_code, first.json["outcome"]) == (201, "created")
    again = put("waitlist", publish="true")
    assert (again.status_code, again.json["outcome"]) == (200, "unchanged")
    changed = put("waitlist", {**ARTICLE, "body": "改了。"}, publish="true")
    assert (changed.status_code, changed.json["outcome"]) == (200, "revised")
    assert changed.json["article"]["revision"] == 2
    world.sync()
    found = as_program("agent").get("search", q="候补购票").json["hits"]
    assert found[0]["key"] == "waitlist"


def test_without_publish_it_stays_a_draft(as_program: As) -> None:
    written = as_program("editor").put("waitlist").json
    assert written["article"]["state"] == "draft"
    refused(as_program("agent").get("articles/waitlist"), 404, "not_found")


def test_what_was_read_can_be_sent_back_unchanged(as_program: As) -> None:
    ask = as_program("reviewer")
    given = {
        **ARTICLE,
        "category": "购票/候补",
        "tags": ["候补"],
        "questions": ["候补怎么弄"],
        "audiences": ["座席"],
        "effective_from": "2026-11-01T08:00:00+08:00",
        "must_sign": True,
        "owner": {"name": "运营部", "phone": None},
    }
    ask.put("waitlist", given, publish="true")
    read = as_program("agent").get("articles/waitlist").json
    assert read["owner"] == given["owner"]
    assert ask.put("waitlist", read, publish="true").json["outcome"] == "unchanged"
    revisions = ask.get("articles/waitlist/revisions").json
    assert (revisions["total"], revisions["items"][0]["body"]) == (1, ARTICLE["body"])


ODD_KEYS = (
    "退票-说明",
    "a.b",
    "...",
    "-",
    "KEY",
    "a b",
    "100%",
    "a+b",
    "q?x=1",
    "#1",
    "😀",
    "👨‍👩‍👧",
    "\ue000",
    "ｋ",
)


def test_an_odd_key_is_a_key(as_program: As) -> None:
    ask = as_program("reviewer")
    for key in ODD_KEYS:
        address = quote(key, safe="")
        assert ask.put(address, publish="true").json["article"]["key"] == key
        assert ask.get(f"articles/{address}").json["key"] == key


UNFIT_KEYS = ("a%2Fb", "a%5Cb", "%20a", "a%20", "%0A", "a%09b", "%2E", "%2E%2E", "k" * 201)


def test_a_key_that_would_not_travel_is_refused(as_program: As) -> None:
    ask = as_program("reviewer")
    before = ask.get("articles").json["total"]
    for key in UNFIT_KEYS:
        assert ask.put(key, publish="true").status_code in (404, 422)
    assert ask.get("articles").json["total"] == before


BAD_BODIES: tuple[Any, ...] = (
    None,
    [],
    "text",
    {},
    {"title": "只有标题"},
    {**ARTICLE, "title": " "},
    {**ARTICLE, "title": "长" * 301},
    {**ARTICLE, "body": "长" * 200_001},
    {**ARTICLE, "body": "有\0字符"},
    {**ARTICLE, "body": "\ud800"},
    {**ARTICLE, "kind": "poem"},
    {**ARTICLE, "key": "another"},
    {**ARTICLE, "tags": "退票"},
    {**ARTICLE, "tags": ["x"] * 10 + [5]},
    {**ARTICLE, "tags": [str(n) for n in range(51)]},
    {**ARTICLE, "questions": ["长" * 201]},
    {**ARTICLE, "category": "a/b/c/d/e/f/g"},
    {**ARTICLE, "must_sign": "yes"},
    {**ARTICLE, "effective_from": "2026-11-21"},
    {**ARTICLE, "effective_from": "明天"},
    {**ARTICLE, "effective_from": 5},
    {
        **ARTICLE,
        "effective_from": "2026-11-21T00:00:00+08:00",
        "effective_to": "2026-11-20T00:00:00+08:00",
    },
    {**ARTICLE, "extra": {"deep": "\ud83d"}},
    {**ARTICLE, "\ud83d": "x"},
)


def test_an_article_that_cannot_be_kept_is_invalid(as_program: As) -> None:
    ask = as_program("reviewer")
    for body in BAD_BODIES:
        data = json.dumps(body)
        response = ask("PUT", "articles/bad", data=data, content_type="application/json")
        refused(response, 422, "invalid")
        refused(ask.get("articles/bad/revisions"), 404, "not_found")


UNSOUND = (
    (b"", 400),
    (b"{", 400),
    (b'{"title": "\xff"}', 400),
    (b"nonsense", 400),
    (b'{"title": "a", "body": "b", "n": ' + b"9" * 5000 + b"}", 400),
    (b"[" * 100_000, 422),
    (b'{"title": "a", "body": "b", "deep": ' + b"[" * 40 + b"]" * 40 + b"}", 422),
    (b'{"title": "a", "body": "b", "n": NaN}', 422),
    (b'{"title": "a", "body": "b", "n": 1e999}', 422),
)


def test_a_body_that_is_no_sound_json_is_refused(as_program: As) -> None:
    ask = as_program("reviewer")
    for data, status in UNSOUND:
        response = ask("PUT", "articles/bad", data=data, content_type="application/json")
        refused(response, status, "bad_request" if status == 400 else "invalid")


def test_a_body_of_another_type_is_refused(as_program: As) -> None:
    ask = as_program("reviewer")
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = ask("PUT", "articles/x", data=b"title=1", content_type=content_type)
        refused(response, 415, "unsupported_media_type")


def test_a_huge_body_is_refused_before_it_is_read(as_program: As) -> None:
    huge = b'{"title": "a", "body": "' + b"x" * (5 * 1024 * 1024) + b'"}'
    response = as_program("reviewer")(
        "PUT", "articles/x", data=huge, content_type="application/json"
    )
    assert "4 MB" in refused(response, 413, "too_large")


def test_the_longest_article_is_kept(as_program: As) -> None:
    body = "长" * 200_000
    response = as_program("reviewer").put("long", {**ARTICLE, "body": body}, publish="true")
    assert response.status_code == 201
    assert as_program("agent").get("articles/long").json["body"] == body


@pytest.mark.both_databases
def test_two_at_once_leave_one_sound_article(app: Flask, world: World) -> None:
    token = token_of(world, "reviewer")

    def put(number: int) -> int:
        program = Program(FlaskClient(app, use_cookies=False), token)
        body = {**ARTICLE, "body": f"第{number}稿。"}
        return program.put("raced", body, publish="true").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(put, range(8)))
    assert statuses.count(201) == 1
    assert set(statuses) <= {200, 201, 409}
    revisions = world.article("raced").revisions
    assert [r.number for r in revisions] == list(range(1, len(revisions) + 1))
    assert len(revisions) == sum(status < 300 for status in statuses)


# How often


@pytest.fixture
def slow(world: World) -> Iterator[Flask]:
    services = replace(world.services, settings=replace(world.services.settings, api_rate=3))
    limiter.reset()
    yield create_app(services.settings, made=services)
    limiter.reset()


def test_too_many_requests_are_told_when_to_come_back(slow: Flask, world: World) -> None:
    agent = Program(FlaskClient(slow), token_of(world, "agent"))
    statuses = [agent.get("categories").status_code for _ in range(3)]
    assert statuses == [200, 200, 200]
    response = agent.get("categories")
    refused(response, 429, "too_many_requests")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    other = Program(FlaskClient(slow), token_of(world, "other_agent"))
    assert other.get("categories").status_code == 200


# The description


def test_the_description_is_open_and_names_every_route(app: Flask) -> None:
    described = FlaskClient(app).get("/api/v1/openapi.json").json
    documented = {
        (path, method.upper()) for path, item in described["paths"].items() for method in item
    }
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.openapi"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert documented == served
