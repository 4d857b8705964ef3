"""Deeds worth a line in the audit trail that change no audited table: a job retried, say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from .errors import NoActor
from .models import AuditEntry


def note(
    session: Session, entity: str, entity_id: object, values: Mapping[str, tuple[Any, Any]]
) -> None:
    """Add a line to the trail in this unit of work: ``values`` is {field: (old, new)}."""
    actor = session.info.get("actor")
    if actor is None:
        raise NoActor(f"没有说明是谁在做：{session.info.get('doing')}")
    session.add(
        AuditEntry(
            at=datetime.now(UTC),
            actor_id=actor.id,
            actor=actor.name,
            doing=session.info["doing"],
            action="update",
            entity=entity,
            entity_id=str(entity_id),
            values={field: list(pair) for field, pair in values.items()},
        )
    )
