"""What was decided after a second, blind look at a finished review"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qa_recheck",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("outcome in ('kept', 'replaced')", name=op.f("ck_qa_recheck_outcome")),
        sa.ForeignKeyConstraint(
            ["result_id"], ["qa_score.id"], name=op.f("fk_qa_recheck_result_id_qa_score")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["qa_review.id"], name=op.f("fk_qa_recheck_review_id_qa_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_recheck")),
        sa.UniqueConstraint("review_id", name=op.f("uq_qa_recheck_review_id")),
    )


def downgrade() -> None:
    op.drop_table("qa_recheck")
