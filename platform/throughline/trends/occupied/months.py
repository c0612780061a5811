"""Months of a calendar, as an address and a page name them."""

from datetime import date, timedelta

from throughline.kernel.errors import NotFound
from throughline.trends.occupied.reading import FIRST_DAY

_WRITTEN = len("2026-11")


def first_of(text: str, today: date) -> date:
    """Return the first day of a month written as 2026-11.

    Raises:
        NotFound: it is none, or nothing can be entered for it.
    """
    try:
        found = date.fromisoformat(f"{text}-01") if len(text) == _WRITTEN else None
    except ValueError:
        found = None
    if found is None or not FIRST_DAY <= found <= today:
        raise NotFound("no such month")
    return found


def after(month: date) -> date:
    """Return the first day of the next month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def before(month: date) -> date:
    """Return the first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def days_of(month: date, today: date) -> list[date]:
    """Return the days of a month up to today."""
    end = min(after(month), today + timedelta(days=1))
    return [month + timedelta(days=number) for number in range((end - month).days)]
