"""Homes made once and copied for every test: an empty one, and one with the cast in it."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from web import migrate
from web.db import Database
from web.services import Services, make_services
from web.settings import Settings

from . import postgres, world
from .world import Clock

SECRET = "only-for-tests-0123456789-abcdefghijklmnop"
SEARCH = "memory:"
BACKENDS = ("sqlite", "postgresql")


@dataclass
class Homes:
    """Makes databases and homes; each kind is built once on each backend, then copied."""

    folder: Path
    _open: ExitStack = field(default_factory=ExitStack)
    _server: postgres.Server | None = None
    _built: dict[tuple[str, str], str] = field(default_factory=dict)
    _count: Iterator[int] = field(default_factory=itertools.count)

    @property
    def server(self) -> postgres.Server:
        if self._server is None:
            self._server = self._open.enter_context(postgres.running())
        return self._server

    def close(self) -> None:
        self._open.close()

    def database(self, backend: str, kind: str, home: Path) -> str:
        """The URL of a new database: ``empty``, ``migrated`` or with the ``cast``."""
        if kind != "empty" and (backend, kind) not in self._built:
            self._build(backend, kind)
        home.mkdir(parents=True, exist_ok=True)
        if kind == "cast":
            shutil.copytree(self._original(backend, kind) / "index", home / "index")
        if backend == "sqlite":
            file = home / "zhixi.sqlite"
            if kind != "empty":
                shutil.copyfile(self._original(backend, kind) / "zhixi.sqlite", file)
            return f"sqlite:///{file}"
        template = "template0" if kind == "empty" else self._built[backend, kind]
        return self.server.create(f"zhixi_{next(self._count)}", template)

    def forget(self, url: str) -> None:
        """Throw a database away."""
        if url.startswith("postgresql"):
            self.server.drop(_name(url))

    def _original(self, backend: str, kind: str) -> Path:
        return self.folder / f"{kind}-{backend}"

    def _build(self, backend: str, kind: str) -> None:
        home = self._original(backend, kind)
        shutil.rmtree(home, ignore_errors=True)
        url = self.database(backend, "empty" if kind == "migrated" else "migrated", home)
        BUILDERS[kind](Settings(home, url, SEARCH, SECRET))
        self._built[backend, kind] = _name(url)


def _name(url: str) -> str:
    return make_url(url).database or ""


def _migrate(settings: Settings) -> None:
    db = Database(settings.database_url)
    migrate.upgrade(db)
    db.dispose()


def _fill(settings: Settings) -> None:
    with opened(settings, Clock()) as services:
        world.fill(services, services.library.clock)  # type: ignore[arg-type]


BUILDERS: dict[str, Callable[[Settings], None]] = {"migrated": _migrate, "cast": _fill}


@contextmanager
def opened(settings: Settings, clock: Callable[[], datetime]) -> Iterator[Services]:
    """The services of a home, closed afterwards."""
    services = make_services(settings, clock)
    try:
        yield services
    finally:
        services.searchlog.flush()
        services.evidence.flush()
        services.library.close()
        services.db.dispose()


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")
