"""A real browser, a real server, and the cast of ``tests.world`` in between.

``site``      a server of the module with the cast in it; ``site.address``
``browser``   Chromium, nobody signed in, nothing kept from the test before
``signed_in`` ``signed_in("agent", "/desk")`` → the browser, with somebody of the cast signed in
``accessible`` ``accessible()`` fails with what axe finds wrong on the page
``presentable`` ``presentable("/desk")`` opens a page and lets axe look at it, wide and light, and
              dark on a phone, which it must fit

A test of the browser uses SQLite alone: what the database does is tested without a browser.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as DriverService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from werkzeug.serving import make_server

from kb.records import Record
from web import accounts
from web.accounts import Origin
from web.app import create_app
from web.chores import Workshop
from web.settings import Settings
from web.workers import Worker

from ..homes import SEARCH, SECRET, Homes, opened
from ..processes import PATIENCE
from ..world import Clock, World

AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
WIDE, PHONE = (1440, 900), (390, 844)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""What axe checks: WCAG 2.2 AA and all that it builds on."""

PASSING = (NoSuchElementException, StaleElementReferenceException)
"""What a page that is being replaced answers: look again."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running server and a way to look behind it."""

    address: str
    world: World
    _tokens: dict[str, str] = field(default_factory=dict)

    def url(self, path: str = "/") -> str:
        return self.address + path

    def forward(self, **length: float) -> None:
        """Time passes, as in ``forward(days=1)``; everybody signs in anew. See ``site_here``."""
        self.world.clock.forward(**length)
        self._tokens.clear()

    def token(self, who: str) -> str:
        """A session of somebody of the cast, opened once."""
        if who not in self._tokens:
            person = self.world.person(who)
            with self.world.work(doing="account.sign_in") as session:
                self._tokens[who] = accounts.sign_in(
                    session, person, Origin("127.0.0.1", "test"), self.world.clock()
                )
        return self._tokens[who]


@contextmanager
def site_with(homes: Homes, home: Path, *records: Record) -> Iterator[Site]:
    """A server with the cast and more articles, and what does its jobs; both have the time of
    day, and so has the world.

    In threads of this process: what is true of processes is tested without a browser, and where
    a browser meets a server that dies.
    """
    settings = Settings(home, homes.database("sqlite", "cast", home), SEARCH, SECRET)
    clock = Clock()
    with opened(settings, clock) as services, opened(settings, time_of_day) as served:
        clock.now = time_of_day()
        world = World(services, clock)
        if records:
            world.publish(*records)
        worker = Worker(Workshop.of(served))
        doing = threading.Thread(target=worker.loop, daemon=True)
        with listening(create_app(settings, made=served)) as address:
            doing.start()
            yield Site(address, world)
        worker.stop()
        doing.join()


@contextmanager
def site_here(homes: Homes, home: Path, **more: Any) -> Iterator[Site]:
    """A server in this process, with the cast: its clock stands still until it is moved, and its
    jobs wait until a test does them. ``more`` settings."""
    settings = Settings(home, homes.database("sqlite", "cast", home), SEARCH, SECRET, **more)
    clock = Clock()
    with (
        opened(settings, clock) as services,
        listening(create_app(settings, made=services)) as address,
    ):
        yield Site(address, World(services, clock))


