"""How a learning is to reach a unit, what the unit answers, who was there, and what units have in common."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY
from walls import owned_by_tenant

revision = "20261123_learning_reach"
down_revision = "20261123_long_histories"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOTICED = "ck_overdue_notice_ck_overdue_notice_subject_type"  # as its first migration named it


def upgrade() -> None:
    op.add_column("unit", sa.Column("traits", ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.alter_column("unit", "traits", server_default=None)
    op.add_column("share", sa.Column("kind", sa.Text(), nullable=False, server_default="team_briefing"))
    op.alter_column("share", "kind", server_default=None)
    # Ten hexadecimal digits of a random id: its last part, which holds no time and no version. As a default,
    # because row-level security hides every row from an update that names no tenant.
    code = sa.text("upper(left(split_part(gen_random_uuid()::text, '-', 5), 10))")
    op.add_column("share", sa.Column("code", sa.Text(), nullable=False, server_default=code))
    op.alter_column("share", "code", server_default=None)
    op.add_column("share", sa.Column("answer_by", sa.Date(), nullable=True))
    op.add_column("share", sa.Column("answer", sa.Text(), nullable=True))
    op.add_column("share", sa.Column("answer_words", sa.Text(), nullable=False, server_default=""))
    op.alter_column("share", "answer_words", server_default=None)
    op.add_column("share", sa.Column("reminded_at", MOMENT, nullable=True))
    op.create_unique_constraint("uq_share_tenant_id_code", "share", ["tenant_id", "code"])
    op.create_index(
        "ix_share_unanswered",
        "share",
        ["tenant_id", "answer_by"],
        postgresql_where=sa.text("acknowledged_at is null"),
    )
    op.create_table(
        "attendance",
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "share_id"],
            ["share.tenant_id", "share.id"],
            name="fk_attendance_tenant_id_share_id",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_attendance_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_attendance"),
        sa.UniqueConstraint(
            "tenant_id", "share_id", "user_id", name="uq_attendance_tenant_id_share_id_user_id"
        ),
    )
    op.create_index("ix_attendance_share", "attendance", ["tenant_id", "share_id", "at"])
    owned_by_tenant("attendance")
    op.drop_constraint(op.f(NOTICED), "overdue_notice")
    op.create_check_constraint(
        op.f(NOTICED),
        "overdue_notice",
        "subject_type in ('review', 'action', 'measure', 'share')",
    )


def downgrade() -> None:
    op.execute("alter table overdue_notice no force row level security")  # else the owner sees no row
    op.execute("delete from overdue_notice where subject_type = 'share'")
    op.execute("alter table overdue_notice force row level security")
    op.drop_constraint(op.f(NOTICED), "overdue_notice")
    op.create_check_constraint(
        op.f(NOTICED), "overdue_notice", "subject_type in ('review', 'action', 'measure')"
    )
    op.drop_table("attendance")
    op.drop_index("ix_share_unanswered", table_name="share")
    op.drop_constraint("uq_share_tenant_id_code", "share")
    for column in ("reminded_at", "answer_words", "answer", "answer_by", "code", "kind"):
        op.drop_column("share", column)
    op.drop_column("unit", "traits")
