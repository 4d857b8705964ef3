"""Names of the people whose ids the knowledge base keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from flask import g
from sqlalchemy import select

from .context import reading
from .db import SYSTEM
from .models import Person


def load_names(ids: Iterable[int | None]) -> None:
    """Look up many names at once, before a page asks for them one by one."""
    known = _known()
    wanted = {id for id in ids if id is not None and id not in known}
    if wanted:
        query = select(Person.id, Person.name).where(Person.id.in_(wanted))
        known.update((row.id, row.name) for row in reading().execute(query))


def person_name(id: int | None) -> str:
    """The name of a person; what nobody did, the system did."""
    if id is None:
        return SYSTEM.name
    load_names([id])
    return _known().get(id, f"#{id}")


def _known() -> dict[int, str]:
    if "person_names" not in g:
        g.person_names = {}
    return cast("dict[int, str]", g.person_names)


def audience_name(name: str) -> str:
    """A role or team as it is called; a person, kept by number, by name and number."""
    known = _known_numbers()
    return f"{known[name]}（{name}）" if name in known else name


def _known_numbers() -> dict[str, str]:
    """{number: name}, looked up once for a page."""
    if "numbers" not in g:
        rows = reading().execute(select(Person.number, Person.name))
        g.numbers = {number: name for number, name in rows}  # noqa: C416 - rows, not pairs
    return cast("dict[str, str]", g.numbers)
