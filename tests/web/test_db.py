"""The unit of work: all or nothing, by somebody, on every database."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from kb.database import create_engine
from web.db import SYSTEM, Database
from web.errors import NoActor
from web.models import ApiToken, AuditEntry, Role, Team
from web.settings import Settings

from ..world import BEIJING, NOW, World


def names(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(select(Team.name).order_by(Team.id)))


def test_work_is_kept_as_a_whole_when_it_ends_well(database: Database) -> None:
    with database.work(SYSTEM, "test") as session:
        session.add_all([Team(name="票务一组"), Team(name="票务二组")])
    assert names(database) == ["票务一组", "票务二组"]


def test_an_error_anywhere_in_the_work_leaves_nothing_behind(database: Database) -> None:
    """Not even the trail of what had been written until then."""
    with pytest.raises(ZeroDivisionError), database.work(SYSTEM, "test") as session:
        session.add(Team(name="票务一组"))
        session.flush()
        raise ZeroDivisionError
    assert names(database) == []
    with database.reading() as session:
        assert (
            session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.doing == "test")) == 0
        )


def test_what_is_changed_while_reading_is_thrown_away(database: Database) -> None:
    with database.reading() as session:
        session.add(Team(name="票务一组"))
        session.flush()
    assert names(database) == []


def test_work_without_somebody_who_does_it_is_refused(database: Database) -> None:
    with pytest.raises(NoActor), database.work(None, "test") as session:
        session.add(Team(name="票务一组"))
    assert names(database) == []


def test_a_reference_to_nothing_is_refused_by_the_database(database: Database) -> None:
    with pytest.raises(IntegrityError), database.work(SYSTEM, "test") as session:
        session.add(ApiToken(person_id=424242, token_hash="x", created_at=NOW))


def test_a_moment_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    """Whatever the zone of the database server is."""
    at = datetime(2026, 11, 22, 0, 30, 15, 123456, tzinfo=BEIJING)
    with database.work(SYSTEM, "test") as session:
        session.add(
            AuditEntry(
                at=at, actor="x", doing="x", action="x", entity="moment", entity_id="1", values={}
            )
        )
    with database.reading() as session:
        kept = session.scalars(select(AuditEntry).where(AuditEntry.entity == "moment")).one()
    assert kept.at == at
    assert kept.at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), database.reading() as session:
        session.scalar(select(AuditEntry.id).where(AuditEntry.at > datetime(2026, 1, 1)))  # noqa: DTZ001


def test_structured_values_keep_their_shape_and_their_chinese(database: Database) -> None:
    with database.work(SYSTEM, "test") as session:
        session.add(Role(key="t", name="试用", permissions=["kb.read", "知识"]))
    with database.reading() as session:
        role = session.scalars(select(Role).where(Role.key == "t")).one()
        stored = session.scalar(text("select permissions from role where key = 't'"))
    assert role.permissions == ["kb.read", "知识"]
    assert "知识" in str(stored)


def test_writers_wait_for_each_other_and_none_fails(database: Database) -> None:
    """Each reads, then writes what it read plus one: on SQLite the lock is taken first."""
    with database.work(SYSTEM, "test") as session:
        session.add(Team(name="0"))
    failures: list[Exception] = []

    def count_up() -> None:
        try:
            for _ in range(10):
                with database.work(SYSTEM, "test") as session:
                    team = session.scalars(select(Team).with_for_update()).one()
                    team.name = str(int(team.name) + 1)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert names(database) == ["40"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_keeps_a_journal_that_lets_readers_read(database: Database) -> None:
    with database.reading() as session:
        settings = {
            name: session.scalar(text(f"pragma {name}"))
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
        assert session.scalar(text("pragma busy_timeout")) >= 5000
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


@pytest.mark.parametrize("how", ["begin", "begin immediate", "begin exclusive"])
def test_a_new_file_that_another_process_is_using_is_waited_for(tmp_path: Path, how: str) -> None:
    file = tmp_path / "new.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("create table t (x)")
    other.execute(how)
    other.execute("select * from t" if how == "begin" else "insert into t values (1)").fetchall()
    release = threading.Timer(0.2, other.execute, ["commit"])
    release.start()
    with create_engine(f"sqlite:///{file}").begin() as connection:
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
    release.join()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_reader_is_not_held_up_by_a_writer(database: Database) -> None:
    with database.work(SYSTEM, "test") as session:
        session.add(Team(name="票务一组"))
        session.flush()
        assert names(database) == []
    assert names(database) == ["票务一组"]


def test_the_trail_is_in_the_same_transaction_as_the_change(world: World) -> None:
    """Seen from a second connection, both appear at once."""
    before = datetime.now(UTC)

    def seen() -> tuple[int, int]:
        with world.reading() as session:
            teams = session.scalar(select(func.count()).where(Team.name == "新组")) or 0
            trail = session.scalar(
                select(func.count(AuditEntry.id)).where(
                    AuditEntry.entity == "team", AuditEntry.at >= before
                )
            )
            return teams, trail or 0

    with world.work("administrator", "people.team") as session:
        session.add(Team(name="新组"))
        session.flush()
        assert seen() == (0, 0)
    assert seen() == (1, 1)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_lost_connection_is_replaced(database: Database, settings: Settings) -> None:
    with database.reading() as session:
        session.execute(text("select 1"))
    other = Database(settings.database_url)
    with other.engine.connect() as connection:
        connection.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        )
    other.dispose()
    assert names(database) == []
