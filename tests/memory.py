"""Databases in memory, for tests of qa and exams by themselves: made once, empty for each test.

To make the tables costs more than most of these tests, and an engine that lasts keeps the
statements it compiled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import StaticPool

from kb.database import dump_json

from .statements import KEPT

Bases = type[DeclarativeBase]


@contextmanager
def session(*bases: Bases) -> Iterator[Session]:
    """A session of a database that has the tables of ``bases`` and nothing in them."""
    engine, empty = _made(*bases)
    _connection(engine).deserialize(empty)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened


@cache
def _made(*bases: Bases) -> tuple[Engine, bytes]:
    made = create_engine(
        "sqlite://", poolclass=StaticPool, json_serializer=dump_json, query_cache_size=KEPT
    )
    for base in bases:
        base.metadata.create_all(made)
    return made, _connection(made).serialize()


def _connection(engine: Engine) -> sqlite3.Connection:
    """The only one there is."""
    held = engine.raw_connection()
    found = held.driver_connection
    assert isinstance(found, sqlite3.Connection)
    held.close()
    return found
