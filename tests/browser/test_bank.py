"""Looking at generated questions by keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from exams import kept
from exams.kept import Kept

from ..exams.asked import question
from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
QUOTE = "开车前8天以上退票，不收退票费。"
SOURCE = {"article": "refund-fee", "revision": 1, "start": 0, "end": len(QUOTE), "quote": QUOTE}
STEMS = {"k1": "第一道。", "k2": "第二道。", "k3": "第三道。"}


@pytest.fixture
def proposed(site: Site) -> None:
    made = [question("judge", key=k, stem=stem, source=SOURCE) for k, stem in STEMS.items()]
    with site.world.work(doing="test") as session:
        Kept(session, site.world.clock(), state="proposed").keep(made)


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def reads(browser: Chrome, words: str) -> None:
    WebDriverWait(browser, PATIENCE, ignored_exceptions=PASSING).until(
        lambda b: words in b.find_element(By.CSS_SELECTOR, "main").text
    )


def states(site: Site) -> dict[str, tuple[str, str]]:
    with site.world.reading() as session:
        return {k: (r.state, r.reason) for k, r in kept.of_keys(session, STEMS).items()}


@pytest.mark.usefixtures("proposed")
def test_questions_are_judged_without_the_mouse(
    signed_in: SignedIn, site: Site, accessible: Callable[..., Any]
) -> None:
    browser = signed_in("trainer", "/bank/review")
    reads(browser, STEMS["k1"])
    assert browser.find_element(By.TAG_NAME, "mark").text == QUOTE
    accessible()
    press(browser, "a")
    reads(browser, STEMS["k2"])
    press(browser, "r", "4")
    reads(browser, STEMS["k3"])
    press(browser, "r", "6", "a")
    assert browser.find_element(By.ID, "remark").get_attribute("value") == "a"
    assert states(site) == {
        "k1": ("kept", ""),
        "k2": ("rejected", "trivial"),
        "k3": ("proposed", ""),
    }
    browser.get(browser.current_url)
    press(browser, "u")
    reads(browser, "请重新审核这一道")
    assert states(site)["k2"] == ("proposed", "")
