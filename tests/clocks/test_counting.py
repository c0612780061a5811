"""When a clock ends: absolute hours, working days on the wall clock, and what it stood still."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.clocks.counting import Still, after_hours, after_working_days, end_of
from throughline.tenancy.working_days import is_working_day

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

LONDON = ZoneInfo("Europe/London")
# Zones with other rules: half-hour summer time, changes at midnight, a day left out, none at all.
ZONES = [ZoneInfo(name) for name in ("Europe/London", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut",
                                     "Pacific/Apia", "Asia/Kolkata")]  # fmt: skip
_FIRST = datetime(2011, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 27 * 365 * 86400).map(lambda seconds: _FIRST + timedelta(seconds=seconds))


def england(day):
    return is_working_day("ENG", day)


def local(*parts):
    return datetime(*parts, tzinfo=LONDON)


def test_hours_are_absolute_across_both_changes_of_the_wall_clock():
    spring, autumn = local(2026, 3, 28, 12, 0), local(2026, 10, 24, 12, 0)
    assert after_hours(spring, 24) == local(2026, 3, 29, 13, 0)
    assert after_hours(autumn, 24) == local(2026, 10, 25, 11, 0)
    # Between the two half past ones of the night in October.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert after_hours(first.astimezone(LONDON), 1) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_pause_over_a_change_of_the_wall_clock_is_as_long_as_it_was():
    day = Still(local(2026, 10, 24, 12, 0), local(2026, 10, 25, 12, 0))  # a day of 25 hours
    began = local(2026, 10, 24, 11, 0).astimezone(UTC)
    assert after_hours(began, 2, [day]) - began == timedelta(hours=27)


@given(MOMENTS, st.integers(1, 8784), st.sampled_from(ZONES))
def test_hours_take_their_time_whatever_zone_the_database_answers_in(began, hours, zone):
    assert after_hours(began.astimezone(zone), hours) - began == timedelta(hours=hours)


@given(MOMENTS, st.integers(1, 500), st.lists(st.integers(1, 10**6), max_size=4), st.sampled_from(ZONES))
def test_hours_are_longer_by_just_what_they_stood_still(began, hours, pauses, zone):
    stood, at = [], began
    for seconds in pauses:
        at += timedelta(seconds=60)
        stood.append(Still(at.astimezone(zone), (at + timedelta(seconds=seconds)).astimezone(zone)))
        at += timedelta(seconds=seconds)
    longer = after_hours(began, hours, stood) - after_hours(began, hours)
    assert longer == timedelta(seconds=sum(pauses))


@pytest.mark.parametrize(
    ("nation", "began", "days", "ends"),
    [
        ("ENG", local(2026, 11, 18, 10, 30), 1, date(2026, 11, 19)),
        ("ENG", local(2026, 11, 20, 23, 59), 1, date(2026, 11, 23)),  # over a weekend
        ("ENG", local(2026, 11, 21, 0, 1), 1, date(2026, 11, 23)),  # begun on a Saturday
        ("ENG", local(2026, 12, 24, 9, 0), 1, date(2026, 12, 29)),  # Boxing Day 2026 is kept on the Monday
        ("ENG", local(2026, 11, 25, 9, 0), 10, date(2026, 12, 9)),
        ("SCT", local(2026, 11, 27, 9, 0), 1, date(2026, 12, 1)),  # St Andrew's Day
        ("ENG", local(2026, 11, 27, 9, 0), 1, date(2026, 11, 30)),
        ("ENG", local(2026, 3, 26, 9, 0), 3, date(2026, 3, 31)),  # summer time begins in between
        # Half past midnight of summer time is still the day before in UTC: the tenant's own day counts.
        ("ENG", local(2026, 7, 7, 0, 30), 1, date(2026, 7, 8)),
    ],
)
def test_working_days_as_the_calendar_has_them(nation, began, days, ends):
    found = after_working_days(began.astimezone(UTC), days, LONDON, lambda day: is_working_day(nation, day))
    assert found == datetime.combine(ends, time(23, 59, 59), tzinfo=LONDON)
    assert found.tzinfo is UTC


@given(MOMENTS, st.integers(1, 60), st.sampled_from(ZONES))
def test_exactly_so_many_working_days_lie_between(began, days, zone):
    ends = after_working_days(began, days, zone, england).astimezone(zone)
    first, last = began.astimezone(zone).date(), ends.date()
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(map(england, between)) == days
    assert england(last)
    assert ends.time() == time(23, 59, 59)


@given(MOMENTS, st.integers(1, 40), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 400)), max_size=3),
       st.sampled_from(ZONES))  # fmt: skip
def test_the_days_it_stood_still_at_their_end_do_not_count_and_no_other_is_lost(began, days, pauses, zone):
    stood, at = [], began
    for wait_days, hours in pauses:
        at += timedelta(days=wait_days)
        if at >= after_working_days(began, days, zone, england, stood):
            break  # it has ended: it cannot be paused any more
        stood.append(Still(at, at + timedelta(hours=hours)))
        at += timedelta(hours=hours)
    ends = after_working_days(began, days, zone, england, stood)
    # The other way round: walk the days and ask of each whether the clock ran when it ended.
    day, ran = began.astimezone(zone).date(), 0
    while end_of(day, zone) < ends:
        day += timedelta(days=1)
        still = any(s.since <= end_of(day, zone) < s.until for s in stood)
        ran += england(day) and not still
    assert ran == days
    assert ends >= after_working_days(began, days, zone, england)


def test_a_pause_within_a_day_gains_nothing_and_one_over_night_gains_that_day():
    began = local(2026, 11, 16, 9, 0)  # a Monday
    within = Still(local(2026, 11, 17, 9, 0), local(2026, 11, 17, 17, 0))
    overnight = Still(local(2026, 11, 17, 9, 0), local(2026, 11, 18, 9, 0))
    assert after_working_days(began, 3, LONDON, england, [within]) == local(2026, 11, 19, 23, 59, 59)
    assert after_working_days(began, 3, LONDON, england, [overnight]) == local(2026, 11, 20, 23, 59, 59)
    weekend = Still(local(2026, 11, 20, 18, 0), local(2026, 11, 23, 8, 0))
    assert after_working_days(began, 5, LONDON, england, [weekend]) == local(2026, 11, 24, 23, 59, 59)


@given(st.dates(date(2011, 1, 1), date(2037, 12, 30)), st.sampled_from(ZONES))
def test_a_day_ends_in_its_last_second(day, zone):
    ends = end_of(day, zone)
    if zone.key == "Pacific/Apia" and day == date(2011, 12, 30):
        return  # the day that never was
    assert ends.astimezone(zone).date() == day
    assert (ends + timedelta(seconds=1)).astimezone(zone).date() > day


def test_where_the_last_hour_of_a_day_comes_twice_the_day_ends_with_the_second():
    ends = end_of(date(2021, 10, 30), ZoneInfo("Asia/Beirut"))
    assert ends == datetime(2021, 10, 30, 21, 59, 59, tzinfo=UTC)


def test_no_days_are_no_clock():
    with pytest.raises(ValueError, match="at least one"):
        after_working_days(local(2026, 1, 5), 0, LONDON, england)
