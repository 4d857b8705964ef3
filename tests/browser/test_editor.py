"""The editors' pages in a real browser: by keyboard, with and without script, wide and narrow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from werkzeug.serving import make_server

from kb import articles
from kb.articles import Edit

from ..world import CAST, PASSWORD, World
from .conftest import PASSING

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
)
SOON = 60.0  # generous: machines are shared


@pytest.fixture
def backend() -> str:
    """What a browser sees does not depend on the database."""
    return "sqlite"


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the application, served for real."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chrome')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options)
    yield driver
    driver.quit()


class Browser:
    """Somebody at the keyboard."""

    def __init__(self, driver: webdriver.Chrome, site: str) -> None:
        self.driver, self.site = driver, site

    def open(self, address: str) -> None:
        self.driver.get(self.site + address)

    def size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def type(self, *keys: str) -> None:
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def save(self) -> None:
        keys = webdriver.ActionChains(self.driver)
        keys.key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()

    @property
    def focus(self) -> WebElement:
        return self.driver.switch_to.active_element

    def tab_to(self, words: str) -> None:
        """Press Tab until what has the focus is called so."""
        for _ in range(80):
            if words in (self.focus.get_attribute("aria-label"), self.focus.text.strip()):
                return
            self.type(Keys.TAB)
        raise AssertionError(f"Tab does not lead to {words}")

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def wait(self, until: Callable[[], object]) -> None:
        WebDriverWait(self.driver, SOON, ignored_exceptions=PASSING).until(lambda _: until())

    def told(self, words: str) -> None:
        """Wait until the page says so in a notice."""
        self.wait(lambda: words in self.driver.execute_script(NOTICES))


NOTICES = "return [...document.querySelectorAll('.notice')].map(n => n.textContent).join(' ')"


@pytest.fixture
def browser(chrome: webdriver.Chrome, site: str) -> Iterator[Browser]:
    """The administrator, signed in, on a wide screen."""
    opened = Browser(chrome, site)
    opened.size(1440, 900)
    opened.open("/sign-in")
    opened.one("#number").send_keys(CAST["administrator"].number)
    opened.one("#password").send_keys(PASSWORD, Keys.ENTER)
    opened.wait(lambda: "sign-in" not in chrome.current_url)
    yield opened
    chrome.execute_script("sessionStorage.clear(); localStorage.clear(); onbeforeunload = null")
    chrome.delete_all_cookies()
    chrome.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_an_article_is_written_and_published_by_keyboard_alone(
    browser: Browser, world: World
) -> None:
    browser.open("/edit")
    browser.tab_to("写新文章")
    browser.type(Keys.ENTER)
    browser.wait(lambda: browser.focus.get_attribute("id") == "title")
    browser.type("学生票一年几次", Keys.TAB, Keys.TAB, "特殊旅客/学生", Keys.TAB, "学生", Keys.TAB)
    browser.type("student-times", Keys.TAB)
    assert browser.focus.text == "小标题"  # the toolbar is one stop
    browser.type(Keys.TAB)
    assert browser.focus.get_attribute("id") == "body"
    browser.type("每学年四次。")
    webdriver.ActionChains(browser.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(
        Keys.SHIFT
    ).perform()
    browser.type(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert browser.focus.text == "例外"
    browser.type(Keys.ENTER, "毕业当年也可以。")
    body = "每学年四次。\n\n> [!例外]\n> 毕业当年也可以。"
    assert browser.one("#body").get_property("value") == body
    browser.wait(lambda: browser.driver.find_elements(By.CSS_SELECTOR, "#preview aside.callout"))
    browser.save()
    browser.told("草稿已保存")
    browser.tab_to("保存并发布")
    browser.type(Keys.ENTER)
    assert browser.focus.text == "不，返回"
    browser.type(Keys.TAB, Keys.ENTER)
    browser.told("已发布第 1 版")
    latest = world.article("student-times").latest
    assert (latest.title, latest.body, latest.state) == ("学生票一年几次", body, "published")


def test_a_question_answered_with_no_does_nothing(browser: Browser, world: World) -> None:
    browser.open("/edit/articles/refund-fee")
    browser.tab_to("停用这篇文章")
    browser.type(Keys.ENTER)
    assert "座席立刻搜不到它" in browser.one("#confirm").text
    browser.type(Keys.ENTER)
    browser.wait(lambda: not browser.one("#confirm").is_displayed())
    assert world.article("refund-fee").retired_at is None


def test_what_the_toolbar_writes_can_be_undone(browser: Browser) -> None:
    browser.open("/edit/articles/refund-fee")
    body = browser.one("#body")
    before = body.get_property("value")
    for button in browser.driver.find_elements(By.CSS_SELECTOR, "[data-tool]"):
        button.click()
        assert body.get_property("value") != before
        assert browser.focus.get_attribute("id") == "body"
        keys = webdriver.ActionChains(browser.driver)
        keys.key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
        assert body.get_property("value") == before


def test_what_was_typed_is_offered_again_after_an_accident(browser: Browser) -> None:
    browser.open("/edit/articles/refund-fee")
    body = browser.one("#body")
    body.send_keys(Keys.END, "没来得及保存的一句")
    kept = body.get_property("value")
    browser.driver.refresh()
    browser.told("上次没有保存")
    assert "没来得及" not in browser.one("#body").get_property("value")
    browser.one(".notice .button.first").click()
    assert browser.one("#body").get_property("value") == kept
    browser.save()
    browser.told("草稿已保存")
    assert "上次没有保存" not in browser.driver.execute_script(NOTICES)


def test_two_editors_lose_nothing(browser: Browser, world: World) -> None:
    browser.open("/edit/articles/refund-fee")
    browser.one("#title").send_keys("（我）")
    with world.work("editor", "kb.edit") as session:
        article = articles.get(session, "refund-fee")
        theirs = replace(article.latest.record(), title="退票费怎么收（他）")
        articles.save(session, article, theirs, Edit(world.person("editor").id, world.clock()))
    browser.save()
    browser.told("沈墨言 在 2026-11-22 10:00 保存了另一稿")
    assert browser.one("#title").get_property("value") == "退票费怎么收（我）"
    browser.save()
    browser.told("草稿已保存")
    assert world.article("refund-fee").latest.title == "退票费怎么收（我）"


def test_several_are_ticked_by_keyboard_and_published(browser: Browser, world: World) -> None:
    browser.open("/edit?state=draft")
    browser.tab_to("选中《随身行李限重》")
    assert not browser.one("#many button").is_enabled()
    browser.type(Keys.SPACE)
    assert browser.one("[data-bulk-count]").text == "已选 1 条"
    browser.tab_to("发布")
    browser.type(Keys.ENTER, Keys.TAB, Keys.ENTER)
    browser.told("已发布 1 篇")
    assert world.article("draft-luggage").published


def test_files_are_chosen_and_their_faults_named(browser: Browser, tmp_path: Path) -> None:
    good, bad = tmp_path / "好的.md", tmp_path / "坏的.jsonl"
    good.write_text("# 题目\n\n正文。", "utf-8")
    bad.write_text("{", "utf-8")
    browser.open("/edit/import")
    browser.one("#files").send_keys(f"{good}\n{bad}")
    browser.one("#main .button.first").click()
    browser.told("新增 1 篇，修订 0 篇，没有变化 0 篇，有误 1 条")
    assert "坏的.jsonl 1 " in browser.one("#main").text


def test_without_script_the_preview_is_a_button(browser: Browser) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.open("/edit/articles/refund-fee")
    browser.one("#body").clear()
    browser.one("#body").send_keys("## 无脚本")
    browser.one(".preview-head button").click()
    browser.wait(lambda: browser.one("#preview").text == "无脚本")
    assert browser.one("#body").get_attribute("value") == "## 无脚本"
    assert not browser.one(".tools").is_displayed()


PAGES = (
    "/edit",
    "/edit/new",
    "/edit/articles/refund-fee",
    "/edit/articles/old-rule",
    "/edit/import",
    "/categories",
    "/articles/refund-fee/revisions",
    "/articles/draft-luggage/revisions/1",
)


@pytest.mark.parametrize("width", [390, 1440])
def test_pages_fit_the_screen_and_the_browser_has_no_complaint(
    browser: Browser, width: int
) -> None:
    browser.size(width, 844)
    browser.driver.get_log("browser")
    for address in PAGES:
        browser.open(address)
        over = browser.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert over <= 0, address
    assert browser.driver.get_log("browser") == []


def test_every_field_has_a_name(browser: Browser) -> None:
    for address in PAGES:
        browser.open(address)
        nameless = browser.driver.execute_script(NAMELESS)
        assert nameless == [], address


NAMELESS = """
return [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')]
  .filter(e => e.getClientRects().length)
  .filter(e => !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
  .map(e => e.outerHTML)
"""
