"""Wall-clock times become moments: every period exactly once, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.jobs.models import Timetable
from throughline.jobs.schedule import due_days, moment, next_moment

LONDON = ZoneInfo("Europe/London")
ZONES = [
    "Europe/London",
    "Europe/Dublin",  # summer is its standard time
    "America/New_York",
    "America/St_Johns",  # half-hour offset
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Chatham",  # three-quarter-hour offset
    "Africa/Casablanca",  # goes back for Ramadan
    "Africa/Cairo",  # changes at midnight
    "Asia/Kolkata",  # never changes
    "Pacific/Apia",  # a day ahead of its neighbours
]
YEARS = (2026, 2027, 2028)
MINUTE = timedelta(minutes=1)
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _is_first_to_show(found: datetime, wanted: datetime, zone: ZoneInfo) -> bool:
    """Say whether the wall clock shows the wanted time or later at an instant and at none before it."""
    before = (_wall(found - step * MINUTE, zone) for step in range(1, 181))
    return _wall(found, zone) >= wanted and all(shown < wanted for shown in before)


def _changes(zone: ZoneInfo) -> list[datetime]:
    """Return the instants of three years at which the offset changes, to the minute."""
    found = []
    at = datetime(YEARS[0], 1, 1, tzinfo=UTC)
    while at.year <= YEARS[-1]:
        after = at + timedelta(hours=1)
        if at.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            minutes = (at + step * MINUTE for step in range(1, 61))
            offset = at.astimezone(zone).utcoffset()
            found.append(next(m for m in minutes if m.astimezone(zone).utcoffset() != offset))
        at = after
    return found


def _timetable(zone: str, day: int, at: time) -> Timetable:
    return Timetable(every="month", day=day, at=at, timezone=zone)


@pytest.mark.parametrize(
    ("on", "at", "expected"),
    [
        (date(2026, 3, 29), time(1, 30), "2026-03-29T01:00+00:00"),  # skipped: the first instant after
        (date(2026, 3, 29), time(1, 0), "2026-03-29T01:00+00:00"),
        (date(2026, 3, 29), time(0, 59), "2026-03-29T00:59+00:00"),
        (date(2026, 3, 29), time(2, 0), "2026-03-29T01:00+00:00"),
        (date(2026, 10, 25), time(1, 30), "2026-10-25T00:30+00:00"),  # twice: the first
        (date(2026, 10, 25), time(0, 59), "2026-10-24T23:59+00:00"),
        (date(2026, 10, 25), time(2, 0), "2026-10-25T02:00+00:00"),
        (date(2027, 3, 28), time(1, 30), "2027-03-28T01:00+00:00"),
        (date(2027, 10, 31), time(1, 0), "2027-10-31T00:00+00:00"),
        (date(2026, 12, 5), time(6, 0), "2026-12-05T06:00+00:00"),
        (date(2026, 7, 5), time(6, 0), "2026-07-05T05:00+00:00"),
    ],
)
def test_london_as_the_almanac_has_it(on, at, expected):
    assert moment(on, at, LONDON) == datetime.fromisoformat(expected)


def test_a_day_that_a_country_skipped_runs_when_the_next_begins():
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011
    assert moment(date(2011, 12, 30), time(6), apia) == datetime(2011, 12, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("name", ZONES)
def test_around_every_change_the_first_showing_counts(name):
    zone = ZoneInfo(name)
    for change in _changes(zone):
        for around in range(-100, 101, 10):
            wanted = _wall(change, zone) + around * MINUTE
            found = moment(wanted.date(), wanted.time(), zone)
            assert _is_first_to_show(found, wanted, zone), (change, wanted)


@pytest.mark.parametrize("name", ZONES)
def test_three_years_hold_each_month_once(name):
    zone = ZoneInfo(name)
    for day in (1, 5, 28):
        for at in (time(0, 0), time(1, 30), time(2, 15), time(6, 0), time(23, 59)):
            row = _timetable(name, day, at)
            last = datetime(YEARS[0] - 1, 12, 29, 12, tzinfo=UTC)
            seen = []
            while len(seen) < 12 * len(YEARS):
                last = next_moment(row, last)
                seen.append(last)
            periods = [(found.astimezone(zone).year, found.astimezone(zone).month) for found in seen]
            assert periods == [(year, month) for year in YEARS for month in range(1, 13)]
            assert all(
                _wall(found, zone).time() == at or moment(_wall(found, zone).date(), at, zone) == found
                for found in seen
            )


@given(
    name=st.sampled_from(ZONES),
    on=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    at=st.times().map(lambda found: found.replace(second=0, microsecond=0)),
)
def test_any_local_time_has_one_moment(name, on, at):
    zone = ZoneInfo(name)
    assert _is_first_to_show(moment(on, at, zone), datetime.combine(on, at), zone)


@given(
    name=st.sampled_from(ZONES),
    day=st.integers(1, 28),
    at=st.times().map(lambda found: found.replace(second=0, microsecond=0)),
    after=st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: _BEGIN + minutes * MINUTE),
)
def test_the_next_moment_is_later_and_none_lies_between(name, day, at, after):
    row = _timetable(name, day, at)
    found = next_moment(row, after)
    zone = ZoneInfo(name)
    assert found > after
    days = takewhile(
        lambda on: on <= found.astimezone(zone).date(), due_days("month", day, date(2025, 11, 1))
    )
    assert [m for on in days if after < (m := moment(on, at, zone)) <= found] == [found]


def test_another_rhythm_is_refused():
    with pytest.raises(ValueError, match="unknown repeat 'fortnight'"):
        next(iter(due_days("fortnight", 1, date(2026, 1, 1))))
