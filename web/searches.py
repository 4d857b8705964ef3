"""Searching as the person who asks: within what they may read, and with a trace in the log."""

from __future__ import annotations

from flask import request

from kb.library import Filters
from kb.search import Results

from .context import now, person, reading, services, viewer
from .evidence import notes
from .searchlog import Asked, Followed, cause_of


def search(text: str, filters: Filters, limit: int, *, literal: bool = False) -> Results:
    """One search of the person who is asking."""
    library = services().library
    found = library.search(
        text, viewer=viewer(), filters=filters, limit=limit, session=reading(), literal=literal
    )
    first = found.hits[0] if found.hits else None
    services().searchlog.note(
        Asked(
            person_id=person().id,
            at=now(),
            query=text,
            total=found.total,
            answered=first is not None and first.answer is not None,
            top_key=first.key if first else "",
            took_ms=found.took_ms,
            cause=cause_of(library, reading(), found, viewer(), now()),
        )
    )
    if request.blueprint != "api" or notes.current_call():
        notes.answers_shown(found)
    return found


def followed(outcome: str, key: str, place: int | None) -> None:
    """What the person did with a result: opened or copied."""
    services().searchlog.note(Followed(person().id, now(), outcome, key, place))
