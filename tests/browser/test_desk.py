"""The desk in a real browser: a call is answered without letting go of the keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from kb.formats import find_files, read_files
from kb.records import Record
from web.demo.centre import FOLDER

from ..homes import Homes
from ..processes import PATIENCE
from .conftest import PASSING, Site, site_with

QUESTIONS = Path(__file__).parent.parent / "data" / "questions"
CALLS = (
    "tickets-003",
    "tickets-007",
    "tickets-012",
    "journey-003",
    "journey-007",
    "journey-008",
    "journey-010",
    "passengers-003",
    "passengers-006",
    "passengers-009",
)
"""Half said, told at length, misspelt and in traditional characters."""
NEAR = 3
"""An answer may stand so far down the list; an agent sees that many at a glance."""


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The cast, and all articles of the demo centre."""
    records = [r for r in read_files(find_files([FOLDER])) if isinstance(r, Record)]
    with site_with(homes, tmp_path_factory.mktemp("desk") / "home", *records) as served:
        yield served


class Desk:
    """Somebody at the desk; they have nothing but a keyboard."""

    def __init__(self, browser: Chrome, site: Site) -> None:
        self.browser, self.site = browser, site

    def open(self) -> None:
        self.browser.get(self.site.url("/desk"))

    def press(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def press_ctrl(self, key: str) -> None:
        held = ActionChains(self.browser).key_down(Keys.CONTROL)
        held.send_keys(key).key_up(Keys.CONTROL).perform()

    def wait(self, until: Callable[[], Any], what: str) -> Any:
        return WebDriverWait(self.browser, PATIENCE, 0.05, PASSING).until(lambda _: until(), what)

    def ask(self, question: str) -> None:
        """Type it, and wait for what is found for exactly that."""
        self.press(question)
        self.wait(lambda: self.answered() == question, f"results for {question}")

    def answered(self) -> str:
        """The question whose results are shown; the address follows them."""
        return str(self.js("return new URL(location).searchParams.get('q') ?? ''"))

    def js(self, script: str) -> Any:
        return self.browser.execute_script(script)

    def hits(self) -> list[str]:
        return list(
            self.js("return [...document.querySelectorAll('.hit')].map(h => h.dataset.key)")
        )

    def chosen(self) -> str:
        return str(self.js("return document.querySelector('.hit[aria-current]')?.dataset.key"))

    def opened(self) -> str:
        return str(self.js("return document.querySelector('#opened article')?.dataset.key"))

    def focus(self) -> str:
        return str(self.browser.switch_to.active_element.get_attribute("id"))

    def box(self, name: str = "value") -> Any:
        return self.browser.find_element(By.ID, "q").get_property(name)

    def attribute(self, name: str) -> str | None:
        return self.browser.find_element(By.ID, "q").get_attribute(name)

    def active_offer(self) -> str | None:
        """The suggestion that the box points to."""
        return self.js(  # type: ignore[no-any-return]
            "const box = document.getElementById('q');"
            "const id = box.getAttribute('aria-activedescendant');"
            "const option = id && document.getElementById(id);"
            "return option && option.getAttribute('aria-selected') === 'true'"
            " ? option.textContent : null"
        )

    def clipboard(self) -> str:
        return str(
            self.browser.execute_async_script(
                "navigator.clipboard.readText().then(arguments[0], e => arguments[0](String(e)))"
            )
        )


@pytest.fixture
def desk(signed_in: Callable[[str], Chrome], site: Site) -> Desk:
    browser = signed_in("agent")
    browser.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"origin": site.address, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    found = Desk(browser, site)
    found.open()
    return found


def test_half_a_question_is_answered_and_copied_without_a_mouse(desk: Desk) -> None:
    assert desk.focus() == "q"
    desk.ask("退一张票要扣")
    first, second = desk.hits()[:2]
    sizes = desk.js(
        "const answer = document.querySelector('.hit.lead .answer');"
        "const all = [...document.querySelectorAll('#results *')];"
        "const size = e => parseFloat(getComputedStyle(e).fontSize);"
        "return [size(answer), Math.max(...all.filter(e => !answer.contains(e)).map(size)),"
        " answer.getBoundingClientRect().bottom <= innerHeight]"
    )
    assert sizes[0] > sizes[1]  # the sentence that answers is the largest text
    assert sizes[2]
    desk.press(Keys.ARROW_DOWN)
    assert (desk.chosen(), desk.focus()) == (second, "q")
    desk.press(Keys.ARROW_UP)
    assert desk.chosen() == first
    lead = desk.browser.find_element(By.CSS_SELECTOR, ".hit.lead")
    copied = f"{lead.get_attribute('data-answer')}\n——{lead.get_attribute('data-source')}"
    assert f"《{lead.get_attribute('data-title')}》第1版" in copied
    desk.press_ctrl(Keys.ENTER)
    desk.wait(lambda: desk.clipboard() == copied, "the answer with its title and revision")
    desk.press(Keys.ENTER)
    desk.wait(lambda: (desk.opened(), desk.focus()) == (first, "reading"), "the article")
    assert desk.browser.find_element(By.ID, "answer").is_displayed()
    desk.press(Keys.ESCAPE)
    desk.wait(lambda: desk.focus() == "q", "the box again")
    desk.press(Keys.ESCAPE)
    desk.wait(lambda: not desk.hits(), "an empty desk")
    assert (desk.box(), desk.focus()) == ("", "q")


def test_suggestions_come_by_pinyin_and_leave_the_keys_of_the_desk_alone(desk: Desk) -> None:
    assert (desk.attribute("role"), desk.attribute("aria-expanded")) == ("combobox", "false")
    desk.ask("tuip")
    assert desk.attribute("aria-expanded") == "true"
    offers = desk.browser.find_elements(By.CSS_SELECTOR, "#suggestions [role=option]")
    texts = [offer.text for offer in offers]
    assert texts
    assert all(text.startswith("退票") for text in texts)
    desk.press(Keys.ARROW_DOWN)  # the hits are moved through as ever
    assert (desk.chosen(), desk.active_offer()) == (desk.hits()[1], None)
    desk.press(Keys.ARROW_UP)
    assert (desk.chosen(), desk.active_offer()) == (desk.hits()[0], None)
    desk.press(Keys.ARROW_UP)
    assert (desk.active_offer(), desk.focus()) == (texts[0], "q")
    desk.press(Keys.ARROW_RIGHT)
    assert desk.active_offer() == texts[1]
    desk.press(Keys.ENTER)
    desk.wait(lambda: desk.answered() == texts[1], "results for the suggestion")
    assert (desk.box(), desk.focus()) == (texts[1], "q")
    assert desk.attribute("aria-expanded") == "false"


def test_suggestions_close_on_escape_and_come_back_with_the_next_key(desk: Desk) -> None:
    desk.ask("tp")
    ActionChains(desk.browser).key_down(Keys.ALT).send_keys(Keys.ARROW_DOWN).key_up(
        Keys.ALT
    ).perform()
    assert desk.active_offer()
    desk.press(Keys.ESCAPE)
    assert (desk.box(), desk.active_offer(), desk.attribute("aria-expanded")) == (
        "tp",
        None,
        "false",
    )
    desk.press("f")
    desk.wait(lambda: desk.answered() == "tpf", "results")
    assert desk.attribute("aria-expanded") == "true"
    desk.press(Keys.ESCAPE)  # not entered: the next call
    assert desk.box() == ""


def test_the_keys_are_told_from_an_empty_box(desk: Desk, see: Callable[[str], Any]) -> None:
    desk.press("?")
    assert "到补全" in see("dialog#keys[open]").text
    desk.press(Keys.ESCAPE)
    desk.wait(lambda: not desk.browser.find_elements(By.CSS_SELECTOR, "dialog[open]"), "closed")
    assert desk.focus() == "q"
    desk.ask("能退吗?")
    assert desk.box() == "能退吗?"  # in a question it is a character


@pytest.mark.parametrize("at_night", [False, True])
def test_nothing_stands_in_the_way_of_anybody(
    desk: Desk,
    accessible: Callable[..., None],
    dark: Callable[[bool], None],
    phone: Callable[[], None],
    at_night: bool,
) -> None:
    dark(at_night)
    accessible()
    desk.ask("退票")
    desk.press(Keys.ARROW_UP)
    assert desk.active_offer()
    accessible()
    phone()
    accessible()


def test_ten_calls_are_answered_by_keyboard_alone(desk: Desk) -> None:
    lines = [line for file in QUESTIONS.glob("*.jsonl") for line in file.open(encoding="utf-8")]
    asked = {call["id"]: call for call in map(json.loads, lines)}
    for call in (asked[name] for name in CALLS):
        desk.ask(call["query"])
        assert call["expect"] in desk.hits()[:NEAR], call["query"]
        while desk.chosen() != call["expect"]:
            desk.press(Keys.ARROW_DOWN)
        desk.press(Keys.ENTER)
        desk.wait(
            lambda: (desk.opened(), desk.focus()) == (call["expect"], "reading"),  # noqa: B023
            call["query"],
        )
        desk.press(Keys.ESCAPE)
        desk.wait(lambda: desk.focus() == "q", "the box again")
        desk.press(Keys.ESCAPE)
        desk.wait(lambda: not desk.answered() and not desk.hits(), "an empty desk")


def test_without_script_the_desk_answers_and_suggests(
    signed_in: Callable[[str], Chrome],
    site: Site,
    without_script: Callable[[], None],
    see: Callable[[str], Any],
) -> None:
    browser = signed_in("agent")
    without_script()
    browser.get(site.url(f"/desk?q={quote('退票')}"))
    see(".hit.lead .answer")
    offer = see("#suggestions a")
    text = offer.text
    offer.click()
    assert see("#q").get_attribute("value") == text
