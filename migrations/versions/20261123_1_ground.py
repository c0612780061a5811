"""The ground: tenants, people, sessions, the audit trail and the ledger of jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import APPLICATION, append_only, of_the_platform, owned_by_tenant

revision = "20261123_ground"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute(
        """
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception 'table % is append-only', tg_table_name using errcode = 'insufficient_privilege';
        end $$
        """
    )
    op.execute(f"grant select on alembic_version to {APPLICATION}")  # a process asks whether it is current
    op.create_table(
        "account_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("detail", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_event"),
    )
    op.create_index("ix_account_event_user", "account_event", ["user_id", "at"], unique=False)

    op.create_table(
        "audit_event",
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", JSONB, nullable=True),
        sa.Column("after", JSONB, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["tenant_id", "at", "id"], unique=False)
    op.create_index(
        "ix_audit_event_subject",
        "audit_event",
        ["tenant_id", "subject_type", "subject_id", "at"],
        unique=False,
    )

    op.create_table(
        "commissioner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_commissioner"),
        sa.UniqueConstraint("slug", name="uq_commissioner_slug"),
    )

    op.create_table(
        "job",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("args", JSONB, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state in ('queued', 'running', 'done', 'dead')", name="ck_job_state"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_job"),
        sa.UniqueConstraint("tenant_id", "name", "key", name="uq_job_tenant_id_name_key"),
    )
    op.create_index("ix_job_state", "job", ["tenant_id", "state", "created_at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("rung_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due", "outbox", ["due_at"], unique=False)

    op.create_table(
        "schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("args", JSONB, nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("at", sa.Time(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("next_due", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_schedule_tenant_id_key"),
    )
    op.create_index("ix_schedule_due", "schedule", ["next_due"], unique=False)

    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email_digest", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_address", "sign_in_attempt", ["address", "at"], unique=False)
    op.create_index("ix_sign_in_attempt_email", "sign_in_attempt", ["email_digest", "at"], unique=False)

    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pack", JSONB, nullable=False),
        sa.Column("pack_digest", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("suspended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
        sa.UniqueConstraint("slug", name="uq_tenant_slug"),
    )

    op.create_table(
        "unit",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("service_type", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("beds", sa.Integer(), nullable=True),
        sa.Column("aliases", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["unit.tenant_id", "unit.id"], name="fk_unit_tenant_id_parent_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_unit_tenant_id_key"),
    )

    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("email", name="uq_user_account_email"),
    )

    op.create_table(
        "access",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_access_tenant_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_access_user_id"),
        sa.PrimaryKeyConstraint("user_id", "tenant_id", name="pk_access"),
    )

    op.create_table(
        "agreement",
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("lawful_basis", sa.Text(), nullable=False),
        sa.Column("formats", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("unit_keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commissioner_id"], ["commissioner.id"], name="fk_agreement_commissioner_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_agreement"),
        sa.UniqueConstraint("tenant_id", "commissioner_id", name="uq_agreement_tenant_id_commissioner_id"),
    )

    op.create_table(
        "commissioner_access",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commissioner_id"], ["commissioner.id"], name="fk_commissioner_access_commissioner_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_commissioner_access_user_id"),
        sa.PrimaryKeyConstraint("user_id", "commissioner_id", name="pk_commissioner_access"),
    )

    op.create_table(
        "membership",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role in ('reporter', 'unit_manager', 'governance_lead', 'executive', 'consultant', 'administrator')",
            name="ck_membership_role",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_membership_tenant_id_unit_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_membership_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_membership"),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "role",
            "unit_id",
            name="uq_membership_tenant_id_user_id_role_unit_id",
            postgresql_nulls_not_distinct=True,
        ),
    )

    op.create_table(
        "web_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_web_session_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_web_session"),
        sa.UniqueConstraint("token_digest", name="uq_web_session_token_digest"),
    )
    op.create_index("ix_web_session_user", "web_session", ["user_id", "seen_at"], unique=False)
    of_the_platform(
        "account_event",
        "commissioner",
        "outbox",
        "schedule",
        "sign_in_attempt",
        "tenant",
        "user_account",
        "access",
        "commissioner_access",
        "web_session",
    )
    owned_by_tenant("audit_event", "job", "unit", "agreement", "membership")
    append_only("account_event", "audit_event")


def downgrade() -> None:
    op.drop_table("web_session")
    op.drop_table("membership")
    op.drop_table("commissioner_access")
    op.drop_table("agreement")
    op.drop_table("access")
    op.drop_table("user_account")
    op.drop_table("unit")
    op.drop_table("tenant")
    op.drop_table("sign_in_attempt")
    op.drop_table("schedule")
    op.drop_table("outbox")
    op.drop_table("job")
    op.drop_table("commissioner")
    op.drop_table("audit_event")
    op.drop_table("account_event")
    op.execute("drop function refuse_change()")
