"""Working days are counted on the calendar of the tenant's nation."""

from datetime import date

import pytest

from throughline.tenancy.working_days import add_working_days, is_working_day


def test_it_steps_over_a_weekend():
    friday = date(2026, 11, 13)
    assert add_working_days("ENG", friday, 1) == date(2026, 11, 16)


def test_the_start_day_does_not_count():
    monday = date(2026, 11, 16)
    assert add_working_days("ENG", monday, 5) == date(2026, 11, 23)


def test_no_days_is_the_start_day_itself_even_on_a_weekend():
    saturday = date(2026, 11, 14)
    assert add_working_days("ENG", saturday, 0) == saturday


def test_a_start_on_a_weekend_counts_from_the_next_working_day():
    saturday = date(2026, 11, 14)
    assert add_working_days("ENG", saturday, 1) == date(2026, 11, 16)


def test_it_steps_over_christmas_and_the_substitute_for_boxing_day():
    # In 2026 Boxing Day is a Saturday, so Monday 28 December is the holiday.
    assert add_working_days("ENG", date(2026, 12, 24), 1) == date(2026, 12, 29)


@pytest.mark.parametrize(("nation", "works"), [("ENG", True), ("WLS", True), ("NIR", True), ("SCT", False)])
def test_the_second_of_january_is_a_holiday_in_scotland_only(nation, works):
    assert is_working_day(nation, date(2025, 1, 2)) is works


@pytest.mark.parametrize(("nation", "works"), [("ENG", True), ("NIR", False)])
def test_saint_patrick_is_kept_in_northern_ireland(nation, works):
    assert is_working_day(nation, date(2026, 3, 17)) is works


def test_easter_is_found_years_ahead():
    assert not is_working_day("ENG", date(2031, 4, 14))  # Easter Monday


def test_it_refuses_to_count_backwards():
    with pytest.raises(ValueError, match="forwards"):
        add_working_days("ENG", date(2026, 11, 16), -1)


def test_a_day_on_which_the_provider_is_closed_is_no_working_day():
    closed = {date(2026, 11, 17), date(2026, 11, 19)}
    assert not is_working_day("ENG", date(2026, 11, 17), closed)
    assert add_working_days("ENG", date(2026, 11, 16), 2, closed) == date(2026, 11, 20)
