"""Three sentences say what a chart shows, whether the process has changed, and what that means."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.learning.readability import AIM, readability
from throughline.trends.icons import meanings_of
from throughline.trends.spc import xmr
from throughline.trends.words import Subject, three_sentences

FALLS = Subject("Oak Ward", "fall", "falls")
RATE = Subject("Oak Ward", "fall", "falls", "for every 1,000 occupied bed days")
STEADY = (9, 12, 10, 11, 8, 13, 9, 10, 9, 10, 11, 12)


def months(count):
    return [date(2025 + n // 12, n % 12 + 1, 1) for n in range(count)]


def weeks(count):
    return [date(2026, 1, 5) + timedelta(days=7 * n) for n in range(count)]


def said(values, subject=FALLS, starts=months, **options):
    chart = xmr(values, fix_after=12 if len(values) > 12 else None, **options)
    return three_sentences(chart, starts(len(values)), subject)


def test_nothing_has_changed():
    shows, changed, means = said([*STEADY, 10])
    assert shows == "Oak Ward had 10 falls in January 2026; a usual month had between 5 and 15."
    assert "nothing shows that the process has changed" in changed
    assert means == "To move the usual level, the work itself would have to change."


def test_a_run_below_the_middle_is_told_as_one():
    _, changed, means = said([*STEADY, 5, 6, 5, 4, 6, 5, 5], direction="decrease")
    assert (
        changed == "The last seven months were all lower than the usual middle, so the process has changed."
    )
    assert means.startswith("This is the way we want it to go")


def test_a_month_far_out_is_told_alone():
    _, changed, means = said([*STEADY, 30], direction="decrease")
    assert changed == "The latest month was higher than chance would explain, so something was different."
    assert means == "Look at what has changed around the work, not at one person."


@pytest.mark.parametrize(("last", "start"), [(30, "More reports can mean"), (1, "Fewer reports can mean")])
def test_more_reports_are_not_called_bad_where_nobody_said_which_way_is_better(last, start):
    assert said([*STEADY, last])[2].startswith(start)


def test_a_trend_is_told_by_its_way():
    values = [5, 9, 4, 8, 5, 7, 6, 9, 5, 8, 6, 7, 4, 5, 6, 7, 8, 8.5, 9]
    assert said(values)[1] == "The figures went up six months in a row, so the process has changed."


def test_a_change_that_is_over_is_named():
    assert said([*STEADY, 30, 10])[1] == (
        "There was a sign of a change up to January 2026, but the latest month is back in the usual range."
    )


def test_few_points_are_too_few_to_tell():
    assert said([3])[1] == "With only one month to go by, it is too soon to be sure."
    assert said([3, 5, 4])[1] == "With only three months to go by, it is too soon to be sure."
    assert said([3])[0] == "Oak Ward had 3 falls in January 2025."


def test_none_one_and_a_rate_are_told_as_people_say_them():
    assert said([*STEADY, 0])[0].startswith("Oak Ward had no falls in January 2026;")
    assert said([*STEADY, 1])[0].startswith("Oak Ward had 1 fall in")
    assert said([*STEADY, 1.26], RATE)[0].startswith(
        "Oak Ward had 1.3 falls for every 1,000 occupied bed days in"
    )
    assert said([0] * 13)[0] == "Oak Ward had no falls in January 2026; a usual month had none."
    assert said([4] * 13)[1].startswith("Every month had the same figure")


def test_weeks_are_named_by_their_monday():
    shows, changed, _ = said([*STEADY, 10], starts=weeks)
    assert shows.startswith("Oak Ward had 10 falls in the week of 30 March 2026; a usual week had")
    assert changed.startswith("The weeks go up and down")


@pytest.mark.parametrize(
    ("target", "direction", "words"),
    [
        (30, "decrease", "every month will meet the target of 30 or fewer"),
        (30, "increase", "no month will meet the target of 30 or more"),
        (10, "increase", "some months will meet the target of 10 or more and some will not"),
        (10, "neutral", "nobody has said yet which way is better"),
    ],
)
def test_the_target_is_what_a_steady_process_is_held_against(target, direction, words):
    assert words in said([*STEADY, 10], target=target, direction=direction)[2]


def test_a_changed_process_is_held_against_the_target_since_it_changed():
    values = [*STEADY, 5, 6, 5, 4, 6, 5, 5]
    assert said(values, target=5, direction="decrease")[2] == (
        "Of the last seven months, five met the target of 5 or fewer."
    )
    assert "months, all met" in said(values, target=6, direction="decrease")[2]
    assert said([*STEADY, 30], target=5, direction="decrease")[2] == (
        "The latest month did not meet the target of 5 or fewer."
    )


def test_it_refuses_days_that_do_not_fit():
    with pytest.raises(ValueError, match="need as many days"):
        three_sentences(xmr([1, 2]), months(1), FALLS)


@given(
    st.lists(st.one_of(st.integers(0, 40), st.floats(-1e9, 1e9)), min_size=1, max_size=40),
    st.sampled_from(["increase", "decrease", "neutral"]),
    st.one_of(st.none(), st.floats(-50, 50)),
    st.sampled_from([FALLS, RATE]),
)
def test_any_series_gets_three_whole_sentences(values, direction, target, subject):
    for sentence in said(values, subject, weeks, direction=direction, target=target):
        assert sentence[0].isupper() and sentence.endswith(".") and "  " not in sentence


def test_the_icons_say_the_same_as_the_sentences():
    chart = xmr([*STEADY, 30], direction="decrease", target=5, fix_after=12)
    assert [meaning.title for meaning in meanings_of(chart)] == ["Needs a look", "Target met now and then"]
    assert [meaning.letter for meaning in meanings_of(xmr(STEADY))] == ["C"]


@pytest.mark.parametrize("last", [10, 30, 1])
def test_a_reader_of_thirteen_follows_it(last):
    assert readability(" ".join(said([*STEADY, last]))).reading_age <= AIM
