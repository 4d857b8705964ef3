"""One writer of the chain at a time."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

_LOCK = 7_246_011
"""PostgreSQL's advisory lock for it; SQLite has one writer anyway."""


def hold(session: Session) -> None:
    """Until the transaction ends, nobody else ties to the chain."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
