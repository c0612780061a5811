"""XmR charts agree with the reference implementation, point by point, and refuse what is not a series."""

import itertools
import json
import math
import statistics
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


@pytest.mark.parametrize(("profile", "enough"), [("mdc-excel", 12), ("mdc-r", 13)])
def test_few_points_give_trial_limits(profile, enough):
    assert ENOUGH_POINTS[profile] == enough
    assert xmr(range(enough - 1), profile=profile).trial
    assert not xmr(range(enough), profile=profile).trial


def test_a_baseline_fixed_on_few_points_stays_a_trial_however_long_the_series():
    assert xmr([1, 2] * 20, fix_after=11).trial
    assert not xmr([1, 2] * 20, fix_after=12).trial


def test_each_group_is_on_trial_by_itself():
    points = xmr([1, 2] * 10, rebase_at=[13]).points
    assert [point.trial for point in points] == [False] * 12 + [True] * 8


def test_groups_are_told_by_their_first_and_last_point():
    assert xmr([1, 2] * 10).groups == ((0, 19),)
    assert xmr([1, 2] * 10, rebase_at=[6, 13]).groups == ((0, 4), (5, 11), (12, 19))


def test_a_fixed_baseline_judges_what_came_after_it():
    chart = xmr([1, 2] * 6 + [9], fix_after=12)
    assert chart.fixed == 12 and chart.points[-1].mean == 1.5
    assert chart.points[-1].rule == "outside"


@pytest.mark.parametrize("length", [6, 7, 8])
def test_the_length_of_a_shift_is_an_argument(length):
    values = [10, 0] * 6 + [5.5] * length + [0, 10] * 6
    rules = [point.rule for point in xmr(values, shift=length).points]
    assert rules[12 : 12 + length] == ["shift"] * length
    assert "shift" not in [point.rule for point in xmr(values, shift=length + 1).points]


@pytest.mark.parametrize("length", [5, 6])
def test_the_length_of_a_trend_is_an_argument(length):
    values = [5, 9, 4, 8, 5, *range(4, 4 + length), 3, 9, 5, 8]
    rules = [point.rule for point in xmr(values, trend=length).points]
    assert rules[5 : 5 + length] == ["trend"] * length
    assert "trend" not in [point.rule for point in xmr(values, trend=length + 1).points]


@pytest.mark.parametrize(
    ("target", "increase", "decrease"),
    [
        (100, "consistently_fail", "consistently_pass"),
        (-100, "consistently_pass", "consistently_fail"),
        (1.5, "inconsistent", "inconsistent"),
    ],
)
def test_the_newest_limits_say_what_becomes_of_a_target(target, increase, decrease):
    values = [1, 2] * 8
    assert xmr(values, direction="increase", target=target).assurance == increase
    assert xmr(values, direction="decrease", target=target).assurance == decrease
    assert xmr(values, target=target).assurance is None


@pytest.mark.parametrize("target", [math.nan, math.inf])
def test_it_refuses_a_target_that_is_not_a_number(target):
    with pytest.raises(ValueError, match="target is not a number"):
        xmr([1, 2, 3], target=target)


@pytest.mark.parametrize("target", [2e100, -1e308])
def test_it_refuses_a_target_no_scale_can_hold(target):
    with pytest.raises(ValueError, match="target is too large"):
        xmr([1, 2, 3], target=target)


@pytest.mark.parametrize("run", [{"shift": 1}, {"trend": 1}, {"shift": 0}])
def test_it_refuses_a_run_of_one(run):
    with pytest.raises(ValueError, match="at least two points"):
        xmr([1, 2, 3], **run)


def test_it_refuses_an_empty_baseline():
    with pytest.raises(ValueError, match="fixed baseline"):
        xmr([1, 2, 3], fix_after=0)


def test_huge_values_keep_their_limits_and_beyond_them_are_refused():
    chart = xmr([1e100, -1e100] * 10)
    assert all(math.isfinite(point.upper) and point.kind == "common_cause" for point in chart.points)
    with pytest.raises(ValueError, match="value 2 is too large"):
        xmr([1, 2e100])


@pytest.mark.parametrize("value", [0, 0.1, 1e16 + 2, -3.3])
def test_equal_values_lie_on_their_mean(value):
    chart = xmr([value] * 20)
    assert {(point.side, point.rule, point.lower) for point in chart.points} == {(0, "", value)}


def test_one_point_has_no_limits():
    (point,) = xmr([3], direction="decrease", target=2).points
    assert (point.mean, point.lower, point.upper, point.kind) == (3, None, None, "common_cause")


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


@given(
    st.lists(st.integers(0, 40).map(lambda n: n / 10), min_size=1, max_size=40),
    st.booleans(),
    st.integers(1, 45),
    st.none() | st.integers(1, 45),
)
def test_any_series_with_ties_agrees_with_the_rules_written_out(values, screened, rebase, fixed):
    rebase_at = [rebase] if rebase <= len(values) else []
    chart = xmr(values, profile="mdc-r" if screened else "mdc-excel", rebase_at=rebase_at, fix_after=fixed)
    cuts = [0, *(at - 1 for at in rebase_at if at > 1), len(values)]
    written = [
        label
        for start, end in itertools.pairwise(cuts)
        for label in written_out(values[start:end], screened, fixed)
    ]
    assert [point.rule for point in chart.points] == written


def written_out(values, screened, fixed):
    """Return the label of every point of one group by the rules as the sheet of the method words them."""
    base = values[:fixed]
    mean = statistics.mean(base)
    ranges = [abs(b - a) for a, b in itertools.pairwise(base)]
    if screened and ranges:
        ranges = [one for one in ranges if one < 3.267 * statistics.mean(ranges)]
    reach = 2.66 * statistics.mean(ranges) if ranges else math.inf
    signs = [0 if y == mean else 1 if y > mean else -1 for y in values]
    out = [y > mean + reach or y < mean - reach for y in values]
    close = 2 * (2.66 / 3) * statistics.mean(ranges) if ranges else math.inf
    near = [not o and (y > mean + close or y < mean - close) for y, o in zip(values, out, strict=True)]
    labels = []
    for at in range(len(values)):
        sevens = [range(a, a + 7) for a in range(at - 6, at + 1) if a >= 0 and a + 7 <= len(values)]
        threes = [range(a, a + 3) for a in range(at - 2, at + 1) if a >= 0 and a + 3 <= len(values)]
        rising = any(all(values[i] < values[i + 1] for i in seven[:-1]) for seven in sevens)
        falling = any(all(values[i] > values[i + 1] for i in seven[:-1]) for seven in sevens)
        pair = near[at] and any(
            abs(sum(signs[i] for i in three)) == 3 and sum(near[i] for i in three) >= 2 for three in threes
        )
        shift = any(abs(sum(signs[i] for i in seven)) == 7 for seven in sevens)
        labels.append(
            "outside" if out[at]
            else "trend" if rising or falling
            else "two_in_three" if pair
            else "shift" if shift
            else ""
        )  # fmt: skip
    return labels


def test_a_value_equal_to_the_mean_is_on_no_side():
    assert xmr([0.1, 0.2, 0.3]).points[1].side == 0  # 0.6 / 3 in steps is not 0.2
    assert [point.side for point in xmr([1.1] * 7).points] == [0] * 7
