"""Look up the first day of a unit, a category's days and what needs a review without reading all there is."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_long_histories"
down_revision = "20261123_clocks_met_elsewhere"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_daily_count_unit", "daily_count", ["tenant_id", "unit_id", "day"])
    op.create_index("ix_daily_count_category", "daily_count", ["tenant_id", "category", "day"])
    op.create_index(
        "ix_incident_to_review",
        "incident",
        ["tenant_id", "reported_at", "id"],
        postgresql_where=sa.text("triage_decision = 'review'"),
    )


def downgrade() -> None:
    op.drop_index("ix_incident_to_review", table_name="incident")
    op.drop_index("ix_daily_count_category", table_name="daily_count")
    op.drop_index("ix_daily_count_unit", table_name="daily_count")
