"""What the commands share: open services, progress, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from kb.gate import EVERYTHING, Viewer

from .. import accounts, migrate
from ..access import viewer_of
from ..app import make_services
from ..context import Services
from ..settings import Settings


@contextmanager
def services() -> Iterator[Services]:
    """Database and library of this environment, at the schema of this version."""
    made = make_services(Settings.from_env())
    try:
        if migrate.current(made.db.engine) != migrate.head():
            migrate.upgrade(made.db)
        yield made
    finally:
        made.library.close()
        made.db.dispose()


def viewer(session: Session, number: str | None) -> Viewer:
    """What the person with that employee number may read; everything without one."""
    return viewer_of(accounts.get_person(session, number)) if number else EVERYTHING


def print_json(value: Any) -> None:
    """One JSON value on one line of standard output, in UTF-8 whatever the terminal speaks."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # Half a surrogate pair has no UTF-8; its escape is what JSON writes for it.
    click.echo(line.encode("utf-8", "backslashreplace"))


@contextmanager
def progress(label: str, length: int) -> Iterator[Any]:
    """A progress bar on a terminal, nothing in a pipe."""
    with click.progressbar(
        length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield bar
