"""Tables, sessions and the two walls around a tenant: the application's filter and row-level security.

A session belongs to one owner from birth. Every transaction begins with ``SET LOCAL`` of that owner, which
the row-level security policies read, and every ORM statement also names the tenant, so that plans are
indexable and a distributed PostgreSQL can route it. No owner set is an error, never an empty result.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    Text,
    Uuid,
    create_engine,
)
from sqlalchemy import event as sa_event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.orm import (
    DeclarativeBase,
    LoaderCriteriaOption,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    with_loader_criteria,
)

TENANT_SETTING = "throughline.tenant_id"
COMMISSIONER_SETTING = "throughline.commissioner_id"
FROZEN_AFTER_SECONDS = 60


def uuid7() -> UUID:
    """Return a new time-ordered identifier (UUIDv7, RFC 9562)."""
    made: UUID = uuid_utils.compat.uuid7()
    return made


class Base(DeclarativeBase):
    """The root of every table; constraint names follow one convention, so a migration can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        UUID: Uuid,
        datetime: DateTime(timezone=True),
        date: Date,
        str: Text,
        dict[str, Any]: JSONB(none_as_null=True),
        list[dict[str, Any]]: JSONB(none_as_null=True),
        list[str]: ARRAY(Text),
    }


class TenantOwned:
    """A row of one tenant. The tenant leads the key, so the table can be distributed by it unchanged."""

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


class CommissionerOwned:
    """A row that was published to one commissioner and is theirs to read."""

    commissioner_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


def refers(column: str, table: str, owner: str = "tenant_id") -> ForeignKeyConstraint:
    """Return a foreign key that stays inside one owner: ``(tenant_id, x_id)`` to ``x (tenant_id, id)``."""
    return ForeignKeyConstraint([owner, column], [f"{table}.{owner}", f"{table}.id"])


class OwnerMismatch(Exception):
    """A row of another owner was about to be written."""


class OwnedSession(Session):
    """A session of one tenant, of one commissioner, or of the platform (neither), from birth."""

    def __init__(
        self, engine: Engine, tenant_id: UUID | None = None, commissioner_id: UUID | None = None
    ) -> None:
        super().__init__(engine, expire_on_commit=False)
        self.tenant_id = tenant_id
        self.commissioner_id = commissioner_id
        self.filters = _filters(tenant_id, commissioner_id)

    def address(self, commissioner_id: UUID) -> None:
        """Let this transaction also write to one commissioner: publishing is a provider's own act."""
        self.commissioner_id = commissioner_id
        self.filters = _filters(self.tenant_id, commissioner_id)
        self.connection().exec_driver_sql(_set_local(COMMISSIONER_SETTING, commissioner_id))


def _filters(tenant_id: UUID | None, commissioner_id: UUID | None) -> list[LoaderCriteriaOption]:
    """Return what every query of a session is narrowed by. Made once for each session: it takes a while."""
    found = []
    if tenant_id is not None:
        found.append(
            with_loader_criteria(TenantOwned, lambda row: row.tenant_id == tenant_id, include_aliases=True)
        )
    if commissioner_id is not None:
        found.append(
            with_loader_criteria(
                CommissionerOwned, lambda row: row.commissioner_id == commissioner_id, include_aliases=True
            )
        )
    return found


def _set_local(setting: str, owner: UUID) -> str:
    # The statement form, not set_config(): only this one reaches the shards of a distributed PostgreSQL.
    return f"SET LOCAL {setting} = '{UUID(str(owner))}'"


@sa_event.listens_for(OwnedSession, "after_begin")
def _name_the_owner(session: OwnedSession, _transaction: SessionTransaction, connection: Connection) -> None:
    if session.tenant_id is not None:
        connection.exec_driver_sql(_set_local(TENANT_SETTING, session.tenant_id))
    if session.commissioner_id is not None:
        connection.exec_driver_sql(_set_local(COMMISSIONER_SETTING, session.commissioner_id))


@sa_event.listens_for(OwnedSession, "do_orm_execute")
def _name_the_owner_in_the_query(state: ORMExecuteState) -> None:
    filters = cast("OwnedSession", state.session).filters
    if filters:
        state.statement = state.statement.options(*filters)


@sa_event.listens_for(OwnedSession, "before_flush")
def _stamp_new_rows(session: OwnedSession, *_: Any) -> None:
    for row in (*session.new, *session.dirty):
        if isinstance(row, TenantOwned):
            owner = cast("UUID | None", row.tenant_id)
            if owner is None and session.tenant_id is not None:
                row.tenant_id = session.tenant_id
            elif owner != session.tenant_id:
                raise OwnerMismatch(f"{type(row).__name__} of another tenant")


def make_engine(url: str, pool_size: int = 8, on_connect: Callable[[Any], None] | None = None) -> Engine:
    """Return an engine whose pool notices a restarted server before it hands a connection out.

    The server itself ends a transaction that a frozen process holds open. Errors do not quote the values of
    a statement: they may be a narrative.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "throughline",
            "options": f"-c idle_in_transaction_session_timeout={FROZEN_AFTER_SECONDS}s",
        },
    )
    if on_connect is not None:
        sa_event.listen(engine, "connect", lambda dbapi, _record: on_connect(dbapi))
    return engine
