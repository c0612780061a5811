"""Compile the evidence document: every number with its definition, numerator, denominator and as-of time.

The document is frozen when it is compiled. It names units and references, and nobody: no person affected,
no reporter, no narrative.
"""

from collections.abc import Sequence
from datetime import date
from textwrap import shorten
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from throughline.actions.models import Action, Measure, MeasureAction
from throughline.actions.words import VERDICTS
from throughline.evidence import sections
from throughline.evidence.document import SCHEMA, validated
from throughline.evidence.duties import duties
from throughline.evidence.lines import completed_and_broken
from throughline.evidence.periods import Period
from throughline.evidence.sections import day_start
from throughline.incidents import taxonomy
from throughline.incidents.models import Incident
from throughline.line.completeness import StepMeasure, completeness
from throughline.sdk import ReportFormat
from throughline.tenancy.models import Unit
from throughline.tenancy.scope import Scope
from throughline.trends import counts, denominators
from throughline.trends.charts import Change
from throughline.trends.measures import BASELINE, Series, drawing, series_between
from throughline.trends.series import PER, next_month

HEADLINES = ("self_harm", "restrictive_practice", "medication", "violence", "fall")
CHANGE_LABEL = 40  # characters beside the line that marks a change
STEP_WORDS = {
    "reported": "Reported",
    "triaged": "Triaged",
    "reviewed": "Reviewed",
    "analysed": "Analysed",
    "learned": "Learned",
    "acted": "Acted on",
    "improved": "Improved",
}
DEFINITIONS_VERSION = "2"
DEFINITIONS = (
    (
        "Incident",
        "What happened, or nearly happened, in care. Counted on the day it happened.",
    ),
    (
        "Harm",
        "The worse of the physical and psychological grade (LFPSE), as graded at the time of this report.",
    ),
    ("Due at a step", "An incident whose own date for that step has passed, or that has reached it."),
    ("Line completeness", "Of the incidents due at a step, the share that have reached it."),
    (
        "Limits",
        "Natural process limits (XmR, mean plus or minus 2.66 times the mean moving range), first 12 months.",
    ),
    (
        "Stronger action",
        "Changes the place, the equipment or the work, so that the right thing happens by default (RCA2).",
    ),
    (
        "Duty",
        "What the law, a regulator or a contract asks for after an incident. Counted when it opened, and"
        " told as it stands when the data is taken.",
    ),
    (
        "In time",
        "Every target that the duty has was met by its end. A duty without a target in days or hours is"
        " counted as done without a target.",
    ),
    ("Verdict", "Given at the measure's review date by the rule declared before the effect was known."),
)


def compile_document(
    scope: Scope,
    run_id: UUID,
    report_format: ReportFormat,
    commissioner: tuple[str, str],
    units: Sequence[Unit],
    period: Period,
    prepared_by: str,
) -> dict[str, Any]:
    """Return the validated document of a run. ``commissioner`` is its slug and name."""
    ids = [unit.id for unit in units]
    steps = completeness(scope, day_start(scope, period.start), day_start(scope, period.after), ids)
    series = _series(scope, units, period)
    done, broken = completed_and_broken(scope, ids, period)
    actions = sections.actions(scope, ids, period)
    document = {
        "schema": SCHEMA,
        "run": str(run_id),
        "provider": {"name": scope.tenant.name, "slug": scope.tenant.slug, "kind": scope.tenant.pack.kind},
        "commissioner": {"slug": commissioner[0], "name": commissioner[1]},
        "format": {
            "key": report_format.key,
            "version": report_format.version,
            "title": report_format.title,
        },
        "versions": _versions(series),
        "units": [
            {"key": unit.key, "name": unit.name, "kind": unit.kind, "service_type": unit.service_type}
            for unit in units
        ],
        "period": {"start": period.start.isoformat(), "end": period.end.isoformat(), "label": period.label},
        "cut_at": scope.now().isoformat(timespec="seconds"),
        "prepared": {"at": scope.now().isoformat(timespec="seconds"), "by": prepared_by},
        "sign_off": None,
        "summary": _summary(scope, ids, period, steps, actions),
        "figures": _figures(scope, ids, period, steps),
        "measures": [_measure(scope, found) for found in series],
        "line": {
            "steps": [_step(found) for found in steps],
            "completed": done,
            "broken": broken,
        },
        "incidents": _incidents(scope, units, period),
        "reviews": sections.reviews_held(scope, ids, period),
        "learning": sections.learning(scope, ids, period),
        "actions": actions,
        "duties": duties(scope, ids, period),
        "data_quality": _data_quality(scope, ids, period, series),
        "definitions": [{"term": term, "text": text} for term, text in DEFINITIONS],
    }
    return validated(document)


