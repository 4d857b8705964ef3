"""The list of calls: found, shown to whom they may be shown, taken along."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select

from qa.tables import Call
from web import qa_sight
from web.models import AuditEntry

from ..browsing import Client
from ..qa_world import (
    add_call,
    add_recording,
    add_review,
    add_scorecard,
    add_scored,
    add_transcript,
)
from ..world import NOW, World

AsPerson = Callable[[str], Client]
NUMBER = "13900001234"


@pytest.fixture
def calls(world: World) -> None:
    """A of the agent, good, with sound and words; B of another team's agent, blind to score."""
    with world.work(doing="test.calls") as session:
        card = add_scorecard(session, "refund")
        a = add_call(
            session,
            "A-1",
            world.person("agent").id,
            seconds=192,
            customer=NUMBER,
            queue="退票",
            extension="8001",
        )
        b = add_call(session, "B-1", world.person("other_agent").id, NOW - timedelta(days=9))
        add_recording(session, a)
        add_transcript(session, a)
        add_scored(session, a, card)
        add_review(session, b, card, inspector_id=world.person("inspector").id, blind=True)


def keys(client: Client, query: str = "") -> str:
    page = client.get(f"/qa/calls{query}")
    assert page.status_code == 200
    return "".join(key[0] for key in ("A-1", "B-1") if f"/qa/calls/{key}" in page.text)


@pytest.mark.parametrize(
    "who, found", [("inspector", "AB"), ("qa_lead", "AB"), ("supervisor", "A")]
)
def test_everybody_finds_the_calls_they_may_see(
    calls: None, as_person: AsPerson, who: str, found: str
) -> None:
    assert keys(as_person(who)) == found


def test_agents_have_no_list_of_calls(calls: None, as_person: AsPerson) -> None:
    assert as_person("agent").get("/qa/calls").status_code == 403


@pytest.mark.parametrize(
    "query, found",
    [
        ("?words=退票费 ２０%", "A"),
        ("?words=退票&said_by=agent&score_from=90&from=2026-11-20&to=2026-11-22", "A"),
        ("?words=退票&said_by=agent&score_to=90", ""),
        ("?agent=1002", "B"),
        ("?agent=周小", "A"),
        ("?agent=没有这个人", ""),
        ("?shortest=3:10&longest=3:30", "A"),
        ("?reviewed=open", "B"),
        ("?sound=no&direction=in", "B"),
        ("?queue=退票&extension=8001&consent=unknown", "A"),
        ("?sort=seconds", "AB"),
    ],
)
@pytest.mark.both_databases
def test_conditions_stand_in_the_address_in_any_combination(
    calls: None, as_person: AsPerson, query: str, found: str
) -> None:
    assert keys(as_person("inspector"), query) == found


def test_words_are_shown_where_they_were_said(calls: None, as_person: AsPerson) -> None:
    page = as_person("inspector").get("/qa/calls?words=手续费").text
    assert "<mark>手续费</mark>" in page
    assert "00:03.5" in page


@pytest.mark.parametrize(
    "query, sentence",
    [
        ("?from=昨天", "不是日期"),
        ("?from=2026-11-20&to=2026-11-01", "不能早于"),
        ("?score_from=很高", "不是数"),
        ("?score_from=nan", "不是数"),
        ("?shortest=9:00&longest=1:00", "不能小于"),
        ("?satisfaction_from=2.5", "不是数"),
        ("?direction=sideways", "没有“sideways”这一种"),
        ("?team=x", "没有这个班组"),
        (f"?words={'退' * 300}", "最多 200 个字"),
    ],
)
def test_a_condition_that_makes_no_sense_is_told_at_its_place(
    calls: None, as_person: AsPerson, query: str, sentence: str
) -> None:
    answer = as_person("inspector").get(f"/qa/calls{query}")
    assert answer.status_code == 422
    assert sentence in answer.text


