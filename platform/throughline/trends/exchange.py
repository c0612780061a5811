"""A series in and its chart out, as plain data in the shape of the published reference cases.

In: ``y``, and as needed ``date``, ``name``, ``options``, ``chart`` (``xmr`` when absent, or one of
``rates.KINDS``) and ``n``, the denominators. Out: what was given, with the numbers of the chart beside it,
under the names the reference implementations use (NHSRplotthedots for XmR charts, qicharts2 for the others).
A series may also come as rows, ``data``, each with ``y.sum`` (or ``y``) and ``n``; then rows come out.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from throughline.trends import rates, spc

SHORT_GROUP = 13  # the reference warns of groups with fewer points, whatever their limits rest on
MOST_POINTS = 10_000

_DIRECTIONS = ("increase", "decrease", "neutral")
_PROFILES: tuple[spc.Profile, ...] = ("mdc-excel", "mdc-r")
_NAMES = {"i": "xmr", "u'": "up", "u′": "up", "p'": "pp", "p′": "pp"}
_KEYS = frozenset({"name", "source", "chart", "y", "n", "date", "options"})
_XMR_OPTIONS = frozenset(
    {"improvement_direction", "screen_outliers", "profile", "fix_after_n_points", "rebase_at_point", "target"}
)
_RATE_OPTIONS = frozenset({"multiply", "fix_after_n_points", "rebase_at_point"})


class NotASeries(ValueError):
    """What was given cannot be charted; the message names the key and, from 1, the position."""


def charted(given: Any) -> dict[str, Any]:
    """Return a series with its chart.

    Keys that the output computes may stand in the input, as they do in the reference cases: they are
    computed anew. ``options`` for an XmR chart: ``improvement_direction`` (``neutral`` when absent),
    ``screen_outliers`` (true when absent) or, by name, ``profile`` (``mdc-r``
    screens, ``mdc-excel`` does not), ``fix_after_n_points``, ``rebase_at_point`` (a position from 1 or
    a list of them) and ``target``; for the others ``multiply``, ``fix_after_n_points``, ``rebase_at_point``.

    Raises:
        NotASeries: it is none.
    """
    if not isinstance(given, Mapping):
        raise NotASeries("a series is an object with the key “y”")
    if "data" in given:
        return _in_rows(given)
    kind = _kind(given)
    known = _xmr if kind == "xmr" else _rates
    options = _options(given.get("options"), _XMR_OPTIONS if kind == "xmr" else _RATE_OPTIONS)
    try:
        return known(given, options)
    except NotASeries:
        raise
    except ValueError as error:
        raise NotASeries(str(error)) from error


def _kind(given: Mapping[str, Any]) -> str:
    """Return which chart is asked for, whatever the case of its letters; ``u'`` and ``p'`` are known too.

    Raises:
        NotASeries: there is no such chart.
    """
    found = given.get("chart") or "xmr"
    kind = _NAMES.get(found.lower(), found.lower()) if isinstance(found, str) else ""
    if kind not in ("xmr", *rates.KINDS):
        raise NotASeries(f"“chart” is one of xmr, {', '.join(rates.KINDS)}: {found!r}")
    return kind


def _in_rows(given: Mapping[str, Any]) -> dict[str, Any]:
    rows = given["data"]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise NotASeries("“data” is a list of objects")
    series = {key: given[key] for key in ("chart", "options") if key in given}
    series["y"] = [row.get("y.sum", row.get("y")) for row in rows]
    if any(row.get("n") is not None for row in rows):
        series["n"] = [row.get("n") for row in rows]
    found = charted(series)
    columns = {key: found[key] for key in found.keys() - {*series, *given} | {"y", "n"} if key in found}
    told = [{**row, **{key: values[at] for key, values in columns.items()}} for at, row in enumerate(rows)]
    return {key: told if key == "data" else value for key, value in given.items()}


def _given(given: Mapping[str, Any], values: Sequence[float]) -> dict[str, Any]:
    """Return what the output says again: name, chart, options and dates, in the order they came."""
    dates = given.get("date")
    if dates is not None:
        _see_dates(dates, len(values))
    return {key: value for key, value in given.items() if key in _KEYS - {"y", "n"}}


def _see_dates(dates: Any, points: int) -> None:
    if not isinstance(dates, list) or len(dates) != points:
        raise NotASeries(f"“date” is a list of {points} dates, one for each value")
    before = None
    for position, text in enumerate(dates, start=1):
        try:
            on = date.fromisoformat(text)
        except (TypeError, ValueError):
            raise NotASeries(f"date {position} is not written as 2026-11-23: {text!r}") from None
        if before is not None and on <= before:
            raise NotASeries(f"date {position} does not come after the one before it: {text}")
        before = on


def _numbers(given: Mapping[str, Any], key: str) -> list[float]:
    found = given.get(key)
    if not isinstance(found, list) or not found:
        raise NotASeries(f"“{key}” is a list of numbers")
    if len(found) > MOST_POINTS:
        raise NotASeries(f"“{key}” has {len(found):,} values; at most {MOST_POINTS:,} can be charted")
    for position, value in enumerate(found, start=1):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise NotASeries(f"value {position} of “{key}” is not a number: {value!r}")
        if abs(value) > spc.LARGEST:
            raise NotASeries(f"value {position} of “{key}” is too large to chart")
    return found


def _options(found: Any, known: frozenset[str]) -> Mapping[str, Any]:
    if found is None or found == []:  # some writers of JSON make an empty object a list
        return {}
    if not isinstance(found, Mapping):
        raise NotASeries("“options” is an object")
    for name in found:
        if name not in known:
            raise NotASeries(f"“options” has no “{name}” here; there are {', '.join(sorted(known))}")
    return found


def _option(options: Mapping[str, Any], name: str, kinds: type | tuple[type, ...], what: str) -> Any:
    value = options.get(name)
    if value is None:
        return None
    wrong = isinstance(value, bool) and kinds is not bool
    if wrong or not isinstance(value, kinds):
        raise NotASeries(f"“{name}” in “options” is {what}: {value!r}")
    if isinstance(value, int | float) and abs(value) > spc.LARGEST:
        raise NotASeries(f"“{name}” in “options” is too large")
    return value


def _rebase_at(options: Mapping[str, Any]) -> list[int]:
    found = options.get("rebase_at_point")
    positions = [] if found is None else found if isinstance(found, list) else [found]
    for position in positions:
        if isinstance(position, bool) or not isinstance(position, int):
            raise NotASeries(f"“rebase_at_point” in “options” is a position or a list of them: {position!r}")
    return positions


def _xmr(given: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    values = _numbers(given, "y")
    direction: spc.Direction = _option(options, "improvement_direction", str, "a word") or "neutral"
    if direction not in _DIRECTIONS:
        raise NotASeries(f"“improvement_direction” is one of {', '.join(_DIRECTIONS)}: {direction!r}")
    if given.get("n"):
        raise NotASeries("an xmr chart takes no “n”; chart the rates themselves as “y”, or choose u or p")
    chart = spc.xmr(
        values,
        direction=direction,
        profile=_profile(options),
        target=_option(options, "target", (int, float), "a number"),
        rebase_at=_rebase_at(options),
        fix_after=_option(options, "fix_after_n_points", int, "a whole number"),
    )
    points = chart.points
    lengths = {group: last - first + 1 for group, (first, last) in enumerate(chart.groups)}
    return {
        **_given(given, values),
        "y": values,
        "rebase_group": [point.group for point in points],
        "mean": [point.mean for point in points],
        "lpl": [point.lower for point in points],
        "upl": [point.upper for point in points],
        "outside_limits": [None if point.upper is None else point.rule == "outside" for point in points],
        "relative_to_mean": [point.side for point in points],
        "close_to_limits": [None if point.upper is None else point.near for point in points],
        "special_cause_type": [_said(point, direction) for point in points],
        "special_cause_flag": [point.special for point in points],
        "point_type": [point.kind for point in points],
        "short_group_warning": [lengths[point.group] < SHORT_GROUP for point in points],
        "variation_type_last": chart.variation,
        "assurance_type": chart.assurance,
    }


def _profile(options: Mapping[str, Any]) -> spc.Profile:
    screen = _option(options, "screen_outliers", bool, "true or false")
    named = _option(options, "profile", str, "a word")
    of_screen: spc.Profile = "mdc-excel" if screen is False else "mdc-r"
    if named is None:
        return of_screen
    if named not in _PROFILES:
        raise NotASeries(f"“profile” in “options” is one of {', '.join(_PROFILES)}: {named!r}")
    if screen is not None and named != of_screen:
        raise NotASeries(f"“profile” in “options” is {named}, but “screen_outliers” says otherwise")
    return "mdc-excel" if named == "mdc-excel" else "mdc-r"


def _said(point: spc.Point, direction: str) -> str:
    """Return the reference implementation's words for what spoke at a point."""
    up = point.kind in (spc.NEUTRAL_HIGH, spc.IMPROVEMENT if direction == "increase" else spc.CONCERN)
    words = {
        "": "Common Cause",
        "outside": "Above UCL" if up else "Below LCL",
        "trend": f"7 Point Trend ({'Increasing' if up else 'Decreasing'})",
        "two_in_three": f"2 in 3 {'Above' if up else 'Below'} CL",
        "shift": f"7 Points {'Above' if up else 'Below'} CL",
    }
    return words[point.rule]


