"""Quiet hours and the moments of digests, with the clocks that change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from throughline.notifications.hours import in_quiet_hours, next_digest, quiet_until

LONDON = ZoneInfo("Europe/London")
NIGHT = (time(21), time(7))


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(2026, 11, 18, 20, 59), None),
        (at(2026, 11, 18, 21, 0), at(2026, 11, 19, 7, 0)),
        (at(2026, 11, 19, 6, 59), at(2026, 11, 19, 7, 0)),
        (at(2026, 11, 19, 7, 0), None),
        (at(2026, 7, 1, 20, 0), at(2026, 7, 2, 6, 0)),  # an hour ahead in summer
        (at(2026, 3, 28, 23, 0), at(2026, 3, 29, 6, 0)),  # the night that is an hour short
        (at(2026, 10, 24, 23, 0), at(2026, 10, 25, 7, 0)),  # and the one that is an hour long
    ],
)
def test_quiet_hours_go_over_midnight_and_follow_the_wall_clock(now, until):
    assert quiet_until(now, *NIGHT, LONDON) == until


def test_quiet_hours_of_one_day_and_those_that_begin_in_a_skipped_hour():
    assert quiet_until(at(2026, 11, 18, 12, 30), time(12), time(13), LONDON) == at(2026, 11, 18, 13)
    assert quiet_until(at(2026, 11, 18, 13, 0), time(12), time(13), LONDON) is None
    # 01:30 is skipped on this day, so they begin at 02:00 summer time, which is 01:00.
    assert quiet_until(at(2026, 3, 29, 0, 59), time(1, 30), time(3), LONDON) is None
    assert quiet_until(at(2026, 3, 29, 1, 0), time(1, 30), time(3), LONDON) == at(2026, 3, 29, 2)


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_the_first_time():
    assert quiet_until(at(2026, 10, 25, 0, 20), time(23), time(1, 30), LONDON) == at(2026, 10, 25, 0, 30)
    assert quiet_until(at(2026, 10, 25, 1, 10), time(23), time(1, 30), LONDON) is None


def test_a_time_of_day_lies_in_quiet_hours_or_not():
    assert in_quiet_hours(time(23), *NIGHT) and in_quiet_hours(time(6, 59), *NIGHT)
    assert not in_quiet_hours(time(7), *NIGHT) and not in_quiet_hours(time(20, 59), *NIGHT)
    assert in_quiet_hours(time(12), time(12), time(13)) and not in_quiet_hours(time(13), time(12), time(13))


def test_a_digest_comes_at_its_time_each_day_of_the_year_whatever_the_clocks_do():
    now = at(2026, 1, 1)
    for day in range(365):
        now = next_digest(now, time(8), LONDON, None)
        local = now.astimezone(LONDON)
        assert (local.date(), local.hour) == (date(2026, 1, 1) + timedelta(days=day), 8)


def test_a_digest_in_the_skipped_hour_comes_after_it_and_one_in_the_double_hour_comes_once():
    assert next_digest(at(2026, 3, 29), time(1, 30), LONDON, None) == at(2026, 3, 29, 1)
    first = next_digest(at(2026, 10, 25, 0), time(1, 30), LONDON, None)
    assert first == at(2026, 10, 25, 0, 30)
    assert next_digest(first, time(1, 30), LONDON, None) == at(2026, 10, 26, 1, 30)


def test_a_day_that_had_its_digest_has_no_second_one():
    now = at(2026, 11, 18, 10)
    assert next_digest(now, time(16), LONDON, None) == at(2026, 11, 18, 16)
    assert next_digest(now, time(16), LONDON, date(2026, 11, 18)) == at(2026, 11, 19, 16)
    assert next_digest(now, time(16), LONDON, date(2026, 11, 17)) == at(2026, 11, 18, 16)
