"""Where the figures of an evidence document contradict each other: shares, totals, and points against kinds.

Whoever reads a report adds its columns up. What does not add up is found here, before it is frozen.
"""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from throughline.evidence.disclosure import FEWEST

_FACTORS = {"percent": 100, "per 1,000 bed days": 1000}
_ROUNDING = 0.051  # a value is given to one decimal
_SHARE_ROUNDING = 0.0051


def disagreements(document: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each contradiction; none when the document agrees with itself."""
    return [
        *itertools.chain.from_iterable(_figure(figure) for figure in document["figures"]),
        *itertools.chain.from_iterable(_step(step) for step in document["line"]["steps"]),
        *itertools.chain.from_iterable(_measure(measure) for measure in document["measures"]),
        *_incidents(document["incidents"]),
        *_reviews(document["reviews"]),
        *itertools.chain.from_iterable(_duty(duty) for duty in document.get("duties", {}).get("by_duty", ())),
        *_period(document["period"]),
    ]


def _figure(figure: Mapping[str, Any]) -> Iterable[str]:
    top, bottom, value = figure["numerator"], figure["denominator"], figure["value"]
    if bottom is None:
        right = value == top if figure["unit"] == "count" else figure["unit"] == "days"
    elif bottom == 0:
        right = value is None
    else:
        factor = _FACTORS.get(figure["unit"], 1)
        right = value is not None and abs(value - factor * top / bottom) <= _ROUNDING
    if not right:
        shown = "none" if value is None else f"{value:g}"
        of = "" if bottom is None else f" of {bottom:g}"
        yield f"{figure['title']}: {shown} is not {top:g}{of} ({figure['unit']})"


def _step(step: Mapping[str, Any]) -> Iterable[str]:
    if step["reached"] > step["due"]:
        yield f"{step['title']}: {step['reached']} reached it and only {step['due']} were due"
    elif not step["due"]:
        if step["share"] is not None:
            yield f"{step['title']}: nothing was due, so there is no share"
    elif step["share"] is None or abs(step["share"] - step["reached"] / step["due"]) > _SHARE_ROUNDING:
        yield f"{step['title']}: {step['share']} is not {step['reached']} of {step['due']}"


def _measure(measure: Mapping[str, Any]) -> Iterable[str]:
    kinds, points = measure["spc"]["kinds"], measure["points"]
    if len(kinds) != len(points):
        yield f"{measure['title']}: {len(points)} points and {len(kinds)} kinds"
    elif not kinds or kinds[-1] != measure["variation"]:
        yield f"{measure['title']}: its variation is not that of its last point"
    starts = [point["start"] for point in points]
    if any(after <= before for before, after in itertools.pairwise(starts)):
        yield f"{measure['title']}: its points are not in order of time"


def _incidents(incidents: Mapping[str, Any]) -> Iterable[str]:
    for row in incidents["by_category"]:
        if len(row["counts"]) != len(incidents["harms"]):
            yield f"{row['label']}: {len(row['counts'])} counts for {len(incidents['harms'])} grades of harm"
        elif sum(row["counts"]) != row["total"]:
            yield f"{row['label']}: {row['total']} is not the sum of its counts"


def _reviews(reviews: Mapping[str, Any]) -> Iterable[str]:
    for name in ("opened", "completed", "completed_on_time"):
        if sum(kind[name] for kind in reviews["by_kind"]) != reviews[name]:
            yield f"Reviews: {reviews[name]} {name.replace('_', ' ')} is not the sum of its kinds"
    if reviews["completed_on_time"] > reviews["completed"]:
        yield "Reviews: more were on time than were completed"


def _duty(duty: Mapping[str, Any]) -> Iterable[str]:
    parts = [count for name, count in duty.items() if name not in ("key", "title", "confidence", "opened")]
    if duty["opened"] is not None and None not in parts and sum(parts) != duty["opened"]:
        yield f"{duty['title']}: {duty['opened']} opened is not the sum of how they stand"
    shown = [duty["opened"], *parts]
    if any(count is not None and 0 < count < FEWEST for count in shown):
        yield f"{duty['title']}: a number below {FEWEST} is shown"


def _period(period: Mapping[str, Any]) -> Iterable[str]:
    if period["end"] < period["start"]:
        yield "The period ends before it starts"
