"""Moments, days, ages and clocks as people read them: "14 Nov 2026, 22:10", "3 days ago", "5 hours left"."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WORDS_FOR_DAYS_UNTIL = 14 * _DAY
_WORDS_FOR_WEEKS_UNTIL = 60 * _DAY
_WORDS_FOR_MONTHS_UNTIL = 730 * _DAY


def moment_text(at: datetime, zone: tzinfo) -> str:
    """Return a moment in a reader's zone, such as ``14 Nov 2026, 22:10``."""
    local = at.astimezone(zone)
    return f"{day_text(local.date())}, {local:%H:%M}"


def day_text(day: date) -> str:
    """Return a day, such as ``14 Nov 2026``. Month names are English whatever the machine's locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def local_day(value: date | datetime, zone: tzinfo) -> date:
    """Return the calendar day of a date, or of a moment in a reader's zone."""
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def span_text(span: timedelta) -> str:
    """Return the size of a span in its largest whole unit, such as ``5 hours`` or ``3 days``."""
    seconds = abs(int(span.total_seconds()))
    steps = (
        (_HOUR, _MINUTE, "minute"),
        (2 * _DAY, _HOUR, "hour"),
        (_WORDS_FOR_DAYS_UNTIL, _DAY, "day"),
        (_WORDS_FOR_WEEKS_UNTIL, 7 * _DAY, "week"),
        (_WORDS_FOR_MONTHS_UNTIL, 30 * _DAY, "month"),
    )
    if seconds < _MINUTE:
        return "less than a minute"
    for limit, unit, word in steps:
        if seconds < limit:
            return _plural(seconds // unit, word)
    return _plural(seconds // (365 * _DAY), "year")


def age_text(at: datetime, now: datetime) -> str:
    """Return how long ago a moment was, or how far ahead it lies: ``3 days ago``, ``in 2 hours``."""
    span = now - at
    if abs(span) < timedelta(minutes=1):
        return "just now"
    return f"{span_text(span)} ago" if span > timedelta(0) else f"in {span_text(span)}"


@dataclass(frozen=True)
class Countdown:
    """How a clock stands. ``state`` is ``calm``, ``soon`` (under a day) or ``late``."""

    state: str
    text: str


def countdown(due: datetime, now: datetime) -> Countdown:
    """Return how long is left before a moment, or how late it already is."""
    left = due - now
    if left < timedelta(0):
        return Countdown("late", f"Late by {span_text(left)}")
    state = "soon" if left < timedelta(days=1) else "calm"
    return Countdown(state, f"{span_text(left)} left".capitalize())


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
