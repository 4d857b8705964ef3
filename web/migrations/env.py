"""Alembic's entry: the tables of every package, one history."""

from __future__ import annotations

from alembic import context

from kb.columns import Moment
from web.migrate import METADATA


def render_item(kind: str, thing: object, autogen: object) -> str | bool:
    """A migration outlives the application's own types: it names what the database sees."""
    return "sa.DateTime(timezone=True)" if isinstance(thing, Moment) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    compare_type=True,
    render_item=render_item,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
