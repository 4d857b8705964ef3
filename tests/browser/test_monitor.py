"""The board of calls in progress keeps itself up to date and takes nothing from anybody's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from qa import live
from qa.presence import Event

from ..homes import Homes
from ..processes import PATIENCE
from ..world import CAST
from .conftest import PASSING, Site, site_here

SignedIn = Callable[..., Chrome]
See = Callable[[str], Any]


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site") / "home"
    with site_here(homes, home, telephony="simulator") as served:
        yield served


def tell(site: Site, id: str, kind: str, second: int, who: str = "agent", call: str = "") -> None:
    at = site.world.clock() - timedelta(minutes=9) + timedelta(seconds=second)
    event = Event(id, at, site.world.person(who).id, kind, call, "退改签", customer="13900001234")
    with site.world.work("qa_lead", "qa.events") as session:
        live.ingest(session, [event], site.world.clock())


def until(browser: Chrome, happened: Callable[[], Any]) -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: happened())


def page(browser: Chrome) -> str:
    return browser.find_element(By.CSS_SELECTOR, "[data-monitor]").text


def test_the_board_follows_events_keeps_the_focus_and_asks_before_it_acts(
    signed_in: SignedIn, site: Site, see: See, accessible: Callable[..., None]
) -> None:
    tell(site, "1", "answered", 0, call="C-1")
    browser = signed_in("supervisor", "/qa/monitor")
    accessible()
    id = f"act-{site.world.person('agent').id}-listen"
    browser.execute_script("document.getElementById(arguments[0]).focus()", id)
    tell(site, "2", "answered", 20, "other_agent", "C-2")
    until(browser, lambda: CAST["other_agent"].name in page(browser))
    assert browser.switch_to.active_element.get_attribute("id") == id
    see(f"#{id.replace('listen', 'barge')}").click()
    see("dialog[open]")
    tell(site, "3", "ended", 40, "other_agent", "C-2")
    see("[data-confirm-yes]").click()
    until(browser, lambda: "模拟器已记下插话" in see(".notices").text)
    assert "话后整理" in page(browser)


def test_it_fits_a_phone_and_the_dark(
    signed_in: SignedIn,
    site: Site,
    phone: Callable[[], None],
    dark: Callable[[bool], None],
    accessible: Callable[..., None],
) -> None:
    tell(site, "1", "answered", 0, call="C-1")
    browser = signed_in("supervisor")
    phone()
    dark(True)
    browser.get(site.url("/qa/monitor"))
    accessible()
    assert browser.execute_script("return document.documentElement.scrollWidth") == 390
