"""The three reports: what they show, to whom, and as a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from pypdf import PdfReader

from qa.intervals import Estimate
from web import pdf
from web.pdf import cell
from web.sheets import Table

from ..browsing import Client
from ..qa_world import GOOD, add_call, add_recording, add_review, add_score, add_scorecard
from ..world import NOW, World

AsPerson = Callable[[str], Client]
EVERY = ("/qa/reports", "/qa/reports/output", "/qa/reports/recordings")


def fill(world: World) -> None:
    """Nine calls of one agent, one of another, one of them risk-directed and bad."""
    people = {who: world.person(who).id for who in ("agent", "other_agent", "inspector")}
    with world.work() as session:
        card = add_scorecard(session)
        for n in range(9):
            at = NOW - timedelta(days=n + 1)
            call = add_call(session, agent_id=people["agent"], at=at, queue="退改签")
            given = GOOD if n else GOOD | {"fee": "wrong"}
            add_score(
                session, add_review(session, call, card, inspector_id=people["inspector"]), given
            )
        other = add_call(session, agent_id=people["other_agent"], queue="投诉", satisfaction=2)
        add_recording(session, other)
        risky = add_review(
            session, other, card, chosen="risk", probability="1", inspector_id=people["inspector"]
        )
        add_score(session, risky, GOOD | {"fee": "wrong"})


@pytest.mark.parametrize("place", EVERY)
def test_an_empty_centre_is_told_what_to_do(as_person: AsPerson, place: str) -> None:
    page = as_person("qa_lead").get(place)
    assert page.status_code == 200
    assert 'class="empty"' in page.text


def test_a_score_stands_with_its_interval_and_n_and_risk_apart(
    world: World, as_person: AsPerson
) -> None:
    """Nine by chance, one of them nought: 800 / 9 = 88.9."""
    fill(world)
    page = as_person("qa_lead").get("/qa/reports").text
    assert "88.9" in page
    assert "n=9" in page
    assert "风险抽取 1" in page
    assert "少于 8 篇" in page
    assert "退票费答得对" in page


@pytest.mark.both_databases
def test_a_team_leader_sees_the_own_team_alone(world: World, as_person: AsPerson) -> None:
    fill(world)
    page = as_person("supervisor").get("/qa/reports?team=999&agent=1002").text
    assert "林知夏" not in page
    page = as_person("supervisor").get("/qa/reports").text
    assert "周小禾" in page
    assert "林知夏" not in page
    assert as_person("supervisor").get("/qa/reports/output").status_code == 403


@pytest.mark.both_databases
def test_reports_are_narrowed_by_the_address(world: World, as_person: AsPerson) -> None:
    fill(world)
    lead = as_person("qa_lead")
    assert "没有评完的通话" in lead.get("/qa/reports?queue=没有这个队列").text
    assert "n=1" in lead.get("/qa/reports?from=2026-11-21&to=2026-11-21").text
    assert "林知夏" not in lead.get("/qa/reports?agent=周小禾").text
    for wrong in (
        "from=昨天",
        "from=2026-11-22&to=2026-11-01",
        "team=x",
        "card=９",
        "from=1900-01-01",
    ):
        assert lead.get(f"/qa/reports?{wrong}").status_code == 200
    assert lead.get("/qa/reports/quality.xlsx?from=昨天").status_code == 422


def test_work_and_recordings_are_shown(world: World, as_person: AsPerson) -> None:
    fill(world)
    lead = as_person("qa_lead")
    assert "何听雨" in lead.get("/qa/reports/output").text
    page = lead.get("/qa/reports/recordings").text
    assert "投诉" in page
    assert "2 分" in page


@pytest.mark.parametrize("which", ["quality", "output", "recordings"])
def test_a_report_is_taken_along_as_excel_and_as_pdf(
    world: World, as_person: AsPerson, which: str
) -> None:
    fill(world)
    lead = as_person("qa_lead")
    book = openpyxl.load_workbook(io.BytesIO(lead.get(f"/qa/reports/{which}.xlsx").data))
    assert book.sheetnames[-1] == "说明"
    assert "2026-11-22" in str(book["说明"]["A2"].value)
    if which == "quality":
        head = [c.value for c in book["座席"][1]]
        first = dict(zip(head, [c.value for c in book["座席"][2]], strict=True))
        assert first["得分"] == pytest.approx(800 / 9)
        assert first["得分 n"] == 9
    answer = lead.get(f"/qa/reports/{which}.pdf")
    assert answer.mimetype == "application/pdf"
    assert len(PdfReader(io.BytesIO(answer.data)).pages) >= 1


def test_a_pdf_says_what_the_page_says() -> None:
    table = Table(
        "座席", ("座席", "得分"), [("周小禾 <b>", Estimate(88.9, 70.0, 100.0, 9)), ("空", None)]
    )
    data = pdf.report("质检评估", ["共 30 天。"], [table, Table("无", ("甲",), [])], "知席")
    text = PdfReader(io.BytesIO(data)).pages[0].extract_text()
    assert "质检评估" in text
    assert "周小禾 <b>" in text
    assert "88.9（70.0–100.0） n=9" in text
    assert data == pdf.report("质检评估", ["共 30 天。"], [table, Table("无", ("甲",), [])], "知席")


def test_a_long_table_goes_on_over_pages_with_its_head() -> None:
    table = Table("长", ("行", "数"), [(f"第{n}行", n) for n in range(300)])
    assert len(PdfReader(io.BytesIO(pdf.report("长", [], [table], ""))).pages) > 5


def test_a_cell_is_written_as_people_read_it() -> None:
    assert cell(Estimate(88.88, 70.0, 100.0, 9)) == "88.9（70.0–100.0） n=9"
    assert cell(Estimate(88.88, None, None, 1)) == "88.9 n=1"
    assert (cell(None), cell(3), cell(2.25), cell("x")) == ("—", "3", "2.2", "x")
