"""A clock that belongs to a step of an obligation says so: recording the step is what meets it."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_clocks_met_elsewhere"
down_revision = "20261123_steps_of_firings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clock", sa.Column("met_on", sa.Text(), nullable=False, server_default=""))
    for table in ("clock", "obligation_step"):
        op.execute(f"alter table {table} no force row level security")
    op.execute(
        "update clock set met_on = 'obligation-steps/' || step.id from obligation_step step"
        " where step.tenant_id = clock.tenant_id and step.clock_id = clock.id"
    )
    for table in ("clock", "obligation_step"):
        op.execute(f"alter table {table} force row level security")
    op.alter_column("clock", "met_on", server_default=None)


def downgrade() -> None:
    op.drop_column("clock", "met_on")
