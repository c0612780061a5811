"""Escalations that move on; flags on incidents; what was noticed as overdue."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_escalation_chain"
down_revision = "20261123_clocks"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # The release that is running writes none of these, so each may be empty or has a default.
    op.add_column("escalation", sa.Column("to_user_id", sa.Uuid(), nullable=True))
    op.add_column("escalation", sa.Column("chain", JSONB, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("escalation", sa.Column("moves_at", MOMENT, nullable=True))
    op.add_column("escalation", sa.Column("previous_id", sa.Uuid(), nullable=True))
    op.add_column("escalation", sa.Column("passed_on_at", MOMENT, nullable=True))
    op.add_column("escalation", sa.Column("passed_on_by", sa.Uuid(), nullable=True))
    op.add_column("escalation", sa.Column("passed_on_how", sa.Text(), nullable=True))
    op.add_column("escalation", sa.Column("passed_on_why", sa.Text(), nullable=False, server_default=""))
    # A new reference is checked against the rows that are there, which the owner too may read only in a tenant.
    op.execute("alter table escalation no force row level security")
    op.create_foreign_key("fk_escalation_to_user_id", "escalation", "user_account", ["to_user_id"], ["id"])
    op.create_foreign_key(
        "fk_escalation_passed_on_by", "escalation", "user_account", ["passed_on_by"], ["id"]
    )
    op.create_foreign_key(
        "fk_escalation_tenant_id_previous_id",
        "escalation",
        "escalation",
        ["tenant_id", "previous_id"],
        ["tenant_id", "id"],
    )
    op.execute("alter table escalation force row level security")
    op.create_check_constraint(
        "ck_escalation_passed_on",
        "escalation",
        "passed_on_how is null or passed_on_how in ('ignored', 'declined', 'delegated')",
    )
    op.create_index(
        "uq_escalation_first",
        "escalation",
        ["tenant_id", "firing_id", "to_role"],
        unique=True,
        postgresql_where=sa.text("previous_id is null"),
    )
    op.create_index(
        "uq_escalation_next",
        "escalation",
        ["tenant_id", "previous_id"],
        unique=True,
        postgresql_where=sa.text("previous_id is not null"),
    )
    op.create_index(
        "ix_escalation_moves",
        "escalation",
        ["tenant_id", "moves_at"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at is null and passed_on_at is null"),
    )
    op.drop_constraint("uq_escalation_tenant_id_firing_id_to_role", "escalation", type_="unique")

    op.create_table(
        "incident_flag",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("removed_by", sa.Uuid(), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name="fk_incident_flag_tenant_id_incident_id",
        ),
        sa.ForeignKeyConstraint(["removed_by"], ["user_account.id"], name="fk_incident_flag_removed_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_incident_flag"),
        sa.UniqueConstraint(
            "tenant_id", "incident_id", "key", name="uq_incident_flag_tenant_id_incident_id_key"
        ),
    )

    op.create_table(
        "overdue_notice",
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("noticed_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "subject_type in ('review', 'action', 'measure')", name="ck_overdue_notice_subject_type"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_overdue_notice"),
        sa.UniqueConstraint(
            "tenant_id",
            "subject_type",
            "subject_id",
            "due_on",
            name="uq_overdue_notice_tenant_id_subject_type_subject_id_due_on",
        ),
    )
    owned_by_tenant("incident_flag", "overdue_notice")


def downgrade() -> None:
    op.drop_table("overdue_notice")
    op.drop_table("incident_flag")
    # The release below knows one escalation for each firing and role: of each, the first one stays.
    op.drop_constraint("fk_escalation_tenant_id_previous_id", "escalation", type_="foreignkey")
    op.execute("alter table escalation no force row level security")
    op.execute(
        """
        delete from escalation later using escalation first
        where later.tenant_id = first.tenant_id and later.firing_id = first.firing_id
          and later.to_role = first.to_role and later.id > first.id
        """
    )
    op.execute("alter table escalation force row level security")
    op.drop_index("ix_escalation_moves", "escalation")
    op.drop_index("uq_escalation_next", "escalation")
    op.drop_index("uq_escalation_first", "escalation")
    op.create_unique_constraint(
        "uq_escalation_tenant_id_firing_id_to_role", "escalation", ["tenant_id", "firing_id", "to_role"]
    )
    op.drop_constraint("ck_escalation_passed_on", "escalation", type_="check")
    op.drop_constraint("fk_escalation_passed_on_by", "escalation", type_="foreignkey")
    op.drop_constraint("fk_escalation_to_user_id", "escalation", type_="foreignkey")
    for column in (
        "passed_on_why",
        "passed_on_how",
        "passed_on_by",
        "passed_on_at",
        "previous_id",
        "moves_at",
        "chain",
        "to_user_id",
    ):
        op.drop_column("escalation", column)
