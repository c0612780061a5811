"""Run migrations as the owner role, with short lock waits, in one transaction each."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from throughline.features import metadata

_LOCK_TIMEOUT = "4s"
_STATEMENT_TIMEOUT = "10min"


def owner_url() -> str:
    """Return the owner role's address: given by the caller, or from the environment."""
    url = context.config.attributes.get("url") or os.environ.get("THROUGHLINE_OWNER_DATABASE_URL", "")
    if not url:
        raise SystemExit(
            "THROUGHLINE_OWNER_DATABASE_URL is not set: migrations run as the role that owns tables."
        )
    return str(url)


def run() -> None:
    """Bring the database to the revision that was asked for."""
    engine = create_engine(owner_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"set lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"set statement_timeout = '{_STATEMENT_TIMEOUT}'")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata(),
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
