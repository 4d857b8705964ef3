"""Who did what: one row for each changed object, in the transaction that changed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from .errors import NoActor
from .models import AuditEntry

LONGEST = 300
"""Characters of a value that the trail keeps; revisions keep their own text."""


def watch(sessions: sessionmaker[Session]) -> None:
    """Record all that is written through these sessions; refuse what has no actor."""
    event.listen(sessions, "before_flush", _require_actor)
    event.listen(sessions, "after_flush", _record_flush)


def _require_actor(session: Session, context: UOWTransaction, instances: object) -> None:
    if session.info.get("actor") is None and any(_changed_objects(session)):
        raise NoActor(f"没有说明是谁在做：{session.info.get('doing')}")


def _record_flush(session: Session, context: UOWTransaction) -> None:
    changed = [*_changed_objects(session), *_orphans(session, context)]
    rows = [_row(session, thing, action) for thing, action in changed]
    # A thing counts as modified when only a list of others on it was: those speak for themselves.
    rows = [row for row in rows if row["values"] or row["action"] != "update"]
    if rows:
        session.connection().execute(insert(AuditEntry), rows)


def _orphans(session: Session, context: UOWTransaction) -> Iterator[tuple[Any, str]]:
    """What is deleted because it was taken out of a list that owns it; ``session.deleted`` has
    only what was deleted by name."""
    for state, (is_deleted, listed_only) in list(context.states.items()):
        thing = state.obj()
        if is_deleted and not listed_only and thing not in session.deleted and _is_audited(thing):
            yield thing, "delete"


def _changed_objects(session: Session) -> Iterator[tuple[Any, str]]:
    for thing in session.new:
        if _is_audited(thing):
            yield thing, "insert"
    for thing in session.dirty:
        if _is_audited(thing) and session.is_modified(thing):
            yield thing, "update"
    for thing in session.deleted:
        if _is_audited(thing):
            yield thing, "delete"


def _is_audited(thing: Any) -> bool:
    return getattr(thing, "__audited__", True)


def _row(session: Session, thing: Any, action: str) -> dict[str, Any]:
    actor = session.info["actor"]
    return {
        "at": datetime.now(UTC),
        "actor_id": actor.id,
        "actor": actor.name,
        "doing": session.info["doing"],
        "action": action,
        "entity": thing.__tablename__,
        "entity_id": ",".join(
            str(part) for part in inspect(thing).mapper.primary_key_from_instance(thing)
        ),
        "values": dict(_values(thing, action)),
    }


def _values(thing: Any, action: str) -> Iterator[tuple[str, list[Any]]]:
    """(column, [old, new]) of what changed; secrets are named but never shown."""
    state = inspect(thing)
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        old, new = _history(state, attribute.key, action)
        if old == new:
            continue
        if column.info.get("secret"):
            old, new = "•" if old else None, "•" if new else None
        yield attribute.key, [_plain(old), _plain(new)]


def _history(state: Any, key: str, action: str) -> tuple[Any, Any]:
    history = state.attrs[key].history
    value = state.dict.get(key)
    if action == "insert":
        return None, value
    if action == "delete":
        return value, None
    if not history.has_changes():
        return None, None
    return (history.deleted[0] if history.deleted else None), value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}…（共{len(value)}字）"
    return value
