"""The Throughline of a whole organisation: how complete it is, how fast, and what is missing by name."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, jsonify, render_template, request, url_for
from markupsafe import Markup

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.people import named, who_may
from throughline.accounts.permissions import ROLE_WORDS, Permission
from throughline.incidents import queries as incidents
from throughline.kernel.errors import NotFound
from throughline.line import gaps
from throughline.line.completeness import StepMeasure, by_month, completeness, slowest
from throughline.line.queries import line_of
from throughline.line.steps import STEPS, Link, Step
from throughline.line.thread_pages import blueprint
from throughline.tenancy.models import Unit
from throughline.trends.charts import spc_chart
from throughline.trends.spc import xmr

__all__ = ["blueprint"]

WINDOWS = (("3", "3 months"), ("12", "12 months"), ("36", "3 years"))
FIRST = "12"
CHARTED = timedelta(days=3 * 365 + 1)
STEP_WORDS = {
    "reported": "Reported",
    "triaged": "Triaged",
    "reviewed": "Reviewed",
    "analysed": "Analysed",
    "learned": "Learned",
    "acted": "Acted",
    "improved": "Improved",
}


@blueprint.get("/line")
@requires(Permission.OVERSEE)
def whole() -> str:
    """Show the line of every unit that this person oversees: how complete, how fast, and its gaps by name."""
    scope, tree = current_scope(), current_tree()
    months, unit, units = _wanted()
    measures = completeness(scope, _since(months), scope.now(), units)
    step = request.args.get("step", "")
    step = step if step in STEPS[1:] else slowest(measures) or "reviewed"
    return render_template(
        "line/whole.html",
        place=unit.name if unit else "Everything you oversee",
        unit_key=unit.key if unit else "",
        unit_choices=[(one.key, one.name) for one in tree.units.values()],
        months=months,
        windows=WINDOWS,
        strip=_strip(measures),
        chart=_chart(step, units),
        step=step,
        steps=[(key, STEP_WORDS[key]) for key in STEPS[1:]],
        found=[one for one in (gaps.found(scope, kind, units) for kind in gaps.KINDS) if one.count],
        closes=_closes,
        way=_way_of_gap,
        step_words=STEP_WORDS,
        today=scope.local(scope.now()),
        days_open=gaps.days_open,
        units=tree.units,
    )


@blueprint.get("/line/gaps/<gap>")
@requires(Permission.OVERSEE)
def gaps_of(gap: str) -> str:
    """List every gap of one kind, those open longest first."""
    kind = gaps.BY_KEY.get(gap)
    if kind is None:
        raise NotFound("no such kind of gap")
    _, unit, units = _wanted()
    return render_template(
        "line/gaps.html",
        found=gaps.found(current_scope(), kind, units, gaps.MOST),
        most=gaps.MOST,
        place=unit.name if unit else "Everything you oversee",
        closes=_closes,
        way=_way_of_gap,
        today=current_scope().local(current_scope().now()),
        days_open=gaps.days_open,
        units=current_tree().units,
    )


@blueprint.get("/line.json")
@requires(Permission.OVERSEE)
def whole_as_json() -> Response:
    """Give the same as the page, for a program: steps with counts and days, and every kind of gap."""
    scope = current_scope()
    months, unit, units = _wanted()
    measures = completeness(scope, _since(months), scope.now(), units)
    found = [gaps.found(scope, kind, units, gaps.MOST) for kind in gaps.KINDS]
    return jsonify(
        {
            "as_of": scope.now().isoformat(),
            "since": _since(months).isoformat(),
            "unit": unit.key if unit else None,
            "steps": [asdict(one) | {"share": one.share} for one in measures],
            "slowest": slowest(measures),
            "gaps": [_gap_json(one) for one in found],
        }
    )


def _gap_json(found: gaps.Found) -> dict[str, Any]:
    return {
        "kind": found.kind.key,
        "step": found.kind.step,
        "title": found.kind.title,
        "count": found.count,
        "longest_open": [
            {
                "title": gap.title,
                "unit": current_tree().units[gap.unit_id].key if gap.unit_id else None,
                "since": gap.since.isoformat(),
                "closes": _closes(found.kind, gap),
                "href": _way_of_gap(gap),
            }
            for gap in found.gaps
        ],
    }


@blueprint.get("/incidents/<reference>/line.json")
@requires(Permission.REPORT)
def incident_as_json(reference: str) -> Response:
    """Give the line of one incident for a program, as this person may read it."""
    scope = current_scope()
    incident = incidents.by_reference(scope, reference)
    steps = line_of(scope, incident)
    people = named(scope, [step.who for step in steps])
    return jsonify(
        {
            "reference": incident.reference,
            "as_of": scope.now().isoformat(),
            "steps": [
                _step_json(step, people[step.who].name if step.who in people else "") for step in steps
            ],
        }
    )


def _step_json(step: Step, who: str) -> dict[str, Any]:
    return {
        "step": step.key,
        "state": step.state,
        "at": step.at.isoformat() if step.at else None,
        "due": step.due.isoformat() if step.due else None,
        "who": who or step.who_words or None,
        "note": step.note or None,
        "gap": step.gap.sentence if step.gap else None,
        "evidence": [{"title": link.label, "href": _href(link)} for link in step.evidence],
    }


def _href(link: Link) -> str:
    values: dict[str, Any] = dict(link.values)
    return url_for(link.endpoint, **values)


def _way_of_gap(gap: gaps.Gap) -> str:
    endpoint, parameter, value = gap.leads_to
    values: dict[str, Any] = {parameter: value}
    return url_for(endpoint, **values)


def _closes(kind: gaps.Kind, gap: gaps.Gap) -> str:
    """Return who can close a gap: the person by name, else those who hold the role for the unit."""
    scope = current_scope()
    if gap.person_id is not None:
        person = named(scope, [gap.person_id]).get(gap.person_id)
        if person is not None:
            return person.name
    if gap.unit_id is None or not kind.role:
        return ROLE_WORDS["governance_lead"]
    permission = Permission.TRIAGE if kind.role == "unit_manager" else Permission.REVIEW
    names = [user.name for user in who_may(scope, permission, current_tree(), gap.unit_id)]
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")  # noqa: PLR2004


def _wanted() -> tuple[str, Unit | None, Sequence[UUID] | None]:
    """Read the window and the unit from the address; what makes no sense is left out."""
    scope, tree = current_scope(), current_tree()
    months = request.args.get("months", FIRST)
    months = months if months in dict(WINDOWS) else FIRST
    within = scope.actor.units_for(Permission.OVERSEE)
    unit = next((one for one in tree.units.values() if one.key == request.args.get("unit")), None)
    if unit is None:
        return months, None, None if within is None else sorted(within)
    below: Iterable[UUID] = tree.subtree(unit.id)
    return months, unit, sorted(one for one in below if within is None or one in within)


def _since(months: str) -> datetime:
    return current_scope().now() - timedelta(days=int(months) * 365 // 12)


def _strip(measures: Sequence[StepMeasure]) -> list[dict[str, Any]]:
    slow = slowest(measures)
    return [
        {
            "key": found.key,
            "count": found.reached,
            "due": found.due,
            "slowest": found.key == slow,
            "typical": f"{found.median_days:g} days" if found.median_days and found.key != "reported" else "",
        }
        for found in measures
    ]


def _chart(step: str, units: Sequence[UUID] | None) -> dict[str, Any] | None:
    """Return the share of incidents that reached a step, month by month, as a chart with its table.

    The month that is under way is left out, and so are months in which nothing was due at the step.
    """
    scope = current_scope()
    this_month = scope.today().replace(day=1)
    since = scope.now() - CHARTED
    found = by_month(scope, step, since, scope.now(), units)
    told = [(month, one) for month, one in found if month < this_month]
    if not told:
        return None
    days: list[date] = [month for month, _ in told]
    chart = xmr([100 * (one.share or 0) for _, one in told], direction="increase")
    title = f"{STEP_WORDS[step]}, of those due, %"
    words = (
        f"Of the incidents of each month that were due to be {STEP_WORDS[step].lower()}, the share that were."
    )
    drawn = [
        Markup(spc_chart(chart, days, title=title, description=words, name=f"line-{step}{narrow}", unit="%",  # noqa: S704 - our own drawing, escaped
                         narrow=bool(narrow)))
        for narrow in ("", "-narrow")
    ]  # fmt: skip
    return {
        "title": title,
        "svg": drawn[0],
        "narrow": drawn[1],
        "summary": words,
        "columns": ["Month", "Due", "Reached", "Share", "Days, half sooner"],
        "rows": [
            [f"{month:%b %Y}", one.due, one.reached, f"{100 * (one.share or 0):.0f}%",
             "" if one.median_days is None else f"{one.median_days:g}"]
            for month, one in reversed(told)
        ],
    }  # fmt: skip
