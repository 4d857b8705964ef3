"""The administrator's pages, one's own account and help in a real browser, by keyboard too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from kb import articles, broadcasts, cases, feedback, flows, markdown
from kb.articles import Edit
from kb.broadcasts import Message
from kb.cases import Case
from kb.records import Record
from web import accounts
from web.evidence import recalls, words
from web.evidence.recorder import Sight, Who, append
from web.evidence.tables import OPENED
from web.evidence.words import ARTICLE, Place
from web.jobs import enqueue
from web.models import Team

from ..processes import PATIENCE
from ..world import CAST
from .conftest import PASSING, Site

SignedIn = Callable[..., Chrome]
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
    "/admin/fields",
    "/admin/jobs?state=failed",
    "/admin/audit",
    "/account",
    "/account/password",
    "/help/",
    "/help/?q=令牌",
    "/help/administrator",
    "/articles/refund-fee",
    "/articles/refund-fee/revisions",
    "/articles/refund-fee/comparison",
    "/board",
    "/board/new",
    "/board/1",
    "/board/points",
    "/broadcasts/new",
    "/broadcasts/sent",
    "/broadcasts/1",
    "/cases/new",
    "/edit/articles/refund-fee",
    "/edit/flows/new",
    "/edit/flows/delayed",
    "/edit/overdue?whose=all",
    "/evidence",
    "/evidence/checks",
    "/evidence/report?article=refund-fee",
    "/flows/delayed",
    "/kb/asked",
    "/kb/cases",
    "/kb/gaps",
    "/kb/gaps/1",
    "/kb/recalls",
    "/kb/recalls/1",
    "/kb/reports?show=all",
    "/lookup?code=G18",
    "/mine",
    "/past/child-fare?at=2026-11-22",
    "/reviews/draft-luggage/radar",
    "/signing/lists",
    "/signing/lists/identity-rule",
    "/usage",
)


MINE = ("/", "/broadcasts", "/recalls", "/signing", "/signing/articles/identity-rule")
"""Pages of an agent to whom things have happened."""

FLOW = {
    "nodes": [
        {
            "key": "1",
            "title": "问",
            "say": "晚点多久了？",
            "options": [{"text": "不久", "to": "2"}],
        },
        {"key": "2", "title": "等", "say": "请您留意站内广播。", "end": True},
    ]
}


@pytest.fixture(scope="module")
def lived(site: Site) -> None:
    """What has happened before, so that few pages are empty."""
    world = site.world
    at, agent = world.clock(), world.person("agent").id
    edit = Edit(world.person("administrator").id, at)
    message = Message("G18次停运", "请主动告知旅客。", urgent=True, audiences=("座席",))
    data = {flows.FIELD: flows.dump(flows.parse(FLOW))}
    with world.work("administrator") as session:
        broadcasts.send(session, message, edit)
        cases.propose(session, Case("药落在车上怎么办", "联系列车长取回。", "WO-1", at), agent, at)
        text = articles.get(session, "refund-fee").latest
        place = feedback.locate(text.body, "不收退票费")
        feedback.report(session, text, place, "现在要收了", agent, at)
        shown = words.article(text.title, text.number, "", markdown.render(text.body))
        who = Who(agent, None, "C-1", "web")
        seen = Sight(at, OPENED, who, "refund-fee", text.number, Place(ARTICLE), words.sha(shown))
        append(session, [seen])
        recalls.recall(session, text, edit.by, at, reason="比例写错了")
        job = enqueue(session, "kb.sync", at=at)
        job.state, job.error, job.attempts = "failed", "OSError: No space left on device", 6
        job.finished_at = at
    world.publish(Record("delayed", "列车晚点的话术", "-", kind="script", data=data))


@pytest.fixture
def admin(signed_in: SignedIn, lived: None) -> Chrome:
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
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(true, what)


# How the pages look


@pytest.mark.parametrize(
    ("who", "path"),
    [*(("administrator", path) for path in PAGES), *(("agent", path) for path in MINE)],
)
def test_every_page_is_accessible_in_the_dark_and_on_a_phone_no_wider_than_that(
    signed_in: SignedIn,
    site: Site,
    lived: None,
    see: See,
    accessible: Callable[..., None],
    dark: Callable[[bool], None],
    phone: Callable[[], None],
    who: str,
    path: str,
) -> None:
    dark(True)
    browser = signed_in(who, path)
    see("main h1")
    accessible()
    dark(False)
    phone()
    accessible()
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390


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
    see(".nav a[href='/admin/jobs']").click()
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
