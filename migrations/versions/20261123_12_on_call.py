"""The roster of who is on call."""

import sqlalchemy as sa
from alembic import op
from walls import owned_by_tenant

revision = "20261123_on_call"
down_revision = "20261123_rule_list"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "on_call",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_on_call_span"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_on_call_tenant_id_unit_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_on_call_user_id"),
        sa.ForeignKeyConstraint(["added_by"], ["user_account.id"], name="fk_on_call_added_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_on_call"),
    )
    op.create_index("ix_on_call_unit", "on_call", ["tenant_id", "unit_id", "ends_at"], unique=False)
    op.create_index("ix_on_call_ends", "on_call", ["tenant_id", "ends_at"], unique=False)
    owned_by_tenant("on_call")


def downgrade() -> None:
    op.drop_table("on_call")
