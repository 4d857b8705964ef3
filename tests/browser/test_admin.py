"""The administrator's pages, one's own account and help in a real browser, by keyboard too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from web import accounts
from web.jobs import enqueue
from web.models import Team

from ..processes import PATIENCE
from ..world import CAST
from .conftest import Site

SignedIn = Callable[[str], Chrome]
See = Callable[[str], Any]

PAGES = (
    "/admin/people?state=all",
    "/admin/people/1001",
    "/admin/people/new",
    "/admin/people/import",
    "/admin/teams",
    "/admin/roles",
    "/admin/roles/kinds",
    "/admin/roles/kinds/1",
    "/admin/jobs?state=failed",
    "/admin/audit",
    "/account",
    "/account/password",
    "/help/",
    "/help/?q=令牌",
    "/help/administrator",
)


@pytest.fixture
def admin(signed_in: SignedIn, site: Site) -> Chrome:
    with site.world.work(doing="test.job") as session:
        job = enqueue(session, "kb.sync", at=site.world.clock())
        job.state, job.error, job.attempts = "failed", "OSError: No space left on device", 6
        job.finished_at = site.world.clock()
    return signed_in("administrator")


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def save_by_key(browser: Chrome) -> None:
    ActionChains(browser).key_down(Keys.CONTROL).send_keys("s").key_up(Keys.CONTROL).perform()


def focused(browser: Chrome) -> Any:
    return browser.switch_to.active_element


def tab_to(browser: Chrome, selector: str, most: int = 80) -> Any:
    """Press Tab until that element has the focus, as somebody without a mouse would."""
    for _ in range(most):
        press(browser, Keys.TAB)
        if browser.execute_script("return document.activeElement.matches(arguments[0])", selector):
            return focused(browser)
    raise AssertionError(f"Tab never reaches {selector}")


def until(browser: Chrome, true: Callable[[Chrome], Any], what: str) -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05).until(true, what)


# How the pages look


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_accessible_in_light_and_dark(
    admin: Chrome,
    site: Site,
    see: See,
    accessible: Callable[..., None],
    dark: Callable[[bool], None],
    path: str,
) -> None:
    for on in (False, True):
        dark(on)
        admin.get(site.url(path))
        see("main h1")
        accessible()


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(
    admin: Chrome, site: Site, see: See, phone: Callable[[], None], path: str
) -> None:
    phone()
    admin.get(site.url(path))
    see("main h1")
    wide = admin.execute_script("return document.documentElement.scrollWidth")
    assert wide <= 390


def test_on_a_phone_what_ends_a_session_is_in_sight(
    admin: Chrome, site: Site, see: See, phone: Callable[[], None]
) -> None:
    phone()
    with site.world.work() as session:
        boss = accounts.get_person(session, CAST["administrator"].number)
        origin = accounts.Origin("10.0.0.9", "Mozilla/5.0 (Windows NT 10.0) Firefox/130.0")
        accounts.sign_in(session, boss, origin, site.world.clock())
    admin.get(site.url("/account"))
    box = see(".sessions .acts button").rect
    assert box["x"] + box["width"] <= 390


# The bar


def shown(browser: Chrome, selector: str) -> list[str]:
    found = browser.find_elements(By.CSS_SELECTOR, selector)
    return [one.text for one in found if one.is_displayed()]


@pytest.mark.parametrize("width", [1000, 1440])
def test_the_bar_holds_all_that_an_administrator_may_open(
    admin: Chrome, site: Site, see: See, without_script: Callable[[], None], width: int
) -> None:
    admin.set_window_size(width, 900)
    without_script()
    admin.get(site.url("/admin/audit"))
    see(".nav")
    over = "const n = document.querySelector('.nav'); return n.scrollWidth - n.clientWidth"
    assert admin.execute_script(over) <= 0
    assert shown(admin, ".nav summary[aria-current]") == ["管理"]
    tab_to(admin, ".nav summary")
    press(admin, Keys.ENTER, Keys.TAB)
    assert focused(admin).text == "首页"
    tab_to(admin, ".nav summary[aria-current]")
    press(admin, " ")
    until(admin, lambda b: shown(b, ".nav [aria-current=page]") == ["操作记录"], "open")
    assert "签收" not in shown(admin, ".nav .menu-sheet a")  # one at a time


def test_on_a_phone_one_menu_says_where_one_is_and_leads_on(
    admin: Chrome, site: Site, see: See, accessible: Callable[..., None], phone: Callable[[], None]
) -> None:
    phone()
    admin.get(site.url("/admin/audit"))
    button = see(".bar-button")
    assert button.text.split() == ["菜单", "操作记录"]
    assert shown(admin, ".nav a") == []
    button.send_keys(Keys.ENTER)
    see(".nav summary[aria-current]").send_keys(Keys.ENTER)
    see(".nav [aria-current=page]")
    accessible(".bar")
    see(".nav a[href='/admin/jobs/']").click()
    until(admin, lambda b: "后台任务" in see(".bar-button").text, "there")


# By keyboard


def test_an_account_is_opened_by_keyboard_alone(admin: Chrome, site: Site, see: See) -> None:
    admin.get(site.url("/admin/people/new"))
    assert see("#number") == focused(admin)
    press(admin, "ｋ７７７")
    tab_to(admin, "#name").send_keys("键盘客")
    tab_to(admin, "#team").send_keys("票务一组")
    tab_to(admin, "input[name=roles]")
    press(admin, " ")
    save_by_key(admin)
    password = see("#secret").text
    assert len(password) == 12
    assert "K777" in see(".notice.warn").text
    with site.world.reading() as session:
        made = accounts.get_person(session, "K777")
        assert [role.key for role in made.roles] == ["agent"]
        assert accounts.verify(made.password_hash, password)


def test_closing_an_account_asks_first_and_esc_takes_it_back(
    admin: Chrome, site: Site, see: See
) -> None:
    admin.get(site.url("/admin/people/1002"))
    see(".aside-actions .grave").send_keys(Keys.ENTER)
    dialog = see("dialog[open]")
    assert "停用 林知夏 的账号" in dialog.text
    press(admin, Keys.ESCAPE)
    until(admin, lambda b: not b.find_elements(By.CSS_SELECTOR, "dialog[open]"), "closed")
    assert site.world.person("other_agent").disabled_at is None
    see(".aside-actions .grave").send_keys(Keys.ENTER)
    see("[data-confirm-yes]").send_keys(Keys.ENTER)
    until(admin, lambda b: "已停用 林知夏" in b.page_source, "told")
    assert site.world.person("other_agent").disabled_at is not None


def test_the_matrix_is_ticked_with_the_space_bar_and_saved_with_a_key(
    admin: Chrome, site: Site, see: See
) -> None:
    admin.get(site.url("/admin/roles"))
    with site.world.reading() as session:
        trainer = accounts.role_named(session, "trainer").id
    box = see(f'input[value="{trainer}:jobs.manage"]')
    assert box.accessible_name == "培训师 查看和重试后台任务"
    box.send_keys(" ")
    save_by_key(admin)
    until(admin, lambda b: "1 个角色的权限有变化" in b.page_source, "saved")
    assert see(f'input[value="{trainer}:jobs.manage"]').is_selected()


def test_leaving_an_unsaved_edit_is_offered_back(admin: Chrome, site: Site, see: See) -> None:
    admin.get(site.url("/admin/people/1003"))
    grade = see("#grade")
    grade.clear()
    grade.send_keys("资深")
    admin.execute_script("window.onbeforeunload = null")
    admin.get(site.url("/healthz"))
    until(admin, lambda b: _leave(b), "left")
    admin.get(site.url("/admin/people/1003"))
    see("main .notice.warn button.first").click()
    assert see("#grade").get_attribute("value") == "资深"


def _leave(browser: Chrome) -> bool:
    """Answer the browser's own question whether to leave, if it asks."""
    try:
        browser.switch_to.alert.accept()
    except Exception:
        return browser.current_url.endswith("/healthz")
    return browser.current_url.endswith("/healthz")


