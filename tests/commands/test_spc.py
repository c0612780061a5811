"""``throughline spc``: a series in, the numbers of its chart out, in the shape of the reference cases."""

import json
import math
from pathlib import Path

import pytest
from tests.commands.conftest import Run
from tests.conftest import ROOT

CASES = ROOT / "tests" / "trends" / "cases"
GIVEN = ("name", "options", "date", "y")


def same(mine, theirs):
    if isinstance(theirs, list):
        return len(mine) == len(theirs) and all(map(same, mine, theirs))
    if isinstance(theirs, float) and mine is not None:
        return math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-6)
    return mine == theirs


def told(run: Run, tmp_path: Path, series: object):
    file = tmp_path / "series.json"
    file.write_text(series if isinstance(series, str) else json.dumps(series))
    return run("spc", str(file))


def test_the_reference_cases_come_out_as_they_are_published(run: Run, tmp_path: Path) -> None:
    cases = json.loads((CASES / "xmr_cases.json").read_text())
    out = told(run, tmp_path, [{key: case[key] for key in GIVEN} for case in cases])
    assert out.status == 0
    for mine, case in zip(json.loads(out.out), cases, strict=True):
        assert set(mine) == set(case)
        for key in case:
            assert same(mine[key], case[key]), (case["name"], key)


def test_rates_and_rare_events_come_out_row_by_row(run: Run) -> None:
    file = CASES / "rate_cases.json"
    out = run("spc", str(file))
    assert out.status == 0
    for mine, case in zip(json.loads(out.out), json.loads(file.read_text()), strict=True):
        assert set(mine) == set(case)
        for row, published in zip(mine["data"], case["data"], strict=True):
            assert set(row) == set(published)
            assert all(same(row[key], float(value) if isinstance(value, float) else value)
                       for key, value in published.items()), (case["name"], published["x"])  # fmt: skip


def test_a_rate_may_come_as_lists_too(run: Run, tmp_path: Path) -> None:
    series = {"chart": "u", "y": [12, 9, 15], "n": [820, 790, 845], "options": {"multiply": 1000}}
    found = json.loads(told(run, tmp_path, series).out)
    assert found["y.sum"] == [12, 9, 15] and round(found["y"][0], 3) == 14.634
    assert len(found["ucl"]) == len(found["lcl.95"]) == 3


def test_one_series_gives_one_answer_and_a_list_a_list(run: Run, tmp_path: Path) -> None:
    assert isinstance(json.loads(told(run, tmp_path, {"y": [1, 2, 3]}).out), dict)
    assert isinstance(json.loads(told(run, tmp_path, [{"y": [1, 2, 3]}]).out), list)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"y": [NaN]}', "NaN is not a number of JSON"),
        ("3", "an object with the key “y”"),
        ({}, "“y” is a list of numbers"),
        ({"y": []}, "“y” is a list of numbers"),
        ({"y": [1, "2"]}, "value 2 of “y” is not a number: '2'"),
        ({"y": [1, True]}, "value 2 of “y” is not a number: True"),
        ({"y": [1, None]}, "value 2 of “y” is not a number"),
        ('{"y": [1, 1e400]}', "value 2 of “y” is too large"),
        ({"y": [10**400]}, "value 1 of “y” is too large"),
        ({"y": [1, 2], "date": ["2026-01-01"]}, "“date” is a list of 2 dates"),
        ({"y": [1, 2], "date": ["2026-01-01", "1/2/26"]}, "date 2 is not written as"),
        ({"y": [1, 2], "date": ["2026-02-01", "2026-01-01"]}, "date 2 does not come after"),
        ({"y": [1], "options": {"taget": 3}}, "“options” has no “taget”"),
        ({"y": [1], "options": 3}, "“options” is an object"),
        ({"y": [1], "options": {"target": "x"}}, "“target” in “options” is a number: 'x'"),
        ({"y": [1], "options": {"target": 10**400}}, "“target” in “options” is too large"),
        ({"y": [1], "options": {"screen_outliers": 1}}, "“screen_outliers” in “options” is true or false"),
        ({"y": [1], "options": {"improvement_direction": "up"}}, "is one of increase, decrease, neutral"),
        ({"y": [1, 2], "options": {"rebase_at_point": [9]}}, "no point 9"),
        ({"y": [1, 2], "options": {"rebase_at_point": "2"}}, "“rebase_at_point”"),
        ({"y": [1, 2], "options": {"fix_after_n_points": 0}}, "fixed baseline"),
        ({"y": [1], "chart": "z"}, "“chart” is one of xmr, c, u"),
        ({"y": [1], "chart": ["u"]}, "“chart” is one of xmr, c, u"),
        ({"y": [1], "chart": "u"}, "“n” is a list of numbers"),
        ({"y": [1], "chart": "c", "n": [2]}, "takes none"),
        ({"y": [5], "n": [2], "chart": "p"}, "value 1 of “y” is more than its denominator"),
        ({"y": [5, 3], "n": [2000, 0], "chart": "u"}, "value 2 of “n”, the denominators, is a number above 0"),
        ({"y": [5, 3], "n": [20, None], "chart": "up"}, "value 2 of “n” is not a number"),
        ({"y": [5, -3], "chart": "g"}, "value 2 of “y” in a g chart is 0 or more"),
        ({"y": [5, 3], "n": [20], "chart": "u"}, "2 values and 1 denominators"),
        ({"y": [5, 3], "n": [20, 30]}, "an xmr chart takes no “n”"),
        ({"y": [5], "options": {"profile": "excel"}}, "“profile” in “options” is one of mdc-excel, mdc-r"),
        ({"y": [5], "options": {"profile": "mdc-r", "screen_outliers": False}}, "“screen_outliers” says otherwise"),
        ({"data": [1]}, "“data” is a list of objects"),
        ({"data": [], "chart": "u"}, "“y” is a list of numbers"),
    ],
)  # fmt: skip
def test_what_is_no_series_is_named(run: Run, tmp_path: Path, series: object, message: str) -> None:
    out = told(run, tmp_path, series)
    assert out.status == 1 and message in out.err, out
    assert "Traceback" not in out.err


def test_a_series_among_many_is_named_by_its_number_and_name(run: Run, tmp_path: Path) -> None:
    out = told(run, tmp_path, [{"y": [1, 2]}, {"name": "falls", "y": "x"}])
    assert out.err.startswith("Series 2 (falls): “y” is a list of numbers")
    assert out.out == ""


def test_a_profile_is_chosen_by_its_name(run: Run, tmp_path: Path) -> None:
    values = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    series = [{"y": values, "options": {"profile": profile}} for profile in ("mdc-excel", "mdc-r")]
    plain, screened = json.loads(told(run, tmp_path, series).out)
    assert (round(plain["upl"][0], 4), round(screened["upl"][0], 4)) == (6.9515, 4.6044)


def test_charts_with_a_prime_are_known_by_it(run: Run, tmp_path: Path) -> None:
    counts, of = [12, 9, 15, 11, 8, 14], [820, 790, 845, 810, 780, 835]
    series = [{"chart": name, "y": counts, "n": of} for name in ("up", "U'", "u′")]
    first, *others = json.loads(told(run, tmp_path, series).out)
    assert all(other["ucl"] == first["ucl"] for other in others)
