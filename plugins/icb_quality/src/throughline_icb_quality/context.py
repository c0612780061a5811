"""From the evidence document to what the page needs: numbers and moments as people read them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from throughline_icb_quality.marks import assurance_icon, sparkline, strength, tint, variation_icon
from throughline_icb_quality.words import against, breakable, day, hidden, listed, many, moment, number

_VERDICTS = {
    "Improved": ("better", "+"),
    "Worse": ("worse", "!"),
    "No change": ("neutral", "="),
    "Cannot tell yet": ("other", "?"),
}
_SHOWN_POINTS = 12
_STANDS = ("in_time", "late", "without_target", "open", "overdue", "exempt", "not_required")
_CIRCUMFERENCE = 62.8


def context(document: Mapping[str, Any], _settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the template's values: plain text, numbers, lists and mappings."""
    return dict(breakable(_values(document), but=frozenset({"chart_svg"})))


def _values(document: Mapping[str, Any]) -> dict[str, Any]:
    line, actions = document["line"], document["actions"]
    return {
        **document,
        "cut": moment(document["cut_at"]),
        "prepared_at": moment(document["prepared"]["at"]),
        "signed_at": moment(document["sign_off"]["at"]) if document["sign_off"] else "",
        "dates": f"{day(document['period']['start'])} to {day(document['period']['end'])}",
        "services": listed([unit["name"] for unit in document["units"]]),
        "how_many": many(len(document["units"]), "service"),
        "tiles": [_tile(figure) for figure in document["figures"]],
        "measures": [_measure(measure) for measure in document["measures"]],
        "strip": [_step(step) for step in line["steps"]],
        "completed": [_dated(found, "reported", "improved") for found in line["completed"]],
        "broken": [_dated(found, "since") for found in line["broken"]],
        "verdicts": _verdicts(actions),
        "judged": _judged(actions),
        "unjudged": _unjudged(actions),
        "strengths": _strengths(actions),
        "incidents": _incidents(document["incidents"]),
        "kinds": [kind for kind in document["reviews"]["by_kind"] if kind["opened"] or kind["completed"]],
        "themes": _bars(document["reviews"]["themes"], "count"),
        "learning": _learning(document["learning"]),
        "duties": _duties(document.get("duties")),
    }


def _dated(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**found, **{name: day(found[name]) for name in names}}


def _tile(figure: Mapping[str, Any]) -> dict[str, Any]:
    value, previous, unit = figure["value"], figure["previous"], figure["unit"]
    of = f"{number(figure['numerator'])} of {number(figure['denominator'])}"
    if unit == "per 1,000 bed days":
        of = f"{number(figure['numerator'])} in {number(figure['denominator'])} bed days"
    moved = against(value, previous, unit)
    return {
        "title": figure["title"],
        "value": number(value, unit),
        "unit": unit if unit not in ("count", "percent") else "",
        "detail": of if figure["denominator"] is not None else "",
        "counted": of if figure["denominator"] is not None else number(figure["numerator"]),
        "previous": number(previous, unit) if previous is not None else "not known",
        "moved": moved,
        "definition": figure["definition"],
        "as_of": moment(figure["as_of"]),
    }


def _measure(measure: Mapping[str, Any]) -> dict[str, Any]:
    rated = measure["unit"].startswith("per")
    points = measure["points"][-_SHOWN_POINTS:]
    return {
        **measure,
        "variation": variation_icon(measure["variation"], measure["direction"]),
        "assurance": assurance_icon(measure["assurance"]) if measure["assurance"] else None,
        "where": measure["place"][:1].upper() + measure["place"][1:],
        "rated": rated,
        "latest": number(points[-1]["value"], "rate") if points else "–",
        "latest_label": points[-1]["label"] if points else "",
        "spark": sparkline([point["value"] for point in points]),
        "limits": _limits(measure["spc"], measure["target"]),
        "wish": {"lower": "Fewer is better", "higher": "More is better"}.get(
            measure["direction"], "Neither more nor fewer is better in itself"
        ),
        "changes": [_dated(change, "date") for change in measure["changes"]],
        "rows": [
            {
                "label": point["label"],
                "numerator": number(point["numerator"]),
                "denominator": number(point["denominator"]),
                "value": f"{point['value']:,.1f}",
            }
            for point in points
        ],
    }


def _limits(process: Mapping[str, Any], target: float | None) -> list[dict[str, str]]:
    """Return the newest mean, limits and target, each with its name, without those there are none of."""
    named = (
        ("Mean", process["mean"]),
        ("Lower limit", process["lower"]),
        ("Upper limit", process["upper"]),
        ("Target", target),
    )
    return [{"name": name, "value": f"{value:,.1f}"} for name, value in named if value is not None]


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    share = step["share"]
    part = 0.0 if share is None else min(1.0, max(0.0, share))
    return {
        "title": step["title"],
        "reached": number(step["reached"]),
        "due": number(step["due"]),
        "share": "–" if share is None else f"{share:.0%}",
        "arc": f"{_CIRCUMFERENCE * part:.1f} {_CIRCUMFERENCE:.1f}",
        "state": "none" if share is None else "whole" if part == 1 else "part",
        "typical": "" if step["median_days"] is None else _days(step["median_days"]),
    }


