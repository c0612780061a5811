"""The page of what breaches next, narrowed by the address."""

from typing import Any

from flask import render_template, request, url_for

from throughline.accounts.guard import current_scope, current_tree, requires
from throughline.accounts.permissions import Permission
from throughline.kernel.addresses import with_query
from throughline.line import breaches
from throughline.line.routes import blueprint

__all__ = ["blueprint"]

VIEWS = (("", "All"), ("late", "Late"), ("soon", "Within a day"), ("later", "Later"), ("paused", "Paused"))
KIND_WORDS = {
    "clock": "Clock",
    "acknowledge": "To acknowledge",
    "triage": "To triage",
    "review": "Review to complete",
}


@blueprint.get("/clocks")
@requires(Permission.OVERSEE)
def next_to_breach() -> str:
    """List what ends next in the units this person reads."""
    scope, tree = current_scope(), current_tree()
    wanted, unit_key, active = _wanted()
    after = request.args.get("after", "")
    page = breaches.listed(scope, wanted, after)
    more = page.count >= breaches.COUNT_UP_TO
    return render_template(
        "line/breaches.html",
        rows=[(row, shown(row)) for row in page.rows],
        page=page,
        paged=bool(after),
        total=f"{page.count:,}{' or more' if more else ''} to do",
        wanted=wanted,
        unit_key=unit_key,
        active=active,
        views=[(label, _with(state=key or None), key == wanted.state) for key, label in VIEWS],
        units=tree.units,
        unit_choices=[(unit.key, unit.name) for unit in tree.units.values()],
        kind_words=KIND_WORDS,
    )


def shown(row: breaches.Ending) -> dict[str, str]:
    """Return what a list shows of an ending: its words, and where it leads."""
    name = row.reference or (current_tree().units[row.unit_id].name if row.unit_id else "")
    title = f"{name}: {row.title or KIND_WORDS[row.kind]}" if name else row.title
    return {"title": title, "href": _href(row)}


def _href(row: breaches.Ending) -> str:
    match row.kind:
        case "clock":
            return url_for("clocks.show", clock_id=row.id)
        case "review":
            return url_for("reviews.show", review_id=row.id)
        case "acknowledge":
            if row.reference is None:
                return url_for("rules.alarm_of", escalation_id=row.id)
            return url_for("line.escalations", reference=row.reference)
    return url_for("line.show", reference=row.reference)


def _wanted() -> tuple[breaches.Filter, str, list[dict[str, str]]]:
    """Read the filters from the address; one that makes no sense is left out, as if it were not there."""
    tree, args, active = current_tree(), request.args, []
    kind = args.get("kind", "") if args.get("kind") in breaches.KINDS else ""
    state = args.get("state", "") if args.get("state") in breaches.STATES else ""
    unit = next((unit for unit in tree.units.values() if unit.key == args.get("unit")), None)
    if unit:
        active.append({"label": unit.name, "remove": _with(unit=None)})
    if kind:
        active.append({"label": KIND_WORDS[kind], "remove": _with(kind=None)})
    unit_ids = tuple(tree.subtree(unit.id)) if unit else ()
    return breaches.Filter(kind, state, unit_ids), unit.key if unit else "", active


def _with(**changes: str | None) -> str:
    kept: dict[str, Any] = {**request.args.to_dict(), **changes, "after": None}
    return with_query(url_for("line.next_to_breach"), {key: value or None for key, value in kept.items()})