@contextmanager
def listening(app: Flask, port: int = 0) -> Iterator[str]:
    """Its address, while threads of this process serve it."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def time_of_day() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_with(homes, tmp_path_factory.mktemp("site") / "home") as served:
        yield served


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for the session: starting it takes longer than most tests."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    profile = tmp_path_factory.mktemp("chromium")
    for argument in (
        "--headless=new",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        "--force-device-scale-factor=1",
        "--lang=zh-CN",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's own rule for this account
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=DriverService(shutil.which("chromedriver")))
    driver.set_page_load_timeout(PATIENCE)
    driver.set_script_timeout(PATIENCE)
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium: Chrome, site: Site) -> Iterator[Chrome]:
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.execute_cdp_cmd(
        "Storage.clearDataForOrigin", {"origin": site.address, "storageTypes": "all"}
    )
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    chromium.set_window_size(*WIDE)
    chromium.get_log("browser")
    yield chromium
    wrong = [line["message"] for line in chromium.get_log("browser") if line["level"] == "SEVERE"]
    assert [m for m in wrong if "Content Security Policy" in m or "Uncaught" in m] == []


@pytest.fixture
def signed_in(browser: Chrome, site: Site) -> Callable[..., Chrome]:
    """``signed_in("agent", "/desk")`` signs somebody of the cast in, as the sign-in page would,
    and opens a page; without one, the start page."""

    def made(who: str, path: str = "/") -> Chrome:
        browser.get("about:blank")  # a page still open would go on in the name of the next person
        value = cookie(site.world.services.settings.secret_key, sign_in=site.token(who))
        given = {"name": "zhixi", "value": value, "url": site.url(), "httpOnly": True}
        browser.execute_cdp_cmd("Network.setCookie", given)
        browser.get(site.url(path))
        return browser

    return made


def cookie(secret: str, **session: str) -> str:
    """The session cookie of a site with this secret, signed as Flask does it."""
    app = Flask("signing")
    app.secret_key = secret
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps(session))


@pytest.fixture
def see(browser: Chrome) -> Callable[[str], Any]:
    """``see("main h1")``: the first such element that is shown, waited for."""

    def made(selector: str) -> Any:
        def shown(driver: Chrome) -> Any:
            found = driver.find_elements(By.CSS_SELECTOR, selector)
            return next((element for element in found if element.is_displayed()), None)

        return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(shown, f"{selector} is shown")

    return made


@pytest.fixture
def dark(browser: Chrome) -> Callable[[bool], None]:
    """``dark(True)``: the page is told that the system prefers dark colours."""

    def made(on: bool) -> None:
        feature = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    return made


@pytest.fixture
def phone(browser: Chrome) -> Callable[[], None]:
    """The window becomes a phone's; a plain window cannot be that narrow."""

    def made() -> None:
        width, height = PHONE
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True},
        )

    return made


@pytest.fixture
def without_script(browser: Chrome) -> Callable[[], None]:
    """Pages opened from now on run no script of their own."""

    def made() -> None:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})

    return made


@pytest.fixture
def accessible(browser: Chrome) -> Callable[..., None]:
    """Fails with what axe finds wrong: rule, element, and what to do."""

    def made(within: str = "html") -> None:
        if not browser.execute_script("return typeof axe === 'object'"):
            # Past the page's policy, which rightly refuses a script of ours.
            browser.execute_cdp_cmd(
                "Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")}
            )
        report = browser.execute_async_script(
            "const done = arguments[2];"
            "axe.run(arguments[0], {runOnly: arguments[1], resultTypes: ['violations']})"
            ".then(done, error => done({failed: String(error)}));",
            within,
            list(RULES),
        )
        assert "failed" not in report, report
        assert [_told(violation) for violation in report["violations"]] == []

    return made


@pytest.fixture
def presentable(
    browser: Chrome,
    site: Site,
    accessible: Callable[..., None],
    dark: Callable[[bool], None],
    phone: Callable[[], None],
) -> Callable[[str], None]:
    """Opens a page once; it is no other page when the colours and the window change."""

    def made(path: str) -> None:
        browser.get(site.url(path))
        accessible()
        dark(True)
        phone()
        accessible()
        assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE[0]
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        dark(False)

    return made


def _told(violation: dict[str, Any]) -> str:
    places = "; ".join(
        f"{node['target']} {node['html'][:160]} ({node['failureSummary']})"
        for node in violation["nodes"]
    )
    return f"{violation['id']}: {violation['help']}: {places}"
