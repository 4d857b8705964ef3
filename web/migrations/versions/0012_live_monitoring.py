"""Live monitoring: events of the telephone system, states of agents, commands"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qa_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("call_key", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=60), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("customer", sa.String(length=40), nullable=False),
        sa.Column("extension", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_event")),
        sa.UniqueConstraint("key", name=op.f("uq_qa_event_key")),
    )
    with op.batch_alter_table("qa_event", schema=None) as batch_op:
        batch_op.create_index("ix_qa_event_agent_id_at", ["agent_id", "at"], unique=False)

    op.create_table(
        "qa_agent_state",
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_qa_agent_state")),
    )
    op.create_table(
        "qa_command",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("call_key", sa.String(length=64), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('sent', 'done', 'refused', 'failed')", name=op.f("ck_qa_command_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_command")),
    )
    with op.batch_alter_table("qa_command", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_command_agent_id"), ["agent_id"], unique=False)


def downgrade() -> None:
    op.drop_table("qa_command")
    op.drop_table("qa_agent_state")
    op.drop_table("qa_event")
