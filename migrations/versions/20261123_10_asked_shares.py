"""Shares that rules ask for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY
from walls import owned_by_tenant

revision = "20261123_asked_shares"
down_revision = "20261123_digests"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "asked_share",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("audience", ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("met_at", MOMENT, nullable=True),
        sa.Column("met_by", sa.Uuid(), nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name="fk_asked_share_tenant_id_incident_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "met_by"],
            ["learning.tenant_id", "learning.id"],
            name="fk_asked_share_tenant_id_met_by",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_asked_share"),
        sa.UniqueConstraint(
            "tenant_id", "incident_id", "rule_key", name="uq_asked_share_tenant_id_incident_id_rule_key"
        ),
    )
    op.create_index(
        "ix_asked_share_due",
        "asked_share",
        ["tenant_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("met_at is null and told_at is null"),
    )
    owned_by_tenant("asked_share")


def downgrade() -> None:
    op.drop_table("asked_share")
