"""Quarters, as evidence reports use them."""

from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Period:
    """Whole days from ``start`` to ``end``, both included."""

    start: date
    end: date

    @property
    def after(self) -> date:
        """The first day after the period."""
        return self.end + timedelta(days=1)

    @property
    def label(self) -> str:
        """The period as people say it, such as "July to September 2026"."""
        return f"{self.start:%B} to {self.end:%B %Y}"

    def before(self) -> "Period":
        """Return the quarter before this one."""
        return quarter_of(self.start - timedelta(days=1))


def quarter_of(day: date) -> Period:
    """Return the calendar quarter a day lies in."""
    first = date(day.year, (day.month - 1) // _MONTHS_A_QUARTER * _MONTHS_A_QUARTER + 1, 1)
    later = first + timedelta(days=100)
    return Period(first, date(later.year, (later.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1))


def last_complete_quarter(today: date) -> Period:
    """Return the newest quarter that is over."""
    return quarter_of(today).before()
