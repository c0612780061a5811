"""Versions of rules, what shadows would have done, rules put aside; when a tenant's rules last changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_rule_versions"
down_revision = "20261123_escalation_chain"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("tenant", sa.Column("rules_edition", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "rule_version",
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("shadow_from", MOMENT, nullable=True),
        sa.Column("live_from", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("status in ('draft', 'shadow', 'live', 'retired')", name="ck_rule_version_status"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name="fk_rule_version_author_id_user_account"
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["user_account.id"], name="fk_rule_version_approved_by_user_account"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_rule_version"),
        sa.UniqueConstraint(
            "tenant_id", "rule_key", "number", name="uq_rule_version_tenant_id_rule_key_number"
        ),
    )
    for status in ("live", "shadow"):
        op.create_index(
            f"uq_rule_version_{status}",
            "rule_version",
            ["tenant_id", "rule_key"],
            unique=True,
            postgresql_where=sa.text(f"status = '{status}'"),
        )
    op.create_index("ix_rule_version_status", "rule_version", ["tenant_id", "status"], unique=False)

    op.create_table(
        "shadow_firing",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("effects", JSONB, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name="fk_shadow_firing_tenant_id_incident",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_shadow_firing"),
        sa.UniqueConstraint(
            "tenant_id", "incident_id", "rule_key", "rule_version", "digest", name="uq_shadow_firing_once"
        ),
    )
    op.create_index(
        "ix_shadow_firing_at", "shadow_firing", ["tenant_id", "rule_key", "rule_version", "at"], unique=False
    )

    op.create_table(
        "rule_put_aside",
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name="fk_rule_put_aside_by_id_user_account"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_rule_put_aside"),
        sa.UniqueConstraint("tenant_id", "rule_key", name="uq_rule_put_aside_tenant_id_rule_key"),
    )
    owned_by_tenant("rule_version", "shadow_firing", "rule_put_aside")


def downgrade() -> None:
    op.drop_table("rule_put_aside")
    op.drop_table("shadow_firing")
    op.drop_table("rule_version")
    op.drop_column("tenant", "rules_edition")
