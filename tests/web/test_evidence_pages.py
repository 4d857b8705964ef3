"""What stood on the screen is what is kept, found again, reported and checked."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from kb.markdown import render
from tests.browsing import Client
from tests.commands import run
from tests.world import REFUND, World
from web import accounts, chores, jobs
from web.answers import said
from web.chores import Workshop
from web.evidence import verifying, words
from web.evidence.tables import Trace
from web.models import Role

AsPerson = Callable[[str], Client]
HX = {"HX-Request": "true"}


def traces(world: World) -> list[Trace]:
    world.services.evidence.flush()
    with world.reading() as session:
        return list(session.scalars(select(Trace).order_by(Trace.id)))


def acts(world: World) -> list[tuple[str, str]]:
    return [(trace.act, trace.surface) for trace in traces(world)]


@pytest.fixture(autouse=True)
def _nothing_settles_by_itself(world: World) -> None:
    """However slow this machine is."""
    world.services.evidence.clock = lambda: 0.0


def soup(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "lxml")


def ask_and_copy(client: Client, q: str = "退票费怎么收") -> None:
    page = soup(client.get("/desk", query_string={"q": q}, headers=HX).text)
    hit = page.select_one("li.hit")
    assert hit is not None
    names = ("key", "number", "start", "end", "condition")
    client.post("/desk/copies", data={n: hit[f"data-{n}"] for n in names if hit.get(f"data-{n}")})


def work_off(world: World) -> None:
    later = world.clock().replace(year=2100)
    while job := jobs.claim(world.services.db, "test", later):
        chores.run(Workshop.of(world.services), job)


# On the desk


@pytest.mark.both_databases
def test_keystrokes_on_the_way_are_not_kept_but_what_settled_is(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    for q in ("退", "退票", "退票费怎么收"):
        agent.get("/desk", query_string={"q": q}, headers=HX)
    assert acts(world) == [("shown", "answer")]
    assert traces(world)[0].article_key == "refund-fee"


def test_results_without_an_answer_take_the_answer_from_the_screen(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    agent.get("/desk?q=退票费怎么收", headers=HX)
    page = soup(agent.get("/desk?q=退票费怎么收&kind=script&category=行李", headers=HX).text)
    assert not page.select("li.lead")
    assert acts(world) == []


def test_the_words_that_are_hashed_are_the_words_on_the_page(
    world: World, as_person: AsPerson
) -> None:
    page = soup(as_person("agent").get("/desk?q=退票费怎么收", headers=HX).text)
    lead = page.select_one("li.lead")
    assert lead is not None
    answer = lead.select_one(".answer")
    condition = lead.select_one(".condition")
    source = str(lead["data-source"]).partition("（")[0]
    lines = [source, condition.get_text() if condition else "", answer.get_text() if answer else ""]
    shown = "\n".join(line for line in lines if line)
    [trace] = traces(world)
    assert trace.shown_sha == hashlib.sha256(shown.encode()).hexdigest()


def test_an_opened_article_is_kept_with_what_led_to_it_and_its_words(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    agent.get("/desk?q=退票费怎么收", headers=HX)
    page = agent.get("/desk/articles/refund-fee?q=退票费怎么收&start=0&end=18").text
    assert acts(world) == [("shown", "answer"), ("opened", "article")]
    seen = words.visible(str(soup(page).select_one(".prose")))
    opened = traces(world)[1]
    again = words.article(REFUND.title, 1, REFUND.body[0:18], render(REFUND.body, [(0, 18)]))
    assert opened.shown_sha == words.sha(again)
    assert seen in again
    assert (opened.start, opened.end, opened.revision_number) == (0, 18, 1)
    assert opened.session_id is not None


def test_an_article_beside_the_results_counts_as_shown_and_once_opened_not_twice(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    agent.get("/desk/articles/refund-fee?q=退票&peek=1")
    assert acts(world) == [("shown", "article")]
    agent.get("/desk/articles/child-fare?q=儿童&peek=1")
    agent.get("/desk/articles/child-fare?q=儿童")
    assert acts(world)[1:] == [("opened", "article")]


def test_copying_keeps_the_sentence_or_the_selection(world: World, as_person: AsPerson) -> None:
    agent = as_person("agent")
    ask_and_copy(agent)
    shown, copied = traces(world)
    assert (copied.act, copied.surface) == ("copied", "answer")
    assert copied.shown_sha == shown.shown_sha
    chosen = "票价的10%\n 开车前不足24小时"
    data = {"key": "refund-fee", "number": "1", "selected": chosen, "start": "0", "end": "5"}
    agent.post("/desk/copies", data=data)
    last = traces(world)[-1]
    assert last.surface == "selection"
    agent.post("/desk/copies", data=data | {"selected": "别处的话", "whole": "1"})
    assert traces(world)[-1].surface == "article"


@pytest.mark.parametrize("number", ["", "0", "99", "１", "x" * 50, "-1", "1\0"])
def test_a_copy_in_odd_hands_breaks_nothing(world: World, as_person: AsPerson, number: str) -> None:
    data = {
        "key": "refund-fee",
        "number": number,
        "start": "9" * 9,
        "end": "-1",
        "condition": "\0<b>",
    }
    response = as_person("agent").post("/desk/copies", data=data | {"selected": "😀" * 9000})
    assert response.status_code in (204, 404)


def test_a_copy_of_what_one_may_not_read_is_not_found(as_person: AsPerson, world: World) -> None:
    data = {"key": "angry-caller", "number": "1"}
    assert as_person("agent").post("/desk/copies", data=data).status_code == 404
    data["key"] = "tomorrow-hours"
    assert as_person("agent").post("/desk/copies", data=data).status_code == 404
    assert acts(world) == []


def test_a_copy_from_a_page_left_open_is_of_that_revision_and_says_so(
    world: World, as_person: AsPerson
) -> None:
    agent = as_person("agent")
    world.clock.forward(minutes=1)
    world.publish(replace(REFUND, body="退票一律不收退票费。\n"))
    response = agent.post("/desk/copies", data={"key": "refund-fee", "number": "1"})
    assert "不再生效" in response.json["sentence"]
    assert traces(world)[-1].revision_number == 1


# The call


def test_the_call_is_kept_until_it_is_cleared(world: World, as_person: AsPerson) -> None:
    agent = as_person("agent")
    agent.post("/desk/call", data={"call": " ＣＡＬＬ-７_a "})
    assert "CALL-7_a" in agent.get("/desk").text
    agent.get("/articles/refund-fee")
    agent.get("/articles/child-fare")
    agent.post("/desk/call", data={"call": ""})
    agent.get("/articles/change-ticket")
    assert [trace.call for trace in traces(world)] == ["CALL-7_a", "CALL-7_a", ""]


@pytest.mark.parametrize("call", ["有空 格", "a" * 65, "<script>", "a/b", "😀", "a\0b"])
def test_a_call_number_of_other_signs_is_refused_in_words(as_person: AsPerson, call: str) -> None:
    agent = as_person("agent")
    page = agent.post("/desk/call", data={"call": call}, headers=HX)
    assert page.status_code == 200
    assert "只能用字母、数字" in page.text
    assert "正在通话" not in agent.get("/desk").text


def test_the_api_keeps_evidence_where_a_call_is_named(world: World, client: Client) -> None:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, "1001")
        token = accounts.add_token(session, person, "test", world.clock())
    headers = {"Authorization": f"Bearer {token}"}
    client.get("/api/v1/articles/refund-fee", headers=headers)
    assert acts(world) == []
    client.get("/api/v1/search?q=退票费怎么收&call=C9", headers=headers)
    client.get("/api/v1/articles/refund-fee?call=C9", headers=headers)
    found = [(t.act, t.call, t.origin, t.session_id) for t in traces(world)]
    assert found == [("shown", "C9", "api", None), ("opened", "C9", "api", None)]
    assert client.get("/api/v1/search?q=a&call=%20x!", headers=headers).status_code == 422


# Finding and reporting


@pytest.mark.both_databases
def test_traces_are_found_by_call_person_article_and_day(world: World, as_person: AsPerson) -> None:
    agent, lead = as_person("agent"), as_person("qa_lead")
    agent.post("/desk/call", data={"call": "C-1"})
    agent.get("/articles/refund-fee")
    as_person("other_agent").get("/articles/child-fare")

    def titles(**query: str) -> set[str]:
        page = soup(lead.get("/evidence", query_string=query).text)
        return {a.get_text() for a in page.select("table a") if "article=" in str(a["href"])}

    both = {"退票费怎么收", "儿童票按年龄怎么买"}
    assert titles() == both
    assert titles(call="C-1") == {"退票费怎么收"}
    assert titles(who="1002") == titles(who="林知") == {"儿童票按年龄怎么买"}
    assert titles(article="refund-fee", act="opened") == {"退票费怎么收"}
    assert titles(**{"from": "2026-11-22", "to": "2026-11-22"}) == both
    assert titles(to="2026-11-21") == titles(who="没有这个人") == set()
    assert "日期要写成" in lead.get("/evidence?from=昨天").text
    assert lead.get("/evidence?page=99").status_code == 404


@pytest.mark.both_databases
def test_the_report_says_who_saw_which_words_and_proves_it(
    world: World, as_person: AsPerson, tmp_path: Path
) -> None:
    agent = as_person("agent")
    agent.post("/desk/call", data={"call": "C-1"})
    ask_and_copy(agent)
    as_person("other_agent").get("/articles/child-fare")  # another's, in between
    agent.get("/articles/refund-fee")
    world.clock.forward(minutes=5)
    world.publish(replace(REFUND, body="新的办法。\n"))
    lead = as_person("qa_lead")
    page = lead.get("/evidence/report?call=C-1").text
    for words_shown in (
        "周小禾（1001）",
        "复制答案句",
        "当时生效",
        "陆明审",
        "全部相符",
        "票价的20%",
    ):
        assert words_shown in page, words_shown
    file = lead.get("/evidence/report.html?call=C-1")
    assert "attachment" in file.headers["Content-Disposition"]
    whole = soup(file.text)
    assert not whole.select("script, link, img")
    data = json.loads(lead.get("/evidence/report.json?call=C-1").text)
    assert data["ok"]
    assert [t["number"] for t in data["traces"]] == [1, 2, 4]
    [span] = data["texts"][0]["in_force"]
    assert span == ["2026-11-22T02:00:00.000000Z", "2026-11-22T02:05:00.000000Z"]

    # As the report tells a stranger to check it, with the very program that it prints.
    program = whole.select("pre.program")[0].get_text()
    kept = tmp_path / "report.json"
    kept.write_text(json.dumps(data), "utf-8")
    run = [sys.executable, "-c", program, str(kept)]
    assert "全部相符" in subprocess.run(run, capture_output=True, text=True, check=True).stdout
    data["traces"][0]["words"] += "。"
    kept.write_text(json.dumps(data), "utf-8")
    assert subprocess.run(run, capture_output=True).returncode == 1


def test_people_and_calls_are_masked_for_those_who_may_not_see_them(
    world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.grant") as session:
        role = session.scalars(select(Role).where(Role.key == "qa_lead")).one()
        role.permissions = ["kb.read", "evidence.read"]
    agent = as_person("agent")
    agent.post("/desk/call", data={"call": "13800138000-A1"})
    agent.get("/articles/refund-fee")
    lead = as_person("qa_lead")
    for path in ("/evidence", "/evidence/report", "/evidence/report.html", "/evidence/report.json"):
        page = lead.get(path).text
        for secret in ("周小禾", "1001", "13800138000", '"canonical": "'):
            assert secret not in page, (path, secret)
        assert "周" in page
    assert "您不能按人员查" in lead.get("/evidence?who=1001").text
    assert lead.get("/evidence/report?who=1001").status_code == 422


def test_texts_one_may_not_read_are_counted_but_not_named(
    world: World, as_person: AsPerson
) -> None:
    as_person("supervisor").get("/articles/angry-caller")
    as_person("agent").get("/articles/refund-fee")
    for path in ("/evidence", "/evidence/report"):
        page = as_person("qa_lead").get(path).text
        assert "情绪激动" not in page
        assert "angry-caller" not in page
        assert re.search(r"另有 1 条", page)


def test_only_those_entitled_see_evidence(as_person: AsPerson) -> None:
    assert as_person("agent").get("/evidence").status_code == 403
    assert as_person("supervisor").get("/evidence/report").status_code == 403


# Checking


def spoil(world: World, statement: str) -> None:
    with world.services.db.engine.execution_options(write=True).begin() as connection:
        connection.execute(text(statement))


@pytest.mark.both_databases
def test_a_rewritten_article_is_caught_though_the_chain_is_whole(
    world: World, as_person: AsPerson
) -> None:
    as_person("agent").get("/articles/refund-fee")
    spoil(world, "update revision set body = '退票不收费。' where title = '退票费怎么收'")
    with world.reading() as session:
        found = verifying.verify(session)
    assert {fault.kind for fault in found.faults} == {"source", "words"}
    page = as_person("qa_lead").get("/evidence/report").text
    assert "不一致" in page
    assert "先弄清原因" in page


@pytest.mark.both_databases
def test_the_page_has_the_chain_checked_and_names_what_is_wrong(
    world: World, as_person: AsPerson
) -> None:
    admin = as_person("administrator")
    assert "还没有核验过" in admin.get("/evidence/checks").text
    as_person("agent").get("/articles/refund-fee")
    admin.post("/evidence/checks")
    admin.post("/evidence/checks")  # sent twice is once
    assert admin.get("/evidence/checks").text.count("在排队") == 1
    work_off(world)
    assert "全部相符" in admin.get("/evidence/checks").text
    spoil(world, "update evidence set call = 'x' where id = 1")
    admin.post("/evidence/checks")
    work_off(world)
    assert "第1条的内容和它的指纹不符" in admin.get("/evidence/checks").text


@pytest.mark.both_databases
def test_an_exported_anchor_catches_a_lost_end(world: World, as_person: AsPerson) -> None:
    admin = as_person("administrator")
    as_person("agent").get("/articles/refund-fee")
    as_person("agent").get("/articles/child-fare")
    anchor = admin.post("/evidence/anchors").data
    assert json.loads(anchor)["last"] == 2
    spoil(world, "delete from evidence where id = 2")
    spoil(world, "delete from evidence_anchor")
    spoil(world, "update evidence_head set last = 1, hash = (select hash from evidence)")
    with world.reading() as session:
        assert verifying.verify(session).ok  # without the anchor nobody can know
    admin.post("/evidence/checks", data={"anchors": (io.BytesIO(anchor), "a.json")})
    work_off(world)
    assert "锚点记到第2条，现在没有这一条" in admin.get("/evidence/checks").text


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff\xfe", b"[1]", b'{"last": true, "hash": ""}', b"[" * 9999]
)
def test_a_file_that_is_no_anchor_is_refused_in_words(as_person: AsPerson, content: bytes) -> None:
    data: dict[str, Any] = {"anchors": (io.BytesIO(content), "a.json")}
    response = as_person("administrator").post("/evidence/checks", data=data)
    assert response.status_code == 422
    assert "锚点" in response.text


def test_the_command_verifies_and_fails_on_tampering(
    world: World, as_person: AsPerson, tmp_path: Path
) -> None:
    as_person("agent").get("/articles/refund-fee")
    settings, file = world.services.settings, tmp_path / "anchors.jsonl"
    assert run(settings, "evidence", "anchor", file).exit_code == 0
    done = run(settings, "evidence", "verify", "--json", "--anchors", file)
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    spoil(world, "update evidence set act = 'shown'")
    done = run(settings, "evidence", "verify")
    assert done.exit_code == 1
    assert "第1条的内容和它的指纹不符" in done.stdout


def test_the_renderer_writes_what_it_always_wrote() -> None:
    """Whoever changes these words must give the renderer another number, or old traces fail."""
    body = (
        "# 标题\n\n正文**粗**与`码`，[链](https://e.cn)。\n第二行\n\n- 一\n  - 二\n\n1. 甲\n\n"
        "| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 & 3 |\n\n> [!例外]\n> 不收费。\n\n> 引\n\n"
        "```\n代 码\n```\n\n---\n![图](a.png)\n"
    )
    article = words.article("标题", 3, body[6:12], render(body, [(6, 12)]))
    answer = words.answer("标题", 3, said("| **20%** | `x` |", "开车前", ("费率", "代码")))
    assert words.RENDERER == "1"
    assert [words.sha(article)[:16], words.sha(answer)[:16]] == [
        "eded39fc46b6ba10",
        "e45b7b0569b8aaf4",
    ]


def test_no_trace_is_lost_where_the_database_was_busy(
    world: World, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = as_person("agent")

    def busy(*arguments: Any) -> None:
        raise OperationalError("insert", {}, Exception("database is locked"))

    monkeypatch.setattr("web.evidence.notes.append", busy)
    assert agent.get("/articles/refund-fee").status_code == 200
    assert agent.post("/desk/copies", data={"key": "refund-fee", "number": "1"}).status_code == 204
    monkeypatch.undo()
    assert acts(world) == [("opened", "article"), ("copied", "article")]
