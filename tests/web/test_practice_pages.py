"""Practice and the mistakes, as a person meets them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from exams.tables import BankQuestion, PracticeSet

from ..browsing import Client
from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..world import NOW, World
from .editing import page, told

AsPerson = Callable[[str], Client]
QUOTE = "开车前8天以上退票，不收退票费。"
SOURCE = {"article": "refund-fee", "revision": 1, "start": 0, "end": len(QUOTE), "quote": QUOTE}


@pytest.fixture
def agent(as_person: AsPerson) -> Client:
    return as_person("agent")


def questions(world: World, count: int = 3, **fields: object) -> list[int]:
    with world.work(doing="test") as session:
        return [add_question(session, **fields).id for _ in range(count)]  # type: ignore[arg-type]


def begun(client: Client) -> str:
    """The address of the first question of today's set."""
    response = client.post("/practice/today")
    assert response.status_code == 302, response.text
    return client.get(response.headers["Location"]).headers["Location"]


def test_a_set_is_answered_explained_and_summed_up(agent: Client, world: World) -> None:
    questions(world, 2, kind="judge", stem="开车前8天以上退票不收退票费。", source=SOURCE)
    assert "2</b> 题，约 1 分钟" in agent.get("/practice").text
    address = begun(agent)
    assert QUOTE not in agent.get(address).text
    agent.post(address, data={"r": "yes"})
    shown = agent.get(address).text
    assert "答对" in shown
    assert QUOTE in shown
    second = str(page(agent.get(address)).select_one("a[data-next]")["href"])  # type: ignore[index]
    agent.post(second, data={"r": "no"})
    done = agent.get("/practice/sets/1")
    assert "2 题答对 <b>1</b> 题" in done.text
    assert "已经完成：2 题答对" in agent.get("/practice").text
    assert "开车前8天以上退票不收退票费" in agent.get("/practice/mistakes").text


def test_nothing_answered_is_told_and_not_knowing_is_an_answer(agent: Client, world: World) -> None:
    questions(world, 1, kind="blank")
    address = begun(agent)
    response = agent.post(address, data={"r-0": " ", "r-1": ""})
    assert response.status_code == 422
    assert "还没有作答" in response.text
    assert agent.post(address, data={"skip": "1"}).status_code == 302
    assert "三十天" in agent.get(address).text


def test_the_same_answer_sent_twice_counts_once(agent: Client, world: World) -> None:
    questions(world, 1)
    address = begun(agent)
    assert agent.post(address, data={"r": "A"}).status_code == 302
    assert agent.post(address, data={"r": "B"}).status_code == 302
    assert "答错" in agent.get(address).text


def test_the_right_answer_is_not_on_the_page_before_it_is_given(
    agent: Client, world: World
) -> None:
    questions(world, 1, kind="number", answer={"value": 73511, "unit": "天"}, explanation="因为甲")
    address = begun(agent)
    shown = agent.get(address).text
    assert "73511" not in shown
    assert "因为甲" not in shown


def test_a_set_of_somebody_else_is_missing(
    agent: Client, as_person: AsPerson, world: World
) -> None:
    questions(world)
    address = begun(agent)
    other = as_person("editor")
    assert other.get(address).status_code == 404
    assert other.post(address, data={"r": "A"}).status_code == 404
    for wrong in ("/practice/sets/99", "/practice/sets/1/0", "/practice/sets/1/9"):
        assert agent.get(wrong).status_code == 404


def test_a_question_on_what_one_may_not_read_is_not_practised(agent: Client, world: World) -> None:
    questions(world, 2, audiences=["somebody else"], stem="只给别人看的题")
    assert "现在没有可以练的题" in agent.get("/practice").text
    response = agent.post("/practice/today")
    assert response.status_code == 409
    assert "没有题可练" in response.text


def test_while_an_exam_goes_on_practice_rests(agent: Client, world: World) -> None:
    ids = questions(world)
    address = begun(agent)
    agent.post(address, data={"r": "A"})
    with world.work(doing="test") as session:
        rows = [session.get_one(BankQuestion, id) for id in ids]
        exam = add_exam(session, add_paper(session, rows), kind="daily")
        add_attempt(session, exam, world.person("agent").id, open=True, begun_at=NOW)
    for path in ("/practice", "/practice/mistakes", address):
        shown = agent.get(path).text
        assert "您正在考试" in shown
        assert "正确答案" not in shown
    assert agent.post(address, data={"r": "A"}).status_code == 409


@pytest.mark.both_databases
def test_wrong_answers_of_an_exam_come_to_the_mistakes_when_they_may_be_seen(
    agent: Client, as_person: AsPerson, world: World
) -> None:
    ids = questions(world, 2)
    with world.work(doing="test") as session:
        rows = [session.get_one(BankQuestion, id) for id in ids]
        exam = add_exam(session, add_paper(session, rows), answers="after_close")
        add_attempt(session, exam, world.person("agent").id, ["B", "A"], graded=True)
    assert "没有错题" in agent.get("/practice/mistakes").text
    world.clock.now += timedelta(days=3)
    agent = as_person("agent")  # who has signed in again since
    shown = agent.get("/practice/mistakes")
    assert "错过 1 次" in shown.text
    dropped = agent.post(f"/practice/mistakes/{ids[1]}/drop")
    assert "已经移出错题本" in told(agent, dropped)
    assert agent.post("/practice/mistakes/999999/drop").status_code == 404


@pytest.mark.both_databases
def test_more_sets_are_begun_by_topic_and_from_the_mistakes(agent: Client, world: World) -> None:
    questions(world, 2, topics=["票务/退票"])
    assert ">票务</b>" in agent.get("/practice").text
    for form in ({"kind": "topic", "about": "票务/退票"}, {"kind": "daily"}):
        assert agent.post("/practice/sets", data=form).status_code == 302
    assert agent.post("/practice/sets", data={"kind": "mistakes"}).status_code == 409
    assert agent.post("/practice/sets", data={"kind": "toy"}).status_code == 404
    with world.reading() as session:
        assert {row.kind for row in session.query(PracticeSet)} == {"topic", "daily"}


def test_the_start_page_offers_practice_until_it_is_done(agent: Client, world: World) -> None:
    questions(world, 1)
    assert "今日练习" in agent.get("/").text
    agent.post(begun(agent), data={"r": "B"})
    assert "今日练习" not in agent.get("/").text
