"""Exams arranged and watched in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from selenium.webdriver import Chrome

from exams.tables import Exam
from web.views import invigilating

from ..exam_world import add_attempt, add_event, add_exam, add_paper, add_question
from ..homes import Homes
from ..world import NOW
from .conftest import Site, site_here

SignedIn = Callable[..., Chrome]
See = Callable[[str], Any]
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_here(homes, tmp_path_factory.mktemp("arranging") / "home") as served:
        with served.world.work(doing="test") as session:
            agent = served.world.person("agent").id
            paper = add_paper(session, [add_question(session), add_question(session)])
            extra = {"person_id": agent, "minutes": 10, "reason": "手部受伤"}
            exam = add_exam(session, paper, allowances=[extra], note="请带耳机。")
            writing = add_attempt(session, exam, agent, ["B"], open=True)
            for kind in ("left", "returned", "pasted"):
                add_event(session, writing, kind)
            rows = [{"number": 9}]
            add_exam(session, add_paper(session, rows=rows), published_at=None, repeats="daily")
            add_exam(session, closes_at=NOW - HOUR, opens_at=NOW - 2 * HOUR, results="by_hand")
        yield served


PAGES = (
    "/exams/manage",
    "/exams/manage/new?kind=promotion",
    "/exams/manage/1",
    "/exams/manage/2",
    "/exams/manage/2/edit",
    "/exams/manage/3",
    "/exams/manage/1/now",
    "/exams/manage/1/now/1",
)


def test_axe_finds_nothing_wrong_with_the_pages_of_exams(
    signed_in: SignedIn, presentable: Callable[[str], None]
) -> None:
    signed_in("examiner", "/healthz")
    for path in PAGES:
        presentable(path)


def test_the_room_brings_itself_up_to_date_and_keeps_the_focus(
    signed_in: SignedIn, site: Site, see: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invigilating, "SECONDS", 1)
    browser = signed_in("examiner", "/exams/manage/1/now")
    link = see("#seats tbody a")
    with site.world.work(doing="test") as session:
        exam = session.get_one(Exam, 1)
        add_attempt(session, exam, site.world.person("other_agent").id, open=True)
    link.send_keys("")
    see("#seats tbody tr:nth-child(2)")  # asked for by the page itself
    assert browser.switch_to.active_element.get_attribute("id") == "seat-link-1"
