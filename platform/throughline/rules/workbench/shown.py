"""What the part of a page that shows a back-test reads: numbers, a drawing, and recipients in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from markupsafe import Markup

from throughline.accounts.guard import current_scope, current_tree
from throughline.accounts.people import by_address
from throughline.incidents import taxonomy
from throughline.rules.backtest import Example, RoleLoad
from throughline.rules.workbench import proof, weeks
from throughline.rules.workbench.proof import Tested
from throughline.rules.workbench.words import recipient_words
from throughline.sdk import PERSON

NOTHING = RoleLoad("", 0, 0, 0)


@dataclass(frozen=True)
class Recipient:
    """One line of the load: who, what this version would have sent them, and what the live one would have."""

    words: str
    mine: RoleLoad
    live: RoleLoad


def found(tested: Tested | None) -> dict[str, Any]:
    """Return what the part of a page that shows a back-test reads."""
    if tested is None:
        return {"tested": None}
    mine, against = tested.mine, tested.live
    live = dict(against.weeks) if against else {}
    drawn = [
        weeks.drawing(mine.weeks, against.weeks if against else None, "Firings each week", width)
        for width in (weeks.WIDE, weeks.NARROW)
    ]
    return {
        "tested": tested,
        "drawing": Markup(drawn[0]),  # noqa: S704 - our own drawing, escaped
        "narrow": Markup(drawn[1]),  # noqa: S704
        "summary": f"{mine.fired} in {len(mine.weeks)} weeks; this version in colour"
        + (", the live one in grey." if against else "."),
        "rows": [
            [f"{week.day} {week:%b %Y}", count, *([live.get(week, 0)] if against else [])]
            for week, count in reversed(mine.weeks)
        ],
        "by_unit": _most([(_unit_name(unit_id), n) for unit_id, n in mine.by_unit.items()]),
        "by_category": _most([(taxonomy.category_label(key), n) for key, n in mine.by_category.items()]),
        "recipients": _recipients(tested),
        "portions": _portions(tested),
        "newest": _lines(mine.examples, proof.nameable(current_scope(), tested)),
    }


def _recipients(tested: Tested) -> list[Recipient]:
    mine = {load.role: load for load in tested.mine.loads}
    live = {load.role: load for load in tested.live.loads} if tested.live else {}
    reached = dict.fromkeys((*mine, *live))
    addresses = (to.removeprefix(PERSON) for to in reached if to.startswith(PERSON))
    names = {address: user.name for address, user in by_address(current_scope(), addresses).items()}
    return [
        Recipient(recipient_words(to, names), mine.get(to, NOTHING), live.get(to, NOTHING)) for to in reached
    ]


def _portions(tested: Tested) -> list[dict[str, Any]]:
    """Return what only one version fires on, and what both do, with the newest of each."""
    parts = tested.portions
    if parts is None:
        return []
    nameable = proof.nameable(current_scope(), tested)
    labelled = (
        ("Only this version", parts.only_mine),
        ("Only the live one", parts.only_live),
        ("Both", parts.both),
    )
    return [
        {"label": label, "count": part.fired, "lines": _lines(part.examples, nameable)}
        for label, part in labelled
    ]


def _lines(examples: Iterable[Example], nameable: frozenset[UUID]) -> list[Mapping[str, Any]]:
    """Return examples as lines: by reference and with a link for whoever may read them, else by kind only."""
    return [
        {
            "title": one.reference if not one.category or one.id in nameable else "An incident",
            "href": url_for("line.show", reference=one.reference) if one.id in nameable else "",
            "kind": taxonomy.category_label(one.category) if one.category else "",
            "unit": _unit_name(one.unit_id),
            "at": one.reported_at,
        }
        for one in examples
    ]


def _most(found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _unit_name(unit_id: UUID) -> str:
    unit = current_tree().units.get(unit_id)
    return unit.name if unit else "a closed unit"
