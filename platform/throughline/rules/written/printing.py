"""A rule as text: what ``read_rules`` reads back to the same record."""

from collections.abc import Mapping
from typing import Any

import yaml

from throughline.rules.written.effects import EVERY_UNIT
from throughline.rules.written.phrases import look_back_text
from throughline.sdk import (
    ABOUT_UNITS,
    PERSON,
    Effect,
    Escalate,
    OpenObligation,
    RequireReview,
    RequireShare,
    Rule,
    SetFlag,
    StartClock,
)


def rule_text(rule: Rule) -> str:
    """Return a rule as YAML, its keys in the order people read them."""
    return yaml_text(rule_data(rule))


def yaml_text(data: dict[str, Any]) -> str:
    """Return the keys of a written rule with their values as YAML."""
    text: str = yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=96)
    return text


def rule_data(rule: Rule) -> dict[str, Any]:
    """Return the keys of a written rule with their values, as the YAML holds them."""
    data: dict[str, Any] = {
        "key": rule.key.partition(".")[2],
        "version": rule.version,
        "title": rule.title,
        "why": rule.why,
    }
    if rule.owner:
        data["owner"] = rule.owner
    if rule.status != "live":
        data["status"] = rule.status
    if rule.budget is not None:
        data["budget"] = f"{rule.budget} a day"
    data["authority"] = _authority(rule)
    data["on"] = [trigger.value for trigger in rule.on]
    scan = not ABOUT_UNITS.isdisjoint(rule.on)
    if rule.let:
        data["let"] = {asked.name: look_back_text(asked, scan=scan) for asked in rule.let}
    data["when"] = rule.when
    data["then"] = [_effect(effect) for effect in rule.then]
    if rule.tests:
        data["tests"] = [{"given": _plain(test.given), "fires": test.fires} for test in rule.tests]
    return data


class _Plain(yaml.SafeDumper):
    """Without aliases: a value that stands twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never refer back."""
        return True


def _authority(rule: Rule) -> dict[str, Any]:
    found = rule.authority
    data: dict[str, Any] = {
        "statement": found.statement,
        "reference": found.reference,
        "jurisdiction": found.jurisdiction,
        "confidence": found.confidence,
    }
    if found.provider_kinds:
        data["provider_kinds"] = list(found.provider_kinds)
    for name in ("quote", "applies_from", "applies_to", "verified_on", "review_due"):
        if getattr(found, name):
            data[name] = getattr(found, name)
    return data


def _effect(effect: Effect) -> dict[str, Any]:
    if isinstance(effect, Escalate):
        data: dict[str, Any] = {
            "to": _target(effect.to),
            "acknowledge_within": _hours(effect.acknowledge_within_hours),
        }
        if effect.chain:
            data["chain"] = [
                {"to": _target(step.to), "after": _hours(step.after_hours)} for step in effect.chain
            ]
        return {"escalate": data}
    if isinstance(effect, RequireReview):
        days = f"{effect.start_within_working_days} working days"
        return {"require_review": {"kind": effect.kind, "start_within": days}}
    if isinstance(effect, RequireShare):
        days = f"{effect.within_working_days} working days"
        share: dict[str, Any] = {"with": list(effect.audience) or EVERY_UNIT, "within": days}
        return {"require_share": {**share, "words": effect.words} if effect.words else share}
    if isinstance(effect, StartClock):
        within = _hours(effect.hours) if effect.hours is not None else f"{effect.working_days} working days"
        clock = {"key": effect.key, "title": effect.title, "within": within}
        return {"start_clock": {**clock, "warn_before": _hours(effect.warn_before_hours)}}
    if isinstance(effect, (SetFlag, OpenObligation)):
        return _mark(effect)
    return {"notify": {"to": effect.to, "words": effect.words}}


def _mark(effect: SetFlag | OpenObligation) -> dict[str, Any]:
    if isinstance(effect, SetFlag):
        return {"set_flag": {"key": effect.key, "title": effect.title}}
    return {"open_obligation": {"duty": effect.duty}}


def _target(to: str) -> str | dict[str, str]:
    return {"person": to.removeprefix(PERSON)} if to.startswith(PERSON) else to


def _hours(hours: int) -> str:
    return f"{hours} hours"


def _plain(given: Mapping[str, object]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, (list, tuple)) else value for name, value in given.items()}
