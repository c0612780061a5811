"""Every rule in one list: who answers for one written on a page, and when a rule spoke last."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_rule_list"
down_revision = "20261123_asked_shares"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rule_version", sa.Column("owner", sa.Text(), nullable=False, server_default=""))
    op.execute("alter table rule_version no force row level security")
    # What the text says, as far as a line can tell; the next saving reads it properly.
    op.execute(
        "update rule_version set owner = trim(both ' \"''' from substring(text from '(?n)^owner:([^\\n]*)'))"
        " where text ~ '(?n)^owner:'"
    )
    op.execute("alter table rule_version force row level security")
    op.create_index("ix_firing_rule", "firing", ["tenant_id", "rule_key", "at"])


def downgrade() -> None:
    op.drop_index("ix_firing_rule", "firing")
    op.drop_column("rule_version", "owner")
