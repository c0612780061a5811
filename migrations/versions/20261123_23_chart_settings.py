"""The target, the baseline and the new beginnings of a chart."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_chart_settings"
down_revision = "20261123_learning_reach"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chart_setting",
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("target", sa.Float(), nullable=True),
        sa.Column("target_of", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("baseline", sa.Integer(), nullable=False),
        sa.Column("rebases", JSONB, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("every in ('month', 'week')", name="ck_chart_setting_every"),
        sa.CheckConstraint("target_of in ('count', 'rate')", name="ck_chart_setting_target_of"),
        sa.CheckConstraint(
            "direction in ('increase', 'decrease', 'neutral')", name="ck_chart_setting_direction"
        ),
        sa.CheckConstraint("baseline = 0 or baseline between 12 and 120", name="ck_chart_setting_baseline"),
        sa.CheckConstraint("target is null or target between 0 and 1000000", name="ck_chart_setting_target"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_chart_setting_tenant_id_unit_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_chart_setting"),
        sa.UniqueConstraint(
            "tenant_id",
            "unit_id",
            "category",
            "every",
            name="uq_chart_setting_chart",
            postgresql_nulls_not_distinct=True,
        ),
    )
    owned_by_tenant("chart_setting")


def downgrade() -> None:
    op.drop_table("chart_setting")
