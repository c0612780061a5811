"""Accounts and sessions (the platform's), memberships (a tenant's)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from throughline.accounts.permissions import ROLES
from throughline.kernel.database import Base, TenantOwned, refers, uuid7


class User(Base):
    """A person who signs in. One account may enter several tenants."""

    __tablename__ = "user_account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    job_title: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Access(Base):
    """Which tenants' doors a person may come to. What they may do inside is a membership."""

    __tablename__ = "access"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), primary_key=True)


class CommissionerAccess(Base):
    """Which commissioners a person reads for."""

    __tablename__ = "commissioner_access"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    commissioner_id: Mapped[UUID] = mapped_column(ForeignKey("commissioner.id"), primary_key=True)


class Membership(TenantOwned, Base):
    """A person's role in the tenant, over a unit and everything below it, or over the whole tenant."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "role", "unit_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"role in {tuple(ROLES)}", name="role"),
        refers("unit_id", "unit"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str]
    unit_id: Mapped[UUID | None]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WebSession(Base):
    """A signed-in browser. The cookie holds a random token, this row its SHA-256."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_user", "user_id", "seen_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str]
    browser: Mapped[str]
    ended_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A try at signing in, kept for a day to slow guessing down. The address is a digest."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_email", "email_digest", "at"),
        Index("ix_sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email_digest: Mapped[bytes]
    address: Mapped[str]
    at: Mapped[datetime]
    succeeded: Mapped[bool]


class AccountEvent(Base):
    """The platform's append-only trail of accounts: sign-ins, refusals, ended sessions, new people."""

    __tablename__ = "account_event"
    __table_args__ = (Index("ix_account_event_user", "user_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None]
    action: Mapped[str]
    address: Mapped[str]
    detail: Mapped[dict[str, Any]]
