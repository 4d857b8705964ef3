"""Statements compiled once for all tests, as in a server that has run for a while.

SQLAlchemy keeps what it compiled with an engine and its dialect. Every test opens a database
of its own and thereby an engine, and would compile each statement anew: a fifth of the suite.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event

import kb.database

KEPT = 5_000
"""Statements; what the tests of a whole process use."""


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """From now on engines of one kind share the dialect of the first that connected."""
    create = kb.database._create_engine
    known: dict[str, Engine] = {}

    def created(url: str, **options: Any) -> Engine:
        engine = create(url, query_cache_size=KEPT, **options)
        kind = engine.dialect.name
        if (first := known.get(kind)) is not None:
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        else:  # a dialect learns from its first connection; this comes after that
            event.listen(engine, "connect", lambda *_: known.setdefault(kind, engine), once=True)
        return engine

    patch.setattr(kb.database, "_create_engine", created)
