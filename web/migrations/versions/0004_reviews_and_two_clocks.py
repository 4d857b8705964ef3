"""Reviews, remarks, retirements, verification and the centre's policy"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("article", sa.Column("verified_by", sa.Integer(), nullable=True))
    op.add_column("revision", sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("revision", sa.Column("writers", sa.JSON(), nullable=True))
    op.create_table(
        "retirement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.Column("revived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revived_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_retirement_article_id_article")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retirement")),
    )
    op.create_index(op.f("ix_retirement_article_id"), "retirement", ["article_id"])
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_review_revision_id_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index(op.f("ix_review_revision_id"), "review", ["revision_id"])
    op.create_index(op.f("ix_review_reviewer_id"), "review", ["reviewer_id"])
    op.create_index("ix_review_outcome_kind", "review", ["outcome", "kind"])
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revision.id"], name=op.f("fk_remark_revision_id_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    op.create_index(op.f("ix_remark_revision_id"), "remark", ["revision_id"])
    op.create_table(
        "policy",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_policy")),
    )
    _carry_over()


def _carry_over() -> None:
    """What is out of use already, who vouched for what is published, and who may judge now."""
    op.execute(
        "insert into retirement (article_id, retired_at, retired_by) "
        "select id, retired_at, retired_by from article where retired_at is not null"
    )
    op.execute(
        "insert into review (revision_id, kind, version, asked_by, asked_at, reason, outcome, "
        "decided_by, decided_at, verdict) "
        "select id, 'direct', version, published_by, published_at, '', 'approved', "
        "published_by, published_at, '' from revision "
        "where state = 'published' and published_at is not null"
    )
    role = sa.table("role", sa.column("id", sa.Integer()), sa.column("permissions", sa.JSON()))
    connection = op.get_bind()
    for id, held in connection.execute(sa.select(role.c.id, role.c.permissions)).all():
        more = [p for p in _also(held) if p not in held]
        if more:
            connection.execute(
                sa.update(role).where(role.c.id == id).values(permissions=[*held, *more])
            )


def _also(held: list[str]) -> list[str]:
    """Whoever published until now may judge and publish in an emergency too."""
    gained = ["kb.review", "kb.publish_urgent"] if "kb.publish" in held else []
    return [*gained, "kb.policy"] if "roles.manage" in held else gained


def downgrade() -> None:
    op.drop_table("policy")
    op.drop_table("remark")
    op.drop_table("review")
    op.drop_table("retirement")
    with op.batch_alter_table("revision") as batch_op:
        batch_op.drop_column("writers")
        batch_op.drop_column("scheduled_at")
    with op.batch_alter_table("article") as batch_op:
        batch_op.drop_column("verified_by")
        batch_op.drop_column("verified_at")