def _series(scope: Scope, units: Sequence[Unit], period: Period) -> list[Series]:
    """Return the headline measures: the whole scope's categories, and each declared measure's own series."""
    start = date(period.start.year - 2, period.start.month, 1)
    place = "all services in scope"
    ids = [unit.id for unit in units]
    found = []
    for measure in _declared(scope, ids):
        unit = next((unit for unit in units if unit.id == measure.unit_id), None)
        direction: Any = "decrease" if measure.direction == "lower" else "increase"
        wanted = [unit.id] if unit else ids
        where = unit.name if unit else place
        found.append(
            series_between(scope, measure.category, where, wanted, start, period.after, direction=direction)
        )
    for category in HEADLINES:
        direction = "neutral" if category != "restrictive_practice" else "decrease"
        found.append(series_between(scope, category, place, ids, start, period.after, direction=direction))
    distinct = {(series.title, series.place): series for series in found if series is not None}
    return list(distinct.values())[:6]


def _declared(scope: Scope, unit_ids: Sequence[UUID]) -> Sequence[Measure]:
    query = (
        select(Measure).where(Measure.unit_id.in_(unit_ids)).order_by(Measure.verdict_at.desc().nulls_last())
    )
    return scope.session.scalars(query.limit(3)).all()


def _measure(scope: Scope, series: Series) -> dict[str, Any]:
    changes = _changes(scope, series)
    name = (
        f"measure-{series.title}-{series.place}".lower().replace(" ", "-").replace("(", "").replace(")", "")
    )
    return {
        "key": name,
        "title": series.title,
        "place": series.place,
        "definition": f"Incidents of this kind in {series.place} by month, {series.unit}.",
        "direction": {"increase": "higher", "decrease": "lower"}.get(series.chart.direction, "neutral"),
        "unit": series.unit,
        "chart_svg": drawing(series, name, changes),
        "sentences": list(series.sentences),
        "points": [
            {
                "start": month.start.isoformat(),
                "label": f"{month.start:%b %Y}",
                "value": round(value, 2),
                "numerator": month.count,
                "denominator": month.bed_days,
            }
            for month, value in zip(series.periods, series.values, strict=True)
        ],
        "variation": series.chart.variation,
        "assurance": series.chart.assurance,
        "target": series.chart.target,
        "spc": _process(series),
        "changes": [{"date": change.on.isoformat(), "label": change.label} for change in changes],
    }


def _process(series: Series) -> dict[str, Any]:
    chart, last = series.chart, series.chart.points[-1]
    return {
        "profile": chart.profile,
        "trial": chart.trial,
        "baseline": BASELINE if len(chart.points) > BASELINE else None,
        "mean": round(last.mean, 2),
        "lower": None if last.lower is None else round(last.lower, 2),
        "upper": None if last.upper is None else round(last.upper, 2),
        "kinds": [point.kind for point in chart.points],
    }


def _versions(series: Sequence[Series]) -> list[dict[str, str]]:
    """Return what the figures rest on: the definitions, and the rules of the charts."""
    profiles = sorted({one.chart.profile for one in series})
    return [
        {"name": "definitions", "version": DEFINITIONS_VERSION},
        *({"name": "charts", "version": profile} for profile in profiles),
    ]


def _changes(scope: Scope, series: Series) -> list[Change]:
    """Return the actions that were done in this measure's place: drawn where they happened."""
    query = (
        select(Action)
        .join(MeasureAction, MeasureAction.action_id == Action.id)
        .join(Measure, Measure.id == MeasureAction.measure_id)
        .join(Unit, Unit.id == Measure.unit_id)
        .where(Action.completed_on.is_not(None), Unit.name == series.place)
        .order_by(Action.completed_on)
    )
    rows = [row for row in scope.session.scalars(query).unique() if row.completed_on is not None]
    first = [row for row in rows if row.strength != "weaker"][:1]
    return [
        Change(row.completed_on, shorten(row.title, CHANGE_LABEL, placeholder=" …"))
        for row in first
        if row.completed_on is not None
    ]


def _step(found: StepMeasure) -> dict[str, Any]:
    return {
        "key": found.key,
        "title": STEP_WORDS[found.key],
        "due": found.due,
        "reached": found.reached,
        "share": None if found.share is None else round(found.share, 4),
        "median_days": found.median_days,
    }


