"""The database and the only two ways to use it: ``reading`` and ``work``."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from kb import changes
from kb.database import create_engine

from . import audit


class Actor(Protocol):
    """Whoever does something: a person, or the system itself."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


class System:
    """The actor of jobs and of the command line."""

    id = None
    name = "系统"


SYSTEM = System()


class Database:
    """One database for the life of a process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(url)
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(
            self.engine.execution_options(write=True), expire_on_commit=False
        )
        changes.watch(self._writing)
        audit.watch(self._writing)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to look things up; whatever it changed is thrown away."""
        session = self._reading()
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def work(self, actor: Actor | None, doing: str) -> Iterator[Session]:
        """One use case: committed as a whole at the end, rolled back on any error.

        ``doing`` names the use case in the audit trail (``kb.publish``).
        """
        with self._writing() as session:
            session.info.update(actor=actor, doing=doing)
            with session.begin():
                yield session

    def dispose(self) -> None:
        """Close the connections; needed before a process forks."""
        self.engine.dispose()


NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(error: OperationalError | OSError) -> bool:
    """There is no room for what was to be written: the disk is full, or a quota is used up."""
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    state = getattr(error.orig, "sqlstate", None)  # of PostgreSQL: disk_full
    return state == "53100" or "database or disk is full" in str(error.orig)


def is_busy(error: OperationalError) -> bool:
    """Another writer held the database longer than anyone should wait."""
    return "database is locked" in str(error.orig)
