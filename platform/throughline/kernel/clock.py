"""Time as a dependency, so that a test can hold it still."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the time."""

    def now(self) -> datetime:
        """Return the current moment, aware and in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current moment, aware and in UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that moves only when it is told to."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs a moment with a time zone")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the frozen moment, aware and in UTC."""
        return self._at

    def move(self, by: timedelta) -> None:
        """Move the clock by a span, forwards or backwards."""
        self._at += by
