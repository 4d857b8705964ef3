"""Marking essays by keyboard, and correcting a key, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import select

from exams import gradings
from exams.tables import EssayMark

from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
ANSWERS = {"agent": "可以退款", "other_agent": "开车前48小时以上可以退款", "supervisor": "不知道"}


def sat(site: Site) -> int:
    """Three essays wait; returns the id of a version of a question with a key."""
    with site.world.work(doing="test") as session:
        essay = add_question(session, kind="essay", stem="怎样退票？")
        choice = add_question(session)
        exam = add_exam(session, add_paper(session, [essay, choice], points=10))
        for who, answer in ANSWERS.items():
            person = site.world.person(who).id
            attempt = add_attempt(session, exam, person, [answer, "C"])
            gradings.grade(session, attempt, site.world.clock(), cause="automatic")
        return choice.latest.id


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def reads(browser: Chrome, words: str) -> None:
    WebDriverWait(browser, PATIENCE, ignored_exceptions=PASSING).until(
        lambda b: words in b.find_element(By.CSS_SELECTOR, "main").text
    )


def marks(site: Site) -> list[tuple[float, str]]:
    with site.world.reading() as session:
        rows = session.scalars(select(EssayMark).order_by(EssayMark.id))
        return [(row.fraction, row.words) for row in rows]


def test_essays_are_marked_without_the_mouse(
    signed_in: SignedIn, site: Site, accessible: Callable[..., Any]
) -> None:
    version = sat(site)
    browser = signed_in("examiner", "/marking")
    reads(browser, "怎样退票？")
    accessible()
    browser.find_element(By.CSS_SELECTOR, ".pile-acts button").click()
    reads(browser, "0 / 3 份评完")
    accessible()
    press(browser, Keys.ENTER)
    reads(browser, "还没有给分")
    press(browser, "7", Keys.ENTER)
    reads(browser, "1 / 3 份评完")
    press(browser, "w")
    press(browser, "5u 分")  # in a field letters are only text
    press(browser, Keys.ESCAPE)
    press(browser, "p")
    press(browser, "2.5", Keys.ENTER)
    reads(browser, "2 / 3 份评完")
    assert marks(site) == [(0.7, ""), (0.25, "5u 分")]
    press(browser, "u")
    reads(browser, "已收回刚才的分")
    assert browser.find_element(By.ID, "points").get_attribute("value") == "2.5"
    press(browser, "f", Keys.ENTER)
    reads(browser, "2 / 3 份评完")
    press(browser, "0", Keys.ENTER)
    reads(browser, "没有等您评的答案了")
    assert marks(site) == [(0.7, ""), (1, "5u 分"), (0, "")]

    browser.get(site.url(f"/exams/regrade/{version}"))
    browser.find_element(By.ID, "mode-full").click()
    browser.find_element(By.CSS_SELECTOR, ".regrade-form .button").click()
    reads(browser, "预览：全部给满分")
    accessible()