def _rates(given: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    kind = _kind(given)
    counts = _numbers(given, "y")
    chart = rates.rate_chart(
        next(one for one in rates.KINDS if one == kind),
        counts,
        _numbers(given, "n") if kind in rates.WITH_DENOMINATOR or given.get("n") else (),
        multiply=_option(options, "multiply", (int, float), "a number") or 1,
        rebase_at=_rebase_at(options),
        fix_after=_option(options, "fix_after_n_points", int, "a whole number"),
    )
    points = chart.points
    of_runs = [chart.runs[point.group] for point in points]
    return {
        **_given(given, counts),
        "y": [point.value for point in points],
        "n": [point.of for point in points],
        "y.sum": counts,
        "part": [point.group + 1 for point in points],
        "cl": [point.centre for point in points],
        "lcl": [point.lower for point in points],
        "ucl": [point.upper for point in points],
        "lcl.95": [point.lower_inner for point in points],
        "ucl.95": [point.upper_inner for point in points],
        "n.obs": [runs.points for runs in of_runs],
        "n.useful": [runs.useful for runs in of_runs],
        "longest.run": [runs.longest for runs in of_runs],
        "longest.run.max": [runs.most for runs in of_runs],
        "n.crossings": [runs.crossings for runs in of_runs],
        "n.crossings.min": [runs.fewest for runs in of_runs],
        "runs.signal": [runs.signal for runs in of_runs],
        "sigma.signal": [point.outside for point in points],
    }