@pytest.mark.both_databases
def test_nothing_found_and_nothing_there_say_what_to_do(
    calls: None, as_person: AsPerson, world: World
) -> None:
    assert "没有符合条件的通话" in as_person("inspector").get("/qa/calls?key=zzz").text
    with world.work(doing="test.team") as session:
        for call in session.scalars(select(Call)):
            call.agent_id = world.person("both").id
    assert "还没有通话" in as_person("supervisor").get("/qa/calls").text


def test_a_page_beyond_the_last_does_not_exist(calls: None, as_person: AsPerson) -> None:
    assert as_person("inspector").get("/qa/calls?page=2").status_code == 404


# The caller's number


def trail(world: World, doing: str) -> list[AuditEntry]:
    with world.reading() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.doing == doing)))


def test_without_the_permission_a_number_is_masked_whatever_is_asked(
    calls: None, world: World, as_person: AsPerson
) -> None:
    inspector = as_person("inspector")
    for url in ("/qa/calls?numbers=1", "/qa/calls.xlsx?numbers=1", "/qa/calls.csv?numbers=1"):
        assert NUMBER not in text_of(inspector, url)
        assert "*******1234" in text_of(inspector, url)
    assert trail(world, "qa.customer") == []


def test_with_the_permission_it_is_shown_on_demand_and_the_trail_says_to_whom(
    calls: None, world: World, as_person: AsPerson
) -> None:
    lead = as_person("qa_lead")
    assert NUMBER not in lead.get("/qa/calls").text
    assert trail(world, "qa.customer") == []
    assert NUMBER in lead.get("/qa/calls?numbers=1").text
    [entry] = trail(world, "qa.customer")
    assert entry.actor_id == world.person("qa_lead").id
    assert "A-1" in str(entry.values)
    assert NUMBER not in str(entry.values)


@pytest.mark.parametrize(
    "number, shown", [("13900001234", "*******1234"), ("95105", "*****"), ("", "")]
)
def test_of_a_number_the_last_four_are_left_and_of_a_short_one_nothing(
    number: str, shown: str
) -> None:
    assert qa_sight.masked(number) == shown


# The agent


def test_who_is_to_score_blind_does_not_learn_the_agent_from_the_list(
    calls: None, as_person: AsPerson
) -> None:
    page = as_person("inspector").get("/qa/calls").text
    assert "周小禾（1001）" in page
    assert "林知夏" not in page
    assert qa_sight.HIDDEN in page
    assert "林知夏" in as_person("qa_lead").get("/qa/calls").text


# The table to take along


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    if ".xlsx" not in url:
        return answer.text
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    return "\n".join("\t".join(str(cell or "") for cell in row) for row in sheet.values)


@pytest.mark.both_databases
def test_the_export_has_what_the_list_has_and_leaves_a_trace(
    calls: None, world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.calls") as session:
        add_call(session, "C-1", world.person("agent").id, queue='=HYPERLINK("x")')
    table = text_of(as_person("inspector"), "/qa/calls.xlsx?agent=1001")
    assert "A-1" in table
    assert "B-1" not in table
    assert '=HYPERLINK("x")' in table  # as text: a formula would have no value here
    [entry] = trail(world, "qa.calls.export")
    assert "agent=1001" in str(entry.values)
    assert "2 通" in str(entry.values)


def test_a_recording_that_could_not_be_measured_says_why_and_can_be_tried_again(
    calls: None, world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.calls") as session:
        call = session.scalars(select(Call).where(Call.key == "A-1")).one()
        assert call.recording is not None
        call.recording.state, call.recording.error = "failed", "文件读到一半读不下去了。"
        id = call.recording.id
    lead = as_person("qa_lead")
    assert "没有量成" in lead.get("/qa/calls").text
    page = lead.get("/qa/calls/A-1").text
    assert "文件读到一半读不下去了。" in page
    assert f"/qa/recordings/{id}/measuring" in page
