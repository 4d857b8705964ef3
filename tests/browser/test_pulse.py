"""What arrives while somebody works: it is seen and heard, and takes nothing from their hands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from kb import broadcasts
from kb.articles import Edit
from kb.broadcasts import Message
from kb.records import Record

from ..processes import PATIENCE
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
See = Callable[[str], Any]


def send(site: Site, title: str, *, urgent: bool = False) -> int:
    at = site.world.clock()
    with site.world.work("supervisor", "broadcasts.send") as session:
        me = site.world.person("supervisor").id
        return broadcasts.send(session, Message(title, urgent=urgent), Edit(me, at)).id


def withdraw(site: Site, id: int) -> None:
    with site.world.work("supervisor", "broadcasts.withdraw") as session:
        edit = Edit(None, site.world.clock())
        broadcasts.withdraw(session, broadcasts.get(session, id), edit)


def wait(browser: Chrome, happened: Callable[[], Any]) -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: happened())


def told(browser: Chrome) -> list[str]:
    seen: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#pulse .told-words')]"
        ".filter(one => one.checkVisibility()).map(one => one.textContent)"
    )
    return seen


def focused(browser: Chrome) -> Any:
    return browser.switch_to.active_element


@pytest.mark.parametrize("urgent", [False, True])
def test_a_broadcast_arrives_while_somebody_types_and_nothing_is_lost(
    signed_in: SignedIn, site: Site, see: See, accessible: Callable[..., None], urgent: bool
) -> None:
    browser = signed_in("agent", "/desk")
    box = see("[data-search-box]")
    title = f"G18次停运，{'立即' if urgent else '请'}告知旅客"
    box.send_keys("退票")
    id = send(site, title, urgent=urgent)
    ActionChains(browser).send_keys("要").perform()
    wait(browser, lambda: title in told(browser))
    assert focused(browser) == box
    ActionChains(browser).send_keys("多少钱").perform()
    assert box.get_attribute("value") == "退票要多少钱"
    region = "pulse-alarm" if urgent else "pulse-aloud"
    assert title in browser.find_element(By.ID, region).get_attribute("textContent")
    accessible("#pulse")
    # By keyboard there and back: what is confirmed goes, and the hands are where they were.
    ActionChains(browser).key_down(Keys.ALT).send_keys("n").key_up(Keys.ALT).perform()
    assert focused(browser) != box
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    assert focused(browser) == box
    card = browser.find_element(By.CSS_SELECTOR, f"[data-key='broadcast:{id}']")
    card.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    wait(browser, lambda: title not in told(browser))
    browser.get(site.url("/desk"))
    later = send(site, "另一条", urgent=urgent)
    wait(browser, lambda: "另一条" in told(browser))
    assert title not in told(browser)
    withdraw(site, later)
    wait(browser, lambda: "另一条" not in told(browser))


def test_a_page_whose_session_has_ended_says_so_and_stays(
    signed_in: SignedIn, site: Site, see: See
) -> None:
    browser = signed_in("editor", "/edit/new")
    box = see("#title")
    box.send_keys("写到一半")
    browser.delete_all_cookies()
    wait(browser, lambda: any("不再更新" in words for words in told(browser)))
    assert box.get_attribute("value") == "写到一半"
    assert browser.current_url == site.url("/edit/new")


def test_a_text_can_be_signed_once_its_end_was_on_the_screen(
    signed_in: SignedIn, site: Site, see: See, accessible: Callable[..., None]
) -> None:
    long = "一条规定。\n\n" * 200
    rule = Record("long-rule", "很长的规定", long, kind="regulation", must_sign=True)
    site.world.publish(rule)
    browser = signed_in("agent", "/signing/articles/long-rule")
    accessible("main")
    box = see("[data-read-to]")
    assert not box.is_enabled()
    ActionChains(browser).send_keys(Keys.END).perform()
    wait(browser, box.is_enabled)
    box.send_keys(Keys.SPACE, Keys.ENTER)
    wait(browser, lambda: "已签收《很长的规定》" in browser.find_element(By.TAG_NAME, "main").text)


def test_without_script_a_text_is_signed_by_one_s_own_word(
    signed_in: SignedIn, site: Site, see: See, without_script: Callable[[], None]
) -> None:
    browser = signed_in("other_agent")
    without_script()
    browser.get(site.url("/signing/articles/identity-rule"))
    see("[data-read-to]").click()
    see(".sign .button").click()
    wait(browser, lambda: "已签收《实名制核验规定》" in see("main").text)
