"""The schema: one history, the same on every database, equal to the models."""

from __future__ import annotations

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select

from kb.columns import Moment
from web import migrate
from web.access import DEFAULT_ROLES
from web.db import SYSTEM, Database
from web.models import Role


@pytest.fixture
def empty(empty_url: str):  # type: ignore[no-untyped-def]
    db = Database(empty_url)
    yield db
    db.dispose()


def history() -> list[str]:
    """Every revision, oldest first."""
    scripts = ScriptDirectory.from_config(migrate.config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def test_there_is_one_history_with_one_head() -> None:
    assert ScriptDirectory.from_config(migrate.config()).get_heads() == [migrate.head()]


def test_the_migrations_make_exactly_the_tables_of_the_models(empty: Database) -> None:
    """As ``alembic check``: nothing is left that a new migration would have to do."""
    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": _same_type, "compare_server_default": True}
        )
        assert compare_metadata(context, migrate.METADATA) == []


def _same_type(context, inspected, metadata, inspected_type, metadata_type):  # type: ignore[no-untyped-def]
    """Moments differ by name alone; for all else Alembic's own judgement."""
    return False if isinstance(metadata_type, Moment) else None


def test_the_check_notices_a_table_that_no_migration_makes(database: Database) -> None:
    """Else the test above could not fail."""
    with database.engine.execution_options(write=True).begin() as connection:
        connection.exec_driver_sql("create table surplus (id integer primary key)")
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, migrate.METADATA)
    assert [difference[0] for difference in differences] == ["remove_table"]


def test_a_home_may_be_migrated_one_step_at_a_time(empty: Database) -> None:
    for revision in history():
        migrate.upgrade(empty, revision)
        assert migrate.current(empty.engine) == revision
    migrate.upgrade(empty)
    assert migrate.current(empty.engine) == migrate.head()


def test_every_step_can_be_taken_back(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.engine.execution_options(write=True).begin() as connection:
        command.downgrade(migrate.config(connection), "base")
    assert set(inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(empty)
    assert migrate.current(empty.engine) == migrate.head()


def test_a_new_home_has_the_default_roles_and_a_second_run_adds_none(empty: Database) -> None:
    for _ in range(2):
        migrate.upgrade(empty)
        with empty.reading() as session:
            keys = session.scalars(select(Role.key).order_by(Role.id)).all()
        assert keys == [role.key for role in DEFAULT_ROLES]


def test_roles_that_a_centre_has_changed_stay_as_they_are(database: Database) -> None:
    with database.work(SYSTEM, "roles.edit") as session:
        role = session.scalars(select(Role).where(Role.key == "trainer")).one()
        role.name, role.permissions = "带教老师", []
    migrate.upgrade(database)
    with database.reading() as session:
        role = session.scalars(select(Role).where(Role.key == "trainer")).one()
        assert (role.name, role.permissions) == ("带教老师", [])


def test_two_servers_that_start_at_once_both_get_there(empty_url: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        db = Database(empty_url)
        try:
            migrate.upgrade(db)
        except Exception as error:
            failures.append(error)
        finally:
            db.dispose()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    db = Database(empty_url)
    with db.reading() as session:
        assert len(session.scalars(select(Role.id)).all()) == len(DEFAULT_ROLES)
    db.dispose()


def test_an_empty_database_has_no_revision(empty: Database) -> None:
    assert migrate.current(empty.engine) is None
