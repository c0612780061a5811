"""Incidents, the people affected, drafts, the inbox and daily counts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_incidents"
down_revision = "20261123_ground"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("reference_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reference_index", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_person"),
        sa.UniqueConstraint("tenant_id", "pseudonym", name="uq_person_tenant_id_pseudonym"),
        sa.UniqueConstraint("tenant_id", "reference_index", name="uq_person_tenant_id_reference_index"),
    )

    op.create_table(
        "sequence",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_sequence"),
        sa.UniqueConstraint("tenant_id", "name", "year", name="uq_sequence_tenant_id_name_year"),
    )

    op.create_table(
        "daily_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("harm", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("n >= 0", name="ck_daily_count_not_negative"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_daily_count_tenant_id_unit_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_daily_count"),
        sa.UniqueConstraint(
            "tenant_id",
            "day",
            "unit_id",
            "category",
            "harm",
            name="uq_daily_count_tenant_id_day_unit_id_category_harm",
        ),
    )

    op.create_table(
        "draft",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_draft_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_draft"),
        sa.UniqueConstraint("tenant_id", "key", name="uq_draft_tenant_id_key"),
    )
    op.create_index("ix_draft_user", "draft", ["tenant_id", "user_id"], unique=False)

    op.create_table(
        "incident",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("occurred_time_known", sa.Boolean(), nullable=False),
        sa.Column("reported_at", MOMENT, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("subcategory", sa.Text(), nullable=False),
        sa.Column("what_happened", sa.Text(), nullable=False),
        sa.Column("immediate_action", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("physical_harm", sa.Text(), nullable=False),
        sa.Column("psychological_harm", sa.Text(), nullable=False),
        sa.Column("harm", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("extra", JSONB, nullable=False),
        sa.Column("submission_key", sa.Uuid(), nullable=True),
        sa.Column("follow_digest", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("triage_due", MOMENT, nullable=False),
        sa.Column("triaged_at", MOMENT, nullable=True),
        sa.Column("triaged_by", sa.Uuid(), nullable=True),
        sa.Column("triage_decision", sa.Text(), nullable=True),
        sa.Column("triage_reason", sa.Text(), nullable=True),
        sa.Column("review_kind", sa.Text(), nullable=True),
        sa.Column("review_due", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "physical_harm in ('none', 'low', 'moderate', 'severe', 'fatal')",
            name="ck_incident_physical_harm",
        ),
        sa.CheckConstraint(
            "psychological_harm in ('none', 'low', 'moderate', 'severe')",
            name="ck_incident_psychological_harm",
        ),
        sa.CheckConstraint(
            "triage_decision is null or triage_decision in ('review', 'no_review')",
            name="ck_incident_triage_decision",
        ),
        sa.CheckConstraint("harm between 0 and 4", name="ck_incident_harm"),
        sa.CheckConstraint(
            "not anonymous or reporter_id is null", name="ck_incident_anonymous_has_no_reporter"
        ),
        sa.ForeignKeyConstraint(["reporter_id"], ["user_account.id"], name="fk_incident_reporter_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["person.tenant_id", "person.id"],
            name="fk_incident_tenant_id_person_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_incident_tenant_id_unit_id"
        ),
        sa.ForeignKeyConstraint(["triaged_by"], ["user_account.id"], name="fk_incident_triaged_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_incident"),
        sa.UniqueConstraint("tenant_id", "reference", name="uq_incident_tenant_id_reference"),
        sa.UniqueConstraint(
            "tenant_id", "source", "external_id", name="uq_incident_tenant_id_source_external_id"
        ),
        sa.UniqueConstraint("tenant_id", "submission_key", name="uq_incident_tenant_id_submission_key"),
    )
    op.create_index(
        "ix_incident_category_occurred", "incident", ["tenant_id", "category", "occurred_at"], unique=False
    )
    op.create_index(
        "ix_incident_person_occurred", "incident", ["tenant_id", "person_id", "occurred_at"], unique=False
    )
    op.create_index("ix_incident_reported", "incident", ["tenant_id", "reported_at", "id"], unique=False)
    op.create_index(
        "ix_incident_reporter", "incident", ["tenant_id", "reporter_id", "reported_at"], unique=False
    )
    op.create_index(
        "ix_incident_unit_reported", "incident", ["tenant_id", "unit_id", "reported_at", "id"], unique=False
    )
    op.create_index(
        "ix_incident_untriaged",
        "incident",
        ["tenant_id", "reported_at", "id"],
        unique=False,
        postgresql_where=sa.text("triaged_at is null"),
    )

    op.create_table(
        "notification",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("dedupe", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_notification_user_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_notification"),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "dedupe", name="uq_notification_tenant_id_user_id_dedupe"
        ),
    )
    op.create_index(
        "ix_notification_inbox", "notification", ["tenant_id", "user_id", "created_at", "id"], unique=False
    )

    op.create_table(
        "unit_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("occupied", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("occupied >= 0", name="ck_unit_day_not_negative"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_unit_day_tenant_id_unit_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_unit_day"),
        sa.UniqueConstraint("tenant_id", "day", "unit_id", name="uq_unit_day_tenant_id_day_unit_id"),
    )

    op.create_table(
        "delivery",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("state in ('waiting', 'sent', 'refused', 'given_up')", name="ck_delivery_state"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "notification_id"],
            ["notification.tenant_id", "notification.id"],
            name="fk_delivery_tenant_id_notification_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_delivery"),
        sa.UniqueConstraint(
            "tenant_id", "notification_id", "channel", name="uq_delivery_tenant_id_notification_id_channel"
        ),
    )
    owned_by_tenant(
        "person", "sequence", "daily_count", "draft", "incident", "notification", "unit_day", "delivery"
    )


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("unit_day")
    op.drop_table("notification")
    op.drop_table("incident")
    op.drop_table("draft")
    op.drop_table("daily_count")
    op.drop_table("sequence")
    op.drop_table("person")
