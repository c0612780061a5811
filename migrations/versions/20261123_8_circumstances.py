"""What rules may know of the person affected and of the unit: age and legal status then, funding and kind."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_circumstances"
down_revision = "20261123_rule_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("person_age", sa.Integer(), nullable=True))
    op.add_column("incident", sa.Column("legal_status", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_incident_person_age"), "incident", "person_age between 0 and 120")
    for name in ("funding", "provider_kind"):
        op.add_column("unit", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in ("funding", "provider_kind"):
        op.drop_column("unit", name)
    op.drop_constraint(op.f("ck_incident_person_age"), "incident", type_="check")
    op.drop_column("incident", "legal_status")
    op.drop_column("incident", "person_age")
