"""Reviewing by keyboard in a real browser, and pages that show another day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from kb import approvals, articles, reviews
from kb.articles import Edit
from kb.records import Record

from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[[str], Chrome]
KEY = "window-hours"
SELECT = """
const walk = document.createTreeWalker(document.querySelector("[data-passages]"), 4);
while (walk.nextNode()) {
  const at = walk.currentNode.data.indexOf(arguments[0]);
  if (at >= 0) getSelection().setBaseAndExtent(walk.currentNode, at, walk.currentNode,
    at + arguments[0].length);
}
"""


@pytest.fixture
def under_review(site: Site) -> str:
    """A draft of the editor's that waits for anybody's word; its page."""
    with site.world.work("editor", "kb.submit") as session:
        edit = Edit(site.world.person("editor").id, site.world.clock())
        if (old := articles.find(session, KEY)) is not None:
            articles.discard(session, old)
        articles.create(session, Record(KEY, "窗口几点开", "窗口每天8:00开，22:00关。"), edit)
        reviews.submit(session, articles.get(session, KEY), edit)
    return site.url(f"/reviews/{KEY}")


def state(site: Site) -> str:
    with site.world.reading() as session:
        return approvals.state_of(articles.get(session, KEY).latest, site.world.clock())


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def said(browser: Chrome, words: str) -> None:
    WebDriverWait(browser, PATIENCE, ignored_exceptions=PASSING).until(
        lambda b: any(words in n.text for n in b.find_elements(By.CSS_SELECTOR, ".notices"))
    )


def test_a_passage_is_quoted_and_a_text_approved_without_the_mouse(
    signed_in: SignedIn, site: Site, under_review: str
) -> None:
    browser = signed_in("reviewer")
    browser.get(under_review)
    browser.execute_script(SELECT, "22:00关")
    press(browser, "c")
    press(browser, "节假日呢？")
    ActionChains(browser).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(
        Keys.CONTROL
    ).perform()
    said(browser, "批注已记下")
    assert browser.find_element(By.CSS_SELECTOR, ".under-review mark").text == "22:00关"
    press(browser, "a")
    said(browser, "已通过")
    assert state(site) == "approved"


def test_a_letter_in_the_reason_is_only_text(
    signed_in: SignedIn, site: Site, under_review: str
) -> None:
    browser = signed_in("reviewer")
    browser.get(under_review)
    press(browser, "r")
    press(browser, "a")
    assert browser.find_element(By.ID, "reason").get_attribute("value") == "a"
    assert state(site) == "review"


@pytest.mark.parametrize("phone_sized", [False, True])
def test_the_pages_of_reviews_and_of_the_past_can_be_used_by_everybody(
    signed_in: SignedIn,
    site: Site,
    under_review: str,
    phone: Callable[[], None],
    accessible: Callable[..., None],
    phone_sized: bool,
) -> None:
    browser = signed_in("administrator")
    if phone_sized:
        phone()
    for page in (
        under_review,
        site.url("/reviews?scope=all"),
        site.url("/articles/refund-fee/timeline"),
        site.url("/past?at=2026-11-22&q=退票费"),
        site.url("/admin/policy"),
    ):
        browser.get(page)
        accessible()