def test_a_filter_is_typed_and_sent_with_enter(admin: Chrome, site: Site, see: See) -> None:
    admin.get(site.url("/admin/people"))
    see("#q").send_keys("沈墨", Keys.ENTER)
    until(admin, lambda b: "q=" in b.current_url, "asked")
    assert [row.text for row in admin.find_elements(By.CSS_SELECTOR, "tbody th")] == ["沈墨言"]


def test_help_is_searched_with_the_key_of_every_page(admin: Chrome, site: Site, see: See) -> None:
    admin.get(site.url("/help/"))
    see("main h1")
    press(admin, "/")
    until(admin, lambda b: focused(b).get_attribute("id") == "q", "focus in the box")
    press(admin, "备份", Keys.ENTER)
    see(".found a").click()
    until(admin, lambda b: "#p" in b.current_url, "at the part")


# Without script


def test_everything_is_done_without_script_too(
    admin: Chrome, site: Site, see: See, without_script: Callable[[], None]
) -> None:
    without_script()
    admin.get(site.url("/admin/teams"))
    see("#name").send_keys("无脚本组", Keys.ENTER)
    until(admin, lambda b: "已新建班组“无脚本组”" in b.page_source, "made")
    admin.get(site.url("/admin/jobs?state=failed"))
    see("summary.small")
    assert "磁盘满了" in see("tbody").text
    with site.world.reading() as session:
        assert [t.name for t in session.query(Team) if t.name == "无脚本组"] == ["无脚本组"]
