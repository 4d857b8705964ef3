"""The life of a regulation, from its first draft to the proof of who had it before their eyes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import text

from web import jobs
from web.chores import Workshop, run

from ..homes import Homes
from ..processes import PATIENCE
from ..world import CAST, PASSWORD
from .conftest import PASSING, Site, site_here

KEY, TITLE = "refund-for-others", "代他人退票的规定"
PAPERS = "代他人退票要带双方身份证件原件。"
OLD, NEW = "电话里不能代办退票。", "电话里可以预约代办退票。"
QUESTION = "电话里能代办退票吗"
QUIZ = f"代他人退票要带什么\n- 什么都不用带\n* 双方身份证件原件\n> {PAPERS}"


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_here(homes, tmp_path_factory.mktemp("rule") / "home") as served:
        yield served


@dataclass
class Hands:
    """Somebody at the keyboard, in one of two windows that know nothing of each other."""

    browser: Chrome
    site: Site

    def open(self, path: str) -> None:
        self.browser.get(self.site.url(path))

    def press(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def hold_ctrl(self, key: str) -> None:
        held = ActionChains(self.browser).key_down(Keys.CONTROL)
        held.send_keys(key).key_up(Keys.CONTROL).perform()

    def one(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def button(self, words: str, within: str = "main, aside") -> Any:
        """The shown button or link that says so."""
        for part in self.browser.find_elements(By.CSS_SELECTOR, within):
            for one in part.find_elements(By.CSS_SELECTOR, "button, a, summary"):
                if one.is_displayed() and one.text.startswith(words):
                    return one
        raise AssertionError(f"no button says {words}")

    def agree_to(self, words: str, within: str = "main, aside") -> None:
        """Press a button that asks first, and say yes."""
        self.button(words, within).send_keys(Keys.ENTER)
        self.press(Keys.TAB, Keys.ENTER)

    def wait(self, true: Callable[[], Any], what: str) -> Any:
        return WebDriverWait(self.browser, PATIENCE, 0.05, PASSING).until(lambda _: true(), what)

    def told(self, words: str) -> None:
        notices = (
            "return [...document.querySelectorAll('.notice')].map(n => n.textContent).join(' ')"
        )
        self.wait(lambda: words in self.browser.execute_script(notices), words)

    def write(self, id: str, words: str) -> None:
        field = self.one(f"#{id}")
        field.clear()
        field.send_keys(words)

    def answer(self, question: str) -> str:
        """The sentence that the desk gives first."""
        self.open("/desk")
        self.press(question)
        asked = "return new URL(location).searchParams.get('q')"
        self.wait(lambda: self.browser.execute_script(asked) == question, question)
        return str(self.one(".hit.lead .answer").text)

    def cards(self) -> str:
        """What has arrived at the edge of the window."""
        shown = "return document.querySelector('#pulse').innerText"
        return str(self.browser.execute_script(shown))


@pytest.fixture
def beside(browser: Chrome, site: Site) -> Iterator[Callable[[], None]]:
    """``beside()`` changes to the other of two windows: one host is two to the cookies."""
    first = browser.current_window_handle
    browser.switch_to.new_window("window")
    second = browser.current_window_handle
    browser.switch_to.window(first)

    def change() -> None:
        browser.switch_to.window(second if browser.current_window_handle == first else first)

    yield change
    browser.switch_to.window(second)
    browser.close()
    browser.switch_to.window(first)


def work_off(site: Site) -> None:
    """What the worker of a real server does by itself."""
    services, clock = site.world.services, site.world.clock
    while job := jobs.claim(services.db, "test", clock()):
        run(Workshop.of(services), job)
    services.library.sync()


def write_and_submit(editor: Hands) -> None:
    editor.open("/edit/new")
    editor.press(TITLE)
    editor.write("category", "票务/退票")
    editor.write("key", KEY)
    editor.one("#kind").send_keys("业务规章")
    editor.write("body", f"{PAPERS}\n\n{OLD}")
    editor.one("input[name=must_sign]").send_keys(" ")
    editor.button("签收的要求").send_keys(Keys.ENTER)
    editor.write("quiz", QUIZ)
    editor.hold_ctrl("s")
    editor.told("草稿已保存")
    submit(editor)


def revise_and_submit(editor: Hands, from_when: str) -> None:
    editor.open(f"/edit/articles/{KEY}")
    editor.write("body", f"{PAPERS}\n\n{NEW}")
    # How a date is typed depends on the language of the system.
    editor.browser.execute_script(
        "document.getElementById('effective_from').value = arguments[0]", from_when
    )
    editor.write("note", "12306 开通了代办预约")
    editor.hold_ctrl("s")
    editor.told("草稿已保存")
    submit(editor)


def submit(editor: Hands) -> None:
    editor.button("送审与批注").send_keys(Keys.ENTER)
    editor.button("送审", "form[aria-label=送审]").send_keys(Keys.ENTER)
    editor.told("已送审")


def approve_and_publish(reviewer: Hands) -> None:
    reviewer.open(f"/reviews/{KEY}")
    reviewer.press("a")
    reviewer.told("已通过")
    reviewer.agree_to("发布", "form[aria-label=发布]")
    reviewer.told("发布第")
    work_off(reviewer.site)


def sign(agent: Hands) -> None:
    agent.open("/signing")
    agent.one(f".duties .button[href$='{KEY}']").send_keys(Keys.ENTER)
    agent.press(Keys.END)
    agent.wait(agent.one("[name=read]").is_enabled, "read to the end")
    agent.one("[name=q0]").send_keys(" ")
    agent.one("[name=read]").send_keys(" ", Keys.ENTER)
    agent.told("没有答对")
    assert agent.one("#answer").text == PAPERS
    agent.press(Keys.END)
    agent.wait(agent.one("[name=read]").is_enabled, "read to the end")
    agent.browser.find_elements(By.CSS_SELECTOR, "[name=q0]")[1].send_keys(" ")
    agent.one("[name=read]").send_keys(" ", Keys.ENTER)
    agent.told(f"已签收《{TITLE}》第 1 版")


def check_the_chain(admin: Hands) -> str:
    """Have the chain checked; what the page says of it."""
    admin.open("/evidence/checks")
    admin.button("现在核验").send_keys(Keys.ENTER)
    admin.told("已安排核验")
    work_off(admin.site)
    admin.browser.refresh()
    return str(admin.one("main tbody tr").text)


def test_a_regulation_lives_from_draft_to_proof(
    site: Site,
    browser: Chrome,
    signed_in: Callable[[str], Chrome],
    beside: Callable[[], None],
    see: Callable[[str], Any],
) -> None:
    me = Hands(browser, site)

    # Written by one, approved by another, signed by whom it is for.
    signed_in("editor")
    write_and_submit(me)
    signed_in("reviewer")
    approve_and_publish(me)
    signed_in("agent")
    sign(me)
    assert OLD in me.answer(QUESTION)

    # What is to hold from tomorrow does not hold today.
    signed_in("editor")
    revise_and_submit(me, "2026-11-23T08:00")
    signed_in("reviewer")
    approve_and_publish(me)
    signed_in("agent")
    assert OLD in me.answer(QUESTION)
    site.forward(hours=22)
    work_off(site)
    signed_in("agent")
    assert NEW in me.answer(QUESTION)
    site.forward(minutes=2)
    signed_in("agent")

    # One agent copies it; it turns out wrong, and whoever used it is told at once.
    assert NEW in me.answer(QUESTION)
    me.hold_ctrl(Keys.ENTER)
    me.wait(lambda: "已复制" in me.one("#say").text, "copied")
    beside()
    elsewhere = Hands(browser, Site(site.address.replace("127.0.0.1", "localhost"), site.world))
    come_in(elsewhere, "administrator")
    elsewhere.open(f"/edit/articles/{KEY}")
    elsewhere.write("recall-retire-reason", "还没有开通预约")
    elsewhere.agree_to("停用这篇文章")
    elsewhere.told("已停用")
    beside()
    me.wait(lambda: "还没有开通预约" in me.cards(), "the recall")
    assert f"复制的《{TITLE}》第2版已于" in me.cards()
    beside()
    come_in(elsewhere, "other_agent")
    elsewhere.open("/desk")
    asked = "return performance.getEntriesByType('resource').some(e => e.name.includes('/pulse'))"
    elsewhere.wait(lambda: browser.execute_script(asked), "the other agent has asked what is new")
    assert TITLE not in elsewhere.cards()

    # The proof, and what becomes of it when somebody changes a row behind its back.
    come_in(elsewhere, "administrator")
    elsewhere.open(f"/evidence?article={KEY}")
    elsewhere.button("争议报告").send_keys(Keys.ENTER)
    elsewhere.told("都与当时记下的指纹相符")
    address = elsewhere.button("另存为 JSON").get_attribute("href")
    report = browser.execute_async_script(
        "fetch(arguments[0]).then(a => a.json()).then(arguments[1])", address
    )
    copied = [one["words"] for one in report["traces"] if one["act"] == "copied"]
    assert len(copied) == 1
    assert NEW in copied[0]
    assert "全部相符" in check_the_chain(elsewhere)
    with site.world.work() as session:
        [number] = session.scalars(text("select id from evidence where act = 'copied'"))
        session.execute(text("update evidence set call = 'x' where act = 'copied'"))
    assert f"第{number}条的内容和它的指纹不符" in check_the_chain(elsewhere)


def come_in(hands: Hands, who: str) -> None:
    """Sign in by typing, where the cookie of the first window is not known."""
    hands.open("/healthz")  # an answer on its way to an open page would bring the cookie back
    hands.browser.delete_all_cookies()
    hands.open("/sign-in")
    hands.press(CAST[who].number, Keys.TAB, PASSWORD, Keys.ENTER)
    hands.wait(lambda: "/sign-in" not in hands.browser.current_url, f"{who} has signed in")
