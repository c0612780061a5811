"""Dates and times: every way a system writes one is read, and nothing else is."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.incidents.importing import values
from throughline.incidents.importing.identifiers import holds_nhs_number, is_nhs_number
from throughline.incidents.importing.values import Unreadable, read_date, read_time, to_utc

LONDON = ZoneInfo("Europe/London")
DAYS = st.dates(min_value=values.EARLIEST, max_value=date(2099, 12, 31))
TIMES = st.times().map(lambda clock: clock.replace(microsecond=0))
FORMATS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %B %Y", "%d-%b-%Y",
    "%d/%m/%Y 00:00", "%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00.000",
)  # fmt: skip


@given(DAYS, st.sampled_from(FORMATS))
def test_a_date_is_read_however_it_is_written(day, pattern):
    moment = read_date(day.strftime(pattern))
    assert (moment.day, moment.clock) == (day, None)


@given(DAYS)
def test_a_date_may_be_written_with_the_month_first(day):
    assert read_date(f"{day:%m/%d/%Y}", day_first=False).day == day
    assert read_date(f"{day:%Y-%m-%d}", day_first=False).day == day


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)))
def test_two_digits_of_a_year_are_this_century(day):
    moment = read_date(f"{day:%d/%m/%y}")
    assert moment.day == day
    assert "this century" in moment.note


@given(DAYS, TIMES)
def test_an_excel_day_number_is_read_to_the_second(day, clock):
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    number = (day - date(1899, 12, 30)).days + seconds / 86400
    moment = read_date(f"{number:.9f}".rstrip("0").rstrip("."))
    assert moment.day == day
    assert (moment.clock or time()) == clock
    assert "Excel" in moment.note


@given(DAYS, TIMES.filter(lambda clock: clock != time()))
def test_a_time_beside_a_date_is_kept(day, clock):
    assert read_date(f"{day:%d/%m/%Y} {clock:%H:%M:%S}").clock == clock
    moment = read_date(f"{day:%Y-%m-%d}T{clock:%H:%M:%S}+01:00")
    assert (moment.clock, moment.zone.utcoffset(None)) == (clock, timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-04-15T00:00:00Z", (time(), timedelta(0))),
        ("2026-04-15 09:30 -0500", (time(9, 30), timedelta(hours=-5))),
        ("15/04/2026 9:30 PM", (time(21, 30), None)),
        ("1st April 2026", (None, None)),
        ("02 Sept 2026", (None, None)),
    ],
)
def test_it_reads_what_stands_beside_a_date(text, expected):
    moment = read_date(text)
    assert (moment.clock, moment.zone and moment.zone.utcoffset(None)) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "soon",
            "15/04",
            "15/04/202",
            "2026-4",
            "00/01/2026",
            "15/00/2026",
            "31/11/2026",
            "30 Feb 2026",
        ),
        *("15 Foo 2026", "1/1/1989", "19891231", "30000", "99999", "123456", "٣/٤/٢٠٢٦", "15/04/2026 25:00"),
        *("2026-04-15T10:00+99:00", "15//04//2026"),
        *("x" * 100_000, "9" * 100_000, "15/04/2026 " + "1" * 100_000),
    ],
)
def test_what_is_no_date_is_refused_with_a_reason(text):
    with pytest.raises(Unreadable) as refused:
        read_date(text)
    assert len(str(refused.value)) < 120


def test_an_excel_day_number_can_be_switched_off():
    assert read_date("46127").day == date(2026, 4, 15)
    with pytest.raises(Unreadable):
        read_date("46127", serials=False)


@given(
    TIMES,
    st.sampled_from(("%H%M", "%H:%M", "%H.%M", "%H:%M:00", "%I:%M %p", "%I:%M%p", "1899-12-30 %H:%M:00")),
)
def test_a_time_is_read_however_it_is_written(clock, pattern):
    assert read_time(clock.strftime(pattern)) == clock.replace(second=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("136", time(1, 36)),
        ("0000", time()),
        ("0.5", time(12)),
        (".25", time(6)),
        ("0.9999999", time(23, 59, 59)),
    ],
)
def test_it_reads_times_that_a_spreadsheet_has_bent(text, expected):
    assert read_time(text) == expected


@pytest.mark.parametrize(
    "text", ["", "9", "36", "2400", "24:00", "2460", "0160", "12:60", "13:00 pm", "noon", "0:0:0"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(Unreadable):
        read_time(text)


@given(st.text(max_size=80))
def test_any_text_is_either_read_or_refused(text):
    for read in (read_date, read_time):
        try:
            read(text)
        except Unreadable as unreadable:
            assert str(unreadable)


@given(st.from_regex(r"[0-9]{1,4}[-/. :T]{0,2}[0-9]{1,4}([-/. :T]{0,2}[0-9]{1,4}){0,3}", fullmatch=True))
def test_any_digits_are_either_read_or_refused(text):
    for read in (read_date, read_time):
        try:
            read(text)
        except Unreadable as unreadable:
            assert str(unreadable)


@given(st.builds(datetime.combine, DAYS.filter(lambda day: 1996 <= day.year < 2037), TIMES))
def test_a_local_time_comes_back_from_utc_unless_it_did_not_exist(local):
    try:
        instant = to_utc(local.date(), local.time(), LONDON)
    except Unreadable:
        assert local.month == 3
        assert local.hour == 1
    else:
        assert instant.at.tzinfo is UTC
        assert instant.at.astimezone(LONDON).replace(tzinfo=None) == local
        if instant.note:
            assert (local.month, local.hour) == (10, 1)


def test_the_hours_when_the_clocks_change():
    assert to_utc(date(2026, 10, 25), time(0, 59), LONDON).note == ""
    assert to_utc(date(2026, 10, 25), time(1, 0), LONDON).at == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert "the first is taken" in to_utc(date(2026, 10, 25), time(1, 59), LONDON).note
    assert to_utc(date(2026, 10, 25), time(2, 0), LONDON).at == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
    with pytest.raises(Unreadable, match="01:30 did not exist on 29/03/2026"):
        to_utc(date(2026, 3, 29), time(1, 30), LONDON)


@pytest.mark.parametrize(
    "number",
    ["9434765919", "6541003238", "6716689966", "9990000018", "9990000026", "9990000034", "9990000042"],
)
def test_it_knows_an_nhs_number(number):
    assert is_nhs_number(number)
    assert holds_nhs_number(f"NHS {number[:3]} {number[3:6]} {number[6:]}, fell")


@pytest.mark.parametrize(
    "number", ["1234561234", "0000000001", "0000000000", "943476591", "94347659190", "abcdefghij"]
)
def test_it_knows_what_is_not_an_nhs_number(number):
    assert not is_nhs_number(number)
    assert not holds_nhs_number(number)
