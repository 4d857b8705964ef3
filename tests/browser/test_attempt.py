"""An exam in a real browser: by keyboard alone, offline, in two places, to its last second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from sqlalchemy import delete, select

from exams import attempts
from web.models import PersonRole

from . import sitting
from .conftest import Site
from .sitting import begun, click, kept, press, ready, saved, says, shows, until

SignedIn = Callable[..., Chrome]

SHUT = """
  IDBObjectStore.prototype.put = () => { throw new DOMException("shut", "InvalidStateError") };
"""
"""The store of the browser was shut in the middle, as when its data are cleared."""

HIDE = """
  Object.defineProperty(document, "hidden", {value: true, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", "抄来的");
  document.querySelector("[data-current]").dispatchEvent(
    new ClipboardEvent("paste", {clipboardData, bubbles: true}));
"""
"""The window is put behind another one, and something is pasted."""


SHOWN = """
  for (const one of document.querySelectorAll("[data-position]"))
    one.toggleAttribute("data-current", arguments[0] || one.dataset.position === "1");
"""
"""All questions are shown at once, or again the first alone."""


def opened(signed_in: SignedIn, site: Site, id: int) -> Chrome:
    browser = signed_in("agent", f"/attempts/{id}")
    ready(browser)
    return browser


def test_a_whole_exam_is_sat_by_keyboard_alone_and_is_accessible_in_light_and_dark(
    signed_in: SignedIn,
    site: Site,
    accessible: Callable[..., None],
    dark: Callable[[bool], None],
    phone: Callable[[], None],
) -> None:
    every = ("single", "multiple", "judge", "blank", "number", "order", "match", "essay")
    id = begun(site.world, every)
    browser = opened(signed_in, site, id)
    press(browser, "b", Keys.ENTER, Keys.ARROW_RIGHT, "1", "c", "f", "j", "2", Keys.ARROW_RIGHT)
    press(browser, Keys.TAB, Keys.TAB, "30天", Keys.TAB, "退票费", Keys.ENTER)
    press(browser, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)  # past 清除 and 上一题 to 下一题
    press(browser, Keys.TAB, Keys.TAB, "30天", Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)
    press(browser, Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER, Keys.ARROW_RIGHT)
    press(browser, Keys.TAB, Keys.TAB, Keys.ARROW_DOWN)
    saved(browser)
    found = kept(site.world, id)
    assert {n: found[n] for n in (1, 2, 3, 4)} == {
        1: "B",
        2: ["A", "C"],
        3: False,
        4: ["30天", "退票费"],
    }
    assert found[5] == "30天"
    assert sorted(found[6]) == ["A", "B", "C"]
    assert list(found[7]) == ["G"]
    assert "第 2 题，已答，有标记" in browser.page_source
    press(browser, Keys.ESCAPE)
    click(browser, "[data-go='1']")
    browser.execute_script(SHOWN, True)
    for night in (False, True):
        dark(night)
        accessible()
    phone()
    accessible()
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_script(SHOWN, False)
    click(browser, "[data-go='8']")
    size = {"width": 1200, "height": 200, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    press(browser, "k", "j")
    seen = "const r = arguments[0].getBoundingClientRect(); return r.top > 0 && r.bottom < 200;"
    assert browser.execute_script(seen, browser.find_element(By.CSS_SELECTOR, "[data-go='8']"))
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    click(browser, "[data-go='1']")
    press(browser, "?")
    until(browser, lambda: browser.find_element(By.ID, "sit-keys").is_displayed())
    press(browser, "?")
    browser.find_element(By.CSS_SELECTOR, "[data-submit]").send_keys(Keys.ENTER)
    until(browser, lambda: "还有 1 题没有答" in browser.find_element(By.ID, "hand-in").text)
    accessible()
    press(browser, Keys.ENTER)  # the answer that was asked for first is: go on
    assert not browser.find_element(By.ID, "hand-in").is_displayed()
    browser.find_element(By.CSS_SELECTOR, "[data-submit]").send_keys(Keys.ENTER)
    press(browser, Keys.TAB, Keys.ENTER)
    shows(browser, "已交卷")
    accessible()
    assert sitting.attempt(site.world, id).ended == "by_hand"


def test_offline_for_a_while_nothing_is_lost_and_handing_in_waits(
    signed_in: SignedIn, site: Site
) -> None:
    id = begun(site.world)
    browser = opened(signed_in, site, id)
    sitting.offline(browser, True)
    press(browser, "b", "j", "1", "j")
    box = browser.find_element(By.CSS_SELECTOR, "[data-current] textarea")
    box.send_keys("断网时写的")
    says(browser, "离线，答案存在这台电脑上")
    until(browser, lambda: len(browser.find_elements(By.CSS_SELECTOR, "a[data-unsaved]")) == 3)
    click(browser, "[data-submit]")
    click(browser, "[data-hand-in]")
    dialog = browser.find_element(By.ID, "hand-in")
    until(browser, lambda: "还有 3 处没有保存" in dialog.text and "现在离线" in dialog.text)
    assert kept(site.world, id) == {}
    sitting.offline(browser, False)
    shows(browser, "已交卷")
    assert kept(site.world, id) == {1: "B", 2: True, 3: "断网时写的"}
    with site.world.work("agent", "exams.submit") as session:  # from somewhere else, once more
        attempts.submit(session, id, site.world.person("agent").id, "elsewhere", site.world.clock())
    assert sitting.kinds(site.world, id).count("submitted") == 1


def test_of_two_windows_the_older_is_locked_and_may_take_over_again(
    signed_in: SignedIn, site: Site
) -> None:
    id = begun(site.world)
    browser = opened(signed_in, site, id)
    press(browser, "a")
    browser.execute_script(HIDE)
    saved(browser)
    old = browser.current_window_handle
    browser.switch_to.new_window("window")
    browser.get(site.url(f"/attempts/{id}"))
    ready(browser)
    press(browser, "c")
    saved(browser)
    new = browser.current_window_handle
    browser.switch_to.window(old)
    shows(browser, "已经在另一个窗口打开")
    assert not browser.find_element(By.CSS_SELECTOR, "[data-current] [name=r]").is_enabled()
    click(browser, "[data-notice=lock] .button.first")
    until(
        browser,
        lambda: browser.find_element(By.CSS_SELECTOR, "[data-current] [value=C]").is_selected(),
    )
    until(browser, lambda: browser.find_element(By.CSS_SELECTOR, "[name=r]").is_enabled())
    browser.switch_to.window(new)
    shows(browser, "已经在另一个窗口打开")
    browser.close()
    browser.switch_to.window(old)
    assert kept(site.world, id) == {1: "C"}
    assert {"left", "pasted"} <= {*sitting.kinds(site.world, id)}


def test_what_was_unsaved_when_another_machine_took_over_is_shown_and_can_be_kept(
    signed_in: SignedIn, site: Site
) -> None:
    id = begun(site.world)
    browser = opened(signed_in, site, id)
    sitting.offline(browser, True)
    press(browser, "b")
    says(browser, "离线")
    person = site.world.person("agent").id
    over = sitting.attempt(site.world, id).holder
    with site.world.work("agent", "exams.sit") as session:
        assert attempts.take(session, id, person, "other-machine", 1, over, site.world.clock())
    sitting.offline(browser, False)
    shows(browser, "第 1 题：B")
    assert kept(site.world, id) == {}
    click(browser, "[data-notice=lock] .button.first")
    saved(browser)
    assert kept(site.world, id) == {1: "B"}


def test_a_session_that_ends_in_the_middle_loses_nothing(signed_in: SignedIn, site: Site) -> None:
    id = begun(site.world)
    browser = opened(signed_in, site, id)
    desk = browser.current_window_handle
    browser.delete_all_cookies()
    press(browser, "d")
    says(browser, "登录已过期，答案存在这台电脑上")
    assert browser.find_element(By.LINK_TEXT, "在新窗口登录").is_displayed()
    browser.switch_to.new_window("window")
    signed_in("agent")  # with another token for its forms
    browser.close()
    browser.switch_to.window(desk)
    saved(browser)
    assert kept(site.world, id) == {1: "D"}
    person = site.world.person("agent").id
    with site.world.work(doing="test") as session:
        mine = select(PersonRole.role_id).where(PersonRole.person_id == person)
        roles = session.scalars(mine).all()
        session.execute(delete(PersonRole).where(PersonRole.person_id == person))
    press(browser, "a")
    says(browser, "您参加考试的权限被取消了")  # to sign in again would not help
    with site.world.work(doing="test") as session:
        session.add_all(PersonRole(person_id=person, role_id=role) for role in roles)
    saved(browser)


def test_a_store_that_is_shut_in_the_middle_keeps_no_answer_from_the_server(
    signed_in: SignedIn, site: Site
) -> None:
    id = begun(site.world)
    browser = opened(signed_in, site, id)
    browser.execute_script(SHUT)
    press(browser, "c")
    until(browser, lambda: kept(site.world, id) == {1: "C"})
    shows(browser, "断网时请不要关闭这一页")


def test_the_servers_clock_ends_it_whatever_the_computer_says_and_the_last_words_count(
    signed_in: SignedIn, site: Site
) -> None:
    """The computer is an hour fast: by its own clock the exam would have been over long ago."""
    id = begun(site.world)
    browser = signed_in("agent", "/healthz")
    fast = "const now = Date.now; Date.now = () => now() + 3_600_000 + 60_000 * performance.now();"
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": fast})
    try:
        site.world.clock.now = datetime.now(UTC)
        sitting.ending(site.world, id, seconds=6)
        browser.get(site.url(f"/attempts/{id}#q-3"))
        ready(browser)
        assert browser.find_element(By.CSS_SELECTOR, "[data-left]").text.startswith("00:0")
        box = browser.find_element(By.CSS_SELECTOR, "[data-current] textarea")
        until(browser, lambda: _left(browser) <= 2)
        box.send_keys("最后一秒")
        shows(browser, "时间到，已交卷")
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    assert kept(site.world, id) == {3: "最后一秒"}
    found = sitting.attempt(site.world, id)
    assert (found.state, found.ended) == ("submitted", "by_time")


def _left(browser: Chrome) -> int:
    return int(browser.find_element(By.CSS_SELECTOR, "[data-left]").text[-2:])
