"""The bank of questions: versions, topics, and where each rests"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("difficulty", sa.String(length=10), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("article_key", sa.String(length=200), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stale_why", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('proposed', 'kept', 'rejected', 'retired')",
            name=op.f("ck_exam_question_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_question")),
        sa.UniqueConstraint("key", name=op.f("uq_exam_question_key")),
    )
    with op.batch_alter_table("exam_question", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_question_article_key"), ["article_key"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_exam_question_difficulty"), ["difficulty"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_exam_question_stale_at"), ["stale_at"], unique=False)
        batch_op.create_index("ix_exam_question_state_kind", ["state", "kind"], unique=False)

    op.create_table(
        "exam_question_topic",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["exam_question.id"],
            name=op.f("fk_exam_question_topic_question_id_exam_question"),
        ),
        sa.PrimaryKeyConstraint("question_id", "topic", name=op.f("pk_exam_question_topic")),
    )
    with op.batch_alter_table("exam_question_topic", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_question_topic_topic"), ["topic"], unique=False)

    op.create_table(
        "exam_question_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["exam_question.id"],
            name=op.f("fk_exam_question_version_question_id_exam_question"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_question_version")),
        sa.UniqueConstraint(
            "question_id", "number", name=op.f("uq_exam_question_version_question_id_number")
        ),
    )
    with op.batch_alter_table("exam_question_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_question_version_question_id"), ["question_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("exam_question_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_question_version_question_id"))

    op.drop_table("exam_question_version")
    with op.batch_alter_table("exam_question_topic", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_question_topic_topic"))

    op.drop_table("exam_question_topic")
    with op.batch_alter_table("exam_question", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_question_state_kind")
        batch_op.drop_index(batch_op.f("ix_exam_question_stale_at"))
        batch_op.drop_index(batch_op.f("ix_exam_question_difficulty"))
        batch_op.drop_index(batch_op.f("ix_exam_question_article_key"))

    op.drop_table("exam_question")
