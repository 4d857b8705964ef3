"""Five minutes of practice by keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from ..exam_world import add_question
from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
QUOTE = "开车前8天以上退票，不收退票费。"
SOURCE = {"article": "refund-fee", "revision": 1, "start": 0, "end": len(QUOTE), "quote": QUOTE}


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def reads(browser: Chrome, words: str) -> None:
    WebDriverWait(browser, PATIENCE, ignored_exceptions=PASSING).until(
        lambda b: words in b.find_element(By.CSS_SELECTOR, "main").text
    )


def test_a_set_is_done_without_the_mouse(
    signed_in: SignedIn, site: Site, accessible: Callable[..., Any]
) -> None:
    with site.world.work(doing="test") as session:
        add_question(session, "j", kind="judge", source=SOURCE, topics=["票务/退票"])
        add_question(session, "b", kind="blank", source=SOURCE, topics=["票务/退票"])
    browser = signed_in("agent", "/practice")
    reads(browser, "2 题，约 1 分钟")
    accessible()
    browser.find_element(By.CSS_SELECTOR, "main form button").send_keys(Keys.ENTER)
    for _ in range(2):
        reads(browser, "不会，看答案")
        accessible()
        if browser.find_elements(By.CSS_SELECTOR, "main input[type=radio]"):
            press(browser, "2", Keys.ENTER)
            reads(browser, "答错")
        else:
            browser.find_element(By.NAME, "r-0").send_keys("３０天", Keys.TAB, "退票费", Keys.ENTER)
            reads(browser, "答对")
        reads(browser, QUOTE)
        accessible()
        press(browser, Keys.ENTER)  # the next question, or the end, has the focus
    reads(browser, "2 题答对 1 题")
    accessible()
    browser.get(site.url("/practice/mistakes"))
    reads(browser, "错过 1 次")
    accessible()
