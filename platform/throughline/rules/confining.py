"""A long read that ends in time, can be ended by somebody else, and leaves its transaction usable."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError

from throughline.kernel.errors import ThroughlineError
from throughline.tenancy.scope import Scope

# Enough memory to sort a large history in; no loop over a million rows because few were expected; and several
# processes even where many rows may match, which the planner supposes of a condition that it cannot estimate.
_PLANNED_FOR_MUCH = ("work_mem = '64MB'", "enable_nestloop = off", "jit = off", "parallel_tuple_cost = 0")


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

    def raise_if_asked(self) -> None:
        """End what runs outside of the database too: for between two pieces of work.

        Raises:
            Cancelled: somebody asked for it.
        """
        if self.asked:
            raise Cancelled("this was stopped")

    def attach(self, connection: Any) -> None:
        """Name the connection on which the question runs, or ``None`` when it no longer does."""
        with self._lock:
            self._connection = connection


@contextmanager
def limited(scope: Scope, seconds: float, settings: Iterable[str] = ()) -> Iterator[Any]:
    """Run reads in a savepoint that is rolled back, with a time limit for each statement.

    Yields the connection of the driver, from which another thread can end the reads. Whatever a statement
    raises, the transaction goes on after it.

    Raises:
        TookTooLong: a statement did not end in ``seconds``, or was ended.
    """
    scope.session.flush()
    connection = scope.session.connection()
    savepoint = connection.begin_nested()
    try:
        for setting in (f"statement_timeout = {max(1, int(seconds * 1000))}", *settings):
            connection.exec_driver_sql(f"SET LOCAL {setting}")
        yield connection.connection.driver_connection
    except DBAPIError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        raise TookTooLong(
            f"this took longer than {seconds:g} seconds: ask about a shorter time, or make the rule look at"
            " fewer incidents (a category, fewer days to look back)"
        ) from error
    finally:
        savepoint.rollback()  # with it go the limits; nothing was written


@contextmanager
def confined(scope: Scope, seconds: float, cancellation: Cancellation | None) -> Iterator[None]:
    """Run long reads within a time limit, planned for a large history, that somebody else can end.

    Raises:
        TookTooLong: a statement did not end in ``seconds``.
        Cancelled: it was ended by ``cancellation``.
    """
    asked = cancellation or Cancellation()
    if asked.asked:
        raise Cancelled("this was stopped before it began")
    try:
        with limited(scope, seconds, _PLANNED_FOR_MUCH) as connection:
            asked.attach(connection)
            try:
                yield
            finally:
                asked.attach(None)
    except TookTooLong as error:
        if asked.asked:
            raise Cancelled("this was stopped") from error
        raise
