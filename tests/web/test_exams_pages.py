"""Exams arranged and watched in the browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from exams.tables import Attempt, AttemptEvent, Exam
from web import exam_repeats
from web.chores import Workshop
from web.workers import Worker

from ..browsing import Client
from ..exam_world import add_attempt, add_event, add_exam, add_paper, add_question
from ..world import CAST, NOW, World
from .editing import page

AsPerson = Callable[[str], Client]
HOUR = timedelta(hours=1)


@pytest.fixture
def examiner(as_person: AsPerson) -> Client:
    return as_person("examiner")


def made(world: World, **fields: Any) -> int:
    with world.work(doing="test") as session:
        return add_exam(session, **fields).id


def found(world: World, id: int) -> Exam:
    with world.reading() as session:
        exam = session.get_one(Exam, id)
        _ = exam.audience, exam.allowances
        return exam


def sent(client: Client, url: str, **changed: object) -> dict[str, object]:
    """The form of the page as a browser would send it, with something changed."""
    form = page(client.get(url)).select_one("form.exam-form")
    assert form is not None
    data: dict[str, object] = {}
    for each in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(each["name"]), each.get("type")
        if kind in ("checkbox", "radio") and not each.has_attr("checked"):
            continue
        if each.name == "select":
            chosen = each.select_one("option[selected]")
            data[name] = str(chosen["value"]) if chosen else ""
        else:
            data[name] = str(each.get("value", "")) if each.name == "input" else each.text.strip()
    return data | changed


@pytest.mark.both_databases
def test_an_exam_is_written_published_and_seen_by_those_invited(
    world: World, examiner: Client
) -> None:
    with world.work(doing="test") as session:
        paper = add_paper(session, title="十一月卷")
        number = CAST["agent"].number
        team = world.person("other_agent").team_id
    url = "/exams/manage/new?kind=daily"
    data = sent(
        examiner,
        url,
        paper_id=paper.id,
        who="some",
        teams=team,
        people=f"{number}、{number}",
        minutes="１５",
    )
    answer = examiner.post("/exams/manage/new", data=data)
    assert answer.status_code == 302
    assert examiner.post("/exams/manage/new", data=data).location == answer.location  # twice
    id = int(answer.location.rsplit("/", 1)[1])
    exam = found(world, id)
    assert (exam.minutes, exam.kind, exam.repeats) == (15, "daily", "workdays")
    assert exam.opens_at == datetime(2026, 11, 23, 8, tzinfo=NOW.tzinfo)
    assert {(each.kind, each.value) for each in exam.audience} == {
        ("team", str(team)),
        ("person", str(world.person("agent").id)),
    }
    shown = examiner.get(f"/exams/manage/{id}").text
    assert "15 分钟，从开始作答时算起" in shown
    assert "班组：票务二组；个人：周小禾（1001）" in shown
    assert examiner.post(f"/exams/manage/{id}/publication", data={"saves": 9}).status_code == 409
    for _ in range(2):
        published = examiner.post(f"/exams/manage/{id}/publication", data={"saves": exam.saves})
        assert published.status_code == 302
    assert found(world, id).published_at == NOW
    assert examiner.get(f"/exams/manage/{id}/edit").status_code == 302
    data = sent(examiner, "/exams/manage/new", title="晚了", saves=exam.saves)
    assert examiner.post(f"/exams/manage/{id}/edit", data=data).status_code in (409, 422)
    assert "还没有开始的 3 人" in examiner.get(f"/exams/manage/{id}").text  # two teammates and one


@pytest.mark.both_databases
def test_every_fault_is_named_and_nothing_typed_is_lost(world: World, examiner: Client) -> None:
    data = sent(
        examiner,
        "/exams/manage/new",
        title=" ",
        closes_at="明天",
        minutes="9" * 30,
        pass_percent="nan",
        who="some",
        people="1001、没有这个人",
        note="带耳机<b>",
    )
    answer = examiner.post("/exams/manage/new", data=data)
    assert answer.status_code == 422
    shown = page(answer)
    links = [str(link["href"]) for link in shown.select(".notice.bad a")]
    assert set(links) == {
        "#title",
        "#paper_id",
        "#closes_at",
        "#minutes",
        "#pass_percent",
        "#people",
    }
    for link in links:
        assert shown.select_one(link), link
    assert "没有在用的工号：没有这个人" in answer.text
    assert "带耳机&lt;b&gt;" in answer.text
    with world.reading() as session:
        assert session.query(Exam).count() == 0


def test_an_exam_whose_paper_cannot_be_drawn_is_not_published(
    world: World, examiner: Client
) -> None:
    with world.work(doing="test") as session:
        paper = add_paper(session, rows=[{"number": 3}])
        id = add_exam(session, paper, published_at=None).id
    shown = examiner.get(f"/exams/manage/{id}")
    assert "还不能发布" in shown.text
    assert not page(shown).select(f'form[action$="/{id}/publication"]')
    answer = examiner.post(f"/exams/manage/{id}/publication", data={"saves": 1})
    assert answer.status_code == 409
    assert "题库里的题不够" in answer.text
    assert found(world, id).published_at is None


@pytest.mark.both_databases
def test_of_two_tabs_the_second_is_told_and_keeps_what_it_typed(
    world: World, examiner: Client
) -> None:
    id = made(world, published_at=None)
    url = f"/exams/manage/{id}/edit"
    first, second = sent(examiner, url, title="甲"), sent(examiner, url, title="乙")
    assert examiner.post(url, data=first).status_code == 302
    answer = examiner.post(url, data=second)
    assert answer.status_code == 409
    assert 'value="乙"' in answer.text
    assert found(world, id).title == "甲"


@pytest.mark.both_databases
def test_somebody_who_writes_is_seen_and_given_time(world: World, examiner: Client) -> None:
    agent = world.person("agent").id
    with world.work(doing="test") as session:
        asked = [add_question(session), add_question(session, kind="judge")]
        exam = add_exam(session, add_paper(session, asked))
        writing = add_attempt(session, exam, agent, ["B"], open=True)
        for kind, at in (("left", NOW), ("returned", NOW + timedelta(seconds=28))):
            add_event(session, writing, kind, at)
        add_event(session, writing, "pasted", NOW, 2, {"length": 40})
        other = add_attempt(session, add_exam(session), agent, open=True).id
        id, attempt, until = exam.id, writing.id, writing.deadline_at
    part = examiner.get(f"/exams/manage/{id}/now/seats").text
    assert "<html" not in part
    for words in ("周小禾", "1 / 2", "离开 1 次", "共 28秒", "粘贴 1 次"):
        assert words in part
    assert "不作为结论" in examiner.get(f"/exams/manage/{id}/now").text
    back = f"/exams/manage/{id}/now/{attempt}"
    shown = examiner.get(back).text
    assert "第 2 题粘贴了 40 个字" in shown
    assert examiner.get(f"/exams/manage/{id}/now/{other}").status_code == 404
    url = f"/exams/manage/{id}/allowances"
    given = {"number": CAST["agent"].number, "minutes": "10", "back": back}
    assert "请写原因" in examiner.post(url, data=given).text
    answer = examiner.post(url, data=given | {"reason": "停电"})
    assert answer.location == back
    with world.reading() as session:
        assert session.get_one(Attempt, attempt).deadline_at == until + timedelta(minutes=10)
        kinds = session.query(AttemptEvent.kind).filter_by(attempt_id=attempt).all()
        assert ("allowed",) in kinds
    taken = examiner.post(f"{url}/{agent}/removal")
    assert taken.status_code == 409
    assert "不能收回" in taken.text


@pytest.mark.both_databases
def test_an_exam_is_closed_later_cancelled_copied_and_given_out(
    world: World, examiner: Client
) -> None:
    id = made(world, closes_at=NOW + HOUR, results="by_hand")
    url = f"/exams/manage/{id}"
    assert examiner.post(f"{url}/close", data={"closes_at": "明天"}).status_code == 422
    examiner.post(f"{url}/close", data={"closes_at": "2026-11-22T12:00"})
    assert found(world, id).closes_at == NOW + 2 * HOUR
    assert "结束以后" in examiner.post(f"{url}/release").text
    world.clock.forward(hours=3)
    home = examiner.get("/").text
    assert "等您公布成绩" in home
    examiner.post(f"{url}/release")
    examiner.post(f"{url}/release")
    assert found(world, id).released_at == NOW + 3 * HOUR
    assert examiner.post(f"{url}/cancellation").status_code == 409
    answer = examiner.post(f"{url}/copies")
    copied = int(answer.location.rsplit("/", 2)[1])
    assert found(world, copied).published_at is None
    examiner.post(f"/exams/manage/{copied}/cancellation")
    assert found(world, copied).cancelled_at is not None


def test_nothing_is_given_out_while_somebody_with_more_time_writes(
    world: World, examiner: Client
) -> None:
    id = made(world, closes_at=NOW + HOUR, results="by_hand")
    more = {"number": CAST["agent"].number, "minutes": "30", "reason": "停电"}
    examiner.post(f"/exams/manage/{id}/allowances", data=more)
    world.clock.forward(hours=1, minutes=20)
    early = examiner.post(f"/exams/manage/{id}/release")
    assert early.status_code == 409
    assert "有人加了时" in early.text
    assert found(world, id).released_at is None
    world.clock.forward(minutes=11)
    examiner.post(f"/exams/manage/{id}/release")
    assert found(world, id).released_at is not None


@pytest.mark.both_databases
def test_the_daily_test_makes_and_publishes_itself_by_a_job(world: World, examiner: Client) -> None:
    with world.work(doing="test") as session:
        small = add_paper(session, rows=[{"number": 9}])
    opens = NOW - timedelta(days=1, hours=2)
    window = {"opens_at": opens, "closes_at": opens + 12 * HOUR, "repeats": "daily"}
    first = made(world, title="能出", **window)
    short = made(world, title="题不够", paper=small, **window)
    worker = Worker(Workshop.of(world.services))
    while worker.tick():
        pass
    with world.reading() as session:
        today = {exam.of_id: exam for exam in session.query(Exam).where(Exam.of_id.is_not(None))}
    assert today[first].published_at == NOW
    assert today[first].opens_at == NOW - 2 * HOUR
    assert today[short].published_at is None
    assert not exam_repeats.waiting(world.services.db, NOW)
    home = examiner.get("/").text
    assert "没有发出的重复考试" in home
    assert "正在考" in home
    examiner.post(f"/exams/manage/{first}/repeating")
    assert found(world, first).repeats == ""


@pytest.mark.both_databases
def test_the_list_is_narrowed_and_strange_addresses_do_no_harm(
    world: World, examiner: Client
) -> None:
    made(world, title="月考甲")
    made(world, title="日测乙", kind="daily", closes_at=NOW - HOUR, opens_at=NOW - 2 * HOUR)
    url = "/exams/manage"
    assert "月考甲" in examiner.get(f"{url}?state=open").text
    assert "日测乙" not in examiner.get(f"{url}?state=open").text
    assert "日测乙" in examiner.get(f"{url}?kind=daily&since=2026-11-22&before=2026-11-22").text
    assert "没有符合条件" in examiner.get(f"{url}?before=2026-11-01").text
    assert "日期请写成" in examiner.get(f"{url}?since=%E6%98%A8%E5%A4%A9").text
    assert examiner.get(f"{url}?page=99").location == f"{url}?page=1"
    assert examiner.get(f"{url}?kind=x&state=y&page=a").status_code == 200
    assert examiner.get(f"{url}/{10**30}").status_code == 404
