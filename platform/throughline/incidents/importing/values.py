"""Dates and times as exports write them, read without guessing.

What can be read in one way only is read; the rest is refused with the reason, never repaired in silence.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

EARLIEST = date(1990, 1, 1)
"""A date before this is a placeholder or a slip of the keyboard."""

_EXCEL_DAY_ZERO = date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119: five digits that can hardly mean anything else
_DAY_SECONDS = 86_400
_MONTHS = {
    name.casefold(): number
    for number in range(1, 13)
    for name in (calendar.month_name[number], calendar.month_abbr[number])
} | {"sept": 9}
_CLOCK = r"(?:[T ]+(?P<clock>[0-9].*?))?"
_YEAR_FIRST = re.compile(r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})" + _CLOCK)
_YEAR_LAST = re.compile(r"(?P<a>[0-9]{1,2})[-/. ](?P<b>[0-9]{1,2})[-/. ](?P<y>[0-9]{4}|[0-9]{2})" + _CLOCK)
_NAMED = re.compile(
    r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?[-/. ]+(?P<name>[A-Za-z]{3,9})[-/. ,]+(?P<y>[0-9]{4}|[0-9]{2})"
    + _CLOCK
)
_COMPACT = re.compile(r"(?P<y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})")
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")
_TIME = re.compile(
    r"(?:(?:1899-12-30|1900-01-0[01])[T ])?"
    r"(?P<h>[0-9]{1,2})[:.](?P<m>[0-9]{2})(?:[:.](?P<s>[0-9]{2})(?:[.,][0-9]+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
)
_FOUR = re.compile(r"([0-9]{1,2})([0-9]{2})")
_FRACTION = re.compile(r"0?\.[0-9]+")
_LONGEST = 60
_NO_DATE = "this is not a date; write one such as 15/04/2026 or 2026-04-15"
_NO_TIME = "this is not a time of day; write one such as 0136 or 01:36, or leave it empty"
_ZONE = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$")


class Unreadable(ValueError):
    """A value that is not what its column should hold; the text says why."""


@dataclass(frozen=True)
class Moment:
    """A date as it stood in a cell, with the time and the distance from UTC if the cell gave them too."""

    day: date
    clock: time | None = None
    zone: timezone | None = None
    note: str = ""


def read_date(text: str, *, day_first: bool = True, serials: bool = True) -> Moment:
    """Read a date: ``15/04/2026``, ``2026-04-15 13:05:00``, ``15-Apr-26``, ``20260415``, Excel's ``46127``.

    A time of midnight beside a date is how systems write *no time*, so it is left out. Two digits of a year
    mean this century.

    Raises:
        Unreadable: it is no date, or no day of the calendar, or lies before 1990.
    """
    text = _short(text, _NO_DATE)
    if serials and _SERIAL.fullmatch(text) and int(text[:5]) in _EXCEL_DAYS:
        return _from_serial(text)
    match = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _moment(match, int(match["y"]), int(match["m"]), int(match["d"]))
    match = _NAMED.fullmatch(text)
    if match:
        month = _MONTHS.get(match["name"].casefold())
        if month is None:
            raise Unreadable(f"there is no month called {match['name']}")
        return _moment(match, _year(match["y"]), month, int(match["d"]))
    match = _YEAR_LAST.fullmatch(text)
    if match:
        first, second = int(match["a"]), int(match["b"])
        day, month = (first, second) if day_first else (second, first)
        if month > 12 >= day:  # noqa: PLR2004 - months
            order = "the day" if day_first else "the month"
            raise Unreadable(f"there is no month {month}: dates are read with {order} first")
        return _moment(match, _year(match["y"]), month, day)
    raise Unreadable(_NO_DATE)


def _short(text: str, otherwise: str) -> str:
    if len(text) > _LONGEST:
        raise Unreadable(otherwise)
    return " ".join(text.split())


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)  # noqa: PLR2004 - digits of a year


def _moment(match: re.Match[str], year: int, month: int, day: int) -> Moment:
    if not 1 <= month <= 12:  # noqa: PLR2004 - months
        raise Unreadable(f"there is no month {month}")
    if year < EARLIEST.year:
        raise Unreadable(f"the year {year} is before {EARLIEST.year}")
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise Unreadable(f"there is no {day} {calendar.month_name[month]} {year}")
    groups = match.groupdict()
    short = len(groups["y"]) == 2  # noqa: PLR2004 - digits of a year
    note = f"two digits of a year are read as this century ({year})" if short else ""
    clock, zone = _clock_beside(groups.get("clock"))
    return Moment(date(year, month, day), clock, zone, note)


def _clock_beside(text: str | None) -> tuple[time | None, timezone | None]:
    if not text:
        return None, None
    offset = _ZONE.search(text)
    zone = _offset(offset[0]) if offset else None
    clock = read_time(text[: offset.start()] if offset else text)
    return (clock if clock != time() or zone else None), zone


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:  # noqa: PLR2004 - the widest offset in use
        raise Unreadable(f"{text} is not a distance from UTC")
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)


def _from_serial(text: str) -> Moment:
    whole, _, fraction = text.partition(".")
    day = _EXCEL_DAY_ZERO + timedelta(days=int(whole))
    if day < EARLIEST:
        raise Unreadable(f"as an Excel day number this is {day:%d/%m/%Y}, before {EARLIEST.year}")
    note = "a five-digit number is read as an Excel day number"
    clock = _from_fraction(f"0.{fraction}") if fraction.strip("0") else None
    return Moment(day, clock, note=note)


def _from_fraction(text: str) -> time:
    seconds = min(round(float(text) * _DAY_SECONDS), _DAY_SECONDS - 1)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def read_time(text: str) -> time:
    """Read a time of day: ``0136``, ``136`` (Excel ate the nought), ``21:52``, ``9:05 pm``, ``0.5``.

    Raises:
        Unreadable: it is no time of day. ``24:00`` is refused: it is the next day's 00:00, and the date
            beside it may or may not know that.
    """
    text = _short(text, _NO_TIME)
    if _FRACTION.fullmatch(text):
        return _from_fraction(text)
    compact = _FOUR.fullmatch(text)
    if compact and len(text) >= 3:  # noqa: PLR2004 - one or two digits could be hours or minutes
        return _time(int(compact[1]), int(compact[2]))
    match = _TIME.fullmatch(text)
    if not match:
        raise Unreadable(_NO_TIME)
    hour = int(match["h"])
    if match["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a clock face
            raise Unreadable(f"there is no {hour} o'clock with am or pm")
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    return _time(hour, int(match["m"]), int(match["s"] or 0))


def _time(hour: int, minute: int, second: int = 0) -> time:
    if (hour, minute, second) == (24, 0, 0):
        raise Unreadable("24:00 is 00:00 of the next day; write that date and 00:00")
    if hour > 23:  # noqa: PLR2004 - hours of a day
        raise Unreadable(f"there is no hour {hour}")
    if minute > 59 or second > 59:  # noqa: PLR2004 - minutes and seconds
        raise Unreadable(f"there is no minute {minute}" if minute > 59 else f"there is no second {second}")  # noqa: PLR2004
    return time(hour, minute, second)


@dataclass(frozen=True)
class Instant:
    """A moment in UTC, and what was decided to find it."""

    at: datetime
    note: str = ""


def to_utc(day: date, clock: time, zone: ZoneInfo) -> Instant:
    """Find the moment of a local date and time.

    In the hour that happens twice when the clocks go back, the first is meant, and noted.

    Raises:
        Unreadable: that hour was left out when the clocks went forward.
    """
    local = datetime.combine(day, clock, tzinfo=zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Unreadable(f"{clock:%H:%M} did not exist on {day:%d/%m/%Y}: the clocks went forward")
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return Instant(
            at, f"{clock:%H:%M} came twice on {day:%d/%m/%Y}, when the clocks went back: the first is taken"
        )
    return Instant(at)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a local day in UTC, also where the clocks go forward at midnight."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
