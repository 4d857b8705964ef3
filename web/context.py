"""What a request can reach: the services of the application and who is asking."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from typing import cast

from flask import current_app, g
from sqlalchemy.orm import Session

from kb.gate import Viewer

from .access import may, permissions_of, viewer_of
from .models import Person, SignIn
from .services import Services


def services() -> Services:
    return cast(Services, current_app.extensions["zhixi"])


def now() -> datetime:
    return services().now()


def reading() -> Session:
    """The request's session for looking things up, closed when the request ends."""
    if "reading" not in g:
        g.open = ExitStack()
        g.reading = g.open.enter_context(services().db.reading())
    return cast(Session, g.reading)


def look_again() -> None:
    """A new session for looking things up, which sees what this request has written."""
    close_reading(None)
    for name in ("reading", "open"):
        g.pop(name, None)


def work(doing: str) -> AbstractContextManager[Session]:
    """A use case of the person who is asking."""
    return services().db.work(person(), doing)


def close_reading(error: BaseException | None = None) -> None:
    if "open" in g:
        g.open.close()


def set_person(person: Person | None, sign_in: SignIn | None = None) -> None:
    g.person, g.sign_in = person, sign_in
    g.permissions = permissions_of(person) if person else frozenset()


def asking() -> Person | None:
    """Who is asking, or None for a stranger."""
    return cast("Person | None", g.get("person"))


def person() -> Person:
    """Who is asking, on a route that needs somebody signed in."""
    found = asking()
    if found is None:
        raise LookupError("nobody is signed in")
    return found


def can(permission: str) -> bool:
    return asking() is not None and may(g.permissions, permission)


def viewer() -> Viewer:
    """What the person who is asking may read."""
    if "viewer" not in g:
        g.viewer = viewer_of(person())
    return cast(Viewer, g.viewer)
