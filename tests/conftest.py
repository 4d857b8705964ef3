"""What every test can ask for.

``database``   a migrated database with the default roles; runs on SQLite and on PostgreSQL
``services``   the same with an index and a clock
``world``      the cast of ``tests.world`` and its articles
``filled``     the settings of a demo home on SQLite, to be looked at only
``app`` ``client`` ``as_person``   the site, a stranger's browser, and one signed in as somebody;
               runs on one of the two databases, see ``runs_on_the_other``

Ask for ``backend`` to know which database it is, for ``empty_url`` to get one without tables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask

from web import accounts
from web.api import limiter
from web.app import bare_app, supply
from web.db import Database
from web.services import Services
from web.settings import Settings

from . import demo_home, postgres
from .browsing import Client
from .homes import BACKENDS, SEARCH, SECRET, Homes, in_ci, opened
from .statements import compile_once
from .world import Clock, World

hypothesis.settings.register_profile("here", deadline=None, print_blob=True)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if in_ci() else "here")


# What this machine cannot run is left out loudly, and fails continuous integration.


def missing() -> dict[str, str]:
    """{part of the suite that cannot run here: what to install}"""
    lacking = {}
    if postgres.programs() is None:
        lacking["PostgreSQL"] = "apt-get install postgresql"
    if not (shutil.which("chromium") or shutil.which("google-chrome")):
        lacking["browser"] = "apt-get install chromium chromium-driver"
    elif not shutil.which("chromedriver"):
        lacking["browser"] = "apt-get install chromium-driver"
    return lacking


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--both-databases", action="store_true", help="run tests of pages on both databases too"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    lacking = missing()
    both = config.getoption("--both-databases")
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        elsewhere = not both and runs_on_the_other(item)
        (left_out if _part(item) in lacking or elsewhere else kept).append(item)
    if left_out:
        items[:] = kept
        config.hook.pytest_deselected(items=left_out)


def runs_on_the_other(item: pytest.Item) -> bool:
    """Whether this is a test of a page that runs on the other database alone.

    What is stored and asked of a database is tested on both. The subject of a test that comes
    through a page is what the page says and does: it runs on one database, told by its name, so
    that both meet every area. Those marked ``both_databases`` run on both: they send a statement
    that no other test sends there (``tests.coverage_of_statements`` finds them), or several
    requests at once. With ``--both-databases`` everything runs on both.
    """
    chosen = getattr(item, "callspec", None)
    here: str | None = chosen.params.get("backend") if chosen else None
    if here is None or "app" not in getattr(item, "fixturenames", ()):
        return False
    own = "backend" in vars(getattr(item, "module", object))
    told = any("backend" in mark.args[0] for mark in item.iter_markers("parametrize"))
    if own or told or item.get_closest_marker("both_databases"):
        return False
    if postgres.programs() is None:
        return here != BACKENDS[0]
    test, _, case = item.nodeid.partition("[")
    name = test + case.replace(here, "", 1)
    return here != BACKENDS[crc32(name.encode()) % len(BACKENDS)]


def _part(item: pytest.Item) -> str:
    if "browser" in item.path.relative_to(Path(__file__).parent).parts:
        return "browser"
    chosen = getattr(item, "callspec", None)
    on_postgres = chosen is not None and chosen.params.get("backend") == "postgresql"
    return "PostgreSQL" if on_postgres else ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for part, remedy in missing().items():
        terminalreporter.write_sep("!", f"NOT TESTED: {part}. To test it: {remedy}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if in_ci() and missing() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    """The developer's own home and database are out of reach."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("ZHIXI_")]:
            patch.delenv(name)
        # The commands that tests start keep what they compiled, as an installation does.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hashed as cheaply as argon2 can: one hash a test at full cost would be half the suite."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(accounts, "_hasher", quick)
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compile_once(patch)
        yield


# Databases and homes


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    made = Homes(tmp_path_factory.mktemp("homes"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A demo home, filled once, that tests only look at."""
    return demo_home.filled(tmp_path_factory)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def empty_url(homes: Homes, backend: str, home: Path) -> Iterator[str]:
    """A database without tables."""
    url = homes.database(backend, "empty", home)
    yield url
    homes.forget(url)


@pytest.fixture
def database_url(homes: Homes, backend: str, home: Path) -> Iterator[str]:
    """A migrated database with the default roles."""
    url = homes.database(backend, "migrated", home)
    yield url
    homes.forget(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    db = Database(database_url)
    yield db
    db.dispose()


@pytest.fixture
def settings(home: Path, database_url: str) -> Settings:
    """Settings of a migrated home with nothing but the default roles."""
    return Settings(home, database_url, SEARCH, SECRET)


@pytest.fixture
def services(settings: Settings, clock: Clock) -> Iterator[Services]:
    with opened(settings, clock) as made:
        yield made


@pytest.fixture
def world(homes: Homes, backend: str, home: Path, clock: Clock) -> Iterator[World]:
    url = homes.database(backend, "cast", home)
    with opened(Settings(home, url, SEARCH, SECRET), clock) as made:
        yield World(made, clock)
    homes.forget(url)


# The site


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """All tests of a process share it: routes and templates are compiled once."""
    made = bare_app(Settings(tmp_path_factory.mktemp("no-home"), "sqlite://", SEARCH, SECRET))
    made.test_client_class = Client
    made.testing = True
    return made


@pytest.fixture
def app(one_app: Flask, world: World) -> Iterator[Flask]:
    """The site over this test's world; a test may replace views and configuration."""
    views, config = dict(one_app.view_functions), dict(one_app.config)
    limiter.reset()
    supply(one_app, world.services)
    yield one_app
    one_app.view_functions.update(views)
    one_app.config.update(config)


@pytest.fixture
def client(app: Flask) -> Client:
    """A stranger's browser."""
    found = app.test_client()
    assert isinstance(found, Client)
    return found


@pytest.fixture
def as_person(app: Flask, world: World) -> Callable[[str], Client]:
    """``as_person("agent")``: a browser in which somebody of the cast has signed in."""

    def made(who: str) -> Client:
        found = app.test_client()
        assert isinstance(found, Client)
        found.sign_in(world, who)
        return found

    return made
