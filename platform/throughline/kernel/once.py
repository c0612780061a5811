"""Store what a form sends once, however often it is sent.

A form carries the id its record will have. The second of two equal submissions waits for the first to commit,
finds the id taken and is told so, so that a double click or a repeated request makes no second record.
"""

from typing import cast

from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from throughline.kernel.database import Base, TenantOwned


def store_once(session: Session, row: TenantOwned) -> bool:
    """Insert a row under the id it was given; return False when that id is stored already.

    Any other broken constraint is raised as it is.
    """
    table = cast("type[Base]", type(row)).__tablename__
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        known = isinstance(error.orig, UniqueViolation) and error.orig.diag.constraint_name == f"pk_{table}"
        if not known:
            raise
        return False
    return True
