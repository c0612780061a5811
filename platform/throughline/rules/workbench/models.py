"""Versions of the rules a tenant writes, what a shadow would have done, and rules that were put aside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers
from throughline.rules.models import ONE_SUBJECT

STATUSES = ("draft", "shadow", "live", "retired")


class RuleVersion(TenantOwned, Base):
    """One version of a rule, as the text its author wrote. What was ever live or shadowed is never edited.

    ``rule_key``, ``title`` and ``owner`` are what the text says, empty while it cannot be read. ``number``
    counts the versions of a key; a draft has none yet. ``edition`` counts the savings of a draft, so that two
    authors cannot overwrite each other unseen.
    """

    __tablename__ = "rule_version"
    __table_args__ = (
        CheckConstraint(f"status in {STATUSES}", name="status"),
        UniqueConstraint("tenant_id", "rule_key", "number"),
        Index("uq_rule_version_live", "tenant_id", "rule_key", unique=True,
              postgresql_where=text("status = 'live'")),
        Index("uq_rule_version_shadow", "tenant_id", "rule_key", unique=True,
              postgresql_where=text("status = 'shadow'")),
        Index("ix_rule_version_status", "tenant_id", "status"),
    )  # fmt: skip

    rule_key: Mapped[str] = mapped_column(default="")
    number: Mapped[int | None]
    title: Mapped[str] = mapped_column(default="")
    owner: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="draft")
    edition: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    shadow_from: Mapped[datetime | None]
    live_from: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]


RUN_STATES = ("waiting", "running", "done", "cancelled", "failed")


class BacktestRun(TenantOwned, Base):
    """A back-test done by a worker, slice by slice of its period: seen, stopped and resumed.

    ``text`` and ``live_text`` are the rule and the live one as they were when it was asked for; ``digest`` is
    of both. ``result`` holds what the ``slices_done`` first slices found, added up. ``reason`` says why it
    failed or who stopped it.
    """

    __tablename__ = "backtest_run"
    __table_args__ = (
        CheckConstraint(f"state in {RUN_STATES}", name="state"),
        CheckConstraint("slices_done between 0 and slices", name="slices"),
        refers("version_id", "rule_version"),
        Index("ix_backtest_run_version", "tenant_id", "version_id", "asked_at"),
        Index("ix_backtest_run_ended", "tenant_id", "finished_at"),
    )

    version_id: Mapped[UUID]
    text: Mapped[str]
    live_text: Mapped[str] = mapped_column(default="")
    digest: Mapped[str]
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    years: Mapped[str]
    slices: Mapped[int]
    slices_done: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="waiting")
    result: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="")
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ShadowFiring(TenantOwned, Base):
    """What a rule in shadow would have done with an incident or a unit. Nobody was told, nothing started."""

    __tablename__ = "shadow_firing"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "incident_id",
            "rule_key",
            "rule_version",
            "digest",
            name="uq_shadow_firing_once",
        ),
        UniqueConstraint(
            "tenant_id",
            "unit_id",
            "rule_key",
            "rule_version",
            "digest",
            name="uq_shadow_firing_once_unit",
        ),
        CheckConstraint(ONE_SUBJECT, name="one_subject"),
        refers("incident_id", "incident"),
        refers("unit_id", "unit"),
        Index("ix_shadow_firing_at", "tenant_id", "rule_key", "rule_version", "at"),
    )

    incident_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    rule_key: Mapped[str]
    rule_version: Mapped[int]
    trigger: Mapped[str]
    digest: Mapped[str]
    explanation: Mapped[str]
    effects: Mapped[list[dict[str, Any]]]
    at: Mapped[datetime]


class RulePutAside(TenantOwned, Base):
    """A rule of a plugin or pack that this tenant does not use, and why. Deleting the row takes it back."""

    __tablename__ = "rule_put_aside"
    __table_args__ = (UniqueConstraint("tenant_id", "rule_key"),)

    rule_key: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
