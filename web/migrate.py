"""Bringing a database to the schema of this version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

import exams.tables
import kb.board
import kb.broadcasts
import kb.cases
import kb.feedback
import kb.fieldrules
import kb.gapbook
import kb.lexicon
import kb.models
import kb.points
import kb.receipts
import kb.related
import qa.tables

from . import accounts, models
from .db import SYSTEM, Database
from .evidence import tables as evidence

assert evidence.Trace.metadata is models.Base.metadata  # its tables are among them

METADATA = [
    kb.models.Base.metadata,
    qa.tables.Base.metadata,
    exams.tables.Base.metadata,
    models.Base.metadata,
]
"""The tables of all packages, each after those it refers to."""

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_246_001
"""PostgreSQL advisory lock that keeps two starting servers from migrating at once."""


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def head() -> str:
    return str(ScriptDirectory.from_config(config()).get_current_head())


def current(engine: Engine) -> str | None:
    """The revision a database is at; None where it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(db: Database, to: str = "head") -> None:
    """Migrate; harmless when there is nothing to do. Adds the default roles to a new home."""
    with db.engine.execution_options(write=True).begin() as connection:
        _wait_for_turn(connection)
        command.upgrade(config(connection), to)
    if to == "head":
        with db.work(SYSTEM, "migrate.roles") as session:
            _wait_for_turn(session.connection())
            accounts.ensure_default_roles(session)


def _wait_for_turn(connection: Connection) -> None:
    """One server at a time, to the end of the transaction. SQLite has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
