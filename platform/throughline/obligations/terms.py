"""A duty as an obligation keeps it: as data, with the organisation's own targets, and read back."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from throughline.sdk import Answer, Ask, Authority, Duty, DutyStep, Exemption

_DAYS = ("verified_on", "review_due", "applies_from", "applies_to")
_OWN = "The organisation's own target: {}"


def with_own_targets(duty: Duty, settings: Mapping[str, Any]) -> Duty:
    """Return a duty with the targets that an organisation's settings of the duty's plugin give its steps."""
    targets = settings.get("targets", {})
    name = duty.key.partition(".")[2]
    steps = tuple(_targeted(step, targets.get(f"{name}.{step.key}")) for step in duty.steps)
    return replace(duty, steps=steps)


def _targeted(step: DutyStep, own: Mapping[str, Any] | None) -> DutyStep:
    if own is None:
        return step
    return replace(
        step,
        within_hours=own.get("hours"),
        within_working_days=own.get("working_days"),
        target_source=_OWN.format(own["source"]),
    )


def as_terms(duty: Duty) -> dict[str, Any]:
    """Return a duty as data."""
    data = asdict(duty)
    authority = data["authority"]
    for name in _DAYS:
        authority[name] = authority[name].isoformat() if authority[name] else None
    return data


def duty_of(terms: Mapping[str, Any]) -> Duty:
    """Return the duty that an obligation was opened with."""
    authority = dict(terms["authority"])
    for name in _DAYS:
        authority[name] = date.fromisoformat(authority[name]) if authority[name] else None
    authority["provider_kinds"] = tuple(authority["provider_kinds"])
    asks = tuple(
        Ask(ask["key"], ask["title"], ask["weigh"], tuple(Answer(**one) for one in ask["answers"]))
        for ask in terms["asks"]
    )
    steps = tuple(
        DutyStep(**{**step, "after": tuple(step["after"]), "instead_of": tuple(step["instead_of"])})
        for step in terms["steps"]
    )
    exemptions = tuple(Exemption(**one) for one in terms["exemptions"])
    plain = {name: terms[name] for name in ("key", "version", "title", "why")}
    return Duty(**plain, authority=Authority(**authority), steps=steps, asks=asks, exemptions=exemptions)
