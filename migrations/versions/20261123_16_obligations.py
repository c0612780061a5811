"""Obligations of incidents, what was decided about them, and their steps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_obligations"
down_revision = "20261123_alarm_load"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.id"],
        name=f"fk_{table}_tenant_id_{column}",
    )


def _own() -> list[sa.Column]:
    return [sa.Column(name, sa.Uuid(), nullable=False) for name in ("tenant_id", "id")]


def upgrade() -> None:
    op.create_table(
        "obligation",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("duty_key", sa.Text(), nullable=False),
        sa.Column("duty_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("terms", JSONB(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("firing_id", sa.Uuid(), nullable=True),
        sa.Column("inputs", JSONB(), nullable=False),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_own(),
        sa.CheckConstraint(
            "outcome is null or outcome in ('applies', 'not_required', 'exempt')",
            name="ck_obligation_outcome",
        ),
        sa.CheckConstraint(
            "closed_at is null or outcome is not null", name="ck_obligation_closed_is_decided"
        ),
        _refers("obligation", "incident_id", "incident"),
        _refers("obligation", "firing_id", "firing"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_obligation"),
        sa.UniqueConstraint(
            "tenant_id", "incident_id", "duty_key", name="uq_obligation_tenant_id_incident_id_duty_key"
        ),
    )
    op.create_index("ix_obligation_opened", "obligation", ["tenant_id", "opened_at", "id"], unique=False)
    op.create_index(
        "ix_obligation_open",
        "obligation",
        ["tenant_id", "opened_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
    op.create_table(
        "obligation_decision",
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answers", JSONB(), nullable=False),
        sa.Column("exemption", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        *_own(),
        sa.CheckConstraint("kind in ('judged', 'exempted', 'reopened')", name="ck_obligation_decision_kind"),
        _refers("obligation_decision", "obligation_id", "obligation"),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name="fk_obligation_decision_by_id_user_account"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_obligation_decision"),
    )
    op.create_index(
        "ix_obligation_decision_of", "obligation_decision", ["tenant_id", "obligation_id", "at"], unique=False
    )
    op.create_table(
        "obligation_step",
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("said_at", MOMENT, nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("who_was_told", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("letter_at", MOMENT, nullable=True),
        sa.Column("letter_by", sa.Uuid(), nullable=True),
        *_own(),
        _refers("obligation_step", "obligation_id", "obligation"),
        _refers("obligation_step", "clock_id", "clock"),
        sa.ForeignKeyConstraint(["done_by"], ["user_account.id"], name="fk_obligation_step_done_by"),
        sa.ForeignKeyConstraint(["letter_by"], ["user_account.id"], name="fk_obligation_step_letter_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_obligation_step"),
        sa.UniqueConstraint(
            "tenant_id", "obligation_id", "key", name="uq_obligation_step_tenant_id_obligation_id_key"
        ),
    )
    owned_by_tenant("obligation", "obligation_decision", "obligation_step")


def downgrade() -> None:
    op.drop_table("obligation_step")
    op.drop_table("obligation_decision")
    op.drop_table("obligation")