def _days(days: float) -> str:
    return "same day" if days < 0.5 else f"{days:,.0f} days" if days >= 10 else f"{days:,.1f} days"  # noqa: PLR2004


def _action(action: Mapping[str, Any], said: str) -> dict[str, Any]:
    """Return an action for its row. ``said`` is the sentence that stands above the rows already."""
    note = action["sentence"] if action["sentence"] != said else ""
    return {**_dated(action, "due"), "bars": strength(action["strength"]), "note": note}


def _judged(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the judged actions, those of one measure together, in the order of the verdicts."""
    together: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for action in actions:
        if action["verdict"]:
            together.setdefault((action["verdict"], action["sentence"]), []).append(action)
    order = {words: place for place, words in enumerate(_VERDICTS)}
    found = []
    for (verdict, sentence), same in sorted(
        together.items(), key=lambda item: order.get(item[0][0], len(order))
    ):
        tone, letter = _VERDICTS.get(verdict, ("none", "–"))
        rows = sorted((_action(action, sentence) for action in same), key=lambda row: -int(row["bars"]))
        found.append(
            {"verdict": verdict, "tone": tone, "letter": letter, "sentence": sentence, "actions": rows}
        )
    return found


def _unjudged(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the actions without a verdict: to be done, and done. What most rows would say is said once."""
    found = []
    for title, done in (("Still to be done", False), ("Done and not judged yet", True)):
        rows = [one for one in actions if not one["verdict"] and (one["state"] == "Done") == done]
        said = Counter(row["sentence"] for row in rows)
        top, times = said.most_common(1)[0] if said else ("", 0)
        common = top if times > 1 else ""
        shown = [_action(row, common) for row in rows]
        if shown:
            found.append({"title": title, "common": common, "differs": len(said) > 1, "actions": shown})
    return found


def _verdicts(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "words": words,
            "tone": tone,
            "letter": letter,
            "count": sum(action["verdict"] == words for action in actions),
        }
        for words, (tone, letter) in _VERDICTS.items()
    ]
    unjudged = sum(action["verdict"] is None for action in actions)
    return [*found, {"words": "Not judged yet", "tone": "none", "letter": "–", "count": unjudged}]


def _strengths(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = ("Stronger", "Intermediate", "Weaker")
    counts = {name: sum(action["strength"] == name for action in actions) for name in names}
    return [{"name": name, "bars": strength(name), "count": count} for name, count in counts.items()]


def _incidents(found: Mapping[str, Any]) -> dict[str, Any]:
    peak = max([count for row in found["by_category"] for count in row["counts"]] or [1])
    rows = []
    for row in _bars(found["by_category"], "total"):
        cells = [{"text": number(n) if n else "·", "tint": tint(n, peak)} for n in row["counts"]]
        rows.append({**row, "cells": cells})
    totals = [sum(column) for column in zip(*(row["counts"] for row in found["by_category"]), strict=True)]
    units = _bars(found["by_unit"], "count")
    return {
        "harms": found["harms"],
        "by_category": rows,
        "totals": [number(total) for total in totals or [0] * len(found["harms"])],
        "all": number(sum(totals)),
        "by_unit": [
            {
                **row,
                "count": number(row["count"]),
                "previous": number(row["previous"]),
                "moved": against(row["count"], row["previous"], "count"),
            }
            for row in units
        ],
    }


def _duties(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the duties as cells of text; None for a document from before they were told of."""
    if found is None:
        return None
    counts = [row[name] for row in found["by_duty"] for name in ("opened", *_STANDS)]
    return {
        "rows": [
            {
                "title": row["title"],
                "unverified": row["confidence"] != "sourced",
                "cells": [{"text": hidden(row[name])} for name in ("opened", *_STANDS)],
            }
            for row in found["by_duty"]
        ],
        "exemptions": [{**one, "count": hidden(one["count"])} for one in found["exemptions"]],
        "hides": None in counts,
        "unverified": any(row["confidence"] != "sourced" for row in found["by_duty"]),
    }


def _bars(rows: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return rows with the width of their bar, from 0 to 100, the longest being 100."""
    top = max([row[name] for row in rows] or [1]) or 1
    return [{**row, "width": round(100 * row[name] / top)} for row in rows]


def _learning(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each learning once, however often it was shared, with how far it went."""
    joined: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for one in found:
        joined.setdefault((one["title"], one["what_changed"], one["why"]), []).append(one)
    return [
        {
            "title": title,
            "what_changed": changed,
            "why": why,
            "found_by": many(sum(one["from_reviews"] for one in same), "review"),
            "reach": _reach(same),
            "width": _acknowledged(same),
        }
        for (title, changed, why), same in joined.items()
    ]


def _reach(same: Sequence[Mapping[str, Any]]) -> str:
    shared = sum(one["shared_with"] for one in same)
    if not shared:
        return "Not shared yet."
    times = f" on {len(same)} occasions" if len(same) > 1 else ""
    acknowledged = number(sum(one["acknowledged"] for one in same))
    return f"Sent to {many(shared, 'service')}{times}, acknowledged by {acknowledged}."


def _acknowledged(same: Sequence[Mapping[str, Any]]) -> int:
    shared = sum(one["shared_with"] for one in same)
    return round(100 * min(1.0, sum(one["acknowledged"] for one in same) / shared)) if shared else 0
