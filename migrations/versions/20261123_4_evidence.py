"""Firings, escalations, problems, evidence runs and publications."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import append_only, owned_by_commissioner, owned_by_tenant

revision = "20261123_evidence"
down_revision = "20261123_learning"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "problem",
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_problem"),
    )
    op.create_index("ix_problem_at", "problem", ["tenant_id", "at"], unique=False)

    op.create_table(
        "publication",
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("provider_name", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("format_title", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("period_label", sa.Text(), nullable=False),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("published_by_name", sa.Text(), nullable=False),
        sa.Column("published_by_role", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("commissioner_id", "id", name="pk_publication"),
        sa.UniqueConstraint(
            "commissioner_id",
            "provider_id",
            "run_id",
            name="uq_publication_commissioner_id_provider_id_run_id",
        ),
    )
    op.create_index(
        "ix_publication_published", "publication", ["commissioner_id", "published_at", "id"], unique=False
    )

    op.create_table(
        "evidence_run",
        sa.Column("format_key", sa.Text(), nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("document", JSONB, nullable=True),
        sa.Column("document_digest", sa.Text(), nullable=True),
        sa.Column("cut_at", MOMENT, nullable=True),
        sa.Column("signed_off_at", MOMENT, nullable=True),
        sa.Column("signed_off_by", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commissioner_id"], ["commissioner.id"], name="fk_evidence_run_commissioner_id"
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name="fk_evidence_run_created_by"),
        sa.ForeignKeyConstraint(["signed_off_by"], ["user_account.id"], name="fk_evidence_run_signed_off_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_evidence_run"),
        sa.UniqueConstraint(
            "tenant_id",
            "format_key",
            "commissioner_id",
            "period_start",
            "period_end",
            name="uq_evidence_run_period",
        ),
    )
    op.create_index("ix_evidence_run_created", "evidence_run", ["tenant_id", "created_at"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("commissioner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["commissioner_id", "publication_id"],
            ["publication.commissioner_id", "publication.id"],
            name="fk_receipt_commissioner_id_publication_id",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_receipt_user_id"),
        sa.PrimaryKeyConstraint("commissioner_id", "id", name="pk_receipt"),
    )
    op.create_index(
        "ix_receipt_publication", "receipt", ["commissioner_id", "publication_id", "at"], unique=False
    )

    op.create_table(
        "artefact",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("stage in ('draft', 'final')", name="ck_artefact_stage"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["evidence_run.tenant_id", "evidence_run.id"],
            name="fk_artefact_tenant_id_run_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_artefact"),
        sa.UniqueConstraint("tenant_id", "run_id", "stage", name="uq_artefact_tenant_id_run_id_stage"),
    )

    op.create_table(
        "firing",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("rule_key", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("effects", JSONB, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name="fk_firing_tenant_id_incident_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_firing"),
        sa.UniqueConstraint(
            "tenant_id",
            "incident_id",
            "rule_key",
            "rule_version",
            "digest",
            name="uq_firing_tenant_id_incident_id_rule_key_rule_version_digest",
        ),
    )
    op.create_index("ix_firing_at", "firing", ["tenant_id", "at"], unique=False)

    op.create_table(
        "escalation",
        sa.Column("firing_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("acknowledge_by", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["user_account.id"], name="fk_escalation_acknowledged_by"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "firing_id"],
            ["firing.tenant_id", "firing.id"],
            name="fk_escalation_tenant_id_firing_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name="fk_escalation_tenant_id_incident_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_escalation_tenant_id_unit_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_escalation"),
        sa.UniqueConstraint(
            "tenant_id", "firing_id", "to_role", name="uq_escalation_tenant_id_firing_id_to_role"
        ),
    )
    op.create_index("ix_escalation_incident", "escalation", ["tenant_id", "incident_id"], unique=False)
    op.create_index(
        "ix_escalation_open", "escalation", ["tenant_id", "acknowledged_at", "acknowledge_by"], unique=False
    )
    owned_by_tenant("problem", "evidence_run", "artefact", "firing", "escalation")
    owned_by_commissioner("publication", "receipt")
    append_only("receipt")


def downgrade() -> None:
    op.drop_table("escalation")
    op.drop_table("firing")
    op.drop_table("artefact")
    op.drop_table("receipt")
    op.drop_table("evidence_run")
    op.drop_table("publication")
    op.drop_table("problem")
