"""The demo centre, filled once for all tests, by fillings of which the first two were killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import func, select

from kb.models import Article
from web import demo
from web.models import Person
from web.settings import Settings

from .homes import SEARCH, SECRET, opened
from .processes import PROGRAM, environment
from .world import Clock

PEOPLE_ONLY, IN_THE_MIDDLE = 0, 40
"""How many articles there may be when it is killed."""


def filled(folders: pytest.TempPathFactory) -> Settings:
    """The settings of a demo home on SQLite of this process, to be looked at or copied.

    It is filled once in a run, by whichever of its processes comes first.
    """
    own = folders.getbasetemp()
    run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (run / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run / "demo").exists():
            _fill(on_sqlite(run / "demo-begun"))
            (run / "demo-begun").rename(run / "demo")
    return copied(run / "demo", folders.mktemp("demo") / "home")


def copied(whole: Path, home: Path) -> Settings:
    """A copy of that home, to be changed."""
    shutil.copytree(whole, home, dirs_exist_ok=True)
    return on_sqlite(home)


def on_sqlite(home: Path) -> Settings:
    return Settings(home, f"sqlite:///{home / 'zhixi.sqlite'}", SEARCH, SECRET)


def _fill(settings: Settings) -> None:
    """Killed when there are people only, filled again, killed in the middle, and completed."""
    settings.home.mkdir()
    _kill(settings, PEOPLE_ONLY)
    assert _there(settings) == (len(demo.PEOPLE), 0)
    _kill(settings, IN_THE_MIDDLE)
    people, articles = _there(settings)
    assert people == len(demo.PEOPLE)
    assert IN_THE_MIDDLE / 2 < articles <= IN_THE_MIDDLE
    demo.fill(settings)


def _kill(settings: Settings, reached: int) -> None:
    """Fill the home, and kill that after so many articles."""
    program = (
        "import os, signal\n"
        "from web import demo\n"
        "from web.settings import Settings\n"
        "def step(done, total):\n"
        f"    if done >= {reached}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "demo.fill(Settings.from_env(), step)\n"
    )
    died = subprocess.run([PROGRAM[0], "-c", program], env=environment(settings))
    assert died.returncode == -signal.SIGKILL


def _there(settings: Settings) -> tuple[int, int]:
    """How many people and articles."""
    with opened(settings, Clock()) as services, services.db.reading() as session:
        people, articles = (
            session.scalar(select(func.count(key))) or 0 for key in (Person.id, Article.id)
        )
        return people, articles
