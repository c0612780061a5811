"""The last night on which each tenant's units were looked at, and what has held since when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_scans"
down_revision = "20261123_backtest_runs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scan_night",
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("spoke", sa.Integer(), nullable=False),
        sa.Column("unanswered", JSONB, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_scan_night"),
        sa.UniqueConstraint("tenant_id", name="uq_scan_night_tenant_id"),
    )
    op.create_table(
        "scan_episode",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_scan_episode_tenant_id_unit_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_scan_episode"),
        sa.UniqueConstraint(
            "tenant_id",
            "unit_id",
            "rule_key",
            "rule_version",
            "shadow",
            name="uq_scan_episode_tenant_id_unit_id_rule_key_rule_version_shadow",
        ),
    )
    owned_by_tenant("scan_night", "scan_episode")


def downgrade() -> None:
    op.drop_table("scan_episode")
    op.drop_table("scan_night")