def _figures(
    scope: Scope, ids: Sequence[UUID], period: Period, steps: Sequence[StepMeasure]
) -> list[dict[str, Any]]:
    now, before = _activity(scope, ids, period), _activity(scope, ids, period.before())
    by_key = {found.key: found for found in steps}
    earlier = completeness(
        scope, day_start(scope, period.before().start), day_start(scope, period.start), ids
    )
    was = {found.key: found for found in earlier}
    as_of = scope.now().isoformat(timespec="seconds")

    def figure(
        key: str, title: str, text: str, top: float, bottom: float | None, unit: str, old: float | None
    ) -> dict[str, Any]:
        value = (
            top
            if bottom is None
            else (0.0 if not bottom else top / bottom * (100 if unit == "percent" else PER))
        )
        return {
            "key": key,
            "title": title,
            "definition": text,
            "numerator": top,
            "denominator": bottom,
            "value": None if bottom == 0 else round(value, 1),
            "unit": unit,
            "as_of": as_of,
            "previous": None if old is None else round(old, 1),
        }

    def share(found: StepMeasure) -> float | None:
        return None if found.share is None else 100 * found.share

    counted = "Incidents that happened in the period in the services in scope."
    found = [
        figure("incidents", "Incidents reported", counted, now["all"], None, "count", before["all"]),
        figure(
            "harmful",
            "Moderate harm or worse",
            "Of the incidents, those graded moderate, severe or fatal on either scale.",
            now["harmful"],
            now["all"] or 0,
            "percent",
            100 * before["harmful"] / before["all"] if before["all"] else None,
        ),
    ]
    if now["bed_days"] and before["bed_days"]:
        text = "Incidents for each 1,000 occupied bed days (people supported, in homes and teams)."
        old = PER * before["all"] / before["bed_days"]
        found.append(figure("rate", "Rate", text, now["all"], now["bed_days"], "per 1,000 bed days", old))
    for key, title in (
        ("triaged", "Triaged when due"),
        ("reviewed", "Reviewed when due"),
        ("learned", "Learning shared when due"),
    ):
        text = f"Of the incidents of the period due to be {STEP_WORDS[key].lower()}: those that are."
        step = by_key[key]
        found.append(figure(key, title, text, step.reached, step.due, "percent", share(was[key])))
    return found


def _activity(scope: Scope, ids: Sequence[UUID], period: Period) -> dict[str, int]:
    cells = counts.by_category_and_harm(scope, period.start, period.after, ids)
    occupied = denominators.per_day(scope, period.start, period.after, ids)
    whole = len(occupied) == (period.after - period.start).days
    moderate = 2
    return {
        "all": sum(cells.values()),
        "harmful": sum(n for (_, harm), n in cells.items() if harm >= moderate),
        "bed_days": sum(occupied.values()) if whole else 0,
    }


def _incidents(scope: Scope, units: Sequence[Unit], period: Period) -> dict[str, Any]:
    ids = [unit.id for unit in units]
    cells = counts.by_category_and_harm(scope, period.start, period.after, ids)
    rows = []
    for key, category in taxonomy.CATEGORIES.items():
        found = [cells.get((key, harm), 0) for harm in range(len(taxonomy.HARM_LEVELS))]
        if any(found):
            rows.append({"label": category.label, "counts": found, "total": sum(found)})
    now = counts.by_unit(scope, period.start, period.after, ids)
    before = counts.by_unit(scope, period.before().start, period.start, ids)
    return {
        "harms": list(taxonomy.HARM_LEVELS),
        "by_category": sorted(rows, key=lambda row: -row["total"]),
        "by_unit": [
            {"label": unit.name, "count": now.get(unit.id, 0), "previous": before.get(unit.id, 0)}
            for unit in units
        ],
    }


def _summary(
    scope: Scope,
    ids: Sequence[UUID],
    period: Period,
    steps: Sequence[StepMeasure],
    actions: Sequence[dict[str, Any]],
) -> list[str]:
    now, before = _activity(scope, ids, period)["all"], _activity(scope, ids, period.before())["all"]
    by_key = {found.key: found for found in steps}
    reviewed = by_key["reviewed"]
    better = sum(action["verdict"] == VERDICTS["improved"] for action in actions)
    overdue = sum(action["state"] == "Overdue" for action in actions)
    return [
        f"{now:,} incidents were reported in {period.label}, against {before:,} in the quarter before.",
        f"Of {reviewed.due} incidents due for review, {reviewed.reached} have been reviewed."
        if reviewed.due
        else "No incident of this quarter is due for review yet.",
        f"{better} of {len(actions)} actions have been shown to help. Overdue: {overdue}.",
    ]


def _data_quality(scope: Scope, ids: Sequence[UUID], period: Period, series: Sequence[Series]) -> list[str]:
    start, end = day_start(scope, period.start), day_start(scope, period.after)
    window = (Incident.unit_id.in_(ids), Incident.occurred_at >= start, Incident.occurred_at < end)
    total, timeless, brought = scope.session.execute(
        select(
            func.count(),
            func.count().filter(Incident.occurred_time_known.is_(False)),
            func.count(Incident.source),
        ).where(*window)
    ).one()
    lag = scope.session.scalar(
        select(
            func.percentile_cont(0.5).within_group(
                (func.extract("epoch", Incident.reported_at - Incident.occurred_at) / 3600).asc()
            )
        ).where(*window)
    )
    now = f"{scope.local(scope.now()):%d %B %Y, %H:%M}"
    found = [f"The counts include every report up to {now}; grades may still change."]
    if total and lag is not None:
        found.append(f"Half of the incidents were reported within {float(lag):.0f} hours of happening.")
    if timeless:
        found.append(f"{timeless} of {total} incidents have a day but no time.")
    if brought:
        found.append(f"{brought} of {total} incidents were brought in from another system.")
    for place, why in sorted({(one.subject.place, one.no_rate) for one in series if one.no_rate}):
        found.append(f"{place}: {why[:1].lower()}{why[1:]}, so its measures are shown as counts.")
    later = next_month(period.end)
    found.append(f"Reports about this quarter that arrive after {later:%B %Y} appear in the next report.")
    return found
