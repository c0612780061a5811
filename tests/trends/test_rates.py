"""Charts of counts, rates, shares and rare events agree with the reference implementation, point by point."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughline.trends.rates import KINDS, SHARES, WITH_DENOMINATOR, rate_chart
from throughline.trends.runs import runs_of

CASES = json.loads((Path(__file__).parent / "cases" / "rate_cases.json").read_text())
LINES = {
    "value": "y",
    "centre": "cl",
    "lower": "lcl",
    "upper": "ucl",
    "lower_inner": "lcl.95",
    "upper_inner": "ucl.95",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_it_agrees_with_the_reference_point_by_point(case):
    rows = case["data"]
    of = [row["n"] for row in rows] if case["chart"] in WITH_DENOMINATOR else ()
    multiply = (case["options"] or {}).get("multiply", 1)
    chart = rate_chart(case["chart"], [row["y.sum"] for row in rows], of, multiply=multiply)
    (runs,) = chart.runs
    for row, point in zip(rows, chart.points, strict=True):
        for mine, theirs in LINES.items():
            assert math.isclose(getattr(point, mine), row[theirs], rel_tol=1e-9, abs_tol=1e-9), (
                row["x"],
                mine,
            )
        assert point.outside == row["sigma.signal"]
        assert (runs.points, runs.useful) == (row["n.obs"], row["n.useful"])
        assert (runs.longest, runs.most) == (row["longest.run"], row["longest.run.max"])
        assert (runs.crossings, runs.fewest) == (row["n.crossings"], row["n.crossings.min"])
        assert runs.signal == row["runs.signal"]


def rounded(point):
    return tuple(round(line, 3) for line in (point.value, point.centre, point.lower, point.upper))


def test_the_published_vector_of_a_u_chart():
    chart = rate_chart("u", [12, 9, 15, 11, 8, 14], [820, 790, 845, 810, 780, 835], multiply=1000)
    assert rounded(chart.points[0]) == (14.634, 14.139, 1.682, 26.597)


def test_the_published_vectors_of_rare_events():
    gaps = [5, 12, 8, 15, 3]
    assert rounded(rate_chart("g", gaps).points[0]) == (5, 8, 0, 35.859)
    assert rounded(rate_chart("t", gaps).points[0]) == (5, 7.711, 0.161, 47.692)


def test_a_c_chart_is_three_roots_of_the_mean_about_it():
    point = rate_chart("c", [4, 9, 5, 18]).points[3]
    assert rounded(point) == (18, 9, 0, 18)
    assert not point.outside


def test_a_new_group_has_lines_of_its_own_and_a_fixed_baseline_judges_the_rest():
    counts = [4] * 6 + [9] * 6 + [40] * 3
    rebased = rate_chart("c", counts, rebase_at=[13])
    assert [point.centre for point in rebased.points[11:13]] == [6.5, 40]
    assert [runs.points for runs in rebased.runs] == [12, 3]
    fixed = rate_chart("c", counts, fix_after=12)
    assert fixed.points[-1].centre == 6.5 and fixed.points[-1].outside


def test_fewer_than_twelve_points_make_a_trial():
    assert all(point.trial for point in rate_chart("c", range(11)).points)
    assert not any(point.trial for point in rate_chart("c", range(12)).points)
    assert all(point.trial for point in rate_chart("c", range(30), fix_after=11).points)


def test_shares_stay_within_none_and_all():
    points = rate_chart("p", [1, 9, 10], [10, 10, 10]).points
    assert all(0 <= point.lower <= point.centre <= point.upper <= 1 for point in points)


@pytest.mark.parametrize("kind", ["up", "pp", "t"])
def test_where_nothing_varies_there_are_no_limits(kind):
    chart = rate_chart(kind, [5] * 12, [10] * 12 if kind in WITH_DENOMINATOR else ())
    assert {(point.lower, point.upper, point.outside) for point in chart.points} == {(None, None, False)}


def test_a_share_of_all_has_no_room_to_vary():
    assert rate_chart("p", [10] * 12, [10] * 12).points[0].upper == 1
    assert rate_chart("pp", [10] * 12, [10] * 12).points[0].upper is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("x", [1]), "no chart “x”"),
        (("c", []), "at least one value"),
        (("u", [1, 2]), "needs a denominator"),
        (("c", [1], [3]), "takes none"),
        (("u", [1, 2], [3]), "2 values and 1 denominators"),
        (("u", [1, 2], [3, 0]), "value 2 of “n”, the denominators, is a number above 0"),
        (("p", [1, 4], [3, 3]), "value 2 of “y” is more than its denominator"),
        (("c", [1, -1]), "value 2 of “y” in a c chart is 0 or more"),
        (("t", [1, 0]), "value 2 of “y” in a t chart is above 0"),
        (("g", [1, math.nan]), "value 2 of “y” is not a number"),
        (("c", [2e100]), "value 1 of “y” is not a number a chart can show"),
    ],
)
def test_it_refuses_what_is_not_a_series(words, message):
    with pytest.raises(ValueError, match=message):
        rate_chart(*words)


@pytest.mark.parametrize(
    "more", [{"rebase_at": [4]}, {"fix_after": 0}, {"multiply": 0}, {"multiply": math.inf}]
)
def test_it_refuses_groups_and_units_that_are_none(more):
    with pytest.raises(ValueError, match=r"no point 4|baseline|said per"):
        rate_chart("c", [1, 2, 3], **more)


@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(1, 50), st.integers(50, 2000)), min_size=1, max_size=40),
)
def test_any_series_has_lines_around_its_centre(kind, pairs):
    of = [n for _, n in pairs] if kind in WITH_DENOMINATOR else ()
    for point in rate_chart(kind, [count for count, _ in pairs], of).points:
        if point.upper is None:
            continue
        assert 0 <= point.lower <= point.lower_inner <= point.upper_inner <= point.upper
        assert (
            kind == "g"
            or point.lower <= point.centre <= point.upper
            or math.isclose(point.centre, point.upper)
        )
        assert kind not in SHARES or point.upper <= 1


def test_runs_are_counted_without_the_points_on_the_line():
    runs = runs_of([1, 2, 3, 5, 3, 6, 7, 1], 3)
    assert (runs.points, runs.useful, runs.longest, runs.crossings) == (8, 6, 3, 2)


def test_a_long_run_is_a_signal_and_so_are_too_few_crossings():
    assert runs_of([1] * 12 + [9] * 12, 5).signal
    assert not runs_of([1, 9] * 12, 5).signal
    assert not runs_of([5] * 20, 5).signal


@pytest.mark.parametrize(("chances", "fewest"), [(11, 3), (19, 6), (23, 8), (99, 41)])
def test_the_fewest_crossings_are_the_quantile_of_a_fair_coin(chances, fewest):
    values = [1, 9] * (chances + 1)
    assert runs_of(values[: chances + 1], 5).fewest == fewest
