"""Bringing a database to the schema of this version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

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
from .schema import FOLDER, current, head

if TYPE_CHECKING:
    from alembic.config import Config

assert evidence.Trace.metadata is models.Base.metadata  # its tables are among them

METADATA = [
    kb.models.Base.metadata,
    qa.tables.Base.metadata,
    exams.tables.Base.metadata,
    models.Base.metadata,
]
"""The tables of all packages, each after those it refers to."""

_LOCK = 7_246_001
"""PostgreSQL advisory lock that keeps two starting servers from migrating at once."""


# Alembic is loaded only where there is something to migrate: every start passes here.


def config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made


def upgrade(db: Database, to: str = "head") -> None:
    """Migrate; harmless when there is nothing to do. Adds the default roles to a new home."""
    if to != "head" or current(db.engine) != head():
        _migrate(db, to)
    if to == "head":
        with db.work(SYSTEM, "migrate.roles") as session:
            _wait_for_turn(session.connection())
            accounts.ensure_default_roles(session)


def _migrate(db: Database, to: str) -> None:
    from alembic import command

    with db.engine.execution_options(write=True).begin() as connection:
        _wait_for_turn(connection)
        command.upgrade(config(connection), to)


def _wait_for_turn(connection: Connection) -> None:
    """One server at a time, to the end of the transaction. SQLite has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
