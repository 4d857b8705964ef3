"""The demo centre: filled once, completed after a kill, never mixed with anything else."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import func, select

from kb import articles
from kb.articles import Edit
from kb.formats import find_files, read_files
from kb.models import Article, Category, Revision
from kb.records import Fault, Record
from web import accounts, demo
from web.access import DEFAULT_ROLES
from web.demo import dispatch
from web.demo.centre import CATEGORIES, FOLDER, NotADemo
from web.demo.flows import KEYS
from web.demo.life import REVISIONS
from web.models import Person, Team
from web.settings import Settings

from ..homes import SEARCH, SECRET, Homes, opened
from ..processes import PROGRAM, environment, serving, until, zhixi
from ..world import Clock, World

Counts = tuple[int, int, int]
PROPOSED = 1
"""Handled cases that somebody proposed: each is an article of its own, and a draft."""


@pytest.fixture
def fresh(home: Path, empty_url: str) -> Settings:
    return Settings(home, empty_url, SEARCH, SECRET)


@pytest.fixture(scope="module")
def filled(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A demo home that the tests only look at."""
    home = tmp_path_factory.mktemp("demo") / "home"
    settings = Settings(home, homes.database("sqlite", "empty", home), SEARCH, SECRET)
    demo.fill(settings)
    return settings


def records() -> list[Record]:
    found = list(read_files(find_files([FOLDER])))
    assert [item for item in found if isinstance(item, Fault)] == []
    return [item for item in found if isinstance(item, Record)]


def whole(found: list[Record]) -> tuple[int, int]:
    """How many articles and revisions a filled home has."""
    texts = len(found) + len(KEYS) + len(dispatch.ROWS) + PROPOSED
    return texts, texts + REVISIONS


def counts(settings: Settings) -> Counts:
    """How many people, articles and revisions there are."""
    with opened(settings, Clock()) as services, services.db.reading() as session:
        tables = (Person.id, Article.id, Revision.id)
        people, texts, revisions = (session.scalar(select(func.count(t))) or 0 for t in tables)
        return people, texts, revisions


def test_every_article_of_the_demo_is_readable_and_named_by_its_key() -> None:
    found = records()
    assert len({record.key for record in found}) == len(found) >= 150
    files = {file.path.stem: file.category for file in find_files([FOLDER])}
    assert {record.key: record.category for record in found} == files
    assert {record.category.partition("/")[0] for record in found} == set(CATEGORIES)


def test_an_audience_of_the_demo_is_a_role_or_a_team_there() -> None:
    known = {role.name for role in DEFAULT_ROLES} | {member.team for member in demo.PEOPLE}
    assert {name for record in records() for name in record.audiences} <= known


def test_some_twenty_people_hold_all_roles_in_three_teams() -> None:
    assert {role for member in demo.PEOPLE for role in member.roles} == {
        role.key for role in DEFAULT_ROLES
    }
    assert {member.team for member in demo.PEOPLE} == {"票务一组", "票务二组", "综合服务组"}
    assert len({member.number for member in demo.PEOPLE}) == len(demo.PEOPLE) == 23


def test_a_fresh_home_is_filled_and_everything_is_in_force_and_indexed(filled: Settings) -> None:
    found = records()
    assert counts(filled) == (len(demo.PEOPLE), *whole(found))
    with opened(filled, Clock(datetime.now(UTC))) as services:
        assert services.library.differences() == {}
        assert services.library.search("退票要扣多少钱").hits
        with services.db.reading() as session:
            assert (
                session.scalar(select(func.count(Revision.id)).where(Revision.state == "draft"))
                == 3 + PROPOSED  # two under review, one sent back
            )
            top = session.scalars(
                select(Category.path)
                .where(Category.parent_id.is_(None))
                .order_by(Category.position)
            ).all()
            assert tuple(top) == CATEGORIES
            assert session.scalar(select(func.count(Team.id))) == 3


def test_everybody_printed_can_sign_in_at_once(filled: Settings) -> None:
    """With what is printed, and without having to change the password first."""
    printed = demo.sign_ins()
    with opened(filled, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        for role, member in demo.one_a_role():
            assert re.search(
                rf"{role}\s+{member.number}\s+{demo.PASSWORD}\s+{member.name}", printed
            )
            person = accounts.check_credentials(
                session, member.number, demo.PASSWORD, services.now()
            )
            assert not person.must_change_password


def test_a_second_filling_changes_nothing(fresh: Settings, filled: Settings, backend: str) -> None:
    """Least of all what people have changed since."""
    if backend == "sqlite":
        shutil.copytree(filled.home, fresh.home, dirs_exist_ok=True)
    else:
        demo.fill(fresh)
    before = counts(fresh)
    assert before == counts(filled)
    with opened(fresh, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        record = session.scalars(select(Revision).order_by(Revision.id).limit(1)).one().record()
    with opened(fresh, Clock(datetime.now(UTC))) as services:
        with services.db.reading() as session:
            writer = accounts.get_person(session, demo.PEOPLE[1].number)
        with services.db.work(writer, "kb.publish") as session:
            changed = Record(record.key, "改过的标题", record.body, kind=record.kind)
            articles.put(session, changed, Edit(writer.id, services.now()), publish_it=True)
    demo.fill(fresh)
    assert counts(fresh) == (before[0], before[1], before[2] + 1)
    with opened(fresh, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        assert articles.get(session, record.key).latest.title == "改过的标题"
        assert services.library.differences() == {}


def kill(settings: Settings, reached: int) -> None:
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
    assert counts(settings)[1] <= reached


def is_whole(settings: Settings) -> None:
    assert counts(settings) == (len(demo.PEOPLE), *whole(records()))
    with opened(settings, Clock(datetime.now(UTC))) as services:
        assert services.library.differences() == {}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_home_left_with_people_only_by_a_kill_is_completed(fresh: Settings) -> None:
    kill(fresh, 0)
    demo.fill(fresh)
    is_whole(fresh)


def test_a_home_with_data_of_its_own_is_refused(world: World) -> None:
    """The demo's passwords are public: they must not open a real centre."""
    before = counts(world.services.settings)
    with pytest.raises(NotADemo):
        demo.fill(world.services.settings)
    assert counts(world.services.settings) == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_command_completes_what_a_kill_left_and_tells_the_address_and_every_sign_in(
    fresh: Settings,
) -> None:
    """Killed in the middle of the articles."""
    kill(fresh, 40)
    with serving(fresh, command="demo") as service:
        assert service.get("/readyz").status == 200
        told = service.out.read_text(encoding="utf-8")
        assert service.address in told
        assert demo.sign_ins() in told
        until(lambda: len(service.children()) > 2, "the job worker is there")
        assert service.stop(signal.SIGINT) == 0
    is_whole(fresh)
    with opened(fresh, Clock()) as services, services.db.reading() as session:
        hashed = accounts.get_person(session, demo.PEOPLE[0].number).password_hash
        assert extract_parameters(hashed) == RFC_9106_LOW_MEMORY


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_demo_serves_this_machine_alone_unless_told(fresh: Settings) -> None:
    refused = zhixi(fresh, "demo", "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "--public" in refused.stderr
    assert not (fresh.home / "zhixi.sqlite").exists()
