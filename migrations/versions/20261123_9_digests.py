"""How people wish to be told: quiet hours and digests."""

import sqlalchemy as sa
from alembic import op
from walls import owned_by_tenant

revision = "20261123_digests"
down_revision = "20261123_circumstances"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = "state in ('waiting', 'sent', 'refused', 'given_up'{})"


def upgrade() -> None:
    op.create_table(
        "notice_preference",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest_at", sa.Time(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("digest_due", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(quiet_from is null) = (quiet_to is null)", name="ck_notice_preference_quiet"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_notice_preference_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_notice_preference"),
        sa.UniqueConstraint("tenant_id", "user_id", name="uq_notice_preference_tenant_id_user_id"),
    )
    op.create_index(
        "ix_notice_preference_due", "notice_preference", ["tenant_id", "digest_due"], unique=False
    )
    op.create_table(
        "digest",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_digest_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_digest"),
        sa.UniqueConstraint("tenant_id", "user_id", "due_on", name="uq_digest_tenant_id_user_id_due_on"),
    )

    # The release that is running does not know the column: what it writes goes out at once.
    op.add_column(
        "notification",
        sa.Column("waits_for_digest", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.create_index(
        "ix_notification_digest",
        "notification",
        ["tenant_id", "user_id"],
        unique=False,
        postgresql_where=sa.text("waits_for_digest"),
    )
    op.add_column("delivery", sa.Column("digest_id", sa.Uuid(), nullable=True))
    op.alter_column("delivery", "notification_id", existing_type=sa.Uuid(), nullable=True)
    op.create_unique_constraint(
        "uq_delivery_tenant_id_digest_id_channel", "delivery", ["tenant_id", "digest_id", "channel"]
    )
    op.drop_constraint("ck_delivery_state", "delivery", type_="check")
    op.create_check_constraint("ck_delivery_state", "delivery", STATES.format(", 'not_needed'"))
    op.create_check_constraint("ck_delivery_what", "delivery", "num_nonnulls(notification_id, digest_id) = 1")
    # A new reference is checked against the rows that are there, which the owner too may read only in a tenant.
    op.execute("alter table delivery no force row level security")
    op.create_foreign_key(
        "fk_delivery_tenant_id_digest_id",
        "delivery",
        "digest",
        ["tenant_id", "digest_id"],
        ["tenant_id", "id"],
    )
    op.execute("alter table delivery force row level security")
    owned_by_tenant("notice_preference", "digest")


def downgrade() -> None:
    op.drop_constraint("fk_delivery_tenant_id_digest_id", "delivery", type_="foreignkey")
    op.drop_constraint("ck_delivery_what", "delivery", type_="check")
    op.execute("alter table delivery no force row level security")
    op.execute("delete from delivery where notification_id is null")
    op.execute("update delivery set state = 'sent' where state = 'not_needed'")
    op.execute("alter table delivery force row level security")
    op.drop_constraint("ck_delivery_state", "delivery", type_="check")
    op.create_check_constraint("ck_delivery_state", "delivery", STATES.format(""))
    op.drop_constraint("uq_delivery_tenant_id_digest_id_channel", "delivery", type_="unique")
    op.drop_column("delivery", "digest_id")
    op.alter_column("delivery", "notification_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_index("ix_notification_digest", "notification")
    op.drop_column("notification", "waits_for_digest")
    op.drop_table("digest")
    op.drop_table("notice_preference")
