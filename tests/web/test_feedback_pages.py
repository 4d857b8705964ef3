"""Votes, reports and the owner's queue, through the pages."""

from __future__ import annotations

import pytest

from kb import articles, feedback
from kb.feedback import Report, Vote

from ..world import World
from .editing import AsPerson, notices, page, told

URL = "/articles/refund-fee"
QUOTE = "开车前8天以上退票，不收退票费。"


def reports(world: World) -> list[Report]:
    with world.reading() as session:
        return session.query(Report).order_by(Report.id).all()


def raise_one(as_person: AsPerson, who: str = "agent", url: str = URL, **form: object) -> None:
    sent = {"quote": QUOTE, "reason": "改成7天了", **form}
    assert as_person(who).post(f"{url}/reports", data=sent).status_code == 302


@pytest.mark.both_databases
def test_a_vote_shows_as_pressed_and_counts_once(world: World, as_person: AsPerson) -> None:
    agent = as_person("agent")
    data = {"helpful": "1", "start": "0", "end": "16", "number": "1"}
    for _ in range(2):  # the button is pressed in the first answer already
        answer = agent.post(f"{URL}/votes", data=data, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        pressed = page(answer).select_one("[aria-pressed=true]")
        assert pressed is not None
        assert pressed["value"] == "1"
    with world.reading() as session:
        assert session.query(Vote).count() == 1
    assert "已记下" in told(agent, agent.post(f"{URL}/votes", data={"helpful": "0"}))
    assert 'aria-pressed="true"' in agent.get(URL).text


@pytest.mark.both_databases
def test_a_report_goes_to_the_publisher_and_its_giver_hears_the_answer(
    world: World, as_person: AsPerson
) -> None:
    agent, reviewer = as_person("agent"), as_person("reviewer")
    said = told(agent, agent.post(f"{URL}/reports", data={"quote": QUOTE, "reason": "改成7天了"}))
    assert "已交给陆明审" in said
    queue = reviewer.get("/kb/reports")
    marked = page(queue).select_one(".passage mark")
    assert marked is not None
    assert marked.get_text() == QUOTE
    assert "周小禾" in queue.text
    assert "2026-11-25 10:00 前答复" in queue.text
    assert "您指出" not in agent.get("/").text
    answer = {"kind": "kept", "text": "文件没有变"}
    reviewer.post("/kb/reports/1/answers", data=answer)
    assert "您指出《退票费怎么收》有误，答复是不改：文件没有变" in agent.get("/").text
    assert "文件没有变" in agent.get("/mine").text
    agent.post("/mine/told")
    assert "您指出" not in agent.get("/").text


def test_a_quote_that_is_nowhere_is_kept_with_the_reason(world: World, as_person: AsPerson) -> None:
    raise_one(as_person, quote="凭记忆写的一句")
    (found,) = reports(world)
    assert (found.start, found.end) == (0, 0)
    assert found.reason == "“凭记忆写的一句”：改成7天了"


def test_without_a_reason_nothing_is_lost(as_person: AsPerson) -> None:
    answer = as_person("agent").post(f"{URL}/reports", data={"quote": QUOTE, "reason": " "})
    assert answer.status_code == 422
    assert "请写一句哪里有误" in answer.text
    assert QUOTE in answer.text


def test_a_report_on_an_older_version_is_sent_to_the_new_one(
    world: World, as_person: AsPerson
) -> None:
    answer = as_person("agent").post(f"{URL}/votes", data={"helpful": "1", "number": "9"})
    assert answer.status_code == 409
    assert "新的一版" in answer.text


def test_nobody_votes_or_reports_on_what_they_may_not_read(as_person: AsPerson) -> None:
    agent = as_person("agent")
    for key in ("angry-caller", "yesterday-outage", "draft-luggage", "no-such"):
        assert agent.post(f"/articles/{key}/votes", data={"helpful": "1"}).status_code == 404
        assert agent.get(f"/articles/{key}/reports").status_code == 404


def test_the_queue_shows_a_restricted_passage_only_to_who_may_read_it(
    world: World, as_person: AsPerson
) -> None:
    raise_one(as_person, "supervisor", "/articles/angry-caller", quote="由班长在30分钟内回电")
    assert "30分钟内回电" in as_person("reviewer").get("/kb/reports?show=all").text
    with world.work(doing="test.grant") as session:
        from web import accounts

        accounts.role_named(session, "inspector").permissions = ["kb.read", "kb.write"]
    for path in ("/kb/reports?show=all", "/", "/kb/reports?show=votes"):
        shown = as_person("inspector").get(path).text
        assert "30分钟内回电" not in shown
        assert "情绪激动" not in shown
        assert "改成7天了" not in shown


def test_the_giver_who_lost_the_right_to_read_is_not_told_the_title(
    world: World, as_person: AsPerson
) -> None:
    raise_one(as_person, "agent", "/articles/team-one-duty", quote="周日值班")
    with world.work("reviewer", "test") as session:
        feedback.answer(
            session, 1, "changed", "号码换了", world.person("reviewer").id, world.clock()
        )
        articles.retire(
            session, articles.get(session, "team-one-duty"), articles.Edit(1, world.clock())
        )
    for path in ("/", "/mine"):
        shown = as_person("agent").get(path).text
        assert "值班" not in shown
        assert "号码换了" not in shown
    assert "您指出一篇文章有误" in as_person("agent").get("/").text


@pytest.mark.both_databases
def test_answers_that_do_not_fit_change_nothing(world: World, as_person: AsPerson) -> None:
    raise_one(as_person)
    reviewer = as_person("reviewer")
    url = "/kb/reports/1/answers"
    for form, words in (
        ({}, "请选择"),
        ({"kind": "kept"}, "写明原因"),
        ({"kind": "passed"}, "转给谁"),
        ({"kind": "passed", "to": str(world.person("agent").id)}, "转给谁"),
    ):
        answer = reviewer.post(url, data=form)
        assert answer.status_code == 422
        assert words in answer.text
    assert [r.state for r in reports(world)] == ["open"]
    editor = str(world.person("editor").id)
    assert "已转交" in told(reviewer, reviewer.post(url, data={"kind": "passed", "to": editor}))
    assert "改成7天了" in as_person("editor").get("/").text
    assert "已答复" in told(reviewer, reviewer.post(url, data={"kind": "changed"}))
    assert "刚有人答复过" in told(reviewer, reviewer.post(url, data={"kind": "changed"}))
    assert reviewer.post("/kb/reports/4711/answers", data={"kind": "changed"}).status_code == 404


@pytest.mark.both_databases
def test_the_votes_are_shown_with_their_n(as_person: AsPerson) -> None:
    for who, helpful in (("agent", "0"), ("other_agent", "0"), ("supervisor", "1")):
        as_person(who).post(f"{URL}/votes", data={"helpful": helpful})
    shown = as_person("editor").get("/kb/reports?show=votes")
    assert "66.7%（n=3）" in shown.text
    assert notices(shown) == ""


def test_who_has_left_answers_no_more(world: World, as_person: AsPerson) -> None:
    with world.work("administrator", "test") as session:
        from web import accounts

        accounts.disable(session, accounts.get_person(session, "2002"), world.clock())
    raise_one(as_person)
    assert "改成7天了" in as_person("editor").get("/kb/reports?show=all").text
