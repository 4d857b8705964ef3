"""Telling histories to the product, and asking afterwards who can read what.

After every step some of the paths of ``text_paths`` are asked, as several people, after the next
step others, and after the last step many.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from flask import Flask
from hypothesis import strategies as st

from web import accounts, suggesting
from web.app import bare_app, supply
from web.settings import Settings

from ..browsing import Client
from ..homes import SECRET, Homes, opened
from ..world import CAST, Clock, World, add_people
from .histories import PEOPLE, STEPS, History, Step, ask_for_codes
from .text_paths import PAIRS, Checker

LONGEST = 20
ENGINES = ("memory:", "whoosh:", *(["tantivy:"] if find_spec("tantivy") else []))
SHARE, LAST_SHARE = 59, 17
"""After each step one in so many pairs of path and person is asked, others after the next."""

OPENING: tuple[Step, ...] = (
    ("write", 1, 0, 0),
    ("publish", 1, 0, 0),
    ("write", 0, 0, 0),
    ("publish", 0, 0, 0),
    ("sync", 0, 0, 0),
    ("look", 0, 0, 0),
    ("pin", 0, 1, 0),
    ("talk", 0, 0, 0),
    ("talk", 1, 1, 0),
    ("tie", 0, 0, 0),
    ("read", 0, 0, 1),
    ("read", 1, 1, 1),
)
"""Two articles for everyone, read and talked of."""

LIVELY: tuple[Step, ...] = (
    ("read", 0, 1, 0),
    ("read", 1, 0, 0),
    ("write", 0, 2, 0),  # for the other team alone
    ("forward", 0, 1, 0),
    ("publish", 0, 0, 0),
    ("write", 1, 0, 1),  # begins in two hours
    ("publish", 1, 0, 0),
    ("retire", 1, 1, 0),
    ("write", 1, 2, 0),
    ("publish", 1, 0, 0),  # brought back, for the other team alone
    ("write", 1, 2, 1),
    ("publish", 1, 0, 0),
)
"""All that is forbidden is there: superseded, to come, retired, narrowed; the index lags."""

STEP = st.tuples(
    st.sampled_from(list(STEPS)), st.integers(0, 1), st.integers(0, 5), st.integers(0, 4)
)
OFTEN = st.tuples(
    st.sampled_from(["write", "publish", "forward", "read"]),
    st.integers(0, 1),
    st.integers(0, 5),
    st.integers(0, 4),
)
STORIES = st.lists(st.one_of(STEP, OFTEN), min_size=LONGEST // 2, max_size=LONGEST)


def application(folder: Path) -> Flask:
    """The site without services, for all histories of a process."""
    made = bare_app(Settings(folder, "sqlite://", "memory:", SECRET))
    made.test_client_class, made.testing = Client, True
    return made


def peopled(homes: Homes, home: Path) -> Path:
    """A migrated home with the people of the histories."""
    url = homes.database("sqlite", "migrated", home)
    clock = Clock()
    with opened(Settings(home, url, "memory:", SECRET), clock) as services:
        world = World(services, clock)
        with world.work(doing="test.cast") as session:
            add_people(session, [CAST[who] for who in (*PEOPLE, "reviewer")], clock())
            ask_for_codes(session)
    return home


@contextmanager
def beginning(app: Flask, origin: Path, engine: str) -> Iterator[Checker]:
    """A history in which nothing has happened, and what checks it."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(origin, home)
        clock = Clock()
        settings = Settings(home, f"sqlite:///{home / 'zhixi.sqlite'}", engine, SECRET)
        # Suggestions look again when a step says so, and not because a minute has passed.
        with patch.object(suggesting, "LOOK_AGAIN", math.inf), opened(settings, clock) as services:
            supply(app, services)
            world = World(services, clock)
            browsers, tokens = {}, {}
            for who in PEOPLE:
                browser = app.test_client()
                assert isinstance(browser, Client)
                browser.sign_in(world, who)
                browsers[who] = browser
                with world.work(doing="test") as session:
                    person = accounts.get_person(session, CAST[who].number)
                    token = accounts.add_token(session, person, "test", clock())
                tokens[who] = {"Authorization": f"Bearer {token}"}
            services.suggesting.look(clock())
            yield Checker(History(world, browsers), tokens)


def tell(app: Flask, origin: Path, engine: str, steps: Sequence[Step]) -> Checker:
    """Take the steps and ask; the counts are in what is returned. Raises Leak."""
    with beginning(app, origin, engine) as checker:
        for step in OPENING:
            checker.history.take(step)
        for number, step in enumerate(steps):
            checker.history.take(step)
            share = LAST_SHARE if number == len(steps) - 1 else SHARE
            checker.ask(PAIRS[(number * 7 + len(steps)) % share :: share])
        return checker
