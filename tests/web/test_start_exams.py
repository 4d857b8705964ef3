"""Exams on the start page: what one may sit, what one may mark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from exams import gradings
from exams.tables import Exam

from ..browsing import Client
from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..world import NOW, World
from .editing import page

AsPerson = Callable[[str], Client]


def section(client: Client, title: str) -> str:
    """The words of a section of the start page, '' where it is not there."""
    for heading in page(client.get("/")).select("h2"):
        if heading.get_text(strip=True).startswith(title):
            found = heading.find_parent("section")
            assert found is not None
            return found.get_text(" ", strip=True)
    return ""


def test_an_exam_awaits_who_is_invited_until_it_is_handed_in_and_a_quiz_is_not_named(
    world: World, as_person: AsPerson
) -> None:
    me = world.person("agent").id
    with world.work(doing="test") as session:
        exam = add_exam(session, title="本月月考").id
        add_exam(session, title="课程的小测", kind="course")
        later = {"opens_at": NOW + timedelta(days=1), "closes_at": NOW + timedelta(days=2)}
        add_exam(session, title="明天的", **later)
    told = section(as_person("agent"), "要参加的考试")
    assert "本月月考" in told
    assert "截止" in told
    assert "明天的" in told
    assert "开考" in told
    assert "小测" not in told
    assert "小测" not in section(as_person("examiner"), "正在考")
    with world.work(doing="test") as session:
        add_attempt(session, session.get_one(Exam, exam), me)
    assert "本月月考" not in section(as_person("agent"), "要参加的考试")


def test_essays_wait_for_those_who_mark_and_for_nobody_else(
    world: World, as_person: AsPerson
) -> None:
    me = world.person("agent").id
    with world.work(doing="test") as session:
        paper = add_paper(session, [add_question(session, kind="essay")])
        exam = add_exam(session, paper, title="有问答题的")
        attempt = add_attempt(session, exam, me, ["退票"])
        gradings.grade(session, attempt, NOW, cause="automatic")
    assert "有问答题的" in section(as_person("examiner"), "等您阅卷")
    assert "1 份" in section(as_person("examiner"), "等您阅卷")
    assert section(as_person("agent"), "等您阅卷") == ""
