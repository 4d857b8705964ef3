"""Scoring by keyboard alone, in two windows, and while the server is killed: no mark is lost."""

from __future__ import annotations

import http.client
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from itsdangerous import URLSafeTimedSerializer
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from qa.tables import Draft, Review
from web.app import create_app
from web.settings import Settings

from ..homes import SEARCH, SECRET, Homes, opened
from ..processes import PATIENCE, Service, free_port, kill, serving
from ..qa_world import add_draw
from ..web.scoring import waiting
from ..world import Clock, World
from .conftest import PASSING, Site, cookie, listening, time_of_day

SignedIn = Callable[..., Chrome]


@pytest.fixture
def home(homes: Homes, tmp_path: Path) -> Iterator[tuple[Settings, World]]:
    folder = tmp_path / "home"
    settings = Settings(folder, homes.database("sqlite", "cast", folder), SEARCH, SECRET)
    clock = Clock(datetime.now(UTC))  # the served one has the time of day
    with opened(settings, clock) as services:
        yield settings, World(services, clock)


@pytest.fixture
def site(home: tuple[Settings, World]) -> Site:
    """The address of a server that the test itself starts, kills and starts again."""
    return Site(f"http://127.0.0.1:{free_port()}", home[1])


@pytest.fixture
def served(home: tuple[Settings, World], site: Site) -> Callable[[], Any]:
    """A server that can be killed."""
    port = int(site.address.rpartition(":")[2])
    return lambda: serving(home[0], "--workers", "1", port=port)


@pytest.fixture
def listened(home: tuple[Settings, World], site: Site) -> Iterator[None]:
    """A server in this process, for the length of the test."""
    settings, port = home[0], int(site.address.rpartition(":")[2])
    with (
        opened(settings, time_of_day) as services,
        listening(create_app(settings, made=services), port),
    ):
        yield


def until(browser: Chrome, what: Callable[[], Any], told: str = "") -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: what(), told)


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def finish(browser: Chrome) -> None:
    chord = ActionChains(browser).key_down(Keys.CONTROL).send_keys(Keys.ENTER)
    chord.key_up(Keys.CONTROL).perform()


def state(browser: Chrome) -> str:
    return browser.find_element(By.CSS_SELECTOR, "[data-save-state]").text


def ready(browser: Chrome, key: str) -> None:
    until(browser, lambda: key in browser.title, key)
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "form[data-ready]"), "claimed")


def saved(browser: Chrome) -> None:
    until(browser, lambda: state(browser).startswith("已保存"), "saved")


def draft(world: World, id: int) -> dict[str, Any]:
    with world.reading() as session:
        found = session.get(Draft, id)
        return dict(found.answers) if found else {}


def test_a_call_is_scored_from_the_queue_to_the_next_call_by_keyboard_alone(
    signed_in: SignedIn, site: Site, listened: None, accessible: Callable[..., None]
) -> None:
    first, second = waiting(site.world, "C-1"), waiting(site.world, "C-2")
    browser = signed_in("inspector", "/qa/queue")
    accessible()
    press(browser, "n")
    ready(browser, "C-1")
    accessible()
    press(browser, "1")  # 问候：有
    saved(browser)
    press(browser, "n", "0")  # 耐心：不适用
    press(browser, "r", "说话太快", Keys.ESCAPE)
    finish(browser)
    until(browser, lambda: "还没有评完" in browser.find_element(By.TAG_NAME, "main").text)
    until(  # what is missing has the focus
        browser,
        lambda: browser.switch_to.active_element.get_attribute("name") == "answer.fee",
    )
    press(browser, "1")
    saved(browser)
    assert "100.00" in browser.find_element(By.CSS_SELECTOR, "[data-live-score]").text
    finish(browser)
    ready(browser, "C-2")
    with site.world.reading() as session:
        review = session.get_one(Review, first)
        assert review.score is not None
        assert (review.score.reported, review.score.notes) == (100.0, {"patience": "说话太快"})
        assert review.worked > 0
        assert session.get_one(Review, second).state == "begun"


def test_pages_of_sampling_and_scoring_are_accessible_in_light_and_dark(
    signed_in: SignedIn,
    site: Site,
    listened: None,
    dark: Callable[[bool], None],
    accessible: Callable[..., None],
) -> None:
    id = waiting(site.world, inspector_id=site.world.person("qa_lead").id)
    with site.world.work(doing="test.draw") as session:
        card = session.get_one(Review, id).version.scorecard
        plan, draw = (made := add_draw(session, card)).plan_id, made.id
        session.get_one(Review, id).draw_id = draw
    browser = signed_in("qa_lead")
    for address in (
        "/qa/plans",
        "/qa/plans/new",
        f"/qa/plans/{plan}/draw",
        f"/qa/plans/draws/{draw}?replay=1",
        "/qa/queue/all",
        f"/qa/reviews/{id}/assignment",
        "/qa/reviews/new",
        f"/qa/reviews/{id}",
    ):
        browser.get(site.url(address))
        for night in (False, True):
            dark(night)
            accessible()


