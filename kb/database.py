"""Opening a database so that every package sees the same behaviour on every engine."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy import create_engine as _create_engine

LARGEST_ID = 2**31 - 1
"""The largest key of a row; PostgreSQL refuses to compare one with more."""
BUSY_SECONDS = 15
"""How long a SQLite writer waits for another before it gives up."""


def dump_json(value: object) -> str:
    """JSON as text that can be searched: Chinese stays Chinese, no needless spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def create_engine(url: str, **options: Any) -> Engine:
    """An engine for SQLite or PostgreSQL.

    SQLite gets WAL, enforced foreign keys and a busy timeout. A connection with the
    execution option ``write`` takes SQLite's write lock at once, so that two writers queue
    instead of failing when the second one upgrades its lock.
    """
    options.setdefault("json_serializer", dump_json)
    if url.startswith("sqlite"):
        options.setdefault("connect_args", {})["timeout"] = BUSY_SECONDS
        engine = _create_engine(url, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options.setdefault("pool_pre_ping", True)
    return _create_engine(url, **options)


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver's own transaction control is switched off: it begins too late for a
    # consistent read and cannot take the write lock first.
    connection.isolation_level = None
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    for pragma in ("synchronous=full", "foreign_keys=on"):
        cursor.execute(f"pragma {pragma}")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """A new file is switched once; SQLite does not wait by itself for another who does it."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("pragma journal_mode=wal")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("begin immediate" if write else "begin")
