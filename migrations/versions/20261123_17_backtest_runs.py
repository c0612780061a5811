"""Back-tests done by a worker: how far they are, and what they found."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_backtest_runs"
down_revision = "20261123_obligations"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "backtest_run",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("live_text", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("starts", MOMENT, nullable=False),
        sa.Column("ends", MOMENT, nullable=False),
        sa.Column("years", sa.Text(), nullable=False),
        sa.Column("slices", sa.Integer(), nullable=False),
        sa.Column("slices_done", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("result", JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'done', 'cancelled', 'failed')", name="ck_backtest_run_state"
        ),
        sa.CheckConstraint("slices_done between 0 and slices", name="ck_backtest_run_slices"),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user_account.id"], name="fk_backtest_run_asked_by_user_account"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "version_id"],
            ["rule_version.tenant_id", "rule_version.id"],
            name="fk_backtest_run_tenant_id_version_id_rule_version",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_backtest_run"),
    )
    op.create_index("ix_backtest_run_version", "backtest_run", ["tenant_id", "version_id", "asked_at"])
    op.create_index("ix_backtest_run_ended", "backtest_run", ["tenant_id", "finished_at"])
    owned_by_tenant("backtest_run")


def downgrade() -> None:
    op.drop_table("backtest_run")
