"""What each part of a condition read and said, kept with the firing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "20261123_steps_of_firings"
down_revision = "20261123_scans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("firing", sa.Column("steps", JSONB, nullable=False, server_default=sa.text("'[]'")))
    op.alter_column("firing", "steps", server_default=None)


def downgrade() -> None:
    op.drop_column("firing", "steps")
