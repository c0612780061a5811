"""Store what a form sends once, however often it is sent.

A form carries the id its record will have. The second of two equal submissions finds the id taken, or waits
for the first to commit and then finds it taken, so a double click makes no second record.
"""

from typing import cast

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError

from throughline.kernel.database import Base, OwnedSession, TenantOwned


def store_once(session: OwnedSession, row: TenantOwned) -> bool:
    """Insert a row under the id it was given; return False when that id is stored already.

    Any other broken constraint is raised as it is.
    """
    if session.get(type(row), (session.tenant_id, row.id)) is not None:
        return False
    table = cast("type[Base]", type(row)).__tablename__
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        taken = isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name == f"pk_{table}"
        if not taken:
            raise
        return False
    return True
