"""Votes, reports, gaps, the message board with its points, and handled cases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GRANTS = {"kb.read": "board.write", "kb.write": "board.moderate", "people.manage": "board.points"}
"""Who could do the one may do the other from now on."""


def upgrade() -> None:
    op.create_table(
        "board_thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_board_thread_article_id_article"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["category.id"],
            name=op.f("fk_board_thread_category_id_category"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_thread")),
    )
    with op.batch_alter_table("board_thread", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_board_thread_active_at"), ["active_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_board_thread_article_id"), ["article_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_board_thread_author_id"), ["author_id"], unique=False)

    op.create_table(
        "gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=400), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_gap_article_id_article"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["merged_into"], ["gap.id"], name=op.f("fk_gap_merged_into_gap")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_article_id"), ["article_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_assignee_id"), ["assignee_id"], unique=False)
        batch_op.create_index("ix_gap_end_closed_at", ["end", "closed_at"], unique=False)

    op.create_table(
        "handled_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["article.id"],
            name=op.f("fk_handled_case_article_id_article"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handled_case")),
        sa.UniqueConstraint("digest", name=op.f("uq_handled_case_digest")),
    )
    with op.batch_alter_table("handled_case", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_handled_case_article_id"), ["article_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_handled_case_proposed_by"), ["proposed_by"], unique=False
        )

    op.create_table(
        "board_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("best_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("best_by", sa.Integer(), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_by", sa.Integer(), nullable=True),
        sa.Column("hidden_reason", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["article.id"],
            name=op.f("fk_board_post_draft_id_article"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["board_thread.id"], name=op.f("fk_board_post_thread_id_board_thread")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_post")),
        sa.UniqueConstraint("thread_id", "number", name=op.f("uq_board_post_thread_id_number")),
    )
    with op.batch_alter_table("board_post", schema=None) as batch_op:
        batch_op.create_index("ix_board_post_author_id_at", ["author_id", "at"], unique=False)

    op.create_table(
        "gap_asking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=400), nullable=False),
        sa.Column("folded", sa.String(length=400), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name=op.f("fk_gap_asking_gap_id_gap")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_asking")),
        sa.UniqueConstraint(
            "gap_id", "person_id", "folded", name=op.f("uq_gap_asking_gap_id_person_id_folded")
        ),
    )
    with op.batch_alter_table("gap_asking", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gap_asking_gap_id"), ["gap_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_gap_asking_person_id"), ["person_id"], unique=False)

    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'changed', 'kept')", name=op.f("ck_report_state")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_report_revision_id_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "person_id",
            "revision_id",
            "start",
            "end",
            name=op.f("uq_report_person_id_revision_id_start_end"),
        ),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_revision_id"), ["revision_id"], unique=False)
        batch_op.create_index("ix_report_state_due_at", ["state", "due_at"], unique=False)

    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_vote_revision_id_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
        sa.UniqueConstraint(
            "person_id",
            "revision_id",
            "start",
            "end",
            name=op.f("uq_vote_person_id_revision_id_start_end"),
        ),
    )
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vote_revision_id"), ["revision_id"], unique=False)

    op.create_table(
        "board_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["board_post.id"], name=op.f("fk_board_edit_post_id_board_post")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_edit")),
    )
    with op.batch_alter_table("board_edit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_board_edit_post_id"), ["post_id"], unique=False)

    op.create_table(
        "board_points",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("sort", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_board_points_points")),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["board_points.id"],
            name=op.f("fk_board_points_corrects_id_board_points"),
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["board_post.id"], name=op.f("fk_board_points_post_id_board_post")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_points")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_board_points_corrects_id")),
        sa.UniqueConstraint("token", name=op.f("uq_board_points_token")),
    )
    with op.batch_alter_table("board_points", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_board_points_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_board_points_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_board_points_post_id"), ["post_id"], unique=False)

    op.create_table(
        "report_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_step_report_id_report")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_step")),
    )
    with op.batch_alter_table("report_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_step_report_id"), ["report_id"], unique=False)
    _grant()


def _grant() -> None:
    role = sa.table("role", sa.column("id"), sa.column("key"), sa.column("permissions", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(role)).all():
        given = [more for held, more in GRANTS.items() if held in row.permissions]
        if row.key == "supervisor":
            given.append("board.points")
        kept = list(dict.fromkeys([*row.permissions, *given]))
        connection.execute(sa.update(role).where(role.c.id == row.id).values(permissions=kept))


def downgrade() -> None:
    with op.batch_alter_table("report_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_step_report_id"))

    op.drop_table("report_step")
    with op.batch_alter_table("board_points", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_board_points_post_id"))
        batch_op.drop_index(batch_op.f("ix_board_points_person_id"))
        batch_op.drop_index(batch_op.f("ix_board_points_at"))

    op.drop_table("board_points")
    with op.batch_alter_table("board_edit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_board_edit_post_id"))

    op.drop_table("board_edit")
    with op.batch_alter_table("vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vote_revision_id"))

    op.drop_table("vote")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index("ix_report_state_due_at")
        batch_op.drop_index(batch_op.f("ix_report_revision_id"))
        batch_op.drop_index(batch_op.f("ix_report_person_id"))
        batch_op.drop_index(batch_op.f("ix_report_owner_id"))

    op.drop_table("report")
    with op.batch_alter_table("gap_asking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gap_asking_person_id"))
        batch_op.drop_index(batch_op.f("ix_gap_asking_gap_id"))

    op.drop_table("gap_asking")
    with op.batch_alter_table("board_post", schema=None) as batch_op:
        batch_op.drop_index("ix_board_post_author_id_at")

    op.drop_table("board_post")
    with op.batch_alter_table("handled_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handled_case_proposed_by"))
        batch_op.drop_index(batch_op.f("ix_handled_case_article_id"))

    op.drop_table("handled_case")
    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.drop_index("ix_gap_end_closed_at")
        batch_op.drop_index(batch_op.f("ix_gap_assignee_id"))
        batch_op.drop_index(batch_op.f("ix_gap_article_id"))

    op.drop_table("gap")
    with op.batch_alter_table("board_thread", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_board_thread_author_id"))
        batch_op.drop_index(batch_op.f("ix_board_thread_article_id"))
        batch_op.drop_index(batch_op.f("ix_board_thread_active_at"))

    op.drop_table("board_thread")
