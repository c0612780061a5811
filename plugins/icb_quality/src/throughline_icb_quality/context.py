"""From the evidence document to what the page needs: numbers and moments as people read them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

_VARIATION = {
    "common_cause": ("C", "neutral", "No change beyond chance"),
    "special_cause_improvement": ("I", "better", "Improving"),
    "special_cause_concern": ("!", "worse", "Needs a look"),
    "special_cause_neutral_high": ("H", "other", "Higher than before"),
    "special_cause_neutral_low": ("L", "other", "Lower than before"),
}
_VERDICT_TONES = {"Improved": "better", "Worse": "worse", "No change": "neutral", "Cannot tell yet": "other"}
_SHOWN_POINTS = 12
_FEW = 6


def context(document: Mapping[str, Any], _settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the template's values: plain text, numbers, lists and mappings."""
    return {
        **document,
        "cut": _moment(document["cut_at"]),
        "prepared_at": _moment(document["prepared"]["at"]),
        "signed_at": _moment(document["sign_off"]["at"]) if document["sign_off"] else "",
        "services": _services(document["units"]),
        "tiles": [_tile(figure) for figure in document["figures"]],
        "measures": [_measure(measure) for measure in document["measures"]],
        "strip": [_step(step) for step in document["line"]["steps"]],
        "completed": [_dated(line, "reported", "improved") for line in document["line"]["completed"]],
        "broken": [_dated(line, "since") for line in document["line"]["broken"]],
        "verdicts": _verdicts(document["actions"]),
        "actions": [
            {**_dated(action, "due"), "tone": _VERDICT_TONES.get(action["verdict"] or "", "")}
            for action in document["actions"]
        ],
        "incidents": _incidents(document["incidents"]),
    }


def _moment(iso: str) -> str:
    at = datetime.fromisoformat(iso)
    return f"{at.day} {at:%B %Y}, {at:%H:%M} UTC" if at.utcoffset() else f"{at.day} {at:%B %Y}, {at:%H:%M}"


def _day(iso: str | None) -> str:
    if not iso:
        return ""
    day = date.fromisoformat(iso[:10])
    return f"{day.day} {day:%b %Y}"


def _dated(line: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**line, **{name: _day(line[name]) for name in names}}


def _number(value: float | None, unit: str = "count") -> str:
    if value is None:
        return "–"
    text = f"{value:,.0f}" if unit == "count" or float(value).is_integer() else f"{value:,.1f}"
    return f"{text}%" if unit == "percent" else text


def _services(units: list[Mapping[str, Any]]) -> str:
    names = [unit["name"] for unit in units]
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""


def _tile(figure: Mapping[str, Any]) -> dict[str, Any]:
    of = f"{_number(figure['numerator'])} of {_number(figure['denominator'])}"
    per = figure["unit"] if figure["unit"] not in ("count", "percent") else ""
    return {
        "title": figure["title"],
        "value": _number(figure["value"], figure["unit"]),
        "unit": per,
        "detail": of if figure["denominator"] is not None else "",
        "previous": _number(figure["previous"], figure["unit"]),
        "definition": figure["definition"],
        "as_of": _moment(figure["as_of"]),
    }


def _measure(measure: Mapping[str, Any]) -> dict[str, Any]:
    letter, tone, words = _VARIATION[measure["variation"]]
    rated = measure["unit"].startswith("per")
    return {
        **measure,
        "letter": letter,
        "tone": tone,
        "words": words,
        "rated": rated,
        "rows": [
            {
                "label": point["label"],
                "numerator": _number(point["numerator"]),
                "denominator": _number(point["denominator"]),
                "value": f"{point['value']:.1f}",
            }
            for point in measure["points"][-_SHOWN_POINTS:]
        ],
    }


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    share = step["share"]
    return {
        "title": step["title"],
        "reached": _number(step["reached"]),
        "due": _number(step["due"]),
        "share": "–" if share is None else f"{share:.0%}",
        "width": 0 if share is None else round(100 * min(1.0, share)),
        "typical": "" if step["median_days"] is None else f"{step['median_days']:g} days",
    }


def _verdicts(actions: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = [
        {"words": words, "tone": tone, "count": sum(action["verdict"] == words for action in actions)}
        for words, tone in _VERDICT_TONES.items()
    ]
    unjudged = sum(action["verdict"] is None for action in actions)
    return [*found, {"words": "Not judged yet", "tone": "", "count": unjudged}]


def _incidents(found: Mapping[str, Any]) -> dict[str, Any]:
    top = max([row["total"] for row in found["by_category"]] or [1])
    return {
        "harms": found["harms"],
        "by_category": [
            {
                **row,
                "counts": [_number(n) if n else "·" for n in row["counts"]],
                "width": round(100 * row["total"] / top),
            }
            for row in found["by_category"]
        ],
        "by_unit": [
            {**row, "count": _number(row["count"]), "previous": _number(row["previous"])}
            for row in found["by_unit"]
        ],
    }
