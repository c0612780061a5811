"""Reviews, learnings, shares, actions and measures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from walls import owned_by_tenant

revision = "20261123_learning"
down_revision = "20261123_incidents"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "action",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("completed_by", sa.Uuid(), nullable=True),
        sa.Column("completion_note", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind in ('protocol', 'training', 'service_design', 'environment', 'equipment', 'staffing', 'information')",
            name="ck_action_kind",
        ),
        sa.CheckConstraint("strength in ('stronger', 'intermediate', 'weaker')", name="ck_action_strength"),
        sa.ForeignKeyConstraint(["completed_by"], ["user_account.id"], name="fk_action_completed_by"),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name="fk_action_created_by"),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name="fk_action_owner_id"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_action_tenant_id_unit_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_action"),
    )
    op.create_index("ix_action_open", "action", ["tenant_id", "completed_on", "due_on"], unique=False)
    op.create_index("ix_action_owner", "action", ["tenant_id", "owner_id", "completed_on"], unique=False)

    op.create_table(
        "learning",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("what_we_found", sa.Text(), nullable=False),
        sa.Column("what_changes", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by"], ["user_account.id"], name="fk_learning_approved_by"),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name="fk_learning_created_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_learning"),
    )
    op.create_index("ix_learning_created", "learning", ["tenant_id", "created_at"], unique=False)

    op.create_table(
        "measure",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("baseline_start", sa.Date(), nullable=False),
        sa.Column("baseline_end", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("verdict_reason", sa.Text(), nullable=False),
        sa.Column("verdict_at", MOMENT, nullable=True),
        sa.Column("verdict_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("direction in ('lower', 'higher')", name="ck_measure_direction"),
        sa.CheckConstraint(
            "verdict is null or verdict in ('improved', 'no_change', 'worse', 'cannot_tell')",
            name="ck_measure_verdict",
        ),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"], name="fk_measure_created_by"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_measure_tenant_id_unit_id"
        ),
        sa.ForeignKeyConstraint(["verdict_by"], ["user_account.id"], name="fk_measure_verdict_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_measure"),
    )
    op.create_index("ix_measure_review", "measure", ["tenant_id", "verdict", "review_on"], unique=False)

    op.create_table(
        "review",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("framework_key", sa.Text(), nullable=False),
        sa.Column("framework_version", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("completed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind in ('psii', 'aar', 'swarm', 'mdt', 'thematic', 'local')", name="ck_review_kind"
        ),
        sa.ForeignKeyConstraint(["completed_by"], ["user_account.id"], name="fk_review_completed_by"),
        sa.ForeignKeyConstraint(["lead_id"], ["user_account.id"], name="fk_review_lead_id"),
        sa.ForeignKeyConstraint(["opened_by"], ["user_account.id"], name="fk_review_opened_by"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_review"),
    )
    op.create_index("ix_review_open", "review", ["tenant_id", "completed_at", "due_on"], unique=False)

    op.create_table(
        "action_learning",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("learning_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "action_id"],
            ["action.tenant_id", "action.id"],
            name="fk_action_learning_tenant_id_action_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "learning_id"],
            ["learning.tenant_id", "learning.id"],
            name="fk_action_learning_tenant_id_learning_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_action_learning"),
        sa.UniqueConstraint(
            "tenant_id", "action_id", "learning_id", name="uq_action_learning_tenant_id_action_id_learning_id"
        ),
    )
    op.create_index(
        "ix_action_learning_learning", "action_learning", ["tenant_id", "learning_id"], unique=False
    )

    op.create_table(
        "factor",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind in ('barrier', 'facilitator')", name="ck_factor_kind"),
        sa.ForeignKeyConstraint(["added_by"], ["user_account.id"], name="fk_factor_added_by"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "review_id"],
            ["review.tenant_id", "review.id"],
            name="fk_factor_tenant_id_review_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_factor"),
    )
    op.create_index("ix_factor_review", "factor", ["tenant_id", "review_id"], unique=False)
    op.create_index("ix_factor_theme", "factor", ["tenant_id", "theme"], unique=False)

    op.create_table(
        "learning_review",
        sa.Column("learning_id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "learning_id"],
            ["learning.tenant_id", "learning.id"],
            name="fk_learning_review_tenant_id_learning_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "review_id"],
            ["review.tenant_id", "review.id"],
            name="fk_learning_review_tenant_id_review_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_learning_review"),
        sa.UniqueConstraint(
            "tenant_id", "learning_id", "review_id", name="uq_learning_review_tenant_id_learning_id_review_id"
        ),
    )
    op.create_index("ix_learning_review_review", "learning_review", ["tenant_id", "review_id"], unique=False)

    op.create_table(
        "measure_action",
        sa.Column("measure_id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "action_id"],
            ["action.tenant_id", "action.id"],
            name="fk_measure_action_tenant_id_action_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "measure_id"],
            ["measure.tenant_id", "measure.id"],
            name="fk_measure_action_tenant_id_measure_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_measure_action"),
        sa.UniqueConstraint(
            "tenant_id", "measure_id", "action_id", name="uq_measure_action_tenant_id_measure_id_action_id"
        ),
    )
    op.create_index("ix_measure_action_action", "measure_action", ["tenant_id", "action_id"], unique=False)

    op.create_table(
        "review_incident",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "incident_id"],
            ["incident.tenant_id", "incident.id"],
            name="fk_review_incident_tenant_id_incident_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "review_id"],
            ["review.tenant_id", "review.id"],
            name="fk_review_incident_tenant_id_review_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_review_incident"),
        sa.UniqueConstraint(
            "tenant_id", "review_id", "incident_id", name="uq_review_incident_tenant_id_review_id_incident_id"
        ),
    )
    op.create_index(
        "ix_review_incident_incident", "review_incident", ["tenant_id", "incident_id"], unique=False
    )

    op.create_table(
        "share",
        sa.Column("learning_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("shared_at", MOMENT, nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["user_account.id"], name="fk_share_acknowledged_by"),
        sa.ForeignKeyConstraint(["shared_by"], ["user_account.id"], name="fk_share_shared_by"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "learning_id"],
            ["learning.tenant_id", "learning.id"],
            name="fk_share_tenant_id_learning_id",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit_id"], ["unit.tenant_id", "unit.id"], name="fk_share_tenant_id_unit_id"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_share"),
        sa.UniqueConstraint(
            "tenant_id", "learning_id", "unit_id", name="uq_share_tenant_id_learning_id_unit_id"
        ),
    )
    op.create_index("ix_share_unit", "share", ["tenant_id", "unit_id", "acknowledged_at"], unique=False)
    owned_by_tenant(
        "action",
        "learning",
        "measure",
        "review",
        "action_learning",
        "factor",
        "learning_review",
        "measure_action",
        "review_incident",
        "share",
    )


def downgrade() -> None:
    op.drop_table("share")
    op.drop_table("review_incident")
    op.drop_table("measure_action")
    op.drop_table("learning_review")
    op.drop_table("factor")
    op.drop_table("action_learning")
    op.drop_table("review")
    op.drop_table("measure")
    op.drop_table("learning")
    op.drop_table("action")
