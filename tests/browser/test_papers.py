"""Writing a paper by keyboard, in a real browser; its pages for everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from exams import papers
from exams.papers import Wanted

from ..exam_world import add_question
from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
PAGES = ("/papers", "/papers/1", "/papers/1/edit", "/papers/1/preview?answers=1", "/papers/1/print")
FIXED = "/papers/new?fixed=1"


@pytest.fixture(scope="module")
def paper(site: Site) -> None:
    """Three questions, and a paper that asks two of them."""
    with site.world.work(doing="test") as session:
        for n, stem in enumerate(("退票费几何", "儿童身高", "行李重量")):
            topics = ["票务/退票"] if n == 0 else ["行李"]
            add_question(session, f"q{n}", "judge", stem=stem, topics=topics, difficulty="easy")
        rows = {"rows": [{"number": 2, "points": 2}], "weights": {"": {"easy": 1}}}
        papers.create(session, Wanted("月考", rows), by=None, at=site.world.clock())


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def until(browser: Chrome, told: Callable[[Chrome], object]) -> None:
    WebDriverWait(browser, PATIENCE, ignored_exceptions=PASSING).until(told)


def focused(browser: Chrome) -> str:
    return str(browser.execute_script("return document.activeElement.id"))


def test_rows_are_added_moved_and_counted_without_leaving_the_keyboard(
    signed_in: SignedIn, paper: None
) -> None:
    browser = signed_in("examiner", "/papers/new")
    browser.find_element(By.ID, "title").send_keys("十二月月考", Keys.TAB)
    until(browser, lambda b: focused(b) == "topic-0")
    press(browser, "票务")
    browser.find_element(By.ID, "number-0").send_keys("5")
    until(browser, lambda b: "只有 1 道" in b.find_element(By.ID, "pool-0").text)
    browser.find_element(By.ID, "number-0").send_keys(Keys.BACKSPACE, "1", Keys.ENTER)
    until(browser, lambda b: focused(b) == "topic-1")
    press(browser, "行李", Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, "2")
    until(browser, lambda b: b.find_element(By.ID, "pool-1").text == "2 道")
    ActionChains(browser).key_down(Keys.ALT).send_keys(Keys.ARROW_UP).key_up(Keys.ALT).perform()
    until(browser, lambda b: focused(b) == "number-0")
    assert browser.find_element(By.ID, "topic-0").get_attribute("value") == "行李"
    browser.find_element(By.CSS_SELECTOR, ".form-actions .first").click()
    until(browser, lambda b: "满分 6 分" in b.find_element(By.TAG_NAME, "main").text)


def test_axe_finds_nothing_wrong_with_the_pages_of_papers(
    signed_in: SignedIn, paper: None, presentable: Callable[[str], None]
) -> None:
    signed_in("examiner", "/healthz")
    for path in (*PAGES, FIXED):
        presentable(path)
