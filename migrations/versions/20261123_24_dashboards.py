"""Count what waits for triage, and how people report, without reading the incidents themselves."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_dashboards"
down_revision = "20261123_chart_settings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_incident_triage_due",
        "incident",
        ["tenant_id", "triage_due", "id", "unit_id"],
        postgresql_where=sa.text("triaged_at is null"),
    )
    op.create_index(
        "ix_incident_voice",
        "incident",
        ["tenant_id", "reported_at"],
        postgresql_include=["unit_id", "harm", "anonymous", "triaged_at", "confidential", "reporter_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_incident_voice", table_name="incident")
    op.drop_index("ix_incident_triage_due", table_name="incident")
