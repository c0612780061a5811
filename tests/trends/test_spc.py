"""XmR charts agree with the reference implementation, point by point, and refuse what is not a series."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.trends.spc import ENOUGH_POINTS, xmr

CASES = json.loads((Path(__file__).parent / "cases" / "xmr_cases.json").read_text())
RULES = {
    "outside": ("Above UCL", "Below LCL"),
    "trend": "Trend",
    "two_in_three": "2 in 3",
    "shift": "7 Points",
}
numbers = st.floats(-1e6, 1e6, allow_nan=False)


def charted(case):
    options = case["options"]
    return xmr(
        case["y"],
        direction=options["improvement_direction"],
        profile="mdc-r" if options["screen_outliers"] else "mdc-excel",
        target=options["target"],
        rebase_at=options["rebase_at_point"] or (),
        fix_after=options["fix_after_n_points"],
    )


def same(mine, theirs):
    if theirs is None:
        return mine is None
    return mine is not None and math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-6)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_agrees_with_the_reference_point_by_point(case):
    chart = charted(case)
    for index, point in enumerate(chart.points):
        assert same(point.mean, case["mean"][index]), index
        assert same(point.lower, case["lpl"][index]), index
        assert same(point.upper, case["upl"][index]), index
        assert point.group == case["rebase_group"][index]
        assert point.side == case["relative_to_mean"][index]
        assert point.special == case["special_cause_flag"][index], index
        assert point.kind == case["point_type"][index], index
        assert point.trial == case["short_group_warning"][index], index
    assert chart.variation == case["variation_type_last"]
    assert chart.assurance == case["assurance_type"]


def test_the_published_vector_with_and_without_screening():
    values = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    screened, plain = xmr(values, profile="mdc-r").points[0], xmr(values).points[0]
    assert (round(screened.lower, 4), round(screened.upper, 4)) == (-0.7156, 4.6044)
    assert (round(plain.lower, 4), round(plain.upper, 4)) == (-3.0626, 6.9515)


def test_a_shift_and_two_in_three_are_told_apart():
    points = xmr([10, 11, 9, 10, 12, 9, 11, 10, 9, 11, 10, 12, 7, 6, 7, 6, 7, 6, 7]).points
    assert [point.rule for point in points[12:]] == [
        "shift", "two_in_three", "shift", "two_in_three", "shift", "two_in_three", "shift",
    ]  # fmt: skip


def test_a_trend_wins_over_a_shift_and_a_point_outside_over_both():
    points = xmr([5, 6, 5, 7, 6, 5, 6, 7, 8, 9, 10, 11, 12, 13]).points
    assert [point.rule for point in points[5:11]] == ["trend"] * 6
    assert [point.rule for point in points[11:]] == ["outside"] * 3


def test_few_points_give_trial_limits():
    assert xmr([1, 2] * 6).trial
    assert not xmr([1, 2] * 6 + [1]).trial
    assert ENOUGH_POINTS == 13


@pytest.mark.parametrize(
    ("values", "message"),
    [([], "at least one value"), ([1, math.nan], "value 2 is not a number"), ([math.inf], "value 1")],
)
def test_it_refuses_what_is_not_a_series(values, message):
    with pytest.raises(ValueError, match=message):
        xmr(values)


def test_it_refuses_to_rebase_outside_the_series():
    with pytest.raises(ValueError, match="no point 9"):
        xmr([1, 2, 3], rebase_at=[9])


@given(st.lists(numbers, min_size=1, max_size=60), st.sampled_from(["mdc-r", "mdc-excel"]))
def test_any_series_gives_a_point_for_each_value(values, profile):
    chart = xmr(values, profile=profile)
    assert [point.value for point in chart.points] == values


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40))
def test_turning_a_series_upside_down_turns_its_signals(values):
    upright, turned = (
        xmr(values, direction="increase"),
        xmr([-value for value in values], direction="decrease"),
    )
    assert [point.kind for point in upright.points] == [point.kind for point in turned.points]
