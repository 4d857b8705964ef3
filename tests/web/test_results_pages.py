"""Results of exams: what each may see, and when."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from exams import stats
from exams.tables import Attempt, BankQuestion, Exam

from ..browsing import Client
from ..exam_world import add_attempt, add_exam, add_grading, add_paper, add_question
from ..world import NOW, REFUND, World
from .editing import page, told

AsPerson = Callable[[str], Client]
QUOTE = "开车前8天以上退票，不收退票费。"
SOURCE = {"article": "refund-fee", "revision": 1, "start": 0, "end": len(QUOTE), "quote": QUOTE}
EXPLAINED = "看第一条就知道"
STEM = "几天以上免费退"
ENDED = NOW - timedelta(hours=2)


def sat(world: World, who: dict[str, list[Any]], **fields: Any) -> tuple[int, dict[str, int]]:
    """An exam that is over, of two single choices (key B), as these people answered it."""
    with world.work(doing="test") as session:
        first = add_question(
            session,
            source=SOURCE,
            explanation=EXPLAINED,
            stem="几天以上免费退",
            topics=["票务/退票"],
        )
        second = add_question(session, stem="第二题怎么选", topics=["票务/改签"])
        given: dict[str, Any] = {
            "opens_at": ENDED - timedelta(hours=3),
            "closes_at": ENDED,
            "title": "十一月月考",
        }
        exam = add_exam(session, add_paper(session, [first, second], points=5), **given | fields)
        begun = ENDED - timedelta(hours=2)
        made = {}
        for name, responses in who.items():
            person = world.person(name)
            made[name] = add_attempt(
                session,
                exam,
                person.id,
                responses,
                graded=True,
                begun_at=begun,
                team_id=person.team_id,
                grade=person.grade,
            ).id
        return exam.id, made


@pytest.mark.parametrize(
    ("rules", "mark", "answers"),
    [
        ({"results": "at_once", "answers": "after_close"}, True, True),
        ({"results": "by_hand", "answers": "after_close"}, False, False),
        ({"results": "at_once", "answers": "by_hand"}, True, False),
        (
            {
                "results": "at_once",
                "answers": "after_close",
                "closes_at": NOW + timedelta(hours=1),
            },
            True,
            False,
        ),
    ],
)
def test_no_key_reaches_a_browser_before_its_time(
    world: World, as_person: AsPerson, rules: dict[str, Any], mark: bool, answers: bool
) -> None:
    _, made = sat(world, {"agent": ["A", "B"]}, **rules)
    agent = as_person("agent")
    shown = agent.get(f"/my/exams/{made['agent']}").text
    assert ("50.0" in shown) is mark
    assert ("50.0" in agent.get("/my/exams").text) is mark
    for leak in ("正确答案</", "几天以上免费退", QUOTE, EXPLAINED, "答错", "开车前48小时以上"):
        assert (leak in shown) is answers, leak
    assert ("公布" in shown) is not answers


def test_the_sentence_that_settles_it_is_shown_with_what_became_of_it(
    world: World, as_person: AsPerson
) -> None:
    _, made = sat(world, {"agent": ["A", "B"]})
    agent = as_person("agent")
    ground = page(agent.get(f"/my/exams/{made['agent']}")).select_one("#q1 .ground")
    assert ground is not None
    assert QUOTE in ground.text
    assert "第 1 版" in ground.text
    assert "后来改了" not in ground.text
    world.clock.forward(minutes=10)
    world.publish(replace(REFUND, body="开车前15天以上退票，不收退票费。"))
    changed = page(agent.get(f"/my/exams/{made['agent']}")).select_one("#q1 .ground")
    assert changed is not None
    assert QUOTE in changed.text
    assert "现行第 2 版" in changed.text
    link = changed.select_one("a[href^='/past/']")
    assert link is not None
    assert agent.get(str(link["href"])).status_code == 200


def test_an_article_one_may_not_read_is_not_named(world: World, as_person: AsPerson) -> None:
    _, made = sat(world, {"agent": ["A", "B"]})
    world.publish(replace(REFUND, audiences=("班长",)))
    shown = as_person("agent").get(f"/my/exams/{made['agent']}").text
    assert "几天以上免费退" in shown
    assert QUOTE not in shown
    assert "refund-fee" not in shown
    assert 'class="ground"' not in shown


@pytest.mark.both_databases
def test_a_regrade_is_told_with_its_reason(world: World, as_person: AsPerson) -> None:
    _, made = sat(world, {"agent": ["A", "B"]})
    with world.work(doing="test") as session:
        attempt = session.get_one(Attempt, made["agent"])
        add_grading(
            session, attempt, points=10.0, passed=True, cause="regrade", reason="两个选项都算对"
        )
    shown = as_person("agent").get(f"/my/exams/{made['agent']}").text
    assert "重新判分" in shown
    assert "两个选项都算对" in shown
    assert "100.0" in shown


def test_nobody_opens_the_paper_of_another(world: World, as_person: AsPerson) -> None:
    exam, made = sat(world, {"agent": ["A", "B"], "other_agent": ["B", "B"]})
    assert as_person("other_agent").get(f"/my/exams/{made['agent']}").status_code == 404
    assert as_person("agent").get("/my/exams/99999999999").status_code == 404
    assert as_person("agent").get(f"/results/{exam}").status_code == 403
    wrong = as_person("trainer").get(f"/results/{exam + 1}/attempts/{made['agent']}")
    assert wrong.status_code == 404


@pytest.mark.both_databases
def test_a_team_leader_sees_the_own_team_and_not_before_it(
    world: World, as_person: AsPerson
) -> None:
    exam, made = sat(world, {"agent": ["A", "B"], "other_agent": ["B", "B"]}, results="by_hand")
    leader = as_person("supervisor")
    assert "50.0" not in leader.get("/results").text
    assert "周小禾" not in leader.get(f"/results/{exam}/people").text
    with world.work(doing="test") as session:
        session.get_one(Exam, exam).released_at = NOW
    people = leader.get(f"/results/{exam}/people").text
    assert "周小禾" in people
    assert "林知夏" not in people
    assert leader.get(f"/results/{exam}/attempts/{made['agent']}").status_code == 200
    assert leader.get(f"/results/{exam}/attempts/{made['other_agent']}").status_code == 404
    overview = leader.get(f"/results/{exam}").text
    assert "n=1" in overview
    assert "n=2" not in overview
    for place in ("questions", "results.xlsx", "scores.csv", "certificates"):
        assert leader.get(f"/results/{exam}/{place}").status_code == 403


def test_a_trainer_sees_figures_with_their_n(world: World, as_person: AsPerson) -> None:
    exam, made = sat(world, {"agent": ["A", "B"], "other_agent": ["B", "B"]})
    trainer = as_person("trainer")
    overview = trainer.get(f"/results/{exam}").text
    assert "75.0" in overview
    assert "n=2" in overview
    assert "票务/退票" in overview
    people = page(trainer.get(f"/results/{exam}/people?sort=percent"))
    names = [cell.text for cell in people.select("tbody th")]
    assert [name[:3] for name in names] == ["周小禾", "林知夏"]
    assert "几天以上免费退" in trainer.get(f"/results/{exam}/attempts/{made['agent']}").text
    questions = trainer.get(f"/results/{exam}/questions?sort=facility").text
    assert "没有信度" in questions
    assert "少于 20 个回答的题不下判断" in questions
    for wrong in ("sort=x", "page=0", "page=x", "which=９", "sort=-"):
        assert trainer.get(f"/results/{exam}/questions?{wrong}").status_code == 200
        assert trainer.get(f"/results/{exam}/people?{wrong}").status_code == 200


@pytest.mark.both_databases
def test_the_files_say_what_the_pages_say(world: World, as_person: AsPerson) -> None:
    exam, _ = sat(world, {"agent": ["A", "B"], "other_agent": ["B", "B"]}, title="=2+3/月考")
    trainer = as_person("trainer")
    book = openpyxl.load_workbook(io.BytesIO(trainer.get(f"/results/{exam}/results.xlsx").data))
    assert {"成绩", "每题", "选项", "作答", "说明"} <= set(book.sheetnames)
    marks = {row[0]: row[3] for row in book["成绩"].iter_rows(min_row=2, values_only=True)}
    assert set(marks.values()) == {50, 100}
    assert book["作答"].max_row == book["每题得分"].max_row == 1 + 2
    assert {row[3:] for row in book["每题得分"].iter_rows(min_row=2, values_only=True)} == {
        (0, 5),
        (5, 5),
    }
    assert all(cell.data_type != "f" for sheet in book for row in sheet.rows for cell in row)
    table = stats.read(trainer.get(f"/results/{exam}/scores.csv").get_data(as_text=True))
    found = stats.statistics(table)
    assert found["paper"]["mean"] == 7.5
    assert [item["facility"] for item in found["items"].values()] == [0.5, 1]


@pytest.mark.both_databases
def test_certificates_from_issue_to_revocation(world: World, as_person: AsPerson) -> None:
    exam, _ = sat(
        world, {"agent": ["B", "B"], "other_agent": ["A", "A"]}, kind="promotion", title="晋级"
    )
    examiner, agent = as_person("examiner"), as_person("agent")
    issuing = f"/results/{exam}/certificates"
    assert "没有勾选" in told(examiner, examiner.post(issuing))
    assert "发了 1 张" in told(examiner, examiner.post(issuing, data={"who": "all"}))
    link = page(agent.get("/my/exams")).select_one("a[href$='.pdf']")
    assert link is not None
    url = str(link["href"])
    text = PdfReader(io.BytesIO(agent.get(url).data)).pages[0].extract_text()
    assert "周小禾" in text
    assert "晋级" in text
    number = url.rpartition("/")[2].removesuffix(".pdf")
    assert number in text
    assert as_person("other_agent").get(url).status_code == 404
    assert agent.get(f"/certificates?number={number}").status_code == 403
    assert "周小禾" in examiner.get(f"/certificates?number={number.lower()}").text
    assert "抄错" in examiner.get("/certificates?number=ZX2026-1-1-1").text
    listing = examiner.get(f"/results/{exam}/certificates")
    form = page(listing).select_one("form[action$='/revocation']")
    assert form is not None
    refused = examiner.post(str(form["action"]), data={"reason": "　"})
    assert (refused.status_code, "请写明" in refused.text) == (422, True)
    done = examiner.post(str(form["action"]), data={"reason": "冒名顶替"})
    assert "已撤销" in told(examiner, done)
    assert agent.get(url).status_code == 404
    assert "冒名顶替" in agent.get("/my/exams").text


@pytest.mark.both_databases
def test_a_question_of_the_bank_tells_how_it_did(world: World, as_person: AsPerson) -> None:
    exam, _ = sat(world, {"agent": ["A", "B"], "other_agent": ["B", "B"]})
    with world.reading() as session:
        asked = session.query(BankQuestion).filter(BankQuestion.folded.contains("几天")).one().id
    shown = page(as_person("trainer").get(f"/bank/{asked}"))
    record = shown.select_one("section[aria-labelledby=record]")
    assert record is not None
    assert "在 2 份答卷里考过" in record.text
    assert "50.0%" in record.text
    assert "n=2" in record.text
    assert record.select_one(f"a[href='/results/{exam}']") is not None
