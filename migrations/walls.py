"""The walls every migration builds: row-level security by one template, append-only tables, narrow grants.

The policy has no sub-select (a distributed PostgreSQL refuses it), no OR (it would lose the index) and no
default for a missing setting: with no owner set, reading is an error and never an empty result.
"""

from alembic import op

APPLICATION = "throughline_app"


def owned_by_tenant(*tables: str) -> None:
    """Confine tables to the tenant of the transaction, for their owner role too."""
    for table in tables:
        _confine(table, "tenant_id")


def owned_by_commissioner(*tables: str) -> None:
    """Confine tables to the commissioner of the transaction, for their owner role too."""
    for table in tables:
        _confine(table, "commissioner_id")


def of_the_platform(*tables: str) -> None:
    """Let the application use tables that belong to no tenant and hold nothing about incidents."""
    for table in tables:
        op.execute(f"grant select, insert, update, delete on {table} to {APPLICATION}")


def append_only(*tables: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE by trigger, whoever asks."""
    for table in tables:
        op.execute(f"revoke update, delete on {table} from {APPLICATION}")
        op.execute(
            f"create trigger {table}_is_append_only before update or delete or truncate on {table} "
            "for each statement execute function refuse_change()"
        )


def _confine(table: str, column: str) -> None:
    mine = f"{column} = current_setting('throughline.{column}')::uuid"
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy {table}_owner on {table} using ({mine}) with check ({mine})")
    op.execute(f"grant select, insert, update, delete on {table} to {APPLICATION}")
