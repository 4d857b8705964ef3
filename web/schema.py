"""Which schema a database has and which it should have, without the tool that migrates."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

FOLDER = Path(__file__).parent / "migrations"


def head() -> str:
    """The newest revision: they are one chain, and each file's name begins with its number."""
    return max(path.name.partition("_")[0] for path in FOLDER.glob("versions/[0-9]*.py"))


def current(engine: Engine) -> str | None:
    """The revision a database is at; None where it is empty."""
    with engine.connect() as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """The revision of the database at the other end; None where it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("select version_num from alembic_version"))
