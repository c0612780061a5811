"""Tenants and commissioners (the platform's own tables), units and agreements (a tenant's)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.kernel.database import Base, TenantOwned, refers, uuid7

MOST_BEDS = 2000


class Tenant(Base):
    """A provider organisation or group. ``pack`` is the configuration last applied from its files.

    ``rules_edition`` counts the changes to the rules its people write, so that every process sees them.
    """

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    pack: Mapped[dict[str, Any]]
    pack_digest: Mapped[str]
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    rules_edition: Mapped[int] = mapped_column(default=0)


class Commissioner(Base):
    """An organisation that receives evidence from providers under agreements."""

    __tablename__ = "commissioner"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    created_at: Mapped[datetime]


class Unit(TenantOwned, Base):
    """A node of the tenant's tree. Units are closed, never deleted: their history stays theirs.

    ``funding`` and ``provider_kind`` are the unit's own or those of the nearest unit above; empty for none.
    ``traits`` are the tenant's own words for what matters about it, such as ``ligature_points``.
    """

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), refers("parent_id", "unit"))

    key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    service_type: Mapped[str]
    parent_id: Mapped[UUID | None]
    beds: Mapped[int | None]
    funding: Mapped[str] = mapped_column(default="")
    provider_kind: Mapped[str] = mapped_column(default="")
    aliases: Mapped[list[str]]
    traits: Mapped[list[str]] = mapped_column(default=list)
    position: Mapped[int]
    closed_on: Mapped[date | None]


class Agreement(TenantOwned, Base):
    """What one commissioner may receive from this tenant, for what purpose, on what lawful basis."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("tenant_id", "commissioner_id"),)

    commissioner_id: Mapped[UUID] = mapped_column(ForeignKey("commissioner.id"))
    purpose: Mapped[str]
    lawful_basis: Mapped[str]
    formats: Mapped[list[str]]
    unit_keys: Mapped[list[str]]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