def test_of_two_windows_the_older_is_locked_and_says_so(
    signed_in: SignedIn, site: Site, listened: None
) -> None:
    id = waiting(site.world)
    browser = signed_in("inspector", f"/qa/reviews/{id}")
    ready(browser, "C-1")
    press(browser, "1")
    saved(browser)
    old = browser.current_window_handle
    browser.switch_to.new_window("window")
    browser.get(site.url(f"/qa/reviews/{id}"))
    ready(browser, "C-1")
    new = browser.current_window_handle
    browser.switch_to.window(old)
    until(browser, lambda: "已在另一个窗口打开" in browser.page_source)
    assert not browser.find_element(By.NAME, "comment").is_enabled()
    browser.switch_to.window(new)
    browser.close()
    browser.switch_to.window(old)
    assert draft(site.world, id) == {"greeting": "yes"}


def test_marks_made_while_the_server_is_dead_and_the_window_closed_come_back(
    signed_in: SignedIn, site: Site, served: Callable[[], Any]
) -> None:
    id = waiting(site.world)
    with served() as service:
        browser = signed_in("inspector", f"/qa/reviews/{id}")
        ready(browser, "C-1")
        press(browser, "1")
        saved(browser)
        kill(service)
    press(browser, "n", "2")
    until(browser, lambda: "未保存，正在重试" in state(browser))
    browser.get("about:blank")
    assert draft(site.world, id) == {"greeting": "yes"}
    with served():
        browser.get(site.url(f"/qa/reviews/{id}"))
        until(browser, lambda: "已取回上次没有保存成功的评定" in browser.page_source)
        saved(browser)
    assert draft(site.world, id) == {"greeting": "yes", "patience": "poor"}


def test_marks_wait_while_the_session_has_ended_and_are_saved_after_signing_in(
    signed_in: SignedIn, site: Site, listened: None
) -> None:
    id = waiting(site.world)
    browser = signed_in("inspector", f"/qa/reviews/{id}")
    ready(browser, "C-1")
    desk = browser.current_window_handle
    browser.delete_all_cookies()
    press(browser, "1")
    until(browser, lambda: "登录已过期" in state(browser))
    browser.switch_to.new_window("window")
    signed_in("inspector")  # with another token for its forms
    browser.close()
    browser.switch_to.window(desk)
    saved(browser)
    assert draft(site.world, id) == {"greeting": "yes"}


def test_every_save_that_was_acknowledged_survives_a_server_killed_in_the_middle(
    home: tuple[Settings, World], site: Site, served: Callable[[], Any]
) -> None:
    """One save after another, each with a higher number, until the server dies under them."""
    settings, world = home
    id = waiting(world)
    acknowledged: list[int] = []
    enough = threading.Event()
    headers = _signed_in(settings, site)

    def save(service: Service) -> None:
        line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
        for turn in range(1, 10_000):
            fields = {"page": "p", "saves": turn - 1, "turn": turn, "comment": str(turn)}
            try:
                line.request("POST", f"/qa/reviews/{id}/draft", urlencode(fields), headers)
                answer = line.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            assert answer.status == 200
            acknowledged.append(turn)
            if turn == 10:
                enough.set()

    with served() as service:
        saving = threading.Thread(target=save, args=[service])
        saving.start()
        assert enough.wait(PATIENCE)
        kill(service)
        saving.join()
    with world.reading() as session:
        kept = int(session.get_one(Draft, id).comment)
    assert kept in (acknowledged[-1], acknowledged[-1] + 1)  # the last may have come without a word


def _signed_in(settings: Settings, site: Site) -> dict[str, str]:
    """What a browser sends in which the inspector has signed in."""
    raw = secrets.token_hex(20)
    value = cookie(settings.secret_key, sign_in=site.token("inspector"), csrf_token=raw)
    token = URLSafeTimedSerializer(settings.secret_key, salt="wtf-csrf-token").dumps(raw)
    return {
        "Cookie": f"zhixi={value}",
        "X-CSRFToken": str(token),
        "X-Autosave": "1",
        "HX-Request": "true",
        "Content-Type": "application/x-www-form-urlencoded",
    }
