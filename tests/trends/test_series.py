"""Days become whole weeks or months; a rate wants every day's denominator, and says which are missing."""

from datetime import date, timedelta

import pytest

from throughline.trends.series import DenominatorMissing, periods, rates

JANUARY = date(2026, 1, 1)


def every_day(count, start=JANUARY, value=10):
    return {start + timedelta(days=n): value for n in range(count)}


def test_only_whole_months_count():
    found = periods({}, date(2026, 1, 2), date(2026, 4, 30), "month", {})
    assert [(period.start, period.end) for period in found] == [
        (date(2026, 2, 1), date(2026, 3, 1)),
        (date(2026, 3, 1), date(2026, 4, 1)),
    ]


def test_a_week_begins_on_monday_and_years_do_not_cut_it():
    found = periods({}, date(2025, 12, 24), date(2026, 1, 12), "week", {})
    assert [period.start for period in found] == [date(2025, 12, 29), date(2026, 1, 5)]


def test_a_period_adds_up_its_days_and_no_others():
    counts = {date(2026, 1, 1): 2, date(2026, 1, 31): 3, date(2026, 2, 1): 50}
    (january,) = periods(counts, JANUARY, date(2026, 2, 1), "month", every_day(31))
    assert (january.count, january.bed_days, january.missing) == (5, 310, ())
    assert rates([january]) == (pytest.approx(1000 * 5 / 310),)


def test_a_month_of_one_period_short_is_no_period():
    assert periods({}, JANUARY, date(2026, 1, 31), "month", {}) == ()


def test_a_missing_day_means_no_rate_and_is_named():
    known = every_day(59)
    for day in (date(2026, 1, 3), date(2026, 1, 4), date(2026, 2, 9)):
        del known[day]
    found = periods({}, JANUARY, date(2026, 3, 1), "month", known)
    assert [period.bed_days for period in found] == [None, None]
    words = "Occupied bed days are missing for 3 days (3 January 2026 to 4 January 2026, 9 February 2026)"
    with pytest.raises(DenominatorMissing) as refused:
        rates(found)
    assert str(refused.value) == words


def test_many_gaps_are_counted_after_the_first_three():
    known = {day: 1 for day in every_day(31) if day.day % 6}
    with pytest.raises(DenominatorMissing) as refused:
        rates(periods({}, JANUARY, date(2026, 2, 1), "month", known))
    assert str(refused.value).endswith(
        "missing for 5 days (6 January 2026, 12 January 2026, 18 January 2026 and 2 more stretches)"
    )


def test_nobody_there_means_no_rate():
    found = periods({}, JANUARY, date(2026, 2, 1), "month", every_day(31, value=0))
    with pytest.raises(
        DenominatorMissing, match="No bed was occupied from 1 January 2026 to 31 January 2026"
    ):
        rates(found)
