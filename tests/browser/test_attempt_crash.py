"""An exam while server and browser are killed: what was acknowledged is there, the rest returns."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as DriverService

from web.app import create_app
from web.settings import Settings

from ..homes import SEARCH, SECRET, Homes, opened
from ..processes import PATIENCE, Service, free_port, kill, serving
from ..world import Clock, World
from .conftest import Site
from .sitting import begun, kept, press, ready, saved, says, shows


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
    port = int(site.address.rpartition(":")[2])
    return lambda: serving(home[0], "--workers", "1", port=port)


def chrome(profile: Path) -> Chrome:
    """A browser of its own, that can be killed."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in (
        "--headless=new",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--no-first-run",
    ):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={profile}")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's own rule for this account
    return Chrome(options=options, service=DriverService(shutil.which("chromedriver")))


def cookie(settings: Settings, world: World, site: Site, **more: str) -> str:
    app = create_app(settings, made=world.services)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps({"sign_in": site.token("agent"), **more}))


def test_server_and_browser_are_killed_and_every_answer_is_there_afterwards(
    home: tuple[Settings, World], site: Site, served: Callable[[], Any], tmp_path: Path
) -> None:
    settings, world = home
    id = begun(world)
    profile = tmp_path / "profile"
    first = chrome(profile)
    with served() as service:
        first.get(site.url("/healthz"))
        value = cookie(settings, world, site)
        first.add_cookie({"name": "zhixi", "value": value, "path": "/"})
        first.get(site.url(f"/attempts/{id}"))
        ready(first)
        press(first, "b")
        saved(first)
        kill(service)
    press(first, "j", "2")
    says(first, "未保存，正在重试")
    os.kill(int(os.readlink(profile / "SingletonLock").rpartition("-")[2]), signal.SIGKILL)
    first.service.stop()
    assert kept(world, id) == {1: "B"}
    again = chrome(profile)
    try:
        with served():
            again.get(site.url("/healthz"))
            again.add_cookie({"name": "zhixi", "value": value, "path": "/"})
            again.get(site.url(f"/attempts/{id}"))
            shows(again, "已取回上次没有保存成功的答案")
            saved(again)
    finally:
        again.quit()
    assert kept(world, id) == {1: "B", 2: False}


def test_every_answer_that_was_acknowledged_survives_a_server_killed_in_the_middle(
    home: tuple[Settings, World], site: Site, served: Callable[[], Any]
) -> None:
    """One answer after another, each a higher number, until the server dies under them."""
    settings, world = home
    id = begun(world, ["essay"])
    acknowledged: list[int] = []
    enough = threading.Event()
    raw = secrets.token_hex(20)
    headers = {
        "Cookie": f"zhixi={cookie(settings, world, site, csrf_token=raw)}",
        "X-CSRFToken": str(URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps(raw)),
        "Content-Type": "application/json",
    }

    def ask(line: http.client.HTTPConnection, act: str, content: Any) -> Any:
        line.request("POST", f"/attempts/{id}/{act}", json.dumps({"page": "p"} | content), headers)
        answer = line.getresponse()
        told = json.loads(answer.read())
        assert answer.status == 200
        return told

    def write(service: Service) -> None:
        line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE)
        ask(line, "take", {"sequence": 1, "over": ""})
        for number in range(2, 10_000):
            event = {"sequence": number, "kind": "answered", "position": 1, "response": str(number)}
            try:
                told = ask(line, "events", {"events": [event]})
            except (OSError, http.client.HTTPException):
                return
            acknowledged.extend(told["acknowledged"])
            if number == 12:
                enough.set()

    with served() as service:
        writing = threading.Thread(target=write, args=[service])
        writing.start()
        assert enough.wait(PATIENCE)
        kill(service)
        writing.join()
    assert acknowledged == list(range(2, acknowledged[-1] + 1))
    last = int(kept(world, id)[1])
    assert last in (acknowledged[-1], acknowledged[-1] + 1)  # the last may have come without a word
