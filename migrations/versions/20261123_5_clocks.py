"""Clocks of incidents, and the spans in which they stood still."""

import sqlalchemy as sa
from alembic import op
from walls import owned_by_tenant

revision = "20261123_clocks"
down_revision = "20261123_evidence"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "clock",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("warn_before_hours", sa.Integer(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("warned_at", MOMENT, nullable=True),
        sa.Column("missed_at", MOMENT, nullable=True),
        sa.Column("met_at", MOMENT, nullable=True),
        sa.Column("met_said_at", MOMENT, nullable=True),
        sa.Column("met_by", sa.Uuid(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("stopped_by", sa.Uuid(), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(hours is null) <> (working_days is null)", name="ck_clock_counts_one"),
        sa.CheckConstraint("hours > 0 or working_days > 0", name="ck_clock_counts_something"),
        sa.CheckConstraint("met_at is null or stopped_at is null", name="ck_clock_ends_once"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name="fk_clock_tenant_id_incident_id",
        ),
        sa.ForeignKeyConstraint(["started_by"], ["user_account.id"], name="fk_clock_started_by"),
        sa.ForeignKeyConstraint(["met_by"], ["user_account.id"], name="fk_clock_met_by"),
        sa.ForeignKeyConstraint(["stopped_by"], ["user_account.id"], name="fk_clock_stopped_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_clock"),
    )
    op.create_index("ix_clock_incident", "clock", ["tenant_id", "incident_id"], unique=False)
    op.create_index(
        "ix_clock_open",
        "clock",
        ["tenant_id", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("met_at is null and stopped_at is null"),
    )
    op.create_index(
        "uq_clock_of_rule",
        "clock",
        ["tenant_id", "incident_id", "key"],
        unique=True,
        postgresql_where=sa.text("rule_key is not null and stopped_at is null"),
    )

    op.create_table(
        "clock_pause",
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("paused_at", MOMENT, nullable=False),
        sa.Column("paused_by", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_before", MOMENT, nullable=False),
        sa.Column("resumed_at", MOMENT, nullable=True),
        sa.Column("resumed_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "clock_id"],
            ["clock.tenant_id", "clock.id"],
            name="fk_clock_pause_tenant_id_clock_id",
        ),
        sa.ForeignKeyConstraint(["paused_by"], ["user_account.id"], name="fk_clock_pause_paused_by"),
        sa.ForeignKeyConstraint(["resumed_by"], ["user_account.id"], name="fk_clock_pause_resumed_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_clock_pause"),
    )
    op.create_index("ix_clock_pause_clock", "clock_pause", ["tenant_id", "clock_id"], unique=False)
    op.create_index(
        "uq_clock_pause_open",
        "clock_pause",
        ["tenant_id", "clock_id"],
        unique=True,
        postgresql_where=sa.text("resumed_at is null"),
    )
    owned_by_tenant("clock", "clock_pause")


def downgrade() -> None:
    op.drop_table("clock_pause")
    op.drop_table("clock")
