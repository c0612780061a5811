"""An index from firings to what they raised, for counting what each rule asked of whom."""

from alembic import op

revision = "20261123_alarm_load"
down_revision = "20261123_alarms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_escalation_firing", "escalation", ["tenant_id", "firing_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_escalation_firing", "escalation")
