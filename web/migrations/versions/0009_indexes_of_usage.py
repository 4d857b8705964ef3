"""Indexes that answer the usage page by themselves: by revision, by call, by day of searching"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OLD = (
    ("ix_evidence_revision_id_at", "evidence", ["revision_id", "at"]),
    ("ix_evidence_call_at", "evidence", ["call", "at"]),
    ("ix_search_entry_at", "search_entry", ["at"]),
)
NEW = (
    ("ix_evidence_revision_id_act_at", "evidence", ["revision_id", "act", "at"]),
    ("ix_evidence_call_at_act", "evidence", ["call", "at", "act"]),
    ("ix_search_entry_at_outcome_answered", "search_entry", ["at", "outcome", "answered"]),
)


def upgrade() -> None:
    for name, table, columns in NEW:
        op.create_index(name, table, columns)
    for name, table, _ in OLD:
        op.drop_index(name, table)


def downgrade() -> None:
    for name, table, columns in OLD:
        op.create_index(name, table, columns)
    for name, table, _ in NEW:
        op.drop_index(name, table)
