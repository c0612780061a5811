"""Alarms for whom they were meant instead, and firings that were held back."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_alarms"
down_revision = "20261123_alarms_about_units"
branch_labels = None
depends_on = None

FIRST = ["tenant_id", "firing_id", "to_role"]


def upgrade() -> None:
    op.add_column("escalation", sa.Column("instead", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "firing", sa.Column("held_back", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.drop_index("uq_escalation_first", "escalation")
    op.create_index(
        "uq_escalation_first",
        "escalation",
        [*FIRST, "to_user_id"],
        unique=True,
        postgresql_where=sa.text("previous_id is null"),
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    # The release below knows no first escalation to a person: of each firing and role, the first one stays.
    op.execute("alter table escalation no force row level security")
    op.execute(
        """
        with recursive gone as (
          select later.tenant_id, later.id from escalation later join escalation first
            on later.tenant_id = first.tenant_id and later.firing_id = first.firing_id
           and later.to_role = first.to_role and later.id > first.id
           and later.previous_id is null and first.previous_id is null
          union
          select next.tenant_id, next.id from escalation next join gone
            on next.tenant_id = gone.tenant_id and next.previous_id = gone.id
        )
        delete from escalation using gone
        where escalation.tenant_id = gone.tenant_id and escalation.id = gone.id
        """
    )
    op.execute("alter table escalation force row level security")
    op.drop_index("uq_escalation_first", "escalation")
    op.create_index(
        "uq_escalation_first",
        "escalation",
        FIRST,
        unique=True,
        postgresql_where=sa.text("previous_id is null"),
    )
    op.drop_column("firing", "held_back")
    op.drop_column("escalation", "instead")
