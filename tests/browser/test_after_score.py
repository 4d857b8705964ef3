"""A score is seen, heard, disputed, judged by a second person, and its agent is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from qa import coachings, remedies, reviews
from qa.coachings import Task
from qa.tables import Call

from ..homes import Homes
from ..processes import PATIENCE
from ..qa_world import GOOD, add_review, add_score, add_scorecard
from ..web.sounding import call_with_sound
from .conftest import PASSING, Site, site_here

SignedIn = Callable[[str], Chrome]
POOR = GOOD | {"greeting": "no", "fee": "wrong"}


@pytest.fixture
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_here(homes, tmp_path_factory.mktemp("site") / "home") as served:
        yield served


@pytest.fixture
def review(site: Site) -> int:
    """A finished review of a call of the agent that can be heard, with all that may follow it."""
    world = site.world
    heard = call_with_sound(world)
    with world.work("inspector") as session:
        call, by = session.get_one(Call, heard.id), world.person("inspector").id
        made = add_review(session, call, add_scorecard(session), inspector_id=by)
        add_score(session, made, POOR, at=world.clock())
        remedies.propose(session, made, world.clock())
        task = Task("练开场白", review=reviews.get(session, made.id))
        coachings.give(session, call.agent_id, task, by=by, at=world.clock())
        return made.id


def until(browser: Chrome, what: Callable[[], Any], told: str = "") -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: what(), told)


def one(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def send(browser: Chrome, selector: str) -> None:
    """Press a button that leads to another page, and wait for that."""
    page = one(browser, "html")
    browser.execute_script("arguments[0].click()", one(browser, selector))
    until(browser, lambda: page != one(browser, "html"), "another page")


def test_a_score_is_heard_disputed_judged_and_told(
    signed_in: SignedIn,
    site: Site,
    review: int,
    accessible: Callable[..., None],
    phone: Callable[[], None],
    dark: Callable[[bool], None],
) -> None:
    browser = signed_in("agent")
    phone()
    browser.get(site.url("/my/scores"))
    accessible("main")
    browser.get(site.url(f"/my/scores/{review}"))
    until(browser, lambda: browser.execute_script("return Boolean(document.player)"), "a player")
    accessible("main")
    ActionChains(browser).send_keys("k").perform()
    until(browser, lambda: browser.execute_script("return document.player.playing"), "it plays")
    began = browser.execute_script("return document.player.now")
    until(browser, lambda: browser.execute_script("return document.player.now") != began)
    item = "#item-greeting"
    one(browser, f"{item} summary").click()
    one(browser, f"{item} textarea").send_keys("第一秒就问候了")
    send(browser, f"{item} details button[type=submit]")
    assert "等裁定" in one(browser, item).text

    browser = signed_in("qa_lead")
    dark(True)
    browser.get(site.url("/qa/appeals"))
    accessible("main")
    send(browser, "th[scope=row] a")
    accessible("main")
    assert "第一秒就问候了" in one(browser, "main").text
    assert "20.00" not in one(browser, "main").text
    one(browser, 'input[name="answer.greeting"][value=yes]').click()
    send(browser, ".form-actions button")
    accessible("main")
    one(browser, "#words").send_keys("录音里听得到问候")
    send(browser, ".form-actions button")
    for address in (f"/qa/reviews/{review}", "/qa/rechecks", "/qa/loops", "/qa/coaching"):
        browser.get(site.url(address))
        accessible("main")
    browser.get(site.url(f"/qa/reviews/{review}/slip"))
    accessible("main")

    browser = signed_in("agent")
    told = until(browser, lambda: one(browser, "#pulse .pulse-list").text, "the pulse tells")
    assert "申诉成立，成绩改了" in told
    browser.get(site.url(f"/my/scores/{review}"))
    assert "录音里听得到问候" in one(browser, item).text
