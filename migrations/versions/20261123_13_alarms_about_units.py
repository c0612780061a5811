"""A rule can speak about a unit as a whole: firings, escalations and shadows without an incident."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_alarms_about_units"
down_revision = "20261123_on_call"
branch_labels = None
depends_on = None

ONE_SUBJECT = "(incident_id is null) <> (unit_id is null)"
FIRINGS = ("firing", "shadow_firing")


def upgrade() -> None:
    # A new reference is checked against the rows that are there, which the owner too may read only in a tenant.
    for table in (*FIRINGS, "unit"):
        op.execute(f"alter table {table} no force row level security")
    for table in FIRINGS:
        op.add_column(table, sa.Column("unit_id", sa.Uuid(), nullable=True))
        op.alter_column(table, "incident_id", nullable=True)
        op.create_foreign_key(
            op.f(f"fk_{table}_tenant_id_unit_id" if table == "firing" else "fk_shadow_firing_tenant_id_unit"),
            table,
            "unit",
            ["tenant_id", "unit_id"],
            ["tenant_id", "id"],
        )
        op.create_check_constraint(op.f(f"ck_{table}_one_subject"), table, ONE_SUBJECT)
        op.create_unique_constraint(
            f"uq_{table}_once_unit", table, ["tenant_id", "unit_id", "rule_key", "rule_version", "digest"]
        )
    for table in (*FIRINGS, "unit"):
        op.execute(f"alter table {table} force row level security")
    op.alter_column("escalation", "incident_id", nullable=True)
    op.create_index(
        "ix_escalation_unit",
        "escalation",
        ["tenant_id", "unit_id", "acknowledge_by"],
        unique=False,
        postgresql_where=sa.text("incident_id is null"),
    )


def downgrade() -> None:
    # The release below knows alarms about incidents only.
    op.drop_index("ix_escalation_unit", "escalation")
    for table in ("escalation", *FIRINGS):
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"delete from {table} where incident_id is null")
        op.execute(f"alter table {table} force row level security")
        op.alter_column(table, "incident_id", nullable=False)
    for table in FIRINGS:
        op.drop_constraint(f"uq_{table}_once_unit", table, type_="unique")
        op.drop_constraint(op.f(f"ck_{table}_one_subject"), table, type_="check")
        op.drop_column(table, "unit_id")
