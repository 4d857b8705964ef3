"""Marking essays and correcting keys, on their pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from exams import corrections, gradings, impact, marking
from exams.tables import Attempt, Correction, EssayMark, Exam, Grading, QuestionVersion
from web import accounts, regrading
from web.chores import Workshop
from web.workers import Worker

from ..browsing import Client
from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..world import CAST, World
from .editing import notices, page

AsPerson = Callable[[str], Client]
SAID = "开车前48小時以上可以退款，<b>原路</b>退回。"


@pytest.fixture
def examiner(as_person: AsPerson) -> Client:
    return as_person("examiner")


def essays(world: World, *who: str, **fields: Any) -> Exam:
    """An exam of one essay of ten points that these people handed in."""
    with world.work(doing="test") as session:
        asked = add_question(session, "essay-1", kind="essay", stem="怎样退票？")
        exam = add_exam(session, add_paper(session, [asked], points=10), **fields)
        for each in who:
            attempt = add_attempt(session, exam, world.person(each).id, [SAID])
            gradings.grade(session, attempt, world.clock(), cause="automatic")
        return exam


def choices(world: World, answers: dict[str, Any], kind: str = "single", **fields: Any) -> int:
    """An exam that these people handed in; returns the id of its first version."""
    with world.work(doing="test") as session:
        asked = add_question(session, "wrong-key", kind=kind)
        exam = add_exam(session, add_paper(session, [asked, add_question(session)]), **fields)
        session.refresh(asked.latest)
        asked.latest.used_at = world.clock()
        for who, answer in answers.items():
            attempt = add_attempt(session, exam, world.person(who).id, [answer, "B"])
            gradings.grade(session, attempt, world.clock(), cause="automatic")
        return asked.latest.id


def begin(client: Client, exam: Exam, which: str = "next") -> str:
    """Take the next answer of the only pile; returns its address."""
    version = exam.paper.content["questions"][0]["version"]
    return str(client.post(f"/marking/{exam.id}/{version}/{which}").headers["Location"])


def current(world: World) -> list[Grading]:
    with world.reading() as session:
        ids = list(session.scalars(select(Attempt.id).order_by(Attempt.id)))
        found = gradings.currents(session, ids)
        return [found[id] for id in ids]


def test_an_essay_is_marked_and_the_next_one_comes(world: World, examiner: Client) -> None:
    exam = essays(world, "agent", "other_agent")
    listing = page(examiner.get("/marking"))
    assert "怎样退票？" in listing.text
    assert "0 / 2" in listing.text
    first = begin(examiner, exam)
    shown = page(examiner.get(first))
    assert [mark.text for mark in shown.select("mark")] == ["48小時", "退款"]
    assert "<b>原路</b>" in shown.select_one(".essay-answer").text  # type: ignore[union-attr]
    assert "按关键词约 10 分" in shown.get_text(" ", strip=True)
    assert shown.select("input[name=tenths][checked]") == []  # a hint is never the mark
    second = examiner.post(first, data={"points": "７.5", "words": "清楚"}).headers["Location"]
    assert second.startswith("/marking/answers/")
    done = examiner.post(second, data={"tenths": "3"}, follow_redirects=True)
    assert "没有等您评的答案了" in done.text
    assert sorted((g.points, g.passed, g.complete) for g in current(world)) == [
        (3, False, True),
        (7.5, True, True),
    ]
    again = examiner.post(second, data={"tenths": "9"}, follow_redirects=True)
    assert "已经评过或放回" in again.text


def test_a_mark_that_cannot_be_keeps_what_was_typed(world: World, examiner: Client) -> None:
    first = begin(examiner, essays(world, "agent"))
    for sent, said in [
        ({}, "还没有给分"),
        ({"points": "11"}, "0 到 10 之间"),
        ({"points": "很好"}, "要写成数字"),
        ({"points": "5", "words": "长" * 2001}, "最多 2000"),
        ({"tenths": "11"}, "还没有给分"),
    ]:
        response = examiner.post(first, data={"words": "我的评语", **sent})
        assert response.status_code == 422
        assert said in notices(response)
        assert sent.get("words", "我的评语") in response.text
    with world.reading() as session:
        assert session.scalars(select(EssayMark)).all() == []


@pytest.mark.both_databases
def test_a_blind_exam_names_nobody_to_its_markers(world: World, examiner: Client) -> None:
    agent = CAST["agent"]
    first = begin(examiner, essays(world, "agent", blind=True))
    shown = examiner.get(first)
    for secret in (agent.name, agent.number, agent.team):
        assert secret not in shown.text
        assert secret not in examiner.get("/marking").text
    assert re.fullmatch(r"/marking/answers/[\w-]{20,}", first)
    open_ = begin(examiner, essays_again(world, blind=False))
    assert agent.name in examiner.get(open_).text


def essays_again(world: World, **fields: Any) -> Exam:
    with world.work(doing="test") as session:
        asked = add_question(session, kind="essay")
        exam = add_exam(session, add_paper(session, [asked], points=10), **fields)
        attempt = add_attempt(session, exam, world.person("agent").id, [SAID])
        gradings.grade(session, attempt, world.clock(), cause="automatic")
        return exam


def test_the_second_marker_learns_nothing_of_the_first_and_a_third_settles(
    world: World, as_person: AsPerson, examiner: Client
) -> None:
    exam = essays(world, "agent", double=True)
    examiner.post(begin(examiner, exam), data={"points": "2", "words": "离题"})
    with world.work(doing="test") as session:
        for who in ("trainer", "editor"):
            person = accounts.get_person(session, CAST[who].number)
            roles = [link.role for link in person.role_links]
            accounts.set_roles(person, [*roles, accounts.role_named(session, "examiner")])
    other, third = as_person("trainer"), as_person("editor")
    second = begin(other, exam)
    assert "离题" not in other.get(second).text
    assert begin(examiner, exam) == "/marking"
    other.post(second, data={"points": "9"})
    assert not current(world)[0].complete
    settling = begin(third, exam, "settle")
    assert "离题" in third.get(settling).text
    third.post(settling, data={"points": "6"})
    assert (current(world)[0].points, current(world)[0].complete) == (6, True)


@pytest.mark.both_databases
def test_what_was_given_is_taken_back_and_stands_in_the_form(
    world: World, examiner: Client
) -> None:
    exam = essays(world, "agent")
    examiner.post(begin(examiner, exam), data={"points": "7", "words": "可以"})
    shown = page(examiner.post("/marking/undo"))
    assert shown.select_one("#points")["value"] == "7"  # type: ignore[index]
    assert "可以" in shown.select_one("#words").text  # type: ignore[union-attr]
    assert not current(world)[0].complete
    again = examiner.post("/marking/undo", follow_redirects=True)
    assert "没有可以撤回的分" in again.text


def test_nothing_of_a_cancelled_exam_is_marked_or_taken_back(
    world: World, examiner: Client
) -> None:
    exam = essays(world, "agent", "other_agent")
    examiner.post(begin(examiner, exam), data={"points": "7"})
    held = begin(examiner, exam)
    with world.work(doing="test") as session:
        session.get_one(Exam, exam.id).cancelled_at = world.clock()
    for address, form in ((held, {"points": "5"}), ("/marking/undo", {}), (f"{held}/back", {})):
        answer = examiner.post(address, data=form)
        assert answer.location == "/marking"
    with world.reading() as session:
        [mark] = session.scalars(select(EssayMark)).all()
        assert mark.fraction == 0.7


def test_two_markers_at_once_are_given_two_answers_and_grade_once(world: World) -> None:
    exam = essays(world, "agent", "other_agent", double=True)
    version = exam.paper.content["questions"][0]["version"]

    def work(marker: str) -> int:
        done = 0
        while True:
            who = world.person(marker).id
            with world.work(doing="test") as session:
                held = marking.claim(session, exam.id, version, who, world.clock())
            if held is None:
                return done
            with world.work(doing="test") as session:
                share = marking.Fraction(1, 2)
                marking.mark(session, held.token, who, share, "", world.clock())
            done += 1

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(work, ["examiner", "trainer", "editor"]))
    with world.reading() as session:
        marks = session.scalars(select(EssayMark)).all()
        assert len({(m.question_id, m.marker_id) for m in marks}) == len(marks) == sum(done) == 4
        numbers = [(g.attempt_id, g.number) for g in session.scalars(select(Grading))]
    assert len(numbers) == len(set(numbers)) == 4
    assert all(grading.complete and grading.points == 5 for grading in current(world))


def test_of_several_that_grade_an_attempt_at_once_one_makes_the_grading(world: World) -> None:
    version = choices(world, {"agent": "C"})
    with world.work(doing="test") as session:
        session.add(
            Correction(version_id=version, mode="full", reason="错", at=world.clock(), by=None)
        )

    def grade(cause: str) -> int:
        with world.work(doing="test") as session:
            attempt = session.scalars(select(Attempt)).one()
            return gradings.grade(session, attempt, world.clock(), cause=cause).number

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(grade, ["regrade", "marking", "automatic", "regrade"])) == {2}
    with world.reading() as session:
        assert [g.number for g in session.scalars(select(Grading).order_by(Grading.id))] == [1, 2]


# Grading again


def hidden(response: Any) -> dict[str, str]:
    """The fields of the form that applies a preview."""
    form = page(response).select_one("form[action$='/apply']")
    assert form is not None
    return {str(f["name"]): str(f.get("value", "")) for f in form.select("input[type=hidden]")}


@pytest.mark.both_databases
def test_a_key_is_corrected_after_its_preview(world: World, examiner: Client) -> None:
    version = choices(world, {"agent": "C", "other_agent": "B"})
    at = f"/exams/regrade/{version}"
    assert "2 份交了的答卷" in examiner.get(at).text
    shown = examiner.post(f"{at}/preview", data={"mode": "key", "right": "C"})
    text = page(shown).get_text(" ", strip=True)
    assert CAST["agent"].name in text
    assert CAST["other_agent"].name not in text  # nobody loses unless it is allowed
    assert "变为及格" in text
    assert len(current(world)) == 2
    sent = hidden(shown)
    refused = examiner.post(f"{at}/apply", data={**sent, "reason": " "})
    assert (refused.status_code, "请写明改判的原因" in notices(refused)) == (422, True)
    done = examiner.post(f"{at}/apply", data={**sent, "reason": "答案登错"}, follow_redirects=True)
    assert "重新判了 2 份，1 份的分有变化" in done.text
    assert sorted(g.points for g in current(world)) == [2, 2]
    twice = examiner.post(f"{at}/apply", data={**sent, "reason": "答案登错"})
    assert twice.status_code == 409
    assert "数据有了变化" in notices(twice)
    with world.reading() as session:
        row = session.get_one(QuestionVersion, version).question
        assert [v.content["answer"] for v in row.versions] == ["B", "C"]
        assert len(corrections.history(session)) == 1
    assert "答案登错" in examiner.get("/exams/regrade").text
    assert at in examiner.get(f"/bank/{row.id}").text


def test_lowering_is_shown_before_it_is_done(world: World, examiner: Client) -> None:
    version = choices(world, {"agent": "C", "other_agent": "B"})
    shown = examiner.post(
        f"/exams/regrade/{version}/preview", data={"mode": "key", "right": "C", "lowers": "1"}
    )
    assert "1 人的成绩会变低" in page(shown).get_text(" ", strip=True)
    assert CAST["other_agent"].name in shown.text


@pytest.mark.both_databases
def test_an_answer_that_many_wrote_is_accepted(world: World, examiner: Client) -> None:
    version = choices(world, {"agent": ["一个月", "退票费"]}, "blank")
    at = f"/exams/regrade/{version}"
    row = page(examiner.get(at)).find("th", string="一个月")
    assert row is not None
    shown = examiner.post(f"{at}/preview", data={"accept": "0", "text": "一个月"})
    sent = hidden(shown)
    assert sent["mode"] == "key"
    examiner.post(f"{at}/apply", data={**sent, "reason": "也对"})
    assert current(world)[0].points == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nonsense_gets_a_sentence(world: World, examiner: Client) -> None:
    version = choices(world, {"agent": "C"})
    at = f"/exams/regrade/{version}"
    for url, data, status, said in [
        (f"{at}/preview", {}, 422, "请选怎样改判"),
        (f"{at}/preview", {"mode": "key"}, 422, ""),
        (f"{at}/preview", {"mode": "key", "from": "９"}, 422, "没有这一版"),
        (f"{at}/preview", {"accept": "0", "text": "x"}, 422, "没有这个空"),
        (f"{at}/apply", {"mode": "key", "content": "{"}, 422, "JSON"),
        (f"{at}/apply", {"mode": "key", "content": "[]"}, 422, ""),
        (f"{at}/apply", {"mode": "full", "reason": "r"}, 409, "数据有了变化"),
        ("/exams/regrade/999/preview", {}, 404, ""),
        ("/exams/regrade/99999999999/preview", {}, 404, ""),
        ("/marking/9999999999/9999999999/next", {}, 302, ""),
    ]:
        response = examiner.post(url, data=data)
        assert response.status_code == status, (url, data)
        assert said in response.text


@pytest.mark.both_databases
def test_many_answers_are_graded_by_a_job_that_can_be_killed(
    world: World, examiner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = choices(world, {"agent": "C", "other_agent": "C", "supervisor": "A"})
    monkeypatch.setattr(corrections, "AT_ONCE", 2)
    monkeypatch.setattr(corrections, "BATCH", 1)
    at = f"/exams/regrade/{version}"
    sent = hidden(examiner.post(f"{at}/preview", data={"mode": "key", "right": "C"}))
    done = examiner.post(f"{at}/apply", data={**sent, "reason": "错"}, follow_redirects=True)
    assert "正在后台重新判分" in done.text
    assert [g.number for g in current(world)] == [1, 1, 1]
    with world.work(doing="test") as session:  # it was killed after the first
        correction = session.scalars(select(Correction)).one()
        first = impact.met(session, version)[:1]
        corrections.regrade(session, correction, first, world.clock())
    assert regrading.run(world.services.db, correction.id, world.clock()) == 1
    assert [g.number for g in current(world)] == [2, 2, 1]
    worker = Worker(Workshop.of(world.services))
    while worker.tick():
        pass
    assert [g.number for g in current(world)] == [2, 2, 1]


@pytest.mark.both_databases
def test_who_may_not_read_the_article_learns_nothing_of_its_question(
    world: World, as_person: AsPerson
) -> None:
    version = choices(world, {"agent": "C"})
    with world.work(doing="test") as session:
        session.get_one(QuestionVersion, version).question.audiences = ["别的班组"]
        accounts.role_named(session, "agent").permissions = ["exams.regrade"]
    client = as_person("agent")
    assert client.get(f"/exams/regrade/{version}").status_code == 404
