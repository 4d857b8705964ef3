"""Training and exams through the API: what each person is told, and what nobody is told early."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from exams.tables import BankQuestion
from tests.exam_world import (
    add_assignment,
    add_attempt,
    add_course,
    add_exam,
    add_paper,
    add_question,
)
from tests.world import CAST, NOW, World
from web import accounts


def ask(app: Flask, world: World, who: str, path: str) -> TestResponse:
    with world.work(doing="test.token") as session:
        person = accounts.get_person(session, CAST[who].number)
        token = accounts.add_token(session, person, "test", world.clock())
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get(f"/api/v1/{path}", headers=headers)


def items(app: Flask, world: World, who: str, path: str) -> list[dict[str, Any]]:
    response = ask(app, world, who, path)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json["items"]
    return found


def sat(world: World, who: str = "agent", **fields: Any) -> int:
    """An exam of two questions that somebody sat; its id."""
    with world.work(doing="test") as session:
        rows = [add_question(session), add_question(session, kind="judge")]
        exam = add_exam(session, add_paper(session, rows), **fields)
        person = world.person(who)
        add_attempt(session, exam, person.id, ["B", False], graded=True, team_id=person.team_id)
        return exam.id


@pytest.mark.both_databases
def test_questions_are_found_and_read_by_trainers_only(app: Flask, world: World) -> None:
    with world.work(doing="test") as session:
        id = add_question(session, "fee", stem="退票费怎么收").id
        add_question(session, "hidden", audiences=["nobody"], state="proposed")
    [found] = items(app, world, "trainer", "questions?q=退票费&state=kept&kind=single")
    assert (found["key"], found["state"], found["version"]) == ("fee", "kept", 1)
    assert ask(app, world, "trainer", f"questions/{id}").json["question"]["answer"] == "B"
    assert ask(app, world, "agent", "questions").status_code == 403
    assert ask(app, world, "trainer", "questions/99999999999").status_code == 404
    assert ask(app, world, "trainer", "questions?kind=riddle").status_code == 422


@pytest.mark.both_databases
def test_papers_say_what_they_ask(app: Flask, world: World) -> None:
    with world.work(doing="test") as session:
        row = add_question(session)
        id = add_paper(session, [row], points=2).id
        version = session.get_one(BankQuestion, row.id).latest.id
    [found] = items(app, world, "examiner", "papers")
    assert (found["questions"], found["points"]) == (1, 2)
    whole = ask(app, world, "examiner", f"papers/{id}").json
    assert whole["content"] == {"questions": [{"version": version, "points": 2}]}
    assert ask(app, world, "agent", f"papers/{id}").status_code == 403


@pytest.mark.both_databases
def test_everybody_lists_the_exams_they_have_to_do_with(app: Flask, world: World) -> None:
    mine = sat(world)
    other = sat(world, audience=[("person", "999999")])
    draft = sat(world, published_at=None)
    assert {e["id"] for e in items(app, world, "agent", "exams")} == {mine}
    assert {e["id"] for e in items(app, world, "examiner", "exams")} == {mine, other, draft}
    assert ask(app, world, "agent", f"exams/{mine}").json["state"] == "open"
    for id in (other, draft, 2**40):
        assert ask(app, world, "agent", f"exams/{id}").status_code == 404


@pytest.mark.both_databases
def test_marks_are_told_when_they_may_be_seen(app: Flask, world: World) -> None:
    id = sat(world, results="after_close")
    assert items(app, world, "agent", "attempts")[0]["percent"] is None
    assert ask(app, world, "supervisor", f"exams/{id}/results").status_code == 404
    assert items(app, world, "examiner", f"exams/{id}/results")[0]["percent"] == 50
    world.clock.now += timedelta(days=3)
    [own] = items(app, world, "agent", "attempts")
    assert (own["percent"], own["passed"]) == (50, False)
    [row] = items(app, world, "supervisor", f"exams/{id}/results")
    assert (row["person"], row["passed"]) == (world.person("agent").number, False)
    assert ask(app, world, "agent", f"exams/{id}/results").status_code == 403


def test_a_leader_sees_the_own_team_only(app: Flask, world: World) -> None:
    id = sat(world, "other_agent", results="at_once")
    assert items(app, world, "supervisor", f"exams/{id}/results") == []
    assert len(items(app, world, "examiner", f"exams/{id}/results")) == 1


@pytest.mark.both_databases
def test_courses_and_what_one_has_to_learn(app: Flask, world: World) -> None:
    with world.work(doing="test") as session:
        course = add_course(session, title="退票")
        add_assignment(session, course, world.person("agent").id, due_at=NOW)
    assert [c["title"] for c in items(app, world, "trainer", "courses")] == ["退票"]
    [own] = items(app, world, "agent", "assignments")
    assert (own["title"], own["done_at"]) == ("退票", None)
    assert items(app, world, "editor", "assignments") == []
    assert ask(app, world, "agent", "courses").status_code == 403
