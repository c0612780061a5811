"""A long read that ends in time, can be ended by somebody else, and leaves its transaction usable."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError

from throughline.kernel.errors import ThroughlineError
from throughline.tenancy.scope import Scope

# Enough memory to sort a large history in; no loop over a million rows because few were expected.
_PLANNED_FOR_MUCH = ("work_mem = '64MB'", "enable_nestloop = off", "jit = off")


class TookTooLong(ThroughlineError):
    """The question was not answered in the time it was given."""


class Cancelled(ThroughlineError):
    """Somebody ended the question before it was answered."""


class Cancellation:
    """Ends a running question from another thread, or one that has not begun."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Any = None
        self.asked = False

    def cancel(self) -> None:
        """End the question, now or as soon as it begins."""
        with self._lock:
            self.asked = True
            if self._connection is not None:
                self._connection.cancel_safe(timeout=5)

    def attach(self, connection: Any) -> None:
        """Name the connection on which the question runs, or ``None`` when it no longer does."""
        with self._lock:
            self._connection = connection


@contextmanager
def confined(scope: Scope, seconds: float, cancellation: Cancellation | None) -> Iterator[None]:
    """Run reads in a savepoint that is rolled back, with a time limit for each statement.

    Raises:
        TookTooLong: a statement did not end in ``seconds``.
        Cancelled: it was ended by ``cancellation``.
    """
    asked = cancellation or Cancellation()
    if asked.asked:
        raise Cancelled("this was stopped before it began")
    scope.session.flush()
    connection = scope.session.connection()
    savepoint = connection.begin_nested()
    asked.attach(connection.connection.driver_connection)
    try:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
        for setting in _PLANNED_FOR_MUCH:
            connection.exec_driver_sql(f"SET LOCAL {setting}")
        yield
    except DBAPIError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        if asked.asked:
            raise Cancelled("this was stopped") from error
        raise TookTooLong(
            f"this took longer than {seconds:g} seconds: ask about a shorter time, or make the rule look at"
            " fewer incidents (a category, fewer days to look back)"
        ) from error
    finally:
        asked.attach(None)
        savepoint.rollback()  # with it go the limits; nothing was written
