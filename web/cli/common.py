"""What the commands share: open services, progress, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from kb.gate import Viewer

    from ..services import Services

# Database and library are loaded where they are opened: the commands of qa and exams that work
# on files alone start at once.


@contextmanager
def services() -> Iterator[Services]:
    """Database and library of this environment, at the schema of this version."""
    from .. import schema
    from ..services import make_services
    from ..settings import Settings

    made = make_services(Settings.from_env())
    try:
        if schema.current(made.db.engine) != schema.head():
            from .. import migrate  # loads the tables of everything; here only once a version

            migrate.upgrade(made.db)
        yield made
    finally:
        made.library.close()
        made.db.dispose()


def viewer(session: Session, number: str | None) -> Viewer:
    """What the person with that employee number may read; everything without one."""
    from kb.gate import EVERYTHING

    from .. import accounts
    from ..access import viewer_of

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
