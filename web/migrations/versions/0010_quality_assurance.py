"""Quality assurance: scorecards, calls, recordings, reviews, scores and what follows them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "qa_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("extension", sa.String(length=20), nullable=False),
        sa.Column("customer", sa.String(length=40), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("queue", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("consent", sa.String(length=3), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("consent in ('yes', 'no', '')", name=op.f("ck_qa_call_consent")),
        sa.CheckConstraint("direction in ('in', 'out')", name=op.f("ck_qa_call_direction")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_call")),
        sa.UniqueConstraint("key", name=op.f("uq_qa_call_key")),
    )
    with op.batch_alter_table("qa_call", schema=None) as batch_op:
        batch_op.create_index(
            "ix_qa_call_agent_id_started_at", ["agent_id", "started_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_qa_call_extension"), ["extension"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_call_queue"), ["queue"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_call_started_at"), ["started_at"], unique=False)

    op.create_table(
        "qa_scorecard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_scorecard")),
        sa.UniqueConstraint("key", name=op.f("uq_qa_scorecard_key")),
    )
    op.create_table(
        "qa_setting",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_qa_setting")),
    )
    op.create_table(
        "qa_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["scorecard_id"], ["qa_scorecard.id"], name=op.f("fk_qa_plan_scorecard_id_qa_scorecard")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_plan")),
        sa.UniqueConstraint("name", name=op.f("uq_qa_plan_name")),
    )
    op.create_table(
        "qa_recording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("agent_side", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("peaks", sa.String(length=64), nullable=True),
        sa.Column("played", sa.String(length=64), nullable=True),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Integer(), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "agent_side in ('left', 'right', '')", name=op.f("ck_qa_recording_agent_side")
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'ready', 'failed')", name=op.f("ck_qa_recording_state")
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["qa_call.id"], name=op.f("fk_qa_recording_call_id_qa_call")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_recording")),
    )
    with op.batch_alter_table("qa_recording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_recording_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_recording_sha256"), ["sha256"], unique=False)

    op.create_table(
        "qa_scorecard_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state in ('draft', 'active')", name=op.f("ck_qa_scorecard_version_state")
        ),
        sa.ForeignKeyConstraint(
            ["scorecard_id"],
            ["qa_scorecard.id"],
            name=op.f("fk_qa_scorecard_version_scorecard_id_qa_scorecard"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_scorecard_version")),
        sa.UniqueConstraint(
            "scorecard_id", "number", name=op.f("uq_qa_scorecard_version_scorecard_id_number")
        ),
    )
    with op.batch_alter_table("qa_scorecard_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_qa_scorecard_version_scorecard_id"), ["scorecard_id"], unique=False
        )
        batch_op.create_index(
            "uq_qa_scorecard_version_one_draft",
            ["scorecard_id"],
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )

    op.create_table(
        "qa_transcript",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["call_id"], ["qa_call.id"], name=op.f("fk_qa_transcript_call_id_qa_call")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_transcript")),
    )
    with op.batch_alter_table("qa_transcript", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_transcript_call_id"), ["call_id"], unique=False)

    op.create_table(
        "qa_calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["qa_scorecard_version.id"],
            name=op.f("fk_qa_calibration_version_id_qa_scorecard_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_calibration")),
    )
    op.create_table(
        "qa_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("seed", sa.String(length=60), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("agents", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["qa_plan.id"], name=op.f("fk_qa_draw_plan_id_qa_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_draw")),
    )
    with op.batch_alter_table("qa_draw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_draw_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "qa_listening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("recording_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard", sa.Float(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["qa_call.id"], name=op.f("fk_qa_listening_call_id_qa_call")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"],
            ["qa_recording.id"],
            name=op.f("fk_qa_listening_recording_id_qa_recording"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_listening")),
        sa.UniqueConstraint(
            "person_id",
            "page",
            "recording_id",
            name=op.f("uq_qa_listening_person_id_page_recording_id"),
        ),
    )
    with op.batch_alter_table("qa_listening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_listening_call_id"), ["call_id"], unique=False)
        batch_op.create_index("ix_qa_listening_person_id_at", ["person_id", "at"], unique=False)

    op.create_table(
        "qa_suggestion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("transcript_id", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("kernel", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["qa_call.id"], name=op.f("fk_qa_suggestion_call_id_qa_call")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["qa_scorecard_version.id"],
            name=op.f("fk_qa_suggestion_version_id_qa_scorecard_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_suggestion")),
    )
    with op.batch_alter_table("qa_suggestion", schema=None) as batch_op:
        batch_op.create_index(
            "ix_qa_suggestion_call_id_version_id", ["call_id", "version_id"], unique=False
        )

    op.create_table(
        "qa_calibration_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["qa_calibration.id"],
            name=op.f("fk_qa_calibration_call_calibration_id_qa_calibration"),
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["qa_call.id"], name=op.f("fk_qa_calibration_call_call_id_qa_call")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_calibration_call")),
        sa.UniqueConstraint(
            "calibration_id", "call_id", name=op.f("uq_qa_calibration_call_calibration_id_call_id")
        ),
    )
    op.create_table(
        "qa_calibration_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["qa_calibration.id"],
            name=op.f("fk_qa_calibration_note_calibration_id_qa_calibration"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_calibration_note")),
    )
    with op.batch_alter_table("qa_calibration_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_qa_calibration_note_calibration_id"), ["calibration_id"], unique=False
        )

    op.create_table(
        "qa_calibration_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["qa_calibration.id"],
            name=op.f("fk_qa_calibration_seat_calibration_id_qa_calibration"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_calibration_seat")),
        sa.UniqueConstraint(
            "calibration_id",
            "person_id",
            name=op.f("uq_qa_calibration_seat_calibration_id_person_id"),
        ),
    )
    op.create_table(
        "qa_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("inspector_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("chosen", sa.String(length=10), nullable=False),
        sa.Column("probability", sa.String(length=60), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=True),
        sa.Column("calibration_id", sa.Integer(), nullable=True),
        sa.Column("of_id", sa.Integer(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("scored", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worked", sa.Float(), nullable=False),
        sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledgement", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "chosen in ('random', 'risk', 'resample', 'manual')", name=op.f("ck_qa_review_chosen")
        ),
        sa.CheckConstraint(
            "purpose in ('score', 'recheck', 'calibration', 'live')",
            name=op.f("ck_qa_review_purpose"),
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'begun', 'finished', 'cancelled')",
            name=op.f("ck_qa_review_state"),
        ),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["qa_calibration.id"],
            name=op.f("fk_qa_review_calibration_id_qa_calibration"),
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["qa_call.id"], name=op.f("fk_qa_review_call_id_qa_call")
        ),
        sa.ForeignKeyConstraint(
            ["draw_id"], ["qa_draw.id"], name=op.f("fk_qa_review_draw_id_qa_draw")
        ),
        sa.ForeignKeyConstraint(
            ["of_id"], ["qa_review.id"], name=op.f("fk_qa_review_of_id_qa_review")
        ),
        sa.ForeignKeyConstraint(
            ["scorecard_id"],
            ["qa_scorecard.id"],
            name=op.f("fk_qa_review_scorecard_id_qa_scorecard"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["qa_scorecard_version.id"],
            name=op.f("fk_qa_review_version_id_qa_scorecard_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_review")),
        sa.UniqueConstraint(
            "calibration_id",
            "call_id",
            "inspector_id",
            name=op.f("uq_qa_review_calibration_id_call_id_inspector_id"),
        ),
    )
    with op.batch_alter_table("qa_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_review_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_review_draw_id"), ["draw_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_review_finished_at"), ["finished_at"], unique=False)
        batch_op.create_index(
            "ix_qa_review_inspector_id_state", ["inspector_id", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_qa_review_of_id"), ["of_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_qa_review_scorecard_id"), ["scorecard_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_qa_review_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_review_told_at"), ["told_at"], unique=False)
        batch_op.create_index(
            "uq_qa_review_one_score",
            ["call_id", "scorecard_id"],
            unique=True,
            sqlite_where=sa.text("purpose = 'score' and state <> 'cancelled'"),
            postgresql_where=sa.text("purpose = 'score' and state <> 'cancelled'"),
        )

    op.create_table(
        "qa_coaching",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("coach_id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=True),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("article_key", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["qa_review.id"], name=op.f("fk_qa_coaching_review_id_qa_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_coaching")),
    )
    with op.batch_alter_table("qa_coaching", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_coaching_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_coaching_review_id"), ["review_id"], unique=False)

    op.create_table(
        "qa_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("start", sa.Float(), nullable=False),
        sa.Column("end", sa.Float(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["review_id"], ["qa_review.id"], name=op.f("fk_qa_comment_review_id_qa_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_comment")),
    )
    with op.batch_alter_table("qa_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_comment_review_id"), ["review_id"], unique=False)

    op.create_table(
        "qa_draft",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("first", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("worked", sa.Float(), nullable=False),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["qa_review.id"], name=op.f("fk_qa_draft_review_id_qa_review")
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_qa_draft")),
    )
    op.create_table(
        "qa_remedy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("scorecard_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("article_key", sa.String(length=200), nullable=False),
        sa.Column("article_revision", sa.Integer(), nullable=True),
        sa.Column("quiz", sa.String(length=100), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quizzed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["qa_review.id"], name=op.f("fk_qa_remedy_review_id_qa_review")
        ),
        sa.ForeignKeyConstraint(
            ["scorecard_id"],
            ["qa_scorecard.id"],
            name=op.f("fk_qa_remedy_scorecard_id_qa_scorecard"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_remedy")),
    )
    with op.batch_alter_table("qa_remedy", schema=None) as batch_op:
        batch_op.create_index(
            "ix_qa_remedy_agent_id_closed_at", ["agent_id", "closed_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_qa_remedy_review_id"), ["review_id"], unique=False)

    op.create_table(
        "qa_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("automatic", sa.JSON(), nullable=False),
        sa.Column("first", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("kernel", sa.String(length=10), nullable=False),
        sa.Column("raw", sa.Float(), nullable=True),
        sa.Column("reported", sa.Float(), nullable=True),
        sa.Column("critical", sa.Float(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "cause in ('review', 'appeal', 'slip', 'recheck')", name=op.f("ck_qa_score_cause")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["qa_review.id"], name=op.f("fk_qa_score_review_id_qa_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_score")),
        sa.UniqueConstraint("review_id", "number", name=op.f("uq_qa_score_review_id_number")),
    )
    op.create_table(
        "qa_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("score_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opinion", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("opinion_by", sa.Integer(), nullable=True),
        sa.Column("opinion_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'upheld', 'rejected', 'withdrawn')",
            name=op.f("ck_qa_appeal_state"),
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["qa_score.id"], name=op.f("fk_qa_appeal_result_id_qa_score")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["qa_review.id"], name=op.f("fk_qa_appeal_review_id_qa_review")
        ),
        sa.ForeignKeyConstraint(
            ["score_id"], ["qa_score.id"], name=op.f("fk_qa_appeal_score_id_qa_score")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_appeal")),
    )
    with op.batch_alter_table("qa_appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_qa_appeal_review_id"), ["review_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_qa_appeal_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_qa_appeal_one_waiting",
            ["review_id", "item"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "qa_item_score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("score_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("applies", sa.Boolean(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("earned", sa.Float(), nullable=True),
        sa.Column("possible", sa.Float(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["score_id"], ["qa_score.id"], name=op.f("fk_qa_item_score_score_id_qa_score")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_item_score")),
        sa.UniqueConstraint("score_id", "item", name=op.f("uq_qa_item_score_score_id_item")),
    )
    with op.batch_alter_table("qa_item_score", schema=None) as batch_op:
        batch_op.create_index("ix_qa_item_score_item_failed", ["item", "failed"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("qa_item_score", schema=None) as batch_op:
        batch_op.drop_index("ix_qa_item_score_item_failed")

    op.drop_table("qa_item_score")
    with op.batch_alter_table("qa_appeal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_qa_appeal_one_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_qa_appeal_state"))
        batch_op.drop_index(batch_op.f("ix_qa_appeal_review_id"))

    op.drop_table("qa_appeal")
    op.drop_table("qa_score")
    with op.batch_alter_table("qa_remedy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_remedy_review_id"))
        batch_op.drop_index("ix_qa_remedy_agent_id_closed_at")

    op.drop_table("qa_remedy")
    op.drop_table("qa_draft")
    with op.batch_alter_table("qa_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_comment_review_id"))

    op.drop_table("qa_comment")
    with op.batch_alter_table("qa_coaching", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_coaching_review_id"))
        batch_op.drop_index(batch_op.f("ix_qa_coaching_agent_id"))

    op.drop_table("qa_coaching")
    with op.batch_alter_table("qa_review", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_qa_review_one_score",
            sqlite_where=sa.text("purpose = 'score' and state <> 'cancelled'"),
            postgresql_where=sa.text("purpose = 'score' and state <> 'cancelled'"),
        )
        batch_op.drop_index(batch_op.f("ix_qa_review_told_at"))
        batch_op.drop_index(batch_op.f("ix_qa_review_state"))
        batch_op.drop_index(batch_op.f("ix_qa_review_scorecard_id"))
        batch_op.drop_index(batch_op.f("ix_qa_review_of_id"))
        batch_op.drop_index("ix_qa_review_inspector_id_state")
        batch_op.drop_index(batch_op.f("ix_qa_review_finished_at"))
        batch_op.drop_index(batch_op.f("ix_qa_review_draw_id"))
        batch_op.drop_index(batch_op.f("ix_qa_review_call_id"))

    op.drop_table("qa_review")
    op.drop_table("qa_calibration_seat")
    with op.batch_alter_table("qa_calibration_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_calibration_note_calibration_id"))

    op.drop_table("qa_calibration_note")
    op.drop_table("qa_calibration_call")
    with op.batch_alter_table("qa_suggestion", schema=None) as batch_op:
        batch_op.drop_index("ix_qa_suggestion_call_id_version_id")

    op.drop_table("qa_suggestion")
    with op.batch_alter_table("qa_listening", schema=None) as batch_op:
        batch_op.drop_index("ix_qa_listening_person_id_at")
        batch_op.drop_index(batch_op.f("ix_qa_listening_call_id"))

    op.drop_table("qa_listening")
    with op.batch_alter_table("qa_draw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_draw_plan_id"))

    op.drop_table("qa_draw")
    op.drop_table("qa_calibration")
    with op.batch_alter_table("qa_transcript", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_transcript_call_id"))

    op.drop_table("qa_transcript")
    with op.batch_alter_table("qa_scorecard_version", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_qa_scorecard_version_one_draft",
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        )
        batch_op.drop_index(batch_op.f("ix_qa_scorecard_version_scorecard_id"))

    op.drop_table("qa_scorecard_version")
    with op.batch_alter_table("qa_recording", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_recording_sha256"))
        batch_op.drop_index(batch_op.f("ix_qa_recording_call_id"))

    op.drop_table("qa_recording")
    op.drop_table("qa_plan")
    op.drop_table("qa_setting")
    op.drop_table("qa_scorecard")
    with op.batch_alter_table("qa_call", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_qa_call_started_at"))
        batch_op.drop_index(batch_op.f("ix_qa_call_queue"))
        batch_op.drop_index(batch_op.f("ix_qa_call_extension"))
        batch_op.drop_index("ix_qa_call_agent_id_started_at")

    op.drop_table("qa_call")
