"""What a reader says without leaving the text: a key to vote, to correct, to raise a gap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from kb import gapbook
from kb.feedback import Report, Vote
from kb.gapbook import Asking

from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
See = Callable[[str], Any]
Accessible = Callable[..., None]

SELECT = """
const walk = document.createTreeWalker(document.querySelector('.prose'), NodeFilter.SHOW_TEXT);
let node;
while ((node = walk.nextNode()) && !node.data.includes(arguments[0]));
const range = document.createRange(), at = node.data.indexOf(arguments[0]);
range.setStart(node, at); range.setEnd(node, at + arguments[0].length);
getSelection().removeAllRanges(); getSelection().addRange(range);
"""


def wait(browser: Chrome, happened: Callable[[], Any]) -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: happened())


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def said(browser: Chrome) -> str:
    found: str = browser.execute_script("return document.getElementById('say').textContent")
    return found


def kept(site: Site, kind: type[Any]) -> list[Any]:
    with site.world.reading() as session:
        return session.query(kind).order_by(kind.id).all()


def test_a_passage_is_selected_and_said_to_be_wrong_without_leaving_the_text(
    signed_in: SignedIn, site: Site, see: See, accessible: Accessible
) -> None:
    browser = signed_in("agent", "/articles/child-fare")
    see("[data-voice]")
    browser.execute_script(SELECT, "每位成人可免费携带一名")
    press(browser, "e")
    assert see("dialog [name=quote]").get_attribute("value") == "每位成人可免费携带一名"
    accessible("dialog[open]")
    assert browser.switch_to.active_element.get_attribute("name") == "reason"
    press(browser, "y")  # in a field a letter is a letter
    see("dialog [name=reason]").send_keys("现在是两名")
    see("dialog .button.first").click()
    wait(browser, lambda: "天内答复" in said(browser))
    report = kept(site, Report)[-1]
    assert report.quote == "每位成人可免费携带一名"
    assert report.reason == "y现在是两名"
    assert browser.current_url.endswith("/articles/child-fare")


def test_one_key_votes_and_the_other_takes_it_back(
    signed_in: SignedIn, site: Site, see: See, accessible: Accessible
) -> None:
    browser = signed_in("other_agent", "/articles/change-ticket")
    see("[data-voice]")
    press(browser, "y")
    see("[data-vote=y][aria-pressed=true]")
    press(browser, "n")
    see("[data-vote=n][aria-pressed=true]")
    accessible("[data-voice]")
    (vote,) = kept(site, Vote)
    assert not vote.helpful


def test_an_unanswered_question_is_raised_from_the_search_box(
    signed_in: SignedIn, site: Site, see: See
) -> None:
    browser = signed_in("agent", "/desk")
    see("[data-search-box]").send_keys("宠物能带上车吗")
    see("form[data-gap]")
    ActionChains(browser).key_down(Keys.CONTROL).send_keys("g").key_up(Keys.CONTROL).perform()
    wait(browser, lambda: "已提交缺口" in said(browser))
    asking = kept(site, Asking)[-1]
    assert asking.query == "宠物能带上车吗"
    with site.world.reading() as session:
        assert gapbook.get(session, asking.gap_id).question == "宠物能带上车吗"


def test_the_pages_of_the_board_the_queue_and_the_gaps_are_accessible(
    signed_in: SignedIn, site: Site, see: See, accessible: Accessible
) -> None:
    browser = signed_in("administrator")
    for path in ("/board", "/board/1", "/board/new", "/board/points", "/kb/gaps/1", "/kb/reports"):
        browser.get(site.url(path))
        see("h1")
        accessible()
