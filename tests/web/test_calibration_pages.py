"""Calibration sessions through the site: made, scored blind, ended, talked about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from qa.tables import Calibration, Review

from ..browsing import Client
from ..qa_world import GOOD, add_call, add_score, add_scorecard
from ..world import World

AsPerson = Callable[[str], Client]


def form(world: World, **given: object) -> dict[str, object]:
    """A session of two calls for the inspector and the lead, with a new scorecard."""
    with world.work() as session:
        agent = world.person("agent").id
        calls = [add_call(session, agent_id=agent).id for _ in range(2)]
        version = add_scorecard(session).active
        assert version is not None
        id = version.id
    seats = [world.person("inspector").id, world.person("qa_lead").id]
    made = {"title": "退票类校准", "version": id, "calls": calls, "inspectors": seats}
    return made | given


def mark(world: World, who: str, **answers: str) -> None:
    """Finish every review this person has, with these answers in place of the good ones."""
    with world.work() as session:
        for review in session.scalars(
            select(Review).where(Review.inspector_id == world.person(who).id)
        ):
            add_score(session, review, GOOD | answers)


@pytest.mark.both_databases
def test_a_session_goes_from_plan_to_agreed_words(world: World, as_person: AsPerson) -> None:
    lead, inspector = as_person("qa_lead"), as_person("inspector")
    page = lead.get("/qa/calibrations/new")
    assert "派给大家" in page.text or "没有启用的评分表" in page.text
    place = lead.post("/qa/calibrations", data=form(world)).headers["Location"]
    assert "我还有 2 通" in inspector.get("/qa/calibrations").text
    shown = inspector.get(place).text
    assert "谁也看不到别人的评分" in shown
    assert "各项一致不一致" not in shown
    mark(world, "inspector", greeting="no")
    mark(world, "qa_lead")
    lead.post(f"{place}/closing")
    for client in (lead, inspector):
        result = client.get(place).text
        assert "各项一致不一致" in result
        assert "n=2" in result
    inspector.post(f"{place}/notes", data={"item": "greeting", "text": "接通先问候才算有"})
    assert "接通先问候才算有" in lead.get(place).text
    assert "已结束" in lead.get("/qa/calibrations").text


def test_what_is_wrong_is_said_and_what_was_filled_in_stays(
    world: World, as_person: AsPerson
) -> None:
    lead = as_person("qa_lead")
    given = form(world, inspectors=[], title="十一月")
    answer = lead.post("/qa/calibrations", data=given)
    assert answer.status_code == 422
    assert "至少要两个人" in answer.text
    assert 'value="十一月"' in answer.text
    assert answer.text.count(" checked") == 2
    for wrong in ({"due": "明天"}, {"version": "九"}, {"calls": ["x", "９"]}, {"title": ""}):
        assert lead.post("/qa/calibrations", data=given | wrong).status_code == 422
    with world.reading() as session:
        assert session.scalars(select(Calibration)).all() == []


def test_somebody_without_a_seat_does_not_learn_of_it(world: World, as_person: AsPerson) -> None:
    editor_seats = [world.person("qa_lead").id, world.person("inspector").id]
    given = form(world, inspectors=editor_seats)
    with world.work() as session:
        for id in (world.person("trainer").id,):
            assert id not in editor_seats
            session.flush()
    place = as_person("qa_lead").post("/qa/calibrations", data=given).headers["Location"]
    assert as_person("agent").get(place).status_code == 403
    assert as_person("inspector").get("/qa/calibrations/999").status_code == 404


def test_it_cannot_end_twice_or_before_anything_was_scored(
    world: World, as_person: AsPerson
) -> None:
    lead = as_person("qa_lead")
    place = lead.post("/qa/calibrations", data=form(world)).headers["Location"]
    lead.post(f"{place}/closing")
    assert "还没有一通通话有两个人评完" in lead.get(place).text
    mark(world, "inspector")
    mark(world, "qa_lead")
    lead.post(f"{place}/closing")
    lead.post(f"{place}/closing")
    assert "已经结束了" in lead.get(place).text


@pytest.mark.parametrize("text", ["", "　", "长" * 2001])
def test_a_note_that_cannot_be_kept_is_refused_at_its_place(
    world: World, as_person: AsPerson, text: str
) -> None:
    lead = as_person("qa_lead")
    place = lead.post("/qa/calibrations", data=form(world)).headers["Location"]
    mark(world, "inspector")
    mark(world, "qa_lead")
    lead.post(f"{place}/closing")
    answer = lead.post(f"{place}/notes", data={"item": "fee", "text": text})
    assert answer.status_code == 422
    assert 'id="text-fee-error"' in answer.text
