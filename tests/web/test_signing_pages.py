"""The pages of signing: reading and signing, lists, reminders, exports, the desk that waits."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import openpyxl
import pytest
from flask import Flask

from kb import signing
from kb.records import Record
from kb.signing import Rules
from kb.signing_terms import Question, Terms, parse
from web import accounts

from ..browsing import Client
from ..world import CAST, World

AsPerson = Callable[[str], Client]
BODY = "开车前8天以上退票不收费。\n\n最低按2元计收。\n"
QUIZ = "最低收多少？\n- 1元\n* 2元\n> 最低按2元计收"
RULE = Record("refund-2026", "退票办法（2026）", BODY, kind="regulation", must_sign=True)
ASKED = replace(RULE, data=Terms(questions=parse(QUIZ, BODY)).into({}))


def sign(client: Client, key: str, **more: str) -> tuple[int, str]:
    page = client.get(f"/signing/articles/{key}").text
    found = re.search(r'name="shown" value="(\w+)"', page)
    shown = found[1] if found else ""
    form = {"shown": shown, "read": "1", **more}
    answer = client.post(f"/signing/articles/{key}", data=form, follow_redirects=True)
    return answer.status_code, answer.text


def decide(world: World, hold: int) -> None:
    with world.work("administrator", "signing.rule") as session:
        signing.set_rules(session, Rules(7, hold))


def test_a_text_is_read_to_its_end_then_signed_and_listed(as_person: AsPerson) -> None:
    agent = as_person("agent")
    assert "实名制核验规定" in agent.get("/signing").text
    assert "待签收" in agent.get("/").text
    status, page = sign(agent, "identity-rule", read="")
    assert status == 200
    assert "没有等您签收的了" in page
    assert "待签收" not in agent.get("/").text
    assert "您已签收" in agent.get("/signing/articles/identity-rule").text


def test_without_the_word_that_it_was_read_nothing_is_signed(as_person: AsPerson) -> None:
    agent = as_person("agent")
    answer = agent.post("/signing/articles/identity-rule", data={"shown": "x"})
    assert answer.status_code == 422
    assert "读到末尾" in answer.text
    forged = agent.post("/signing/articles/identity-rule", data={"shown": "x", "read": "1"})
    assert forged.status_code == 409
    assert "换了新的一版" in forged.text


@pytest.mark.both_databases
def test_a_wrong_answer_shows_where_it_stands_and_may_be_tried_again(
    world: World, as_person: AsPerson
) -> None:
    world.publish(ASKED)
    agent = as_person("agent")
    for given, hint in (
        ("", "没有作答"),
        ("x", "没有作答"),
        ("９", "没有作答"),
        ("99", "没有答对"),
    ):
        status, page = sign(agent, RULE.key, q0=given)
        assert (status, hint in page) == (422, True), given
    status, page = sign(agent, RULE.key, q0="0")
    assert status == 422
    assert '<mark id="answer">最低按2元计收</mark>' in page
    status, page = sign(agent, RULE.key, q0="1")
    assert status == 200
    assert "已签收" in page


def test_what_changed_since_the_last_signature_is_shown(world: World, as_person: AsPerson) -> None:
    world.publish(RULE)
    agent = as_person("agent")
    sign(agent, RULE.key)
    world.publish(replace(RULE, body=BODY.replace("2元", "3元")))
    page = agent.get(f"/signing/articles/{RULE.key}").text
    assert "上次签收第 1 版以后改了什么" in page
    assert "<del>2元</del><ins>3元</ins>" in page
    assert "以后改了什么" not in as_person("other_agent").get(f"/signing/articles/{RULE.key}").text


def test_what_somebody_may_not_see_is_not_there_to_sign(world: World, as_person: AsPerson) -> None:
    world.publish(replace(RULE, audiences=("票务二组",)))
    agent = as_person("agent")
    for key in (RULE.key, "nowhere", "tomorrow-hours"):
        assert agent.get(f"/signing/articles/{key}").status_code == 404
        assert agent.post(f"/signing/articles/{key}", data={"read": "1"}).status_code == 404
    editor = as_person("editor")  # reads it, and is not asked
    assert editor.get(f"/signing/articles/{RULE.key}").status_code == 302


def test_a_list_says_team_by_team_who_has_not_signed_and_a_supervisor_sees_their_own(
    world: World, as_person: AsPerson
) -> None:
    world.publish(RULE)
    sign(as_person("agent"), RULE.key)
    whole = as_person("editor").get(f"/signing/lists/{RULE.key}").text
    assert "票务一组" in whole
    assert "票务二组" in whole
    own = as_person("supervisor").get(f"/signing/lists/{RULE.key}").text
    assert CAST["agent"].name in own
    assert CAST["other_agent"].name not in own
    world.clock.forward(days=8)
    assert "逾期未签" in as_person("editor").get(f"/signing/lists/{RULE.key}?only=waiting").text
    assert as_person("agent").get("/signing/lists").status_code == 403


def test_an_export_holds_everybody_and_no_formula(world: World, as_person: AsPerson) -> None:
    with world.work(doing="test") as session:
        accounts.get_person(session, CAST["agent"].number).name = "=1+1"
    world.publish(RULE)
    editor = as_person("editor")
    answer = editor.get(f"/signing/lists/{RULE.key}/export.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert "'=1+1" in [row[4] for row in rows]
    book = openpyxl.load_workbook(
        io.BytesIO(editor.get(f"/signing/lists/{RULE.key}/export.xlsx").data)
    )
    cells = [row[4] for row in book.active.iter_rows()]
    assert "=1+1" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} == {"s"}
    assert len(rows) == len(cells) == 1 + sum(name != "leaver" for name in CAST)


@pytest.mark.both_databases
def test_a_reminder_reaches_those_who_have_not_signed_and_no_others(
    world: World, as_person: AsPerson
) -> None:
    def reminded(who: str) -> bool:
        items = as_person(who).get("/pulse").get_json()["items"]
        return any(item["kind"] == "签收提醒" for item in items)

    world.publish(RULE)
    sign(as_person("agent"), RULE.key)
    editor = as_person("editor")
    answer = editor.post(
        f"/signing/lists/{RULE.key}/reminder", data={"team": "票务一组"}, follow_redirects=True
    )
    assert "已提醒" in answer.text
    assert reminded("supervisor")
    assert not reminded("agent")
    assert not reminded("other_agent")
    editor.post(f"/signing/lists/{RULE.key}/reminder")
    assert reminded("other_agent")
    sign(as_person("other_agent"), RULE.key)
    assert not reminded("other_agent")


def test_the_desk_waits_for_the_signature_where_the_centre_wants_it_so(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    with world.work(doing="test.token") as session:
        token = accounts.add_token(
            session, accounts.get_person(session, CAST["agent"].number), "t", world.clock()
        )
    bearer = {"Authorization": f"Bearer {token}"}
    decide(world, signing.ALWAYS)
    assert agent.get("/desk?q=退票").headers["Location"] == "/signing"
    fragment = agent.get("/desk?q=退票", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (403, "/signing")
    refused = agent.get("/api/v1/search?q=退票", headers=bearer)
    assert refused.status_code == 403
    assert refused.get_json()["error"]["code"] == "unsigned"
    assert agent.get("/articles/refund-fee").status_code == 200  # reading is not held back
    sign(agent, "identity-rule")
    assert agent.get("/desk?q=退票").status_code == 200
    assert agent.get("/api/v1/search?q=退票", headers=bearer).status_code == 200


@pytest.mark.parametrize(
    "form",
    [{}, {"days": "-1", "hold": "0"}, {"days": "七", "hold": "9"}, {"days": "9999", "hold": "1"}],
)
def test_a_rule_that_makes_no_sense_is_refused(form: dict[str, str], as_person: AsPerson) -> None:
    answer = as_person("administrator").post("/signing/lists/rules", data=form)
    assert answer.status_code == 422
    assert "请" in answer.text


def test_an_editor_sets_the_terms_and_other_data_stays(world: World, as_person: AsPerson) -> None:
    world.publish(replace(RULE, data={"文号": "客运2026-8"}))
    administrator = as_person("administrator")
    page = administrator.get(f"/edit/articles/{RULE.key}").text
    assert "改动须重新签收" in page
    form = {
        "title": RULE.title,
        "body": BODY + "再版。\n",
        "kind": "regulation",
        "must_sign": "1",
        "terms_given": "1",
        "sign_days": "３",
        "quiz": QUIZ,
        "version": "0",
    }
    refused = administrator.post(
        f"/edit/articles/{RULE.key}/draft", data=form | {"quiz": "问？\n- 甲", "sign_days": "3"}
    )
    assert refused.status_code == 422
    assert "第1题" in refused.text
    assert administrator.post(f"/edit/articles/{RULE.key}/draft", data=form).status_code == 302
    with world.reading():
        data = world.article(RULE.key).latest.data
    assert data["文号"] == "客运2026-8"
    terms = Terms.of(data)
    assert (terms.again, terms.days, len(terms.questions)) == (False, 3, 1)


# Who knows the right answers

SECRET = replace(
    RULE,
    data=Terms(questions=(Question("最低收多少？", ("1元", "2元"), 1, "出处只有编者知道"),)).into(
        {}
    ),
)


def program(world: World, app: Flask, who: str) -> Callable[[str], str]:
    with world.work("administrator", "test.token") as session:
        person = accounts.get_person(session, CAST[who].number)
        token = accounts.add_token(session, person, "test", world.clock())
    browser = app.test_client()

    def ask(address: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        answer = browser.get(f"/api/v1/{address}", headers=headers)
        assert answer.status_code == 200
        return json.dumps(answer.get_json(), ensure_ascii=False)

    return ask


@pytest.mark.parametrize("who", ["agent", "trainer"])
@pytest.mark.both_databases
def test_no_reader_learns_the_answers_from_a_page_the_api_or_a_file(
    world: World, app: Flask, as_person: AsPerson, who: str
) -> None:
    world.publish(SECRET)
    world.clock.forward(minutes=1)
    reader, ask = as_person(who), program(world, app, who)
    at = world.clock().strftime("%Y-%m-%d %H:%M")
    told = [ask(f"articles/{RULE.key}{query}") for query in ("", f"?at={at}", "?call=C-1")]
    told += [ask("articles"), ask("search?q=最低按2元计收"), ask("suggest?q=退票办法")]
    pages = (f"articles/{RULE.key}", f"past/{RULE.key}?at={at}", f"desk/articles/{RULE.key}")
    for answer in [reader.get(f"/{page}") for page in pages]:
        assert answer.status_code == 200
        told.append(answer.text)
    for text in told:
        assert RULE.title in text
        assert '"right"' not in text
        assert "最低收多少" not in text
        assert "编者知道" not in text
    test = reader.get(f"/signing/articles/{RULE.key}").text
    assert "最低收多少" in test
    assert "编者知道" not in test
    options = re.findall(r'<label class="check"><input type="radio"[^>]*>', test)
    assert len({re.sub(r'value="\d"', "", option) for option in options}) == 1
    for address in ("/edit/export?format=jsonl", f"/edit/articles/{RULE.key}"):
        assert reader.get(address).status_code == 403


def test_editors_see_the_questions_with_their_answers(world: World, app: Flask) -> None:
    world.publish(SECRET)
    assert '"right": 1' in program(world, app, "editor")(f"articles/{RULE.key}")
