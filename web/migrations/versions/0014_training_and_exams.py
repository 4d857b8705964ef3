"""Training and exams: papers, exams, attempts as a log, gradings, practice, courses"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

GRANTS = {
    "kb.read": ("exams.take",),
    "roles.manage": (
        "exams.papers",
        "exams.mark",
        "exams.regrade",
        "exams.results",
        "exams.team",
        "exams.courses",
    ),
}
"""Who holds the one may do the others from now on."""


def upgrade() -> None:
    op.create_table(
        "exam_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_paper")),
    )
    op.create_table(
        "exam",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("late_minutes", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("counts", sa.String(length=10), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("prefer_unseen", sa.Boolean(), nullable=False),
        sa.Column("shuffle_questions", sa.Boolean(), nullable=False),
        sa.Column("shuffle_options", sa.Boolean(), nullable=False),
        sa.Column("pass_percent", sa.Float(), nullable=False),
        sa.Column("results", sa.String(length=12), nullable=False),
        sa.Column("answers", sa.String(length=12), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("double", sa.Boolean(), nullable=False),
        sa.Column("repeats", sa.String(length=10), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=True),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "answers in ('at_once', 'after_close', 'by_hand')", name=op.f("ck_exam_answers")
        ),
        sa.CheckConstraint(
            "counts in ('best', 'last', 'first', 'mean')", name=op.f("ck_exam_counts")
        ),
        sa.CheckConstraint(
            "kind in ('daily', 'monthly', 'promotion', 'practice', 'course')",
            name=op.f("ck_exam_kind"),
        ),
        sa.CheckConstraint(
            "results in ('at_once', 'after_close', 'by_hand')", name=op.f("ck_exam_results")
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["exam_paper.id"], name=op.f("fk_exam_paper_id_exam_paper")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam")),
    )
    with op.batch_alter_table("exam", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_of_id"), ["of_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_opens_at"), ["opens_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "exam_allowance",
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_allowance_exam_id_exam")
        ),
        sa.PrimaryKeyConstraint("exam_id", "person_id", name=op.f("pk_exam_allowance")),
    )
    op.create_table(
        "exam_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("seed", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.String(length=10), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("graded", sa.Integer(), nullable=False),
        sa.CheckConstraint("state in ('open', 'submitted')", name=op.f("ck_exam_attempt_state")),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_attempt_exam_id_exam")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_attempt")),
        sa.UniqueConstraint(
            "exam_id", "person_id", "number", name=op.f("uq_exam_attempt_exam_id_person_id_number")
        ),
    )
    with op.batch_alter_table("exam_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_attempt_exam_id"), ["exam_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_attempt_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "ix_exam_attempt_state_deadline_at", ["state", "deadline_at"], unique=False
        )

    op.create_table(
        "exam_audience",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "kind in ('all', 'team', 'grade', 'person', 'course')",
            name=op.f("ck_exam_audience_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_audience_exam_id_exam")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_audience")),
        sa.UniqueConstraint(
            "exam_id", "kind", "value", name=op.f("uq_exam_audience_exam_id_kind_value")
        ),
    )
    op.create_table(
        "exam_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("lowers", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "mode in ('key', 'both', 'full', 'void')", name=op.f("ck_exam_correction_mode")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["exam_question_version.id"],
            name=op.f("fk_exam_correction_version_id_exam_question_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_correction")),
    )
    with op.batch_alter_table("exam_correction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_correction_version_id"), ["version_id"], unique=False
        )

    op.create_table(
        "exam_course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=True),
        sa.Column("by_review", sa.Boolean(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["exam_id"], ["exam.id"], name=op.f("fk_exam_course_exam_id_exam")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_course")),
    )
    op.create_table(
        "exam_card",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("right_in_row", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "why in ('wrong', 'changed', 'signed', 'assigned', 'new')",
            name=op.f("ck_exam_card_why"),
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["exam_question.id"],
            name=op.f("fk_exam_card_question_id_exam_question"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["exam_question_version.id"],
            name=op.f("fk_exam_card_version_id_exam_question_version"),
        ),
        sa.PrimaryKeyConstraint("person_id", "question_id", name=op.f("pk_exam_card")),
    )
    with op.batch_alter_table("exam_card", schema=None) as batch_op:
        batch_op.create_index(
            "ix_exam_card_person_id_due_at", ["person_id", "due_at"], unique=False
        )

    op.create_table(
        "exam_practice_set",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=400), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('daily', 'mistakes', 'topic')", name=op.f("ck_exam_practice_set_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_practice_set")),
        sa.UniqueConstraint(
            "person_id", "day", "number", name=op.f("uq_exam_practice_set_person_id_day_number")
        ),
    )
    op.create_table(
        "exam_practice_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("response", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["exam_practice_set.id"],
            name=op.f("fk_exam_practice_answer_set_id_exam_practice_set"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["exam_question_version.id"],
            name=op.f("fk_exam_practice_answer_version_id_exam_question_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_practice_answer")),
        sa.UniqueConstraint(
            "set_id", "position", name=op.f("uq_exam_practice_answer_set_id_position")
        ),
    )
    with op.batch_alter_table("exam_practice_answer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_exam_practice_answer_person_id_at", ["person_id", "at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_exam_practice_answer_version_id"), ["version_id"], unique=False
        )

    op.create_table(
        "exam_noted_attempt",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["exam_attempt.id"],
            name=op.f("fk_exam_noted_attempt_attempt_id_exam_attempt"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_exam_noted_attempt")),
    )
    op.create_table(
        "exam_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=10), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["exam_course.id"], name=op.f("fk_exam_assignment_course_id_exam_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_assignment")),
        sa.UniqueConstraint(
            "course_id", "person_id", name=op.f("uq_exam_assignment_course_id_person_id")
        ),
    )
    with op.batch_alter_table("exam_assignment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_exam_assignment_person_id_done_at", ["person_id", "done_at"], unique=False
        )

    op.create_table(
        "exam_course_team",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("excused", sa.JSON(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["exam_course.id"],
            name=op.f("fk_exam_course_team_course_id_exam_course"),
        ),
        sa.PrimaryKeyConstraint("course_id", "team_id", name=op.f("pk_exam_course_team")),
    )
    op.create_table(
        "exam_attempt_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("browser", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["exam_attempt.id"],
            name=op.f("fk_exam_attempt_event_attempt_id_exam_attempt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_attempt_event")),
        sa.UniqueConstraint(
            "attempt_id",
            "page",
            "sequence",
            name=op.f("uq_exam_attempt_event_attempt_id_page_sequence"),
        ),
    )
    with op.batch_alter_table("exam_attempt_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_attempt_event_attempt_id"), ["attempt_id"], unique=False
        )

    op.create_table(
        "exam_attempt_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("response", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["exam_attempt.id"],
            name=op.f("fk_exam_attempt_question_attempt_id_exam_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["exam_question_version.id"],
            name=op.f("fk_exam_attempt_question_version_id_exam_question_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_attempt_question")),
        sa.UniqueConstraint(
            "attempt_id", "position", name=op.f("uq_exam_attempt_question_attempt_id_position")
        ),
    )
    with op.batch_alter_table("exam_attempt_question", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_attempt_question_version_id"), ["version_id"], unique=False
        )

    op.create_table(
        "exam_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("exam_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["exam_attempt.id"],
            name=op.f("fk_exam_certificate_attempt_id_exam_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exam.id"], name=op.f("fk_exam_certificate_exam_id_exam")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_certificate")),
        sa.UniqueConstraint(
            "exam_id", "person_id", name=op.f("uq_exam_certificate_exam_id_person_id")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_exam_certificate_number")),
    )
    with op.batch_alter_table("exam_certificate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_certificate_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "exam_grading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("possible", sa.Float(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "cause in ('automatic', 'marking', 'regrade')", name=op.f("ck_exam_grading_cause")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["exam_attempt.id"],
            name=op.f("fk_exam_grading_attempt_id_exam_attempt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_grading")),
        sa.UniqueConstraint("attempt_id", "number", name=op.f("uq_exam_grading_attempt_id_number")),
    )
    op.create_table(
        "exam_lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("article_key", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('text', 'video', 'audio')", name=op.f("ck_exam_lesson_kind")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["exam_course.id"], name=op.f("fk_exam_lesson_course_id_exam_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_lesson")),
    )
    with op.batch_alter_table("exam_lesson", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_lesson_course_id"), ["course_id"], unique=False)

    op.create_table(
        "exam_essay_claim",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["exam_attempt_question.id"],
            name=op.f("fk_exam_essay_claim_question_id_exam_attempt_question"),
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_exam_essay_claim")),
        sa.UniqueConstraint(
            "question_id", "marker_id", name=op.f("uq_exam_essay_claim_question_id_marker_id")
        ),
    )
    with op.batch_alter_table("exam_essay_claim", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exam_essay_claim_marker_id"), ["marker_id"], unique=False
        )

    op.create_table(
        "exam_essay_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("settles", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["exam_attempt_question.id"],
            name=op.f("fk_exam_essay_mark_question_id_exam_attempt_question"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_essay_mark")),
        sa.UniqueConstraint(
            "question_id", "marker_id", name=op.f("uq_exam_essay_mark_question_id_marker_id")
        ),
    )
    op.create_table(
        "exam_lesson_progress",
        sa.Column("lesson_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at_second", sa.Float(), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["lesson_id"],
            ["exam_lesson.id"],
            name=op.f("fk_exam_lesson_progress_lesson_id_exam_lesson"),
        ),
        sa.PrimaryKeyConstraint("lesson_id", "person_id", name=op.f("pk_exam_lesson_progress")),
    )
    _grant()


def _grant() -> None:
    role = sa.table("role", sa.column("id"), sa.column("permissions", sa.JSON))
    connection = op.get_bind()
    for row in connection.execute(sa.select(role.c.id, role.c.permissions)).all():
        given = [more for held, new in GRANTS.items() if held in row.permissions for more in new]
        kept = list(dict.fromkeys([*row.permissions, *given]))
        connection.execute(sa.update(role).where(role.c.id == row.id).values(permissions=kept))


def downgrade() -> None:
    op.drop_table("exam_lesson_progress")
    op.drop_table("exam_course_team")
    op.drop_table("exam_essay_mark")
    with op.batch_alter_table("exam_essay_claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_essay_claim_marker_id"))

    op.drop_table("exam_essay_claim")
    with op.batch_alter_table("exam_lesson", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_lesson_course_id"))

    op.drop_table("exam_lesson")
    op.drop_table("exam_grading")
    with op.batch_alter_table("exam_certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_certificate_person_id"))

    op.drop_table("exam_certificate")
    with op.batch_alter_table("exam_attempt_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_attempt_question_version_id"))

    op.drop_table("exam_attempt_question")
    with op.batch_alter_table("exam_attempt_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_attempt_event_attempt_id"))

    op.drop_table("exam_attempt_event")
    with op.batch_alter_table("exam_assignment", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_assignment_person_id_done_at")

    op.drop_table("exam_assignment")
    op.drop_table("exam_noted_attempt")
    with op.batch_alter_table("exam_practice_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_practice_answer_version_id"))
        batch_op.drop_index("ix_exam_practice_answer_person_id_at")

    op.drop_table("exam_practice_answer")
    op.drop_table("exam_practice_set")
    op.drop_table("exam_course")
    with op.batch_alter_table("exam_correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_correction_version_id"))

    op.drop_table("exam_correction")
    op.drop_table("exam_audience")
    with op.batch_alter_table("exam_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_attempt_state_deadline_at")
        batch_op.drop_index(batch_op.f("ix_exam_attempt_person_id"))
        batch_op.drop_index(batch_op.f("ix_exam_attempt_exam_id"))

    op.drop_table("exam_attempt")
    op.drop_table("exam_allowance")
    with op.batch_alter_table("exam_card", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_card_person_id_due_at")

    op.drop_table("exam_card")
    with op.batch_alter_table("exam", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_paper_id"))
        batch_op.drop_index(batch_op.f("ix_exam_opens_at"))
        batch_op.drop_index(batch_op.f("ix_exam_of_id"))
        batch_op.drop_index(batch_op.f("ix_exam_kind"))
        batch_op.drop_index(batch_op.f("ix_exam_closes_at"))

    op.drop_table("exam")
    op.drop_table("exam_paper")
