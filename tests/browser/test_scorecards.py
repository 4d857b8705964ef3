"""Writing a scorecard by keyboard in a real browser, trying it out, putting it to use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from qa import scorecards, starters
from qa.tables import ScorecardVersion

from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
DRAFT = "/qa/scorecards/{key}/draft"


@pytest.fixture
def key(site: Site) -> str:
    """A draft of the starter on refunds."""
    with site.world.work("qa_lead", "qa.scorecard.create") as session:
        content = starters.starter("refund").as_json()
        lead = site.world.person("qa_lead").id
        return scorecards.create(session, content, lead, site.world.clock()).key


def newest(site: Site, key: str) -> ScorecardVersion:
    with site.world.reading() as session:
        return scorecards.get(session, key).versions[-1]


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def chord(browser: Chrome, modifier: str, key: str) -> None:
    ActionChains(browser).key_down(modifier).send_keys(key).key_up(modifier).perform()


def until(browser: Chrome, what: Callable[[], Any]) -> None:
    WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: what())


def focused(browser: Chrome) -> str:
    return str(browser.switch_to.active_element.get_attribute("id"))


def on(browser: Chrome, field: str) -> None:
    until(browser, lambda: focused(browser) == field)


def enter(browser: Chrome, selector: str) -> None:
    """The element is reached by its focus and pressed with Enter."""
    found = browser.find_element(By.CSS_SELECTOR, selector)
    browser.execute_script("arguments[0].focus()", found)
    press(browser, Keys.ENTER)


def test_an_item_is_added_tried_out_and_activated_without_the_mouse(
    signed_in: SignedIn, site: Site, key: str
) -> None:
    """All right, but half of the new item: (3 + 2·7 + 2 + 5) / (3 + 2·7 + 10) = 24 / 27."""
    browser = signed_in("qa_lead", DRAFT.format(key=key))
    enter(browser, "#add-item-s2")
    on(browser, "title")
    press(browser, "问候了客户", Keys.ESCAPE)
    browser.execute_script("document.getElementById('o1.title').focus()")
    press(browser, Keys.ENTER)  # the next option
    on(browser, "o2.title")
    press(browser, "问候了，没有报工号", Keys.TAB, "5")
    chord(browser, Keys.ALT, Keys.ARROW_UP)
    on(browser, "o1.up")
    chord(browser, Keys.CONTROL, "s")
    until(browser, lambda: "问候了，没有报工号" in str(newest(site, key).content))
    item = newest(site, key).content["sections"][2]["items"][1]
    assert [o.get("points") for o in item["options"]] == [10, 5, 0]
    assert item["title"] == "问候了客户"

    browser.get(site.url(f"/qa/scorecards/{key}/versions/1/try"))
    first = browser.find_element(By.CSS_SELECTOR, "[data-item='kind'] input")
    browser.execute_script("arguments[0].focus()", first)
    assert not browser.find_element(By.CSS_SELECTOR, "[data-item='fee']").is_displayed()
    for answer in "11111":
        press(browser, answer, "n")
    press(browser, "2")
    total = (By.CSS_SELECTOR, ".mark-score:not(.partial) .mark-total .n")
    until(browser, lambda: browser.find_element(*total).text == "88.89")

    # The starter's own cases know nothing of the new item: they must go before it can be used.
    browser.get(site.url(DRAFT.format(key=key)))
    assert not browser.find_element(By.ID, "activate-button").is_enabled()
    for _ in range(4):
        left = len(browser.find_elements(By.CSS_SELECTOR, ".case-list li"))
        enter(browser, "[value='case.remove:0']")
        until(browser, lambda: browser.find_element(By.ID, "confirm").is_displayed())
        enter(browser, "[data-confirm-yes]")
        until(
            browser,
            lambda left=left: len(browser.find_elements(By.CSS_SELECTOR, ".case-list li")) < left,
        )
    enter(browser, "#activate-button")
    until(browser, lambda: browser.find_element(By.ID, "confirm").is_displayed())
    enter(browser, "[data-confirm-yes]")
    until(browser, lambda: newest(site, key).state == "active")


def test_what_was_typed_in_one_window_is_not_lost_to_the_other(
    signed_in: SignedIn, site: Site, key: str
) -> None:
    browser = signed_in("qa_lead", DRAFT.format(key=key) + "?open=s0.i1")
    with site.world.work("qa_lead", "qa.scorecard.save") as session:
        card = scorecards.hold(session, key)
        content = {**newest(site, key).content, "title": "别处改的名称"}
        scorecards.save(session, card, content, None, site.world.clock(), saves=1)
    title = browser.find_element(By.ID, "title")
    title.clear()
    title.send_keys("在这里写的")
    chord(browser, Keys.CONTROL, "s")
    until(browser, lambda: "没有丢" in browser.find_element(By.CSS_SELECTOR, ".notices").text)
    assert browser.find_element(By.ID, "title").get_attribute("value") == "在这里写的"
    chord(browser, Keys.CONTROL, "s")
    until(
        browser,
        lambda: newest(site, key).content["sections"][0]["items"][1]["title"] == "在这里写的",
    )
    assert newest(site, key).title == "别处改的名称"


@pytest.mark.parametrize("small", [False, True])
def test_the_pages_of_scorecards_are_accessible(
    signed_in: SignedIn,
    site: Site,
    key: str,
    small: bool,
    dark: Callable[[bool], None],
    phone: Callable[[], None],
    accessible: Callable[..., None],
) -> None:
    """Wide and light, narrow and dark."""
    browser = signed_in("qa_lead")
    dark(small)
    if small:
        phone()
    for path in (
        "/qa/scorecards",
        "/qa/scorecards/new",
        f"/qa/scorecards/{key}/draft?open=s1.i2",
        f"/qa/scorecards/{key}/draft?open=form",
        f"/qa/scorecards/{key}/versions/1",
        f"/qa/scorecards/{key}/versions/1/try",
        f"/qa/scorecards/{key}/comparison",
    ):
        browser.get(site.url(path))
        accessible()
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= browser.execute_script("return innerWidth"), path
